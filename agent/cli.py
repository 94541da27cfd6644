"""Puts the command line together from ``commands/``, of which it imports only what is asked for."""

import importlib
from collections.abc import Iterable
from typing import Any

import typer

from .command_table import COMMANDS
from .exit_codes import ExitCode
from .screen import complain


def build(names: Iterable[str] = COMMANDS) -> typer.Typer:
    """The command line with these commands."""
    app = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)
    app.callback()(_top)
    for name in names:
        module = importlib.import_module(f".commands.{COMMANDS[name].module}", __package__)
        module.register(app)
    return app


def call(name: str, arguments: list[str]) -> int:
    """Run one command; usage errors are one line and code 2."""
    usage_error: type[Any] = typer.BadParameter.__bases__[0]  # Click's, wherever typer keeps it
    try:
        code = build([name])(arguments, standalone_mode=False, prog_name="annexa")
    except usage_error as error:
        text = error.format_message()
        complain(f"{name}: {_one_line(text)}; see `annexa {name} --help`")
        return 2
    except typer.Abort as error:
        raise KeyboardInterrupt from error
    except SystemExit as error:  # typer's own way with a reader that went away
        if isinstance(error.__context__, OSError):
            raise error.__context__ from None
        raise
    if code == ExitCode.INTERRUPTED:  # typer swallows Ctrl-C
        raise KeyboardInterrupt
    return int(code or 0)


def _top() -> None:
    """Keeps the evidence for ISO/IEC 42001 up to date by itself."""


def _one_line(text: str) -> str:
    return " ".join(text.split()).removeprefix("Invalid value: ").rstrip(".")
