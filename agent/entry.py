"""The program ``annexa``: picks the command, prints errors on one line, ends with a code.

Only the standard library is imported up here, so ``--help`` and ``--version`` answer at once.
"""

import os
import sys
from collections.abc import Sequence

from .. import AnnexaError, __version__
from .command_table import COMMANDS, overview


def main() -> None:
    """Run the command line and leave."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    code = run(sys.argv[1:])
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except OSError:
        code = _quiet()
    if code == 130 or _somebody_waits():
        os._exit(code)  # a thread may still wait for a network; nothing of it is committed
    sys.exit(code)


def run(arguments: Sequence[str]) -> int:
    """Do what ``arguments`` say and return the exit code; see `exit_codes`."""
    try:
        return _dispatch(list(arguments))
    except BrokenPipeError:
        return _quiet()
    except KeyboardInterrupt:
        _complain("interrupted; nothing that was committed is lost")
        return 130
    except AnnexaError as error:
        _complain(error)
        return error.exit_code
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        _complain(f"{where}{error.strerror or error}; free the path or correct it")
        return 1


def _somebody_waits() -> bool:
    """Whether a thread is left: the interpreter would wait for it, some daemons of pools too."""
    threading = sys.modules.get("threading")
    return threading is not None and threading.active_count() > 1


def _dispatch(arguments: list[str]) -> int:
    if not arguments:
        sys.stderr.write(overview())
        return 2
    first = arguments[0]
    if first in ("--help", "-h", "help"):
        sys.stdout.write(overview())
        return 0
    if first in ("--version", "-V"):
        sys.stdout.write(f"annexa {__version__}\n")
        return 0
    if first not in COMMANDS:
        _complain(f"{first}: no such command; {_closest(first)}")
        return 2
    from .cli import call

    return call(first, arguments)


def _closest(word: str) -> str:
    import difflib

    close = difflib.get_close_matches(word, COMMANDS, n=1)
    return f'did you mean "{close[0]}"' if close else "see `annexa --help`"


def _complain(text: object) -> None:
    from .screen import complain

    complain(text)


def _quiet() -> int:
    """Nobody reads our output any more: end without a word, as if by SIGPIPE."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    return 141


if __name__ == "__main__":
    main()
