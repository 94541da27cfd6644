"""DOC-1 to DOC-6 can be decided from what is collected: each holds, and each fails for its fault.

The queries are the plainest that decide; the pack's own rules may ask for more.
"""

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest
from annexa.collectors.documents import kinds
from annexa.collectors.documents.reader import Documents
from annexa.collectors.documents.settings import DocumentsSettings
from annexa.collectors.runner import read_source
from annexa.mappings.kind_table import columns, table_name

from .git_repository import Git
from .github_host import (
    CLOSED,
    PROTECTION,
    ROOT,
    activity,
    commit,
    pull,
    review,
    with_pull,
)
from .host_server import TOKEN, HostServer
from .memory_sink import NOON, MemorySink, patient

POLICY = "---\nid: POL-1\ntype: policy\napproved_by: ines@example.com\nreview_by: 2027-01-15\n---\n"
APPROVERS = (
    "approvers:\n  - {who: ines@example.com, also: [ikeller], types: [policy], from: 2025-01-01}\n"
)
AT = "timestamptz '2026-11-24 12:00:00Z'"

DOC_1 = """
select d.path, (
  select bool_or(b.protected and b.head = p.head)
  from documents_place p, documents_branch_protection b)
from documents_document d"""
DOC_2 = """
select v.path, exists (
  from (select m.*, unnest(m.reviews) as r from documents_merge m) m, documents_approver a
  where list_contains(m.commits, v.id) and r.state = 'approved' and r."at" <= m.merged_at
    and r."by" <> m.author and list_contains(a.names, r."by")
    and not list_contains(a.names, m.author) and not list_has_any(a.names, m.authors)
    and a.valid_from::date <= r."at"::date
    and coalesce(a.valid_until::date >= r."at"::date, true)
    and coalesce(a.unlisted_at > r."at", true))
from documents_version v where v.is_current"""
DOC_3 = f"""
select d.path, d.review_by::date >= {AT}::date and (
  select max(r."on"::date) from documents_review r where r.document in (d.id, d.path)
) >= {AT}::date - 365
from documents_document d"""
DOC_4 = """
select p.id, p.how <> 'force_push'
  and (p.how = 'merge' or (
    select bool_and(exists (from documents_merge m where list_contains(m.commits, c.id)))
    from (select unnest(p.commits) as id) c))
  and (select bool_and(review_required and len(may_bypass) = 0 and enforce_admins)
       from documents_branch_protection)
from documents_push p"""
DOC_5 = """
select c.location, c.found and c.sha256 = v.sha256
from documents_published_copy c
join documents_version v on c.document in (v.document, v.path) and v.is_current"""
DOC_6 = """
select d.path, (select bool_and(p.keeps_versions and p.whole_history) from documents_place p)
  and not exists (from documents_push where how = 'force_push')
  and (select bool_and(v.sha256 is not null) from documents_version v where v.path = d.path)
from documents_document d"""
QUERIES = {
    "DOC-1": DOC_1, "DOC-2": DOC_2, "DOC-3": DOC_3, "DOC-4": DOC_4, "DOC-5": DOC_5, "DOC-6": DOC_6,
}  # fmt: skip


class Company:
    """A policy that was drafted, then changed by a reviewed request, and published."""

    def __init__(self, folder: Path) -> None:
        self.git = Git(folder / "repository")
        self.git.write("approvers.yaml", APPROVERS)
        self.git.write("reviews.yaml", "reviews:\n  - {document: POL-1, on: 2026-07-01, by: eva}\n")
        self.git.write("policy.md", POLICY.replace("approved_by: ines@example.com\n", ""))
        self.first = self.git.commit("draft")
        self.git.write("policy.md", POLICY)
        self.git.write("public/policy.md", POLICY.removeprefix("---"))
        self.git.write("public/copy.txt", POLICY)
        self.last = self.git.commit("approved")
        self.folder = folder
        one = pull(7, 3, last=self.last)
        self.reviews = [review("ikeller", "APPROVED", 2)]
        self.commits = [commit(self.last, "ann@example.com", "2026-10-01T10:00:00Z")]
        self.host = HostServer({"": {"default_branch": "main"}}, ROOT)
        self.host.resources |= {
            "/branches/main": CLOSED | {"commit": {"sha": self.last}},
            "/branches/main/protection": PROTECTION,
            "/rules/branches/main": [],
            "/pulls": [one],
            "/activity": [activity(1, "pr_merge", self.first, self.last, 3)],
        }
        self.pull = one
        self.published = "public/copy.txt"

    def decide(self, monkeypatch: pytest.MonkeyPatch) -> dict[str, list[Any]]:
        """What each assertion says of each of its rows."""
        monkeypatch.setenv("GITHUB_TOKEN", TOKEN)
        sink = MemorySink()
        self.host.resources |= with_pull(self.pull, self.commits, self.reviews)
        with self.host.running() as server:
            host = {"type": "github", "repository": "acme/docs", "url": server.url}
            settings = DocumentsSettings.model_validate(
                {
                    "id": "documents/x",
                    "repository": str(self.git.root),
                    "host": host | {"token_env": "GITHUB_TOKEN"},
                    "published": {"POL-1": self.published},
                }
            )
            receipt = read_source(
                Documents(settings), settings, slot=NOON, sink=sink, retry=patient()
            )
        assert receipt.complete, [kind.problem for kind in receipt.kinds]
        return decided(self.folder, sink)


