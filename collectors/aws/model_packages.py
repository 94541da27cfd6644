"""Model packages of the SageMaker registry: versions of groups, and those without a group."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime

import msgspec

from ..contract import Call, Check, Page, Skip
from .api import Api, Paged
from .kinds import MODEL_PACKAGE, ModelPackage
from .model_package_answer import Package, record_of
from .parts import Look, Parts, fan_out
from .second_look import SecondLook

PAGE = 100  # the most that SageMaker allows


class _Group(msgspec.Struct, rename="pascal"):
    model_package_group_name: str
    model_package_group_arn: str


class _Groups(Paged, kw_only=True):
    model_package_group_summary_list: list[_Group]


class _Listed(msgspec.Struct, rename="pascal"):
    model_package_arn: str
    model_package_group_name: str | None = None
    model_package_version: int | None = None
    model_approval_status: str | None = None
    model_package_status: str | None = None
    creation_time: datetime | None = None


class _Packages(Paged, kw_only=True):
    model_package_summary_list: list[_Listed]


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
        yield from fan_out(call, reading.listed(), reading.look, threads=self._api.settings.threads)
        yield from reading.checks()


class _Reading:
    """One reading of all packages."""

    def __init__(self, api: Api, call: Call) -> None:
        self._api, self._call = api, call
        self._tags: dict[str, dict[str, str | None]] = {}
        self._doubtful: set[str] = set()
        self._second = SecondLook("sagemaker:ListModelPackages")
        self._versions: dict[str, set[int]] = defaultdict(set)

    def groups(self) -> Iterator[Skip]:
        """Tags of all groups; there are few groups, so they are kept."""

        def look(group: _Group) -> tuple[_Group, Parts, dict[str, str | None] | None]:
            parts = Parts(f"tags of model package group {group.model_package_group_name}")
            arn = group.model_package_group_arn
            return group, parts, parts.read(lambda: self._api.tags(self._call, arn))

        found = self._call.each(self._listed_groups(), look, threads=self._api.settings.threads)
        for group, parts, tags in found:
            self._tags[group.model_package_group_name] = tags or {}
            if parts.failed:
                self._doubtful.add(group.model_package_group_name)
            yield from parts.skips

    def _listed_groups(self) -> Iterator[_Group]:
        for page in self._api.pages(
            self._call,
            "sagemaker:ListModelPackageGroups",
            _Groups,
            {"SortBy": "Name", "SortOrder": "Ascending", "MaxResults": PAGE},
        ):
            yield from page.model_package_group_summary_list

    def _list(self, order: str) -> Iterator[_Packages]:
        return self._api.pages(
            self._call,
            "sagemaker:ListModelPackages",
            _Packages,
            {"ModelPackageType": "Both", "SortBy": "Name", "SortOrder": order, "MaxResults": PAGE},
        )

    def listed(self) -> Iterator[_Listed]:
        for page in self._list("Ascending"):
            self._second.page(page)
            for listed in page.model_package_summary_list:
                self._second.listed(listed.model_package_arn, listed.creation_time)
                if listed.model_package_group_name and listed.model_package_version:
                    self._versions[listed.model_package_group_name].add(
                        listed.model_package_version
                    )
                yield listed

    def look(self, listed: _Listed) -> Look:
        parts = Parts(f"model package {listed.model_package_arn}")
        group = listed.model_package_group_name
        parts.failed = group in self._doubtful
        package = parts.read(
            lambda: self._api.ask(
                self._call,
                "sagemaker:DescribeModelPackage",
                Package,
                {"ModelPackageName": listed.model_package_arn},
                of="each model package",
            )
        )
        if parts.gone:
            self._second.gone(listed.model_package_arn, listed.creation_time)
            return Look(None, parts)
        record = record_of(package) if package is not None else _outline(listed)
        if group:
            tags = self._tags.get(group, {})
        else:
            own = parts.read(lambda: self._api.tags(self._call, listed.model_package_arn))
            tags = own or {}
        metadata = package.customer_metadata_properties if package is not None else None
        record.tags = {**tags, **(metadata or {})}
        return Look(record, parts)

    def checks(self) -> Iterator[Check]:
        yield self._second.compare(
            (listed.model_package_arn, listed.creation_time)
            for page in self._list("Descending")
            for listed in page.model_package_summary_list
        )
        yield _gaps(self._versions)


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
