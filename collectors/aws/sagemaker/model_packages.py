"""Model packages of the SageMaker registry: versions of groups, and those without a group."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime

import msgspec

from ...contract import Call, Check, Page, Skip
from ..api import Api
from ..kinds import MODEL_PACKAGE, ModelPackage
from ..listing import Listing
from ..parts import Parts
from ..table import Details, Table, TableReader
from .model_package_answer import Package, record_of
from .model_package_groups import GROUPS, Group


class _Listed(msgspec.Struct, rename="pascal"):
    model_package_arn: str
    model_package_group_name: str | None = None
    model_package_version: int | None = None
    model_approval_status: str | None = None
    model_package_status: str | None = None
    creation_time: datetime | None = None


PACKAGES = Listing(
    operation="sagemaker:ListModelPackages",
    items="ModelPackageSummaryList",
    item=_Listed,
    name=lambda item: item.model_package_arn,
    made=lambda item: item.creation_time,
    sort_by="Name",
    parameters={"ModelPackageType": "Both"},
)


class ModelPackageReader:
    """A version has the tags of its group and its own ``CustomerMetadataProperties``, which win;
    a package without a group has tags of its own."""

    kind = MODEL_PACKAGE

    def __init__(self, api: Api) -> None:
        self._api = api

    def pages(self, call: Call, since: str | None) -> Iterator[Page | Skip | Check]:
        """See `contract.Reader.pages`."""
        reading = _Reading(self._api, call)
        yield from reading.groups()
        table = Table(
            kind=MODEL_PACKAGE, what="model package", listing=PACKAGES, record=reading.record
        )
        yield from TableReader(self._api, table).pages(call, since)
        yield _gaps(reading.versions)


class _Reading:
    """One reading of all packages."""

    def __init__(self, api: Api, call: Call) -> None:
        self._api, self._call = api, call
        self._tags: dict[str, dict[str, str | None]] = {}
        self._doubtful: set[str] = set()
        self.versions: dict[str, set[int]] = defaultdict(set)

    def groups(self) -> Iterator[Skip]:
        """Tags of all groups; there are few groups, so they are kept."""

        def look(group: Group) -> tuple[Group, Parts, dict[str, str | None] | None]:
            parts = Parts(f"tags of model package group {group.model_package_group_name}")
            arn = group.model_package_group_arn
            return group, parts, parts.read(lambda: self._api.tags(self._call, arn))

        found = self._call.each(self._listed_groups(), look, threads=self._api.settings.threads)
        for group, parts, tags in found:
            self._tags[group.model_package_group_name] = tags or {}
            if parts.failed:
                self._doubtful.add(group.model_package_group_name)
            yield from parts.skips

    def _listed_groups(self) -> Iterator[Group]:
        for page in GROUPS.pages(self._api, self._call, GROUPS.sorted_by("Ascending")):
            yield from page.items

    def record(self, details: Details, listed: _Listed) -> ModelPackage:
        group, arn = listed.model_package_group_name, listed.model_package_arn
        if group and listed.model_package_version:
            self.versions[group].add(listed.model_package_version)
        details.parts.failed = group in self._doubtful
        package = details.main("sagemaker:DescribeModelPackage", Package, {"ModelPackageName": arn})
        record = record_of(package) if package is not None else _outline(listed)
        tags = self._tags.get(group, {}) if group else details.tags(arn)
        metadata = package.customer_metadata_properties if package is not None else None
        record.tags = {**tags, **(metadata or {})}
        return record


def _gaps(versions: dict[str, set[int]]) -> Check:
    """Version numbers of a group run from 1 without gaps unless a version was deleted, which
    SageMaker allows: so a gap is told, and does not make the population partial."""
    expected = sum(max(numbers) for numbers in versions.values())
    found = sum(len(numbers) for numbers in versions.values())
    missing = [
        f"{group}/{number}"
        for group, numbers in sorted(versions.items())
        for number in range(1, max(numbers))
        if number not in numbers
    ]
    named = ", ".join(missing[:10]) + (" …" if len(missing) > 10 else "")
    return Check(
        method="version numbers of each group without gaps",
        expected=f"{expected} versions",
        found=f"{found} versions",
        ok=True,
        note=f"deleted, or never shown to us: {named}" if missing else "",
    )


def _outline(listed: _Listed) -> ModelPackage:
    """What the list alone says."""
    return ModelPackage(
        arn=listed.model_package_arn,
        group=listed.model_package_group_name,
        version=listed.model_package_version,
        approval_status=listed.model_approval_status,
        status=listed.model_package_status,
        created_at=listed.creation_time,
    )
