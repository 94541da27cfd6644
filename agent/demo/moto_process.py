"""Starts moto's server with the operations that the demo adds: ``moto_process.py PORT``."""

import importlib
import importlib.util
import sys

from moto.server import main

_ADDITION = "annexa.agent.demo.moto_lookup_events"


def register() -> None:
    """Add CloudTrail's LookupEvents to moto."""
    if importlib.util.find_spec(_ADDITION) is not None:
        importlib.import_module(_ADDITION).register()


if __name__ == "__main__":
    register()
    main(["-H", "127.0.0.1", "-p", sys.argv[1]])
