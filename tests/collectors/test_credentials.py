"""What is taken for a credential, what is not, and what becomes of a record that holds one."""

import msgspec
import pytest
from annexa.collectors import canonical
from annexa.collectors.contract import Kind, Record
from annexa.collectors.credentials import credential_in, is_random, may_hold
from annexa.collectors.redaction import scrub
from annexa.collectors.rows import Rows
from hypothesis import given
from hypothesis import strategies as st

from .planted import BY_CHANCE, CREDENTIALS, chance, heart

ORDINARY = (
    "credit-risk/7",
    "registry.example.org/models/credit@sha256:" + "ab12" * 16,
    "s3://models/credit/7/model.tar.gz",
    "arn:aws:iam::123456789012:role/service-role/AmazonSageMaker-ExecutionRole-20240101T101010",
    "arn:aws:sagemaker:eu-west-1:123456789012:model-package/credit/7",
    "8f14e45f-ceea-467f-a8a2-8f14e45fceea",
    "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "3HL4kqtJvjVBH40Nrjfkd3HL4kqtJvjV",  # an S3 version: only a free value may not look like it
    "dana@example.org",
    "mailto:dana@example.org",
    "https://example.org/a?b=c&page=2",
    "HorizontalPodAutoscaler",
    "task-forecast-nightly-retraining-job",
    "disk-pressure-and-a-very-long-name-of-a-thing",
    "MODEL_REGISTRY_CREDENTIALS_SECRET_NAME",
    "system:controller:token-cleaner",
    "secrets",
    "max_tokens=4096,temperature=0.2",
    "password=$DB_PASSWORD",
    "password: <from the vault>",
    "Token rotation policy: every 90 days",
    "Basic authentication is switched off",
    "pypi-mirror",
    "eyJ is how a token begins",
    "webhook",
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl",
)


@pytest.mark.parametrize("name", CREDENTIALS)
def test_a_credential_is_seen_wherever_it_stands_in_a_text(name: str) -> None:
    for text in (CREDENTIALS[name], f"key: {CREDENTIALS[name]} (ask dana)"):
        assert credential_in(text), text
        assert may_hold(msgspec.json.encode({"owner": text})), text


@pytest.mark.parametrize("text", ORDINARY)
def test_what_platforms_write_everywhere_is_no_credential(text: str) -> None:
    assert credential_in(text) is None


@given(st.sampled_from(sorted(CREDENTIALS)), st.text(max_size=20), st.text(max_size=20))
def test_what_a_close_look_sees_the_quick_look_never_misses(
    name: str, before: str, after: str
) -> None:
    text = f"{before} {CREDENTIALS[name]} {after}"
    assert may_hold(msgspec.json.encode([text])) or credential_in(text) is None


@pytest.mark.parametrize("length", [24, 32, 40, 64])
def test_a_free_value_that_is_drawn_by_chance_is_told_from_words_and_digests(length: int) -> None:
    drawn = sum(is_random(chance(length, str(seed))) for seed in range(100))
    assert drawn >= 90  # some have no digit
    assert not any(map(is_random, (text for text in ORDINARY if not text.startswith("3HL4"))))
    assert not is_random("NordlichtHandelCreditRiskScoring2024")


def test_an_error_quotes_no_credential() -> None:
    for credential in CREDENTIALS.values():
        shown = scrub(f"the server said: {credential}")
        assert heart(credential) not in shown


class Part(Record):
    text: str | None = None


class Thing(Record):
    name: str
    owner: str | None = None
    title: str = ""
    names: list[str] = []
    tags: dict[str, str | None] = {}
    labels: dict[str, str] = {}
    part: Part | None = None
    parts: list[Part] = []


THING = Kind(
    name="test.thing",
    record=Thing,
    subject=lambda thing: thing.name,
    guarded={"tags": ("owner", "k*")},
    permission="none",
    cross_check="none",
)


@pytest.mark.parametrize("name", CREDENTIALS)
def test_a_record_keeps_everything_but_the_credential_wherever_it_is(name: str) -> None:
    secret = CREDENTIALS[name]
    rows = Rows(THING)
    (row,) = rows.of(
        [
            Thing(
                name="x",
                owner=secret,
                title=secret,
                names=["a", secret],
                tags={"owner": secret, "other": secret, secret: "kept?", "k1": "v"},
                labels={"a": secret, "b": "c"},
                part=Part(text=secret),
                parts=[Part(text="t"), Part(text=secret)],
            )
        ]
    )
    assert secret.encode() not in row.body
    body = msgspec.json.decode(row.body)
    seen = credential_in(secret)
    mark = f"[not kept: {seen}]"
    assert body == {
        "name": "x",
        "title": mark,
        "names": ["a", mark],
        "tags": {"owner": None, "other": None, mark: None, "k1": "v"},
        "labels": {"a": None, "b": "c"},
        "part": {},
        "parts": [{"text": "t"}, {}],
    }
    assert rows.redacted == {seen: 8}
    assert rows.guarded == 2
    assert row.sha256 == canonical.sha256(row.body)


def test_the_value_of_an_allowed_key_that_is_drawn_by_chance_is_not_kept() -> None:
    rows = Rows(THING)
    (row,) = rows.of([Thing(name=BY_CHANCE, tags={"owner": BY_CHANCE, "k": "v"})])
    body = msgspec.json.decode(row.body)
    assert body == {"name": BY_CHANCE, "tags": {"owner": None, "k": "v"}}  # a name may be so
    assert rows.redacted == {"random value": 1}


def test_a_field_for_words_keeps_nothing_that_is_drawn_by_chance() -> None:
    rows = Rows(THING)
    parts = [Part(text=BY_CHANCE), Part(text="words")]
    (row,) = rows.of([Thing(name="x", owner=BY_CHANCE, part=Part(text=BY_CHANCE), parts=parts)])
    assert BY_CHANCE.encode() not in row.body
    assert msgspec.json.decode(row.body)["parts"] == [{}, {"text": "words"}]
    assert rows.redacted == {"random value": 3}


def test_an_object_whose_name_is_a_credential_is_a_named_gap_and_not_stored() -> None:
    rows = Rows(THING)
    secret = CREDENTIALS["GitHub token"]
    found = rows.of([Thing(name="a"), Thing(name=secret), Thing(name="b")])
    assert [row.subject for row in found] == ["a", "b"]
    (skip,) = rows.skipped
    assert "GitHub token" in skip.problem
    assert secret not in skip.what + skip.problem + skip.remedy


def test_a_page_of_any_length_is_looked_at_to_its_end() -> None:
    records = [Thing(name=str(number)) for number in range(1201)]
    records[1200].owner = CREDENTIALS["Stripe key"]
    rows = Rows(THING)
    assert len(rows.of(records)) == 1201
    assert rows.redacted == {"Stripe key": 1}
