"""What a person has to set right before the agent can do its work.

AnnexaError
├── ConfigError       annexa.yaml is missing, broken, or says something impossible (exit code 3)
├── NotFound          the rule, control, subject, source or file that was asked for (exit code 1)
└── AlertError        a target did not take a notification; it is tried again next round
"""

from .. import AnnexaError


class ConfigError(AnnexaError):
    """The configuration cannot be used; ``where`` names the file and the key in it."""

    exit_code = 3


class NotFound(AnnexaError):
    """A name given on the command line stands for nothing that we know."""

    exit_code = 1


class AlertError(AnnexaError):
    """A notification was not delivered. It stays in the outbox."""

    exit_code = 1
