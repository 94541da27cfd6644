"""One file per command or group; each imports what it needs when it is called."""
