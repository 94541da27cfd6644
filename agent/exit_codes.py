"""Exit codes. They are public API; ``docs/exit-codes.md`` says the same, and a test compares."""

from enum import IntEnum


class ExitCode(IntEnum):
    OK = 0
    ERROR = 1
    USAGE = 2
    CONFIGURATION = 3
    INCOMPLETE = 4
    LEDGER = 5
    PACK = 6
    BUNDLE = 7
    SECRET = 8
    INTERRUPTED = 130
    PIPE = 141
