"""A ``documents/…`` source in ``annexa.yaml``: one place, and who hosts it."""

from typing import Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, Field, field_validator, model_validator

from ..aws.s3_prefix import S3Prefix, short_form
from ..contract import Settings
from .front_matter import FIELDS

_BASES = {"github": "https://api.github.com", "gitlab": "https://gitlab.com/api/v4"}
_PREFIXES = {"github": "/api/v3", "gitlab": "/api/v4"}


class Host(BaseModel, extra="forbid", frozen=True):
    """Where the repository's pull or merge requests and its branch protection are."""

    type: Literal["github", "gitlab"]
    repository: str
    """``owner/name``; for GitLab the whole path of groups, or the project's number."""
    url: str = ""
    """``https://github.example.com`` for GitHub Enterprise or a GitLab of your own."""
    token_env: str | None = None
    """Name of the environment variable with the token."""
    branch: str | None = None
    """The repository's default branch when left out."""

    @field_validator("url")
    @classmethod
    def _is_plain(cls, url: str) -> str:
        return _address(url) if url else url

    @field_validator("repository")
    @classmethod
    def _is_a_name(cls, name: str) -> str:
        parts = name.strip("/").split("/")
        if name != name.strip("/") or not all(p and p not in (".", "..") for p in parts):
            raise ValueError("expected owner/name")
        return name

    @model_validator(mode="after")
    def _is_whole(self) -> "Host":
        if self.type == "github" and self.repository.count("/") != 1:
            raise ValueError("repository must be owner/name")
        return self

    @property
    def base(self) -> str:
        """Of the API: that of the public service, or of the given server."""
        url = self.url.rstrip("/") or _BASES[self.type]
        is_public = url == _BASES[self.type]
        prefix = _PREFIXES[self.type]
        return url if is_public or url.endswith(prefix) else url + prefix


class DocumentsSettings(Settings, frozen=True):
    """Which place, and what the organisation calls things in its front matter."""

    path: str | None = None
    """A folder, or a folder in a git repository."""
    repository: str | None = None
    """A git repository: its folder, bare or not, or its https address, with the token of ``host``.
    It is never read as plain files."""
    s3: S3Prefix | None = None
    """``bucket/prefix``, or a mapping."""
    host: Host | None = None
    git: bool | None = None
    """Of ``path``. True: read commits only. False: files only. Left out: commits where there are
    any."""
    ref: str = "HEAD"
    """Branch, tag or commit; with HEAD the working tree is compared, too."""
    allowed_signers_file: str | None = None
    """SSH keys that may sign commits, in git's own format."""
    pgp_keys_file: str | None = None
    """OpenPGP keys that may, as ``gpg --export`` writes them; needs ``gpgv``."""
    front_matter: dict[str, str] = {}
    """Our field -> their key, ``{approved_by: freigegeben_von}``; ours where left out."""
    soa: str = "soa.yaml"
    inventory: str = "systems"
    """Folder with a YAML file for each AI system."""
    approvers: str = "approvers.yaml"
    reviews: str = "reviews.yaml"
    published: dict[str, str | tuple[str, ...]] = {}
    """Id or path of a document -> web addresses of published copies, or paths of copies here."""
    max_file_mib: int = Field(default=32, ge=1, le=1024)

    @field_validator("s3", mode="before")
    @classmethod
    def _short_form(cls, value: object) -> object:
        return short_form(value)

    @field_validator("repository")
    @classmethod
    def _folder_or_address(cls, value: str | None) -> str | None:
        return _address(value) if value is not None and "://" in value else value

    @field_validator("front_matter")
    @classmethod
    def _known_fields(cls, value: dict[str, str]) -> dict[str, str]:
        unknown = sorted(set(value) - FIELDS)
        if unknown:
            raise ValueError(f"has no field {unknown[0]!r}; fields: {', '.join(sorted(FIELDS))}")
        if len(set(value.values())) < len(value):
            raise ValueError("gives one key to two fields")
        return value

    @field_validator("published")
    @classmethod
    def _plain_addresses(
        cls, value: dict[str, str | tuple[str, ...]]
    ) -> dict[str, str | tuple[str, ...]]:
        for places in value.values():
            for place in [places] if isinstance(places, str) else places:
                if "://" in place:
                    _address(place)
        return value

    @model_validator(mode="after")
    def _one_place(self) -> "DocumentsSettings":
        given = [n for n in ("path", "repository", "s3") if getattr(self, n) is not None]
        if len(given) != 1:
            raise ValueError("set one of path, repository and s3")
        if self.host is not None and self.s3 is not None:
            raise ValueError("host goes with path or repository, not with s3")
        return self


def _address(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("expected an http or https address")
    if parts.username or parts.password or parts.fragment:
        raise ValueError("expected an address without user name and fragment")
    return url
