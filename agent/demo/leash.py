"""Runs one program and ends it when whoever asked for it is gone.

Standard input is the leash: as long as the asking process lives, it holds the other end open.
When it lets go, in whatever way it ended (also by SIGKILL), the program and all of its children
are told to stop, and after the grace period are killed. So nothing outlives a demo or a test.

Run as a script, ``python -I leash.py GRACE_SECONDS PROGRAM [ARGUMENT ...]``; it imports the
standard library only, so it starts in a few milliseconds.
"""

import contextlib
import os
import signal
import subprocess
import sys
import threading


def main(grace_s: float, program: list[str]) -> int:
    """Return the program's exit code, as a shell would name it."""
    for name in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(name, lambda *_: None)
    child = subprocess.Popen(program, stdin=subprocess.DEVNULL, start_new_session=True)
    threading.Thread(target=_end_when_let_go, args=(grace_s, child), daemon=True).start()
    code = child.wait()
    _signal(child, signal.SIGKILL)  # what the program left behind in its group
    return code if code >= 0 else 128 - code


def _end_when_let_go(grace_s: float, child: "subprocess.Popen[bytes]") -> None:
    while os.read(0, 1024):
        pass
    _signal(child, signal.SIGTERM)
    threading.Event().wait(grace_s)
    _signal(child, signal.SIGKILL)


def _signal(child: "subprocess.Popen[bytes]", number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child.pid, number)


if __name__ == "__main__":
    sys.exit(main(float(sys.argv[1]), sys.argv[2:]))
