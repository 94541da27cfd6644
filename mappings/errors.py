"""Why nothing could be concluded.

AnnexaError
├── PeriodError         the period cannot be read as one (exit code 2)
├── ScopeError          a system or control that is asked for is not known (exit code 1)
├── ConventionsError    `conventions:` in annexa.yaml is wrong (exit code 3)
├── PackError           a pack, view or rule is wrong: file, rule and what to do (exit code 6)
└── EvaluationError     the rules did not finish: too slow, too big (exit code 6)
"""

from .. import AnnexaError


class PeriodError(AnnexaError):
    """A period could not be understood."""

    exit_code = 2


class ScopeError(AnnexaError):
    """A part of what is known was asked for that is not there."""


class ConventionsError(AnnexaError):
    """The conventions in the configuration are wrong."""

    exit_code = 3


class PackError(AnnexaError):
    """A mapping pack, one of its views or one of its rules is wrong."""

    exit_code = 6


class EvaluationError(AnnexaError):
    """The evaluation was stopped: it ran out of time or memory."""

    exit_code = 6
