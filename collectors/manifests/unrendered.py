"""What other tools would make manifests of: named, because what they make is not seen here."""

from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath

from ..contract import Skip
from .documents import Fields

KUSTOMIZATIONS = frozenset({"kustomization.yaml", "kustomization.yml", "Kustomization"})
_KUSTOMIZE = "kustomize.config.k8s.io/"
_PLAIN = frozenset({"apiVersion", "kind", "metadata", "resources", "bases"})
"""A kustomization of these only gathers files that are read anyway."""
_LANGUAGES = {".jsonnet": "Jsonnet", ".libsonnet": "Jsonnet", ".cue": "CUE"}
_ELSEWHERE = {"HelmRelease": "a Helm release", "HelmChart": "a Helm chart"}
_REMEDY = "have the pipeline write the rendered manifests somewhere, and read those"


class Unrendered:
    """Learns of the files first, then says of each whether it is to be read."""

    def __init__(self, paths: Iterator[str]) -> None:
        self._charts: set[PurePosixPath] = set()
        self._patches: set[str] = set()
        self.skips: list[Skip] = []
        for path in paths:
            pure = PurePosixPath(path)
            if pure.name == "Chart.yaml":
                self._charts.add(pure.parent)
                self._name(f"{pure.parent}/", "a Helm chart is not rendered")
            elif (language := _LANGUAGES.get(pure.suffix)) is not None:
                self._name(path, f"{language} is not evaluated")

    def learn(self, path: str, fields: Mapping[str, object]) -> None:
        """A kustomization: files that it patches with are none that stand for themselves."""
        if not str(fields.get("apiVersion", _KUSTOMIZE)).startswith(_KUSTOMIZE):
            return  # Flux has objects of that name
        folder = PurePosixPath(path).parent
        used = sorted(fields.keys() - _PLAIN)
        if used:
            self._name(path, f"kustomize is not run ({', '.join(map(str, used[:8]))})")
        for resource in _texts(fields.get("resources")):
            if "://" in resource or "?ref=" in resource or resource.startswith("github.com/"):
                self._name(path, "kustomize takes resources from another place")
                break
        for patch in _patches(fields):
            self._patches.add(_joined(folder, patch))

    def is_to_be_read(self, path: str) -> bool:
        """Not where it belongs to a chart or is a patch."""
        parents = PurePosixPath(path).parents
        return path not in self._patches and not any(one in self._charts for one in parents)

    def leads_elsewhere(self, path: str, fields: Fields) -> None:
        """An object whose controller installs something that is not here."""
        if (what := _ELSEWHERE.get(str(fields.get("kind")))) is not None:
            self._name(path, f"what {what} installs is not rendered")

    def _name(self, what: str, problem: str) -> None:
        self.skips.append(Skip(what=what, problem=problem, remedy=_REMEDY))


def _patches(fields: Mapping[str, object]) -> Iterator[str]:
    for key in ("patches", "patchesStrategicMerge", "patchesJson6902"):
        given = fields.get(key)
        for one in given if isinstance(given, list) else ():
            path = one.get("path") if isinstance(one, dict) else one
            if isinstance(path, str) and "\n" not in path:
                yield path


def _texts(value: object) -> list[str]:
    return [one for one in value if isinstance(one, str)] if isinstance(value, list) else []


def _joined(folder: PurePosixPath, path: str) -> str:
    steps: list[str] = []
    for step in (*folder.parts, *PurePosixPath(path).parts):
        if step == ".." and steps:
            steps.pop()
        elif step not in ("", ".", ".."):
            steps.append(step)
    return "/".join(steps)
