"""``annexa attest``: who said what, for what, for how long, signed, and never changed."""

import hashlib
import json
import shutil
import subprocess
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import msgspec
import pytest
from annexa.agent import attesting
from annexa.agent.attesting import AttestationRefused, Signed, holds, kept, states
from annexa.agent.entry import run
from annexa.agent.errors import NotFound
from annexa.agent.exit_codes import ExitCode
from annexa.agent.wording import MAX_STATEMENT, statement
from annexa.collectors import attestations, ssh_signature
from annexa.collectors.allowed_signers import parse as parse_signers
from annexa.collectors.attestations import ATTESTATION, SOURCE, Attestation
from annexa.ledger import Ledger
from annexa.mappings.kind_table import columns
from annexa.mappings.source_states import attestation_state, source_states
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))  # the same in every worker
LINE = ssh_signature.public_line(ssh_signature.public_blob(KEY.public_key()))
Annexa = Callable[..., Any]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "docs").mkdir()
    (tmp_path / "annexa.yaml").write_text(
        "organisation: {name: X}\nsources:\n  - {id: documents/d, path: docs}\n"
    )
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def annexa(folder: Path, capsys: pytest.CaptureFixture[str]) -> Annexa:
    def call(*arguments: str, code: int = ExitCode.OK) -> Any:
        found = run(["attest", *arguments, "--json"])
        out, err = capsys.readouterr()
        assert found == code, err
        assert "Traceback" not in err
        return json.loads(out) if code == ExitCode.OK else err

    return call


@pytest.fixture
def ledger(tmp_path: Path) -> Any:
    with Ledger.open(tmp_path / "ledger.db") as opened:
        yield opened


def signed(text: str = "trained", who: str = "ines@example.com", **more: Any) -> Signed:
    given: dict[str, Any] = {"expires": "365d", "now": NOW, **more}
    content = attestations.text_of(statement(text, who=who, **given))
    signature = ssh_signature.sign(KEY, content, namespace=b"annexa")
    return Signed(text=content, signature=signature, made="here")


def record(ledger: Ledger, one: Signed, signers: str | None = None) -> Attestation:
    allowed = None if signers is None else parse_signers(signers)
    return attesting.record(ledger, one, signers=allowed, clock=lambda: datetime.now(UTC))[0]


def now_signed(text: str = "trained", **more: Any) -> Signed:
    return signed(text, now=datetime.now(UTC), **more)


def test_an_attestation_says_who_what_for_what_for_how_long_and_of_which_file(
    annexa: Annexa, folder: Path
) -> None:
    (folder / "minutes.pdf").write_bytes(b"%PDF hunter2")
    scope = ("--control", "A.4.6,A.3.2", "--system", "credit-risk", "--role", "head of people")
    period = ("--from", "2026-01-01", "--to", "2026-06-30", "--expires", "2030-12-31")
    file = ("--file", "minutes.pdf")
    body = annexa("All are trained", "--who", "ines@example.com", *scope, *period, *file)
    found = body["attestation"]
    assert body["schema"] == "annexa.attest/1"
    assert (found["statement"], found["who"]) == ("All are trained", "ines@example.com")
    assert (found["controls"], found["systems"]) == (["A.4.6", "A.3.2"], ["credit-risk"])
    assert found["role"] == "head of people"
    assert (found["period_start"], found["period_end"]) == (
        "2026-01-01T00:00:00Z",
        "2026-07-01T00:00:00Z",
    )
    assert found["expires_at"] == "2031-01-01T00:00:00Z"
    assert found["file_sha256"] == hashlib.sha256(b"%PDF hunter2").hexdigest()
    assert (found["file_name"], found["file_size_bytes"]) == ("minutes.pdf", 12)
    assert (found["made"], found["key_is_listed"]) == ("here", None)
    (listed,) = annexa("--list")["attestations"]
    assert listed == found | {"state": "valid", "signature_holds": True}
    with Ledger.open(folder / "annexa.db", read_only=True) as opened:
        assert opened.log.leaf(body["leaf"]).type == "run"
        (stored,) = opened.snapshot().records(ATTESTATION.name)
        assert opened.verify().ok
    assert stored.full_subject == f"annexa/attestations:attestation:{found['id']}"
    assert b"hunter2" not in stored.body


