"""Opens the intake for the sources of a configuration that accept pushes."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from ...collectors.inbox import Inbox
from ...collectors.intake import PushSettings, Receiver, Receiving
from ..config import Config
from ..errors import ConfigError
from ..reading import made
from ..sources import Source
from .desk import Desk, Post
from .server import listening
from .trigger import Trigger


@contextmanager
def reception(
    config: Config, trigger_of: Callable[[Source], Trigger], *, log: Any
) -> Iterator[None]:
    """Take in pushes until the block ends. What waits in an inbox from before is read at once.

    Raises:
        ConfigError: The address, or an inbox, cannot be used; or a source wants to be pushed to and
            nothing listens.
        SettingsError: A source's secret is missing or too short.
    """
    sources = {source.id: source for source in config.sources}
    receivers = dict(_receivers(config))
    if not receivers:
        yield
        return
    if config.intake is None:
        raise ConfigError(
            f"{config.path.name}: intake",
            f"is missing, and {next(iter(receivers))} accepts pushes",
            remedy="add `intake: {listen: 127.0.0.1:8642}`",
        )
    posts = [Post(id_, receiver, _inbox(sources[id_])) for id_, receiver in receivers.items()]
    triggers = {id_: trigger_of(sources[id_]) for id_ in receivers}
    desk = Desk(posts, arrived=lambda id_: triggers[id_].pull(), log=log)
    with listening(config.intake, desk) as open_:
        _announce(config, open_.url, receivers, log)
        for post in posts:
            if not post.inbox.is_empty:
                triggers[post.source].pull()
        yield


def _receivers(config: Config) -> Iterator[tuple[str, Receiver]]:
    for source in config.sources:
        collector, _ = made(source)
        if isinstance(collector, Receiving) and (receiver := collector.receiver()) is not None:
            yield source.id, receiver


def _inbox(source: Source) -> Inbox:
    settings = source.settings
    if not isinstance(settings, PushSettings) or settings.inbox is None:
        raise ConfigError(
            source.id, "accepts pushes and has no inbox", remedy="report this to its author"
        )
    try:
        return Inbox(settings.inbox)
    except OSError as error:
        raise ConfigError(
            f"{source.id}.inbox",
            f"{settings.inbox} cannot be used ({error.strerror})",
            remedy="name a folder that the agent may write to",
        ) from error


def _announce(config: Config, url: str, receivers: Mapping[str, Receiver], log: Any) -> None:
    taken = {id_: [f"/{id_}{path}" for path in one.paths] for id_, one in receivers.items()}
    log.info("listening", url=url, paths=taken)
    if config.intake is not None and config.intake.is_in_the_open:
        log.warning(
            "secrets cross the network unencrypted",
            listen=config.intake.listen,
            remedy="set intake.certificate_file and key_file, or let a proxy do TLS",
        )
