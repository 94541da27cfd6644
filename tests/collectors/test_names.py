"""Two sets of names, compared without keeping either."""

from annexa.collectors.names import SHOWN, Difference, Names, between
from hypothesis import given, settings
from hypothesis import strategies as st

SETS = st.sets(st.text(max_size=30), max_size=40)


def names(found: set[str]) -> Names:
    made = Names()
    for name in found:
        made.add(name)
    return made


@settings(max_examples=60, deadline=None)
@given(SETS, SETS)
def test_what_only_one_side_has_is_told(first: set[str], second: set[str]) -> None:
    one, other = names(first), names(second)
    assert (one == other) == (first == second)
    assert one.minus(other) == between(first, second)


def test_of_many_names_the_few_that_differ_are_told_in_little_room() -> None:
    everything = {f"model/{number}" for number in range(3000)}
    one, other = names(everything - {"model/7"}), names(everything - {"model/8", "model/9"})
    assert one.minus(other) == Difference(["model/8", "model/9"], ["model/7"])
    assert one.count == 2999


def test_a_name_that_was_taken_out_is_no_difference() -> None:
    one, other = names({"a", "b"}), names({"a"})
    one.take_out("b")
    assert one == other
    assert one.minus(other) == Difference([], [])


def test_names_beyond_all_bounds_count_and_are_not_told() -> None:
    one = names({"x" * 5000})
    assert one != names({"x" * 5001})
    assert one.minus(names(set())) == Difference([], [])


def test_only_some_of_many_are_told() -> None:
    found = names({str(number) for number in range(100)}).minus(Names())
    assert len(found.only_first) == SHOWN
