"""What a run can prove about itself (IPE: source, parameters, identity, counts, completeness)."""

from datetime import datetime

import msgspec

from .contract import Check, Identity, Skip
from .errors import Verdict


class OperationTrace(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """All requests of one operation with the same parameters, but for the page token."""

    operation: str
    parameters: dict[str, str]
    calls: int
    items_per_page: list[int] = []
    """In order; only for the operation whose pages became records, at most 10,000 entries."""
    bytes: int = 0
    retries: int = 0
    failures: dict[str, int] = {}
    """Error class -> how often, those that a retry mended included."""
    duration_ms: int = 0


class KindReceipt(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    kind: str
    verdict: Verdict
    started_at: datetime
    finished_at: datetime
    pages: int
    items: int
    permission: str
    cross_check: str
    schema_sha256: str
    """Of the allow-list: field names and types, guarded paths and keys."""
    operations: list[OperationTrace] = []
    raw_digest: str = ""
    """HMAC-SHA256 over the SHA-256 of each answer as received, in order of arrival. The key is the
    run's salt, which stays with the operator: this commits to what was redacted, and nobody can
    confirm a guess with it."""
    guarded_values: int = 0
    """How many values were dropped because their key is not on the allow-list."""
    redacted: dict[str, int] = {}
    """What kind of credential a kept value looked like -> how many such values were dropped."""
    pseudonyms: int = 0
    """How many values that name people were replaced by pseudonyms."""
    checks: list[Check] = []
    skipped: list[Skip] = []
    problem: str | None = None
    remedy: str | None = None


class Receipt(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    source: str
    slot: datetime
    """The due time that this run answers."""
    started_at: datetime
    finished_at: datetime
    collector: str
    collector_version: str
    agent_version: str
    config_sha256: str
    """Of this source's settings without secrets."""
    systems: list[str] | None = None
    """The systems that live in this source; None: any."""
    identity: Identity | None = None
    clock_offset_s: str | None = None
    """Our clock minus the server's, decimal seconds."""
    kinds: list[KindReceipt] = []
    salt: bytes = b""
    """Random, 32 bytes; never leaves the ledger (``public`` removes it)."""

    @property
    def complete(self) -> bool:
        return all(kind.verdict in ("complete", "unsupported") for kind in self.kinds)

    def public(self) -> "Receipt":
        """The receipt as it is hashed, logged and exported."""
        return msgspec.structs.replace(self, salt=b"")
