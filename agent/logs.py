"""Logs of the long-running agent: one JSON object a line on standard error."""

import logging
import sys
from typing import Any

import structlog


def set_up() -> Any:
    """JSON lines, or readable ones on a terminal. Control characters never reach either."""
    pretty = sys.stderr.isatty()
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True, key="time"),
            structlog.processors.format_exc_info,
            _clean,
            structlog.dev.ConsoleRenderer() if pretty else structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    logging.getLogger("apscheduler").setLevel(logging.ERROR)
    return structlog.get_logger("annexa")


def _clean(_logger: Any, _method: str, event: Any) -> Any:
    from .screen import clean

    return {
        key: value
        if value is None or isinstance(value, bool | int | float | list | dict)
        else clean(value)
        for key, value in event.items()
    }
