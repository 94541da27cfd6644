"""Which version of an object a run can have read, where S3 keeps versions."""

from datetime import datetime
from pathlib import Path

import pytest
from annexa.collectors.aws.object_versions import OBJECT_VERSION, ObjectVersion
from annexa.mappings.lineage import Hop, Trace, trace

from .planting import Company
from .test_lineage import VERSION, traced

BUCKET = "aws/1/eu-west-1"
PLACE = "s3://loans/loans"  # what the run of version 7 read until 8 May 2026


def version(name: str, day: int, *, key: str = "loans", deleted: bool = False) -> ObjectVersion:
    return ObjectVersion(
        bucket="loans",
        key=key,
        version_id=name,
        last_modified=datetime.fromisoformat(f"2026-05-{day:02}T00:00:00Z"),
        size_bytes=None if deleted else 10,
        is_delete_marker=deleted,
    )


def read(folder: Path, *versions: ObjectVersion, root: str = VERSION) -> tuple[Trace, list[Hop]]:
    """The trace, and the hops from the place to objects."""
    company = Company()
    objects = ("aws/2/eu-west-1", [(OBJECT_VERSION, list(versions))])
    with traced(folder, company=company, more=[objects]) as evaluation:
        found = trace(evaluation, root)
    kinds = {"object version", "objects"}
    return found, [hop for hop in found.nodes[PLACE].hops if hop.origin_type in kinds]


def test_the_version_in_force_when_the_run_read_is_inferred(tmp_path: Path) -> None:
    found, (hop,) = read(tmp_path, version("v1", 1), version("v2", 5), version("v3", 20))
    assert (hop.version, hop.certainty) == ("v2", "inferred")
    assert hop.rule == "the version in force when it was read"
    assert hop.subject == "aws/2/eu-west-1:object_version:loans/loans?versionId=v2"
    assert found.nodes[PLACE].other_versions == 2


def test_data_that_was_written_only_after_the_run_read_is_broken(tmp_path: Path) -> None:
    _, (hop,) = read(tmp_path, version("v3", 20))
    assert (hop.certainty, hop.origin) == ("broken", None)
    assert hop.problem == "was read before its oldest version that is still there was written"


def test_data_that_was_deleted_when_the_run_read_is_broken(tmp_path: Path) -> None:
    _, (hop,) = read(tmp_path, version("v1", 1), version("gone", 2, deleted=True))
    assert (hop.certainty, hop.problem) == ("broken", "had been deleted when it was read")


def test_of_a_folder_it_says_how_many_objects_lie_below_and_the_newest(tmp_path: Path) -> None:
    parts = [version(f"v{n}", n, key=f"loans/part-{n}") for n in (1, 2)]
    again = version("v9", 9, key="loans/part-1")
    gone = version("gone", 3, key="loans/part-2", deleted=True)
    marker = version("folder", 1, key="loans/")
    _, (hop,) = read(tmp_path, *parts, again, gone, marker)
    assert (hop.origin_label, hop.certainty) == ("1 objects", "inferred")
    assert hop.happened_at == "2026-05-09T00:00:00Z"


@pytest.mark.parametrize("name", ["v1", "v2"])
def test_asked_for_the_place_itself_the_newest_version_is_shown(tmp_path: Path, name: str) -> None:
    versions = {"v1": [version("v1", 3)], "v2": [version("v1", 3), version("v2", 4)]}[name]
    _, (hop,) = read(tmp_path, *versions, root=PLACE)
    assert (hop.version, hop.certainty) == (name, "recorded")