def decided(folder: Path, sink: MemorySink) -> dict[str, list[Any]]:
    """The records as tables with the columns that evaluations give them."""
    with duckdb.connect() as db:
        for kind in Documents.kinds:
            spelled = {name: hint for name, hint in columns(kind).items() if name[0] != "_"}
            inside = ", ".join(f'"{name}" {hint}' for name, hint in spelled.items())
            db.execute(f"create table {table_name(kind.name)} ({inside})")
            rows = sink.rows.get(kind.name, {}).values()
            if rows:
                path = folder / f"{kind.name}.ndjson"
                path.write_bytes(b"".join(row.body + b"\n" for row in rows))
                listed = ", ".join(f"'{name}': '{hint}'" for name, hint in spelled.items())
                db.execute(
                    f"insert into {table_name(kind.name)} select * from read_json('{path}', "
                    f"format = 'newline_delimited', columns = {{{listed}}})"
                )
        return {
            name: [row[-1] for row in db.execute(sql).fetchall()] for name, sql in QUERIES.items()
        }


@pytest.fixture
def company(tmp_path: Path) -> Company:
    return Company(tmp_path)


def test_all_six_hold_for_a_policy_without_a_fault(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = company.decide(monkeypatch)
    assert {name: set(said) for name, said in found.items()} == {name: {True} for name in QUERIES}


def behind(company: Company) -> None:
    company.host.resources["/branches/main"] = CLOSED | {"commit": {"sha": "f" * 40}}


def approved_by_nobody_on_the_list(company: Company) -> None:
    company.reviews[0] = review("eve", "APPROVED", 2)


def approved_too_late(company: Company) -> None:
    company.reviews[0] = review("ikeller", "APPROVED", 4)


def approved_by_its_author(company: Company) -> None:
    company.pull["user"] = {"login": "ikeller"}


def not_reviewed_for_long(company: Company) -> None:
    company.git.write("reviews.yaml", "reviews:\n  - {document: POL-1, on: 2025-07-01}\n")
    head = company.git.commit()
    company.host.resources["/branches/main"] = CLOSED | {"commit": {"sha": head}}


def pushed_past_review(company: Company) -> None:
    company.host.resources["/activity"] = [activity(1, "push", company.first, company.last, 3)]
    company.pull["merge_commit_sha"] = "e" * 40
    company.commits = []


def open_to_administrators(company: Company) -> None:
    open_ = PROTECTION | {"enforce_admins": {"enabled": False}}
    company.host.resources["/branches/main/protection"] = open_


def forced(company: Company) -> None:
    before = "d" * 40
    company.host.resources["/activity"] = [activity(1, "force_push", before, company.last, 3)]


def published_otherwise(company: Company) -> None:
    company.published = "public/policy.md"


def published_nowhere(company: Company) -> None:
    company.published = "public/gone.md"


@pytest.mark.parametrize(
    ("fault", "name"),
    [
        (behind, "DOC-1"),
        (approved_by_nobody_on_the_list, "DOC-2"),
        (approved_too_late, "DOC-2"),
        (approved_by_its_author, "DOC-2"),
        (pushed_past_review, "DOC-2"),
        (not_reviewed_for_long, "DOC-3"),
        (pushed_past_review, "DOC-4"),
        (open_to_administrators, "DOC-4"),
        (forced, "DOC-4"),
        (forced, "DOC-6"),
        (published_otherwise, "DOC-5"),
        (published_nowhere, "DOC-5"),
    ],
)
def test_each_fails_for_its_fault(
    company: Company,
    monkeypatch: pytest.MonkeyPatch,
    fault: Callable[[Company], None],
    name: str,
) -> None:
    fault(company)
    assert False in company.decide(monkeypatch)[name]


def test_what_a_folder_cannot_tell_is_null_or_nothing_and_never_true(tmp_path: Path) -> None:
    (tmp_path / "documents").mkdir()
    (tmp_path / "documents" / "policy.md").write_text(POLICY)
    (tmp_path / "documents" / "copy").write_text(POLICY)
    settings = DocumentsSettings(
        id="documents/x", path=str(tmp_path / "documents"), published={"POL-1": "copy"}
    )
    sink = MemorySink()
    read_source(Documents(settings), settings, slot=NOON, sink=sink, retry=patient())
    found = decided(tmp_path, sink)
    for name in ("DOC-1", "DOC-2", "DOC-4", "DOC-6"):
        assert True not in found[name]
    assert found["DOC-5"] == [True]
    assert sink.body(kinds.PUBLISHED_COPY, "POL-1@copy")["sha256"] == (
        hashlib.sha256(POLICY.encode()).hexdigest()
    )
