"""Names of subjects, as people write them: ``mlflow/prod:model_version:credit-risk/7``."""

from dataclasses import dataclass

from .errors import NotFound

_SHORT = {"mlflow.model": "mlflow.registered_model"}
"""What people call it."""


@dataclass(frozen=True)
class Subject:
    source: str
    kind: str
    """With its platform: ``mlflow.model_version``."""
    name: str
    """Inside the source."""

    @classmethod
    def parse(cls, text: str) -> "Subject":
        """Read a full name.

        Raises:
            NotFound: It has no source or no kind in front.
        """
        source, colon, rest = text.partition(":")
        noun, second, name = rest.partition(":")
        if not (colon and second and source and noun and name):
            raise NotFound(
                text,
                "is no rule, no control and no subject",
                remedy="write A.6.2.5, a rule's id, or a subject such as "
                "mlflow/prod:model_version:credit-risk/7",
            )
        kind = f"{source.partition('/')[0]}.{noun}"
        return cls(source, _SHORT.get(kind, kind), name)

    def __str__(self) -> str:
        return f"{self.source}:{self.kind.partition('.')[2]}:{self.name}"
