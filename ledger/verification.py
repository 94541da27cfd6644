"""Recomputes a ledger from its bytes."""

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from .database import Database
from .report import VerifyReport


class Verification:
    def __init__(self, database: Database, id_: str, key: Ed25519PublicKey) -> None:
        raise NotImplementedError

    def report(self) -> VerifyReport:
        raise NotImplementedError
