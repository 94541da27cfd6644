from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import msgspec
import pytest
import rfc8785
from annexa.collectors import canonical
from annexa.collectors.contract import Record
from hypothesis import given
from hypothesis import strategies as st

TEXT = st.text(st.characters(exclude_categories=["Cs"]))
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | TEXT,
    lambda inner: (
        st.lists(inner) | st.dictionaries(st.text(st.characters(max_codepoint=127)), inner)
    ),
)


class Inner(Record):
    at: datetime | None = None


class Outer(Record):
    name: str
    score: Decimal | None = None
    inner: Inner | None = None
    many: list[Inner] = []


@given(JSON)
def test_bytes_equal_rfc_8785_for_all_that_records_hold(value: object) -> None:
    assert canonical.encode(value) == rfc8785.dumps(value)  # type: ignore[arg-type]  # any JSON


def test_fields_and_keys_are_sorted_and_absent_values_left_out() -> None:
    record = Outer(name="é", score=Decimal("0.910"))
    assert canonical.encode(record) == '{"name":"é","score":"0.910"}'.encode()


@given(st.dictionaries(TEXT, TEXT))
def test_the_order_of_keys_in_the_answer_does_not_matter(tags: dict[str, str]) -> None:
    turned = dict(reversed(tags.items()))
    assert canonical.encode(tags) == canonical.encode(turned)


def test_times_of_any_zone_become_utc_at_every_depth() -> None:
    berlin = datetime(2026, 1, 1, 1, 0, tzinfo=timezone(timedelta(hours=1)))
    record = Outer(name="x", inner=Inner(at=berlin), many=[Inner(at=berlin), Inner()])
    canonical.to_utc(record)
    assert canonical.encode(record).count(b'"2026-01-01T00:00:00Z"') == 2
    assert record.inner == Inner(at=datetime(2026, 1, 1, tzinfo=UTC))


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match=r"Inner\.at has no zone"):
        canonical.to_utc(Outer(name="x", inner=Inner(at=datetime(2026, 1, 1))))  # noqa: DTZ001 - without a zone on purpose


def test_half_a_surrogate_pair_is_refused_and_never_stored() -> None:
    with pytest.raises(UnicodeEncodeError):
        canonical.encode(Outer(name="\ud800"))


def test_what_was_read_back_encodes_to_the_same_bytes() -> None:
    body = canonical.encode(Outer(name="x", score=Decimal("1e-7"), inner=Inner(at=None)))
    assert canonical.encode(msgspec.json.decode(body, type=Outer)) == body
