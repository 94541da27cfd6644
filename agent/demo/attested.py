"""What a person of the sample company attests: no system can tell it."""

from typing import TYPE_CHECKING

from ...collectors import ssh_signature
from ...collectors.attestations import NAMESPACE, text_of
from ..attesting import Signed, record
from ..timing import utc_now
from ..wording import statement

if TYPE_CHECKING:
    from ...ledger.store import Ledger
    from ..config import Config


def attest_training(config: "Config", ledger: "Ledger") -> None:
    """One attestation, signed with a key that the demo makes in its own folder."""
    from ...ledger.keys import load_or_create

    text = text_of(
        statement(
            "Everybody who approves models was trained for it this year",
            who="ines.keller@nordlicht.example",
            role="managing director",
            now=utc_now(),
            expires="365d",
            controls=["A.4.6", "7.2"],
        )
    )
    key = load_or_create(config.keys / "attest-ines-keller.p256.pem", "p256")
    signature = ssh_signature.sign(key, text, namespace=NAMESPACE.encode())
    signed = Signed(text=text, signature=signature, made="here")
    record(ledger, signed, signers=None, clock=utc_now)
