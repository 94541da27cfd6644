"""Archiving on schedule: one line in the log for each time, whatever came of it."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from .. import AnnexaError
from .archiving import ArchiveSettings, open_to_write
from .config import Config

if TYPE_CHECKING:
    from ..ledger.store import Ledger


def archive_round(
    config: Config, settings: ArchiveSettings, ledger: "Ledger", log: Any
) -> Callable[[], None]:
    """What `annexa run` does when the archive is due; it never ends the agent."""

    def call() -> None:
        from ..exporters.archive.writing import archive

        try:
            store = open_to_write(settings, config.path.parent)
            summary = archive(ledger, store)
        except AnnexaError as error:
            log.error("not archived", problem=str(error), code=error.exit_code)
        except Exception as error:  # a bug here must not end the agent, which goes on reading
            log.exception("archiving failed by a bug", error=type(error).__name__)
        else:
            log.info("archived", **vars(summary))

    return call
