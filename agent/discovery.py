"""What `annexa init` can see here without calling out: variables, files, folders. No secrets."""

import configparser
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from .yaml_text import YamlProblem, parse

SERVICE_ACCOUNT = Path("/var/run/secrets/kubernetes.io/serviceaccount/token")
_FOLDERS = ("documents", "docs", "governance", "policies", "aims", "ai-governance", "compliance")


@dataclass(frozen=True, kw_only=True)
class Found:
    """One source to propose."""

    id: str
    settings: Mapping[str, str | bool]
    because: str
    active: bool = True
    """Written as a comment when False: one of several, and not the current one."""
    notes: tuple[str, ...] = field(default=())


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where to look."""

    folder: Path
    home: Path
    environment: Mapping[str, str]
    service_account: Path = SERVICE_ACCOUNT


def discover(place: Place) -> list[Found]:
    """Everything that could be a source, the current ones first within each platform."""
    return [*_mlflow(place), *_kubernetes(place), *_aws(place), *_documents(place)]


def slug(text: str, fallback: str = "main") -> str:
    """A name that can stand in a source id."""
    cleaned = re.sub(r"[^A-Za-z0-9._-]+", "-", text).strip("-._")[:60].strip("-._")
    return cleaned or fallback


def _mlflow(place: Place) -> Iterator[Found]:
    uri = place.environment.get("MLFLOW_TRACKING_URI", "").strip()
    parts = urlsplit(uri)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        return
    host = parts.hostname + (f":{parts.port}" if parts.port else "")
    notes = ["MLFLOW_TRACKING_TOKEN, or _USERNAME and _PASSWORD, are taken from the environment"]
    if parts.username or parts.password:
        notes.append("the credentials in MLFLOW_TRACKING_URI were left out here")
    yield Found(
        id=f"mlflow/{slug(parts.hostname)}",
        settings={"tracking_uri": urlunsplit((parts.scheme, host, parts.path, "", ""))},
        because="MLFLOW_TRACKING_URI",
        notes=tuple(notes),
    )


def _kubernetes(place: Place) -> Iterator[Found]:
    if place.environment.get("KUBERNETES_SERVICE_HOST") and place.service_account.exists():
        yield Found(
            id="kubernetes/in-cluster",
            settings={"in_cluster": True},
            because="this is a pod with a service account",
        )
    for path in _kubeconfigs(place):
        contexts, current = _contexts(path)
        for name in sorted(contexts, key=lambda name: (name != current, name)):
            settings: dict[str, str | bool] = {"context": name}
            if path != place.home / ".kube" / "config":
                settings["kubeconfig"] = str(path)
            yield Found(
                id=f"kubernetes/{slug(name)}",
                settings=settings,
                because=f"a context in {path}" + (", the current one" if name == current else ""),
                active=name == current,
            )


def _kubeconfigs(place: Place) -> list[Path]:
    named = place.environment.get("KUBECONFIG", "")
    paths = [Path(part).expanduser() for part in named.split(":") if part]
    return [path for path in paths or [place.home / ".kube" / "config"] if path.is_file()]


def _contexts(path: Path) -> tuple[list[str], str | None]:
    try:
        raw = parse(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, YamlProblem):
        return [], None
    if not isinstance(raw, dict) or not isinstance(raw.get("contexts"), list):
        return [], None
    names = [entry.get("name") for entry in raw["contexts"] if isinstance(entry, dict)]
    current = raw.get("current-context")
    return [name for name in names if isinstance(name, str)], current


def _aws(place: Place) -> Iterator[Found]:
    env = place.environment
    region = env.get("AWS_REGION") or env.get("AWS_DEFAULT_REGION")
    if env.get("AWS_ACCESS_KEY_ID") or env.get("AWS_WEB_IDENTITY_TOKEN_FILE"):
        yield Found(
            id=f"aws/{slug(region or 'main')}",
            settings={"region": region or "eu-west-1"},
            because="AWS credentials in the environment",
            notes=() if region else ("no region is set here: correct it",),
        )
    current = env.get("AWS_PROFILE", "default")
    for profile, its_region in sorted(_profiles(place).items(), key=lambda p: p[0] != current):
        chosen = its_region or region
        yield Found(
            id=f"aws/{slug(profile)}",
            settings={"region": chosen or "eu-west-1", "profile": profile},
            because=f"the AWS profile {profile}",
            active=profile == current and not env.get("AWS_ACCESS_KEY_ID"),
            notes=() if chosen else ("no region is set for it: correct it",),
        )


def _profiles(place: Place) -> dict[str, str | None]:
    """Profile -> its region. Sections' names only: the keys are never looked at."""
    env = place.environment
    files = (
        (env.get("AWS_SHARED_CREDENTIALS_FILE"), "credentials"),
        (env.get("AWS_CONFIG_FILE"), "config"),
    )
    found: dict[str, str | None] = {}
    for named, default in files:
        path = Path(named).expanduser() if named else place.home / ".aws" / default
        parser = configparser.RawConfigParser(strict=False)
        try:
            parser.read(path, encoding="utf-8")
        except (configparser.Error, OSError, UnicodeDecodeError):
            continue
        for section in parser.sections():
            if default == "config" and section.startswith(("sso-session", "services")):
                continue
            name = section.removeprefix("profile ").strip()
            found[name] = parser.get(section, "region", fallback=None) or found.get(name)
    return found


def _documents(place: Place) -> Iterator[Found]:
    candidates = [place.folder / name for name in _FOLDERS]
    candidates += sorted({path.parent for path in place.folder.glob("*/soa.y*ml")})
    seen: set[Path] = set()
    for folder in candidates:
        if folder in seen or not folder.is_dir():
            continue
        seen.add(folder)
        has_soa = any(folder.glob("soa.y*ml")) or any(folder.glob("systems/*.y*ml"))
        if has_soa or any(folder.glob("**/*.md")):
            yield Found(
                id=f"documents/{slug(folder.name)}",
                settings={"path": folder.name},
                because="a folder with " + ("soa.yaml or systems/" if has_soa else "documents"),
                active=has_soa,
            )