def test_the_key_that_is_made_is_the_signers_own_and_kept_from_others(
    annexa: Annexa, folder: Path
) -> None:
    ids = [
        annexa(text, "--who", who)["attestation"]["key_id"]
        for text, who in (("1", "a@x"), ("2", "b@x"), ("3", "a@x"))
    ]
    assert ids[0] == ids[2] != ids[1]
    keys = list((folder / "keys").glob("attest-*.pem"))
    assert {key.stat().st_mode & 0o777 for key in keys} == {0o600}
    assert len(keys) == 2


@pytest.mark.skipif(shutil.which("ssh-keygen") is None, reason="apt-get install openssh-client")
@pytest.mark.parametrize("kind", ["ed25519", "ecdsa"])
def test_a_signature_made_elsewhere_is_taken_from_the_named_signer_only(
    annexa: Annexa, folder: Path, kind: str
) -> None:
    for name in ("ines", "eve"):
        subprocess.run(["ssh-keygen", "-q", "-t", kind, "-N", "", "-f", name], check=True)
    prepared = annexa("x", "--who", "ines@example.com", "--prepare", "text.json")
    assert prepared["sign_with"].startswith("ssh-keygen -Y sign -n annexa")
    for name in ("ines", "eve"):
        sign = ["ssh-keygen", "-q", "-Y", "sign", "-n", "annexa", "-f", name]
        with Path("text.json").open("rb") as text, Path(f"{name}.sig").open("wb") as out:
            subprocess.run(sign, stdin=text, stdout=out, check=True, stderr=subprocess.DEVNULL)
    given = ("--text", "text.json", "--signature")
    assert "nobody says whose key" in annexa(*given, "ines.sig", code=ExitCode.ERROR)
    (folder / "allowed_signers").write_text(f"ines@example.com {Path('ines.pub').read_text()}")
    assert "is not listed for ines@example.com" in annexa(*given, "eve.sig", code=ExitCode.ERROR)
    found = annexa(*given, "ines.sig")["attestation"]
    assert (found["made"], found["key_is_listed"]) == ("elsewhere", True)
    assert found["id"] == prepared["id"]
    assert "is on record" in annexa(*given, "ines.sig", code=ExitCode.ERROR)
    assert len(annexa("--list")["attestations"]) == 1
    # and the other way round: what we sign, ssh-keygen verifies
    own = annexa("y", "--who", "ines@example.com", "--key", "ines")["attestation"]
    Path("own.sig").write_text(own["signature"])
    verify = ["ssh-keygen", "-Y", "verify", "-f", "allowed_signers", "-I", "ines@example.com"]
    verify += ["-n", "annexa", "-s", "own.sig"]
    subprocess.run(verify, input=own["signed_text"].encode(), check=True, capture_output=True)


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        (f'ines@example.com valid-before="20200101" {LINE}', "has expired"),
        (f'ines@example.com valid-after="20990101" {LINE}', "is not valid yet"),
        (f'ines@example.com namespaces="git" {LINE}', "another purpose"),
        (f"bob@example.com {LINE}", "is not listed for ines@example.com"),
        ("", "is not listed for ines@example.com"),
    ],
)
def test_a_key_that_has_ended_or_is_another_persons_is_refused_and_nothing_is_recorded(
    ledger: Ledger, line: str, problem: str
) -> None:
    with pytest.raises(AttestationRefused, match=problem):
        record(ledger, now_signed(), line)
    assert list(kept(ledger)) == []
    assert record(ledger, now_signed(), f"*@example.com {LINE}").key_is_listed is True


