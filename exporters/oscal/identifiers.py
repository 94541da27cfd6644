"""Names of things in OSCAL: the same thing has the same name in every document and every bundle."""

import json
import re
import uuid
from hashlib import sha1, sha256

from ...collectors import canonical
from ..facts import Facts, rfc3339
from ..names import plain
from ..proof import manifest

VERSION = "1.2.1"
NAMESPACE = "urn:annexa:oscal:1"
"""Of our own properties, as a bundle's statement has ``urn:annexa:bundle:1``."""
_STANDARD = re.compile(r"(A|[0-9]+)(\.[0-9]+)*")
_ROOT = uuid.uuid5(uuid.NAMESPACE_URL, NAMESPACE)


def control_id(wanted: str) -> str:
    """``A.6.2.5`` -> ``a.6.2.5``, ``9.2.1`` -> ``clause-9.2.1``: a token begins with a letter.

    An organisation's own controls may be named in any way: ``ACME.1`` -> ``control-ACME.1``.
    """
    if _STANDARD.fullmatch(wanted) is None:
        return f"control-{plain(wanted)}"
    return f"clause-{wanted}" if wanted[0].isdigit() else wanted.lower()


def objective_id(control: str) -> str:
    """The part of a control that a finding is about."""
    return f"{control_id(control)}_obj"


def everywhere(*name: str) -> str:
    """The UUID of something that is the same for every organisation."""
    return str(uuid.uuid5(_ROOT, json.dumps(name)))


def _uuid5(space: uuid.UUID, name: str) -> str:
    """As `uuid.uuid5`, in a third of the time: there are tens of thousands in a document."""
    made = bytearray(sha1(space.bytes + name.encode(), usedforsecurity=False).digest()[:16])
    made[6] = made[6] & 0x0F | 0x50  # version 5
    made[8] = made[8] & 0x3F | 0x80  # of RFC 9562
    digits = made.hex()
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


class Identifiers:
    """UUIDs (version 5) within one organisation's ledger."""

    def __init__(self, facts: Facts) -> None:
        origin = facts.checkpoint.partition("\n")[0]
        self._space = uuid.uuid5(_ROOT, origin)
        self._moment = (rfc3339(facts.at), facts.evaluation.results_sha256)
        self._bundle = sha256(canonical.encode(manifest(facts))).hexdigest()

    def lasting(self, *name: str) -> str:
        """Of something that outlives a bundle: a system, a source, a gap."""
        return _uuid5(self._space, json.dumps(name))

    def now(self, *name: str) -> str:
        """Of what was seen at this evaluation's instant: an observation, a finding."""
        return self.lasting(*self._moment, *name)

    def here(self, *name: str) -> str:
        """Of this bundle's own: a document."""
        return self.lasting(self._bundle, *name)
