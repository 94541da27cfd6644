"""What a pack says beside its rules: lenses of other frameworks, what auditors find most often."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from .catalogue import Catalogue
from .common_finding import CommonFinding
from .crosswalk import Framework
from .errors import PackError
from .pack_file import as_model, read_yaml
from .rule import Rule


def common_findings(
    folder: Path, catalogue: Catalogue, rules: Mapping[str, Rule]
) -> Iterator[CommonFinding]:
    path = folder / "readiness.yaml"
    for entry in read_yaml(path) or [] if path.is_file() else []:
        finding = as_model(CommonFinding, path.name, entry)
        for name in (*finding.controls, *finding.rules):
            if name not in catalogue.ids and name not in rules:
                raise PackError(
                    f"{path.name}: {finding.id}",
                    f"names {name!r}, which is neither a control nor a rule",
                    remedy="correct it",
                )
        yield finding


def frameworks(folder: Path, catalogue: Catalogue) -> Iterator[Framework]:
    for path in sorted((folder / "crosswalk").glob("*.yaml")):
        where = f"crosswalk/{path.name}"
        framework = as_model(Framework, where, read_yaml(path))
        if framework.id != path.stem:
            raise PackError(where, f"has the id {framework.id!r}", remedy="name the file by its id")
        for reference in framework.references:
            for link in reference.links:
                if link.control not in catalogue.ids:
                    raise PackError(
                        f"{where}: {reference.id}",
                        f"names {link.control!r}, which the catalogue does not have",
                        remedy="use an id of catalogue.yaml",
                    )
        yield framework