def test_a_changed_text_signature_or_purpose_is_refused(ledger: Ledger) -> None:
    good = now_signed()
    other = ssh_signature.sign(KEY, good.text, namespace=b"git")
    for wrong in (
        Signed(
            text=good.text.replace(b"trained", b"tra1ned"), signature=good.signature, made="here"
        ),
        Signed(text=good.text, signature=other, made="here"),
        Signed(text=good.text, signature=b"junk", made="here"),
        Signed(text=b"{}", signature=good.signature, made="here"),
        Signed(text=good.text + b"\n", signature=good.signature, made="here"),
    ):
        with pytest.raises(AttestationRefused):
            record(ledger, wrong)
    assert list(kept(ledger)) == []


@pytest.mark.parametrize("days", [-31, 1])
def test_a_text_that_waited_too_long_or_comes_from_the_future_is_refused(
    ledger: Ledger, days: int
) -> None:
    odd = signed(now=datetime.now(UTC) + timedelta(days=days))
    with pytest.raises(AttestationRefused, match="prepared at"):
        record(ledger, odd)


def test_corrections_and_withdrawals_append(ledger: Ledger) -> None:
    first = record(ledger, now_signed("first"))
    second = record(ledger, now_signed("second", supersedes=first.id))
    third = record(ledger, now_signed("was wrong", withdraws=second.id))
    found = list(kept(ledger))
    assert states(found, NOW) == {
        first.id: "superseded",
        second.id: "withdrawn",
        third.id: "valid",
    }
    assert states(found, datetime.now(UTC) + timedelta(days=400))[third.id] == "expired"
    with pytest.raises(NotFound, match="is not on record"):
        record(ledger, now_signed("x", supersedes="0" * 16))
    history = ledger.history(SOURCE, ATTESTATION.name, first.id)
    assert [interval.closed_run for interval in history] == [None]


def test_people_who_attest_at_the_same_time_lose_nothing(ledger: Ledger) -> None:
    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(lambda n: record(ledger, now_signed(f"{n}")).id, range(4)))
    assert {one.id for one in kept(ledger)} == set(made)
    assert ledger.verify().ok


def test_a_record_that_was_changed_no_longer_holds(ledger: Ledger) -> None:
    one = record(ledger, now_signed(systems=["credit-risk"]))
    assert holds(one)
    changes: tuple[dict[str, Any], ...] = (
        {"systems": []},
        {"statement": "x"},
        {"id": "0" * 16},
        {"signed_text": one.signed_text.replace("trained", "x")},
        {"signature": ""},
        {"expires_at": one.expires_at + timedelta(days=1)},
    )
    for change in changes:
        assert not holds(msgspec.structs.replace(one, **change))


def test_attestations_are_a_table_that_rules_can_read(ledger: Ledger, tmp_path: Path) -> None:
    one = record(ledger, now_signed(controls=["A.4.6"], systems=["credit-risk"]))
    spelled = {name: hint for name, hint in columns(ATTESTATION).items() if name[0] != "_"}
    listed = ", ".join(f"'{name}': '{hint}'" for name, hint in spelled.items())
    (tmp_path / "rows").write_bytes(
        b"".join(stored.body for stored in ledger.snapshot().records(ATTESTATION.name))
    )
    query = f"""select id, controls, systems, expires_at > stated_at, period_end is null
        from read_json('{tmp_path}/rows', format = 'newline_delimited', columns = {{{listed}}})"""
    with duckdb.connect() as db:
        assert db.execute(query).fetchall() == [(one.id, ["A.4.6"], ["credit-risk"], True, True)]


def test_attestations_are_never_stale_as_a_source_each_has_an_end_of_its_own(
    ledger: Ledger,
) -> None:
    later = datetime.now(UTC) + timedelta(days=400)
    assert attestation_state(later, {}).is_read
    record(ledger, now_signed())
    latest = ledger.latest_runs()
    assert list(source_states(latest, ledger.last_complete())) == []
    state = attestation_state(later, latest)
    assert (state.finished_at, state.run, state.verdict) == (later, 1, "complete")


