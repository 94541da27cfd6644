"""People become pseudonyms that compare as the people did, and whoever is no person stays."""

from datetime import UTC, datetime

import duckdb
import pytest
from annexa.collectors.aws.access import kinds as access
from annexa.collectors.contract import Kind, Record
from annexa.collectors.documents import kinds as documents
from annexa.collectors.documents.records import Approver
from annexa.collectors.kubernetes.access_rights import Subject
from annexa.collectors.people import People
from annexa.collectors.rows import Rows
from annexa.mappings.macros import SAME_PERSON
from hypothesis import given, settings
from hypothesis import strategies as st

KEY = b"k" * 32
NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


class Commit(Record):
    author: str
    title: str = ""


class Thing(Record):
    name: str
    owner: str | None = None
    reviewed_by: list[str] = []
    commit: Commit | None = None
    tags: dict[str, str | None] = {}


KIND = Kind(
    name="mlflow.thing",
    record=Thing,
    subject=lambda r: r.name,
    guarded={"tags": ("approved_by", "environment")},
    permission="x",
    cross_check="none: x",
)


def pseudonym(text: str, key: bytes = KEY) -> str:
    return People(key).pseudonym(text)


@pytest.mark.parametrize(
    "kept",
    [
        "",
        "AWS",
        "system:serviceaccount:prod:deployer",
        "sagemaker.amazonaws.com",
        "arn:aws:iam::111111111111:role/deployer",
        "arn:aws:sagemaker:eu-central-1:111111111111:model/m",
        "{{SessionName}}",
    ],
)
def test_what_no_person_answers_to_stays(kept: str) -> None:
    assert pseudonym(kept) == kept


def test_of_an_arn_or_an_address_only_the_persons_part_goes() -> None:
    jane = pseudonym("jane")
    assert jane.startswith("person-")
    assert pseudonym("arn:aws:iam::1:user/team/jane") == f"arn:aws:iam::1:user/team/{jane}"
    assert (
        pseudonym("arn:aws:sts::1:assumed-role/R/jane") == f"arn:aws:sts::1:assumed-role/R/{jane}"
    )
    assert pseudonym("Jane@Example.com") == f"{jane}@example.com"
    assert pseudonym("Jane Doe <jane@example.com>").endswith(f" <{jane}@example.com>")


def test_doing_it_twice_does_nothing_more_and_another_key_is_another_person() -> None:
    for name in ("jane", "Jane Doe <jane@example.com>", "arn:aws:iam::1:user/jane"):
        assert pseudonym(pseudonym(name)) == pseudonym(name) != pseudonym(name, b"x" * 32)


_NAMES = st.sampled_from(["jane", "Jane", " JANE", "john", "a.b", "unknown", "system:x", "AWS"])
_DOMAINS = st.sampled_from(["", "@example.com", "@EXAMPLE.com", "@other.org"])
_PERSON = st.builds(lambda name, domain: name + domain, _NAMES, _DOMAINS)


@settings(max_examples=100, deadline=None)
@given(a=_PERSON, b=_PERSON)
def test_who_was_the_same_person_to_a_rule_is_the_same_afterwards(a: str, b: str) -> None:
    same = "select same_person(?, ?)"
    with duckdb.connect() as connection:
        connection.execute(f"create macro {SAME_PERSON}")
        before = connection.execute(same, [a, b]).fetchone()
        after = connection.execute(same, [pseudonym(a), pseudonym(b)]).fetchone()
    assert before == after


def test_a_record_is_kept_without_its_people_and_with_everything_else() -> None:
    met: dict[str, str] = {}
    rows = Rows(KIND, people=People(KEY, keys=["approved_by"], met=met.__setitem__))
    commit = Commit(author="jane@x.org", title="Fix jane's bug")
    things = [
        Thing(
            name=name,
            owner="John",
            reviewed_by=["jane", "system:x"],
            commit=commit,  # shared by both
            tags={"approved_by": "john@x.org", "environment": "prod"},
        )
        for name in ("a", "b")
    ]
    (first, _) = rows.of(things)
    jane, john = pseudonym("jane"), pseudonym("john")
    assert first.body.decode() == (
        f'{{"commit":{{"author":"{jane}@x.org","title":"Fix jane\'s bug"}},"name":"a",'
        f'"owner":"{john}","reviewed_by":["{jane}","system:x"],'
        f'"tags":{{"approved_by":"{john}@x.org","environment":"prod"}}}}'
    )
    assert met == {jane: "jane", john: "john"}
    assert rows.pseudonyms == 9


def test_names_of_things_that_are_people_are_pseudonyms_too() -> None:
    people = People(KEY)
    arn = "arn:aws:iam::111111111111:user/jane"
    (user,) = Rows(access.USER, people=people).of([access.User(arn=arn, name="jane")])
    (approver,) = Rows(documents.APPROVER, people=people).of(
        [Approver(who="jane@x.org", path="approvers.yaml", names=["jane", "Jane"])]
    )
    for row in (user, approver):
        assert pseudonym("jane") in row.subject
        assert b"jane" not in row.body.lower().replace(b"approvers", b"")


def test_of_those_to_whom_kubernetes_binds_a_role_only_users_are_people() -> None:
    people = People(KEY)
    user, group = Subject(kind="User", name="jane"), Subject(kind="Group", name="ml-team")
    assert [people.apply(user), people.apply(group)] == [1, 0]
    assert (user.name, group.name) == (pseudonym("jane"), "ml-team")


def test_people_are_kept_by_name_unless_it_is_asked_for_otherwise() -> None:
    rows = Rows(KIND)
    (row,) = rows.of([Thing(name="a", owner="John")])
    assert b"John" in row.body
    assert rows.pseudonyms == 0
