"""A BagIt 1.0 bag that is written straight into a zip: payload first, its lists and proof last."""

from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from .packing import Packed, head_and_file
from .secret_scan import SecretScan
from .verify import BAGIT, MANIFEST, SUMS, TAGS, UNLISTED, listing
from .zip_writer import ZipWriter


@dataclass(frozen=True, kw_only=True)
class BagFile:
    """One file that was added. Its size and digest wait until it is packed."""

    name: str
    """Path under the bag's top folder."""
    packed: Future[Packed]

    @property
    def sha256(self) -> str:
        return self.packed.result().sha256

    @property
    def size_bytes(self) -> int:
        return self.packed.result().size_bytes


class Bag:
    def __init__(self, archive: ZipWriter, top: str, scan: SecretScan | None = None) -> None:
        """``scan``: looks through everything but the bundle's own programs and lists."""
        self._archive = archive
        self._scan = scan
        self._top = top
        self.files: dict[str, BagFile] = {}

    def payload(self, name: str, chunks: Iterable[bytes]) -> BagFile:
        """Write ``data/<name>``.

        Raises:
            ExportError: See `ZipWriter.add`.
        """
        return self._add(f"data/{name}", chunks)

    def payload_file(
        self, name: str, path: Path, *, head: bytes = b"", is_known: bool = False
    ) -> BagFile:
        """Move the file at ``path``, after ``head``, to ``data/<name>``. The cheaper way: it is
        read in another thread.

        Args:
            is_known: Its rows are all in files that came before, and were looked through there.

        Raises:
            ExportError: See `ZipWriter.add`.
        """
        name = f"data/{name}"
        content = head_and_file(head, path)
        chunks = content if is_known else self._watched(name, content)
        return self._added(name, self._archive.add_later(f"{self._top}/{name}", chunks))

    def page(self, name: str, content: bytes) -> BagFile:
        """Write a file that is about the payload and made from it."""
        return self._add(name, (content,))

    def tag(self, name: str, content: bytes) -> BagFile:
        """Write a file that is about the payload.

        Raises:
            ExportError: See `ZipWriter.add`.
        """
        return self._added(name, self._archive.add(f"{self._top}/{name}", (content,)))

    def wait(self) -> None:
        """Until everything that was added is written, and was looked through."""
        self._archive.wait()

    def _add(self, name: str, chunks: Iterable[bytes]) -> BagFile:
        watch = partial(self._watched, name)
        return self._added(name, self._archive.add(f"{self._top}/{name}", chunks, watch))

    def _watched(self, name: str, chunks: Iterable[bytes]) -> Iterable[bytes]:
        return chunks if self._scan is None else self._scan.watch(name, chunks)

    def _added(self, name: str, packed: Future[Packed]) -> BagFile:
        file = BagFile(name=name, packed=packed)
        self.files[name] = file
        return file

    @property
    def payload_files(self) -> list[BagFile]:
        return [file for file in self.files.values() if file.name.startswith("data/")]

    def finish(self, info: Mapping[str, str], seal: Callable[[str], Mapping[str, bytes]]) -> str:
        """Write the lists and have the last one signed; returns its SHA-256, hex.

        Args:
            info: Fields of bag-info.txt; the payload's size is added.
            seal: SHA-256 of the tag manifest -> the files that vouch for it.
        """
        payload = self.payload_files
        size = sum(file.size_bytes for file in payload)
        fields = {**info, "Payload-Oxum": f"{size}.{len(payload)}"}
        lines = [f"{key}: {' '.join(value.split())}\n" for key, value in sorted(fields.items())]
        self.tag("bag-info.txt", "".join(lines).encode())
        self.tag("bagit.txt", BAGIT)
        self.tag(MANIFEST, listing({file.name: file.sha256 for file in payload}))
        tags = self.files.keys() - {file.name for file in payload} - UNLISTED
        signed = self.tag(TAGS, listing({name: self.files[name].sha256 for name in tags}))
        for name, content in sorted(seal(signed.sha256).items()):
            self.tag(name, content)
        self.tag(SUMS, listing({name: file.sha256 for name, file in self.files.items()}))
        self._archive.finish()
        return signed.sha256