@pytest.mark.parametrize(
    ("more", "problem"),
    [
        ({"text": "x" * (MAX_STATEMENT + 1)}, "longer than 4,000"),
        ({"text": " \n "}, "is empty"),
        ({"text": "a\x1b[31mb"}, "control character U\\+001B"),
        ({"text": "a\u202eb"}, "control character U\\+202E"),
        ({"who": "a\nb"}, "control character U\\+000A"),
        ({"who": "x" * 201}, "longer than 200"),
        ({"role": "\x00"}, "control character"),
        ({"controls": ["A.4.6; drop table x"]}, "no control"),
        ({"controls": [f"{n}.{m}" for n in range(1, 99) for m in range(1, 9)]}, "more than 200"),
        ({"systems": ["a\tb"]}, "control character"),
        ({"expires": "2020-01-01"}, "not in the future"),
        ({"expires": "soon"}, "neither a date nor a duration"),
        ({"expires": "999999d"}, "more than ten years"),
        ({"expires": "9999-12-31"}, "neither a date nor a duration"),
        ({"period": ("2026-02-30", None)}, "is no date"),
        ({"period": ("2026-03-01", "2026-02-01")}, "after --to"),
        ({"supersedes": "../../x"}, "no id of an attestation"),
    ],
)
def test_hostile_words_are_refused_on_one_line(more: dict[str, Any], problem: str) -> None:
    given: dict[str, Any] = {"text": "x", "who": "eva", "expires": "1d", "now": NOW, **more}
    with pytest.raises(AttestationRefused, match=problem) as refused:
        statement(given.pop("text"), **given)
    assert "\n" not in str(refused.value)
    assert "\x1b" not in str(refused.value)


def test_quotes_markup_and_four_byte_characters_stay_as_they_are(ledger: Ledger) -> None:
    odd = "'; drop table x;-- <script>\n=cmd()😀 \"../"
    one = record(ledger, now_signed(odd))
    assert one.statement == odd
    assert holds(one)


def test_usage_errors_and_missing_files_are_one_line_with_the_documented_code(
    annexa: Annexa, folder: Path
) -> None:
    for arguments, code in (
        ((), ExitCode.USAGE),
        (("x",), ExitCode.USAGE),
        (("--text", "t"), ExitCode.USAGE),
        (("x", "--who", "a", "--file", "gone.pdf"), ExitCode.ERROR),
        (("x", "--who", "a", "--file", "docs"), ExitCode.ERROR),
        (("x", "--who", "a", "--key", "gone.pem"), ExitCode.LEDGER),
        (("x", "--who", "a", "--config", "gone.yaml"), ExitCode.CONFIGURATION),
        (("x", "--who", "a", "--signers", "annexa.yaml"), ExitCode.ERROR),
    ):
        assert annexa(*arguments, code=code).count("\n") == 1
    (folder / "rsa.pem").write_bytes(
        b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"
    )
    (folder / "rsa.pem").chmod(0o644)
    assert "chmod 600" in annexa("x", "--who", "a", "--key", "rsa.pem", code=ExitCode.LEDGER)
    (folder / "taken").write_text("keep")
    annexa("x", "--who", "a", "--prepare", "taken", code=ExitCode.ERROR)
    assert (folder / "taken").read_text() == "keep"


def test_the_list_is_a_table_for_people_too(
    annexa: Annexa, capsys: pytest.CaptureFixture[str]
) -> None:
    annexa("a [bold]statement[/bold]", "--who", "ines@example.com")
    assert run(["attest", "--list"]) == ExitCode.OK
    out = capsys.readouterr().out
    assert "[bold]statement[/bold]" in out
    assert "holds" in out
