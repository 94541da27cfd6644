"""A copy of the ledger, and of bundles, in a place where nothing is ever overwritten."""
