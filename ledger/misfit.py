"""How a check says that something does not fit."""


class Misfit(Exception):
    """``where: what does not fit``. It ends a verification and becomes its ``problem``."""

    def __init__(self, where: str, problem: str) -> None:
        super().__init__(f"{where}: {problem}")


def expect(found: object, expected: object, where: str, what: str) -> None:
    """Raises:
    Misfit: ``found`` is not ``expected``.
    """
    if found != expected:
        raise Misfit(where, f"{what} is not what the rest of the ledger says")
