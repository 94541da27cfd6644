"""Starts moto's server with the operations that the demo adds: ``moto_process.py PORT``."""

import importlib
import importlib.util
import sys

from moto.server import main

_ADDITIONS = tuple(
    f"annexa.agent.demo.{name}" for name in ("moto_lookup_events", "moto_missing", "moto_shelf")
)


def register() -> None:
    """Add CloudTrail's LookupEvents and other operations to moto."""
    for addition in _ADDITIONS:
        if importlib.util.find_spec(addition) is not None:
            importlib.import_module(addition).register()


if __name__ == "__main__":
    register()
    main(["-H", "127.0.0.1", "-p", sys.argv[1]])
