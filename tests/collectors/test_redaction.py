import pytest
from annexa.collectors.contract import Kind, Record
from annexa.collectors.redaction import Guard, schema_sha256, scrub
from hypothesis import given
from hypothesis import strategies as st


class Part(Record):
    tags: dict[str, str | None] = {}


class Thing(Record):
    name: str
    tags: dict[str, str | None] = {}
    part: Part | None = None
    parts: list[Part] = []


def thing(**guarded: tuple[str, ...]) -> Kind:
    return Kind(
        name="test.thing",
        record=Thing,
        subject=lambda r: r.name,
        guarded={path.replace("__", "."): keys for path, keys in guarded.items()},
        permission="none",
        cross_check="none",
    )


@given(st.dictionaries(st.text(max_size=12), st.text()), st.frozensets(st.text(max_size=12)))
def test_every_key_is_kept_and_only_allowed_values(
    tags: dict[str, str], keep: frozenset[str]
) -> None:
    exact = frozenset(key for key in keep if not key.endswith("*"))
    record = Thing(name="x", tags={**tags})
    guard = Guard(thing(tags=()), exact)
    guard.apply(record)
    assert record.tags == {key: value if key in exact else None for key, value in tags.items()}
    assert guard.removed == sum(key not in exact for key in tags)


def test_a_star_allows_a_prefix() -> None:
    record = Thing(name="x", tags={"mlflow.source.name": "train.py", "mlflow.secret": "s"})
    Guard(thing(tags=("mlflow.source.*",))).apply(record)
    assert record.tags == {"mlflow.source.name": "train.py", "mlflow.secret": None}


def test_nested_maps_are_reached_through_structs_and_lists() -> None:
    record = Thing(name="x", part=Part(tags={"a": "1"}), parts=[Part(tags={"a": "2", "b": "3"})])
    guard = Guard(thing(part__tags=(), parts__tags=("b",)))
    guard.apply(record)
    assert (record.part, record.parts) == (
        Part(tags={"a": None}),
        [Part(tags={"a": None, "b": "3"})],
    )
    assert guard.removed == 2


def test_a_map_that_the_reader_shares_between_records_is_not_changed() -> None:
    shared: dict[str, str | None] = {"a": "1"}
    first, second = Thing(name="1", tags=shared), Thing(name="2", tags=shared)
    guard = Guard(thing(tags=()))
    guard.apply(first)
    guard.apply(second)
    assert (shared, first.tags, second.tags) == ({"a": "1"}, {"a": None}, {"a": None})
    assert guard.removed == 2


def test_guarding_a_field_that_does_not_exist_is_an_error_not_a_leak() -> None:
    with pytest.raises(ValueError, match=r"test\.thing guards lables"):
        Guard(thing(lables=()))


def test_the_schema_digest_names_fields_types_and_allowed_keys() -> None:
    class Wider(Thing):
        more: int | None = None

    base = schema_sha256(thing(tags=()))
    wider = Kind(**{**vars(thing(tags=())), "record": Wider})
    assert schema_sha256(thing(tags=())) == base
    digests = [
        schema_sha256(thing(tags=("owner",))),
        schema_sha256(thing(tags=()), frozenset({"owner"})),
        schema_sha256(thing()),
        schema_sha256(wider),
    ]
    assert digests[0] == digests[1]
    assert len({base, *digests}) == 4


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("GET https://u:p@host:8080/a?token=x failed", "GET https://host:8080/a?… failed"),
        ("s3://key:secret@bucket/model#v=1", "s3://bucket/model?…"),
        ("https://host/a/b", "https://host/a/b"),
        ("header Authorization: Bearer abc.def.ghi-jkl", "header Authorization: Bearer …"),
        ("two\r\nlines\x1b[31m and \u202eturned", "two lines [31m and  turned"),
    ],
)
def test_what_is_said_about_an_error_holds_no_secret_and_no_control_character(
    text: str, shown: str
) -> None:
    assert scrub(text) == shown


@given(st.text())
def test_scrubbed_text_is_one_printable_line_of_bounded_length(text: str) -> None:
    shown = scrub(text, limit=50)
    assert len(shown) <= 50
    assert not any(ord(character) < 32 for character in shown)
    shown.encode()
