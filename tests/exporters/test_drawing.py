"""Drawing a sample: the properties that an auditor relies on, whatever the population."""

import hashlib
import random
from collections import Counter

import pytest
from annexa.exporters.errors import SampleRefused
from annexa.exporters.sampling.drawing import Item, Row, checked_seed, draw
from annexa.exporters.sampling.row_hash import population_sha256, row_sha256
from annexa.exporters.sampling.sizes import Sampling, attribute_size, shared_out
from hypothesis import given, settings
from hypothesis import strategies as st

SEEDS = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._-]{0,20}", fullmatch=True)
POPULATIONS = st.lists(st.integers(0, 40), min_size=1, max_size=60)
"""Rows by number; equal numbers are rows with the same content."""
FROZEN = "f" * 64


def rows(numbers: list[int], strata: int = 1) -> list[Row]:
    copies: Counter[int] = Counter()
    made = []
    for number in numbers:
        sha256 = row_sha256({"subject": str(number)})
        stratum = str(number % strata)
        made.append(Row(sha256=sha256, copy=copies[number], stratum=stratum, cells={}))
        copies[number] += 1
    return made


def drawn(
    population: list[Row],
    size: int,
    seed: str = "1",
    replaced: dict[tuple[str, int], str] | None = None,
) -> list[Item]:
    return draw(
        population,
        seed=seed,
        population_sha256=FROZEN,
        sizes={"0": size},
        replaced=replaced or {},
    )


@settings(deadline=None)
@given(POPULATIONS, SEEDS, st.integers(1, 70))
def test_a_sample_has_its_size_and_no_row_twice(numbers: list[int], seed: str, size: int) -> None:
    size = min(size, len(numbers))
    items = drawn(rows(numbers), size, seed)
    assert len({item.row.key for item in items}) == len(items) == size
    assert [item.rank for item in items] == list(range(1, size + 1))


@settings(deadline=None)
@given(POPULATIONS, SEEDS, st.integers(1, 60), st.randoms(use_true_random=False))
def test_the_order_of_the_rows_does_not_matter(
    numbers: list[int], seed: str, size: int, dice: random.Random
) -> None:
    population, size = rows(numbers), min(size, len(numbers))
    shuffled = dice.sample(population, len(population))
    assert drawn(population, size, seed) == drawn(shuffled, size, seed)
    told = [row.sha256 for row in population]
    assert population_sha256(told) == population_sha256([row.sha256 for row in shuffled])


@settings(deadline=None)
@given(POPULATIONS, SEEDS, st.integers(1, 59))
def test_a_larger_sample_begins_with_the_smaller_one(
    numbers: list[int], seed: str, size: int
) -> None:
    population, size = rows(numbers), min(size, len(numbers))
    smaller, larger = drawn(population, size, seed), drawn(population, len(numbers), seed)
    assert [item.row for item in larger][:size] == [item.row for item in smaller]


@settings(deadline=None)
@given(POPULATIONS, SEEDS, st.data())
def test_a_replacement_is_the_next_in_rank_and_moves_nothing_else(
    numbers: list[int], seed: str, data: st.DataObject
) -> None:
    population = rows([*numbers, 99])
    size = data.draw(st.integers(1, len(population) - 1))
    first = drawn(population, size, seed)
    gone = data.draw(st.sampled_from(first)).row
    again = drawn(population, size, seed, {gone.key: "its owner left"})
    assert [item.row for item in again][:size] == [item.row for item in first]
    assert [item.status for item in again if item.row == gone] == ["replaced"]
    assert again[-1].status == "replacement"
    assert again[-1].row == drawn(population, size + 1, seed)[-1].row


def test_what_was_not_drawn_cannot_be_replaced_and_somebody_has_to_be_left() -> None:
    population = rows(list(range(10)))
    outside = drawn(population, 10)[-1].row.key
    with pytest.raises(SampleRefused, match="was not drawn"):
        drawn(population, 3, replaced={outside: "why not"})
    with pytest.raises(SampleRefused, match="every row is drawn already"):
        drawn(population, 10, replaced={outside: "gone"})


def test_another_seed_or_another_population_gives_another_sample() -> None:
    population = rows(list(range(200)))
    one = {item.row.key for item in drawn(population, 20, "1")}
    other = {item.row.key for item in drawn(population, 20, "2")}
    frozen = draw(population, seed="1", population_sha256="0" * 64, sizes={"0": 20}, replaced={})
    assert one != other
    assert one != {item.row.key for item in frozen}


