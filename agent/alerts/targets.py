"""The targets that the configuration names."""

from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING

from ..config import Config
from .alertmanager import AlertmanagerTarget
from .notice import Target
from .webhook import WebhookTarget, secret_from

if TYPE_CHECKING:
    from ...ledger.store import Ledger


def targets(
    config: Config, ledger: "Ledger", *, lasts: timedelta, environment: Mapping[str, str]
) -> list[Target]:
    """All of them, with their secrets.

    Raises:
        ConfigError: A secret's variable is not set.
    """
    found: list[Target] = []
    if webhook := config.alerts.webhook:
        secret = secret_from(environment, webhook.secret_env)
        found.append(WebhookTarget(webhook.url, secret, origin=ledger.origin))
    if alertmanager := config.alerts.alertmanager:
        found.append(AlertmanagerTarget(alertmanager.url, lasts=lasts))
    return found