def test_the_ranks_are_those_of_the_documented_words() -> None:
    """Written out once more, so that nobody changes them by accident: old samples would break."""
    row = row_sha256({"subject": "größe", "source": "", "environment": "prod"})
    assert row == hashlib.sha256("environment=4:prod\nsubject=7:größe\n".encode()).hexdigest()
    population = [
        Row(sha256=row_sha256({"subject": name}), copy=0, stratum="0", cells={"subject": name})
        for name in "abcdefgh"
    ]
    items = drawn(population, 3, "2026-Q4")
    ranked = sorted(
        population,
        key=lambda one: hashlib.sha256(f"2026-Q4\n{FROZEN}\n{one.sha256}\n0".encode()).hexdigest(),
    )
    assert [item.row for item in items] == ranked[:3]
    assert [item.row.cells["subject"] for item in items] == ["f", "a", "e"]


@pytest.mark.parametrize("seed", ["", " 1", "1 ", "-1", "=1", "a\nb", "ä", "x" * 101])
def test_a_seed_that_could_be_written_in_two_ways_is_refused(seed: str) -> None:
    with pytest.raises(SampleRefused, match="is not plain text"):
        checked_seed(seed)


@pytest.mark.parametrize(
    ("population", "sizes"),
    [
        (1_000_000, (22, 29, 45, 59)),
        (50, (18, 22, 27, 31)),
        (100, (20, 25, 37, 45)),
        (250, (21, 27, 40, 51)),
    ],
)
def test_attribute_sizes_are_those_of_the_tables(
    population: int, sizes: tuple[int, int, int, int]
) -> None:
    figures = ((0.9, 0.1), (0.95, 0.1), (0.9, 0.05), (0.95, 0.05))
    found = [attribute_size(population, confidence=c, tolerable=t) for c, t in figures]
    assert found == [(size, 0) for size in sizes]


@pytest.mark.parametrize(
    ("expected", "size"), [(0.01, (93, 1)), (0.015, (124, 2)), (0.02, (181, 4)), (0.025, (234, 6))]
)
def test_expected_deviations_make_the_sample_larger(expected: float, size: tuple[int, int]) -> None:
    found = attribute_size(1_000_000, confidence=0.95, tolerable=0.05, expected=expected)
    assert found == size


@settings(deadline=None)
@given(st.integers(1, 3000), st.sampled_from([0.8, 0.9, 0.95]), st.sampled_from([0.02, 0.05, 0.2]))
def test_an_attribute_sample_is_never_larger_than_its_population(
    population: int, confidence: float, tolerable: float
) -> None:
    size, allowed = attribute_size(population, confidence=confidence, tolerable=tolerable)
    assert 1 <= size <= population
    assert allowed == 0


def test_frequencies_give_the_usual_numbers_and_small_populations_fewer() -> None:
    sampling = Sampling()
    by = sampling.by_frequency
    assert [by("event", "moderate", n) for n in (3, 4, 30, 51, 250, 251)] == [3, 4, 5, 6, 25, 40]
    assert [by("daily", risk, 365) for risk in ("low", "moderate", "high")] == [20, 25, 40]
    assert (by("annual", "high", 1), by("quarterly", "low", 4)) == (1, 2)
    assert [by("systems", "low", n) for n in (1, 9, 10)] == [1, 3, 4]
    changed = Sampling.model_validate({"frequency": {"monthly": [3, 3, 3]}, "few_events": []})
    assert changed.by_frequency("monthly", "low", 12) == 3
    assert changed.frequencies == ("monthly", "systems")


@settings(deadline=None)
@given(
    st.integers(1, 300),
    st.dictionaries(st.text(max_size=3), st.integers(1, 500), min_size=1, max_size=8),
    st.data(),
)
def test_strata_share_the_size_and_none_is_left_out(
    size: int, strata: dict[str, int], data: st.DataObject
) -> None:
    whole = frozenset(data.draw(st.sets(st.sampled_from(sorted(strata)))))
    given_ = shared_out(size, strata, whole)
    rest = {name: rows for name, rows in strata.items() if name not in whole}
    assert given_.keys() == strata.keys()
    assert all(1 <= given_[name] <= rows for name, rows in rest.items())
    assert all(given_[name] == strata[name] for name in whole)
    shared, wanted = sum(given_[name] for name in rest), min(size, sum(rest.values()))
    assert wanted <= shared < wanted + max(1, len(rest))
