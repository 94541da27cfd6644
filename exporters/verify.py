#!/usr/bin/env python3
"""Check a bundle of annexa, as a zip or unpacked, with nothing but Python's standard library.

    python3 -I verify.py [BUNDLE.zip | FOLDER] [--fingerprint HEX] [--since OLD]
                         [--signoffs FILE]

Without an argument it checks the folder that it stands in. Nothing is extracted or written, and
memory does not grow with the size of the bundle, only slowly with the number of its files and
records. Exit code: 0 everything fits, 1 it does not (one line for each problem, which begins with
the file it is about), 2 it could not be tried.

What is checked: the archive has no byte that the export did not write; the files are those of the
manifests, none changed, added, removed or renamed; the manifests are those that the key signed;
every record is among the changes of the run that read it, those changes are in the run's leaf,
and the leaf is in the ledger's log under its signed checkpoint. With --since, which takes an
earlier bundle or a checkpoint that was kept: the log of then is the beginning of the log of now.

What this cannot show: that the sources told the truth, that nobody kept evidence out, or whose
key it is. Compare the key's fingerprint with one that you got by another way than this bundle.

This file is the only implementation: ``annexa verify`` runs it, and each bundle carries it. It
stays one file, longer than the others, and runs on Python 3.8, so that it can be read and used
alone. From top to bottom: report, names, zip, folder, bag, signature, sign-offs,
time stamps, history, command.
"""

from __future__ import annotations

import argparse
import base64
import binascii
import hashlib
import json
import os
import re
import stat
import struct
import sys
import threading
import zlib
from array import array
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

CHUNK = 1 << 20
PROBLEMS_PER_FILE, PROBLEMS = 10, 1000
SUMS, MANIFEST, TAGS = "SHA256SUMS", "manifest-sha256.txt", "tagmanifest-sha256.txt"
ENVELOPE, PUBLIC_KEY = "signature/tagmanifest.dsse.json", "signature/public.pem"
SIGSTORE = "signature/tagmanifest.sigstore.json"
STAMPS = "signature/timestamps/"
STAMP_LIST = STAMPS + "timestamps.json"
UNLISTED = frozenset((SUMS, TAGS, ENVELOPE, SIGSTORE))
"""What the tag manifest leaves out, with all of ``STAMPS``: itself, its signature in two forms,
what was made of that, and the list for sha256sum."""
BAGIT = b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"
PROOF = "data/09_manifest/"
CHECKPOINT, LEDGER_KEY = PROOF + "checkpoint.txt", PROOF + "checkpoint-key.txt"
LEAVES, CHANGES, RECEIPTS = PROOF + "leaves.jsonl", PROOF + "changes/", PROOF + "receipts/"
KEYS = PROOF + "keys.jsonl"
"""The leaves about the keys that sign bundles: handed on, or revoked."""
LEAF_HASHES = PROOF + "leaf-hashes.bin"
"""The hash of every leaf up to the checkpoint, 32 bytes each: C2SP tlog-tiles' tiles of level 0,
one after another. With it the root at any earlier size can be computed."""
RAW = "data/08_raw/"
PAYLOAD_TYPE = "application/vnd.in-toto+json"
STATEMENT_TYPE = "https://in-toto.io/Statement/v1"
PREDICATE_TYPE = "urn:annexa:bundle:1"
SIGNOFF_TYPE, KEY_TYPE = "urn:annexa:signoff:1", "urn:annexa:key:1"
SIGNOFFS_BYTES = 16 << 20
MAX_SIGNATURES = 256
"""In an envelope, in a file of sign-offs, in the entries about keys: each takes about 10 ms."""
WHOLE = (
    SUMS,
    MANIFEST,
    TAGS,
    ENVELOPE,
    SIGSTORE,
    PUBLIC_KEY,
    "bagit.txt",
    "bag-info.txt",
    CHECKPOINT,
    LEDGER_KEY,
)
"""Needed, and small enough to be held."""
NEEDED = (*WHOLE, KEYS, LEAVES, LEAF_HASHES, "index.html", "verify.py", "verify.sh", "verify.ps1")


class Limits(NamedTuple):
    """What a bundle may ask of the machine that checks it."""

    files: int = 250_000
    total_bytes: int = 256 << 30
    memory_bytes: int = 128 << 20
    """For any one file that has to be held whole, such as a manifest, and for any one line."""
    ratio: int = 200
    """Of a file's size to its compressed size, from 1 MiB on."""
    path: int = 180
    depth: int = 12
    signature_bytes: int = 16 << 20
    """Of all files under ``signature/`` together."""


_TOLD = 300
"""Characters of a hostile name that are shown."""


class Problem(NamedTuple):
    file: str
    text: str

    def __str__(self) -> str:
        file = self.file if len(self.file) <= _TOLD else self.file[:_TOLD] + "…"
        return printable(file) + ": " + printable(self.text)


@dataclass
class Report:
    """What was found. ``ok`` is true when there is no problem at all."""

    problems: list[Problem] = field(default_factory=list)
    files: int = 0
    size_bytes: int = 0
    records: int = 0
    leaves: int = 0
    fingerprint: str | None = None
    """SHA-256 of the public key (DER, SubjectPublicKeyInfo), hex."""
    signers: list[str] = field(default_factory=list)
    """The fingerprints of all keys that signed, that one first."""
    signature: bytes = b""
    """The first key's, DER: what time stamps are about."""
    tags_sha256: str = ""
    """Of the tag manifest that was signed, hex: what a sign-off is about."""
    stamps: list[Stamp] = field(default_factory=list)
    key_events: list[KeyEvent] = field(default_factory=list)
    signoffs: list[SignOff] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    """What the comparison with an earlier bundle says about its key."""
    is_as_exported: bool = False
    """There is no problem with the bundle itself, whatever it was compared with."""
    is_pinned: bool = False
    """One of the keys that signed is the one that the caller knew."""
    statement: dict[str, Any] = field(default_factory=dict)
    """What was signed; empty when that is not certain."""
    checkpoint: Checkpoint | None = None
    """Root of the ledger's log; None when it is not certain."""
    verifier_key: str | None = None
    """Of the checkpoint, in C2SP's form."""
    since: Earlier | None = None
    """What the log was compared with."""
    unlisted: int = 0
    """Problems beyond the first thousand."""
    _damaged: set[str] = field(default_factory=set)
    """Files with a problem, listed or not."""

    @property
    def ok(self) -> bool:
        return not self.problems

    def add(self, file: str, text: str) -> None:
        self._damaged.add(file)
        count = sum(problem.file == file for problem in self.problems[-PROBLEMS_PER_FILE:])
        if len(self.problems) >= PROBLEMS:
            self.unlisted += 1
        elif count < PROBLEMS_PER_FILE - 1:
            self.problems.append(Problem(file, text))
        elif count == PROBLEMS_PER_FILE - 1:
            self.problems.append(Problem(file, "has more problems, which are not listed"))

    def has(self, file: str) -> bool:
        return file in self._damaged

    def lines(self) -> list[str]:
        """All that there is to say, one line each, the problems first."""
        return [str(problem) for problem in self.problems] + _summary(self)


class Damaged(Exception):
    """One file, or the archive around it, cannot be read as what it should be."""


class CannotTry(Exception):
    """There is nothing to check: no such file, no right to read it, not a bundle at all."""


def printable(text: str) -> str:
    """``text`` without anything that a terminal would act on."""
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)


# ---------------------------------------------------------------- names

_COMPONENT = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]*")
_RESERVED = re.compile(r"(?i:con|prn|aux|nul|com[0-9]|lpt[0-9])(?:\..*)?")


def name_problem(name: str, limits: Limits = Limits()) -> str | None:  # noqa: B008 - it cannot change
    """Why ``name`` may not be a path in a bundle; None when it may.

    Paths are relative, of plain ASCII, short, and mean the same on every system.
    """
    parts = name.split("/")
    if name.startswith("/") or "\\" in name or re.match(r"[A-Za-z]:", name):
        return "is an absolute path or one with a backslash"
    if ".." in parts or "." in parts or "" in parts:
        return "climbs out of the bundle, or is not written in its shortest form"
    if len(name) > limits.path or len(parts) > limits.depth:
        return "is longer or deeper than a path in a bundle may be"
    for part in parts:
        if not _COMPONENT.fullmatch(part) or part.endswith(".") or _RESERVED.fullmatch(part):
            return "has a name that is not safe on every system"
    return None


def check_names(names: Sequence[str], report: Report, limits: Limits) -> list[str]:
    """The names that may be read; the others are reported, twins in all but case too."""
    good: list[str] = []
    spelled: dict[str, str] = {}
    problems = [name_problem(name, limits) for name in names]
    for name, problem in zip(names, problems):  # noqa: B905 - its strict is not in Python 3.8
        parts = name.split("/") if problem is None else []
        for folder in ("/".join(parts[:i]) for i in range(1, len(parts))):
            if spelled.setdefault(folder.lower() + "/", folder) != folder:
                report.add(name, "differs only in case from " + spelled[folder.lower() + "/"])
    for name, found in zip(names, problems):  # noqa: B905
        problem, is_first = found, name.lower() not in spelled
        first = spelled.setdefault(name.lower(), name)
        if problem is None and name.lower() + "/" in spelled:
            problem = "is there twice, once as a folder"
        if problem is None and not is_first:
            problem = "is there twice" if first == name else "differs only in case from " + first
        if problem is None and not report.has(name):
            good.append(name)
        elif problem is not None:
            report.add(name, problem)
    return good


# ---------------------------------------------------------------- zip

_MAX16, _MAX32 = 0xFFFF, 0xFFFFFFFF
_DATE = (1 << 5) | 1  # 1980-01-01, the earliest day that a zip can hold
_MODE = 0o100644 << 16
_DIGEST_PREFIX = b"sha256:"
COMMENT_BYTES = len(_DIGEST_PREFIX) + 64
STORED, DEFLATED = 0, 8
_NAME_BYTES = 1024
"""A longer name is not even looked at."""


class Entry(NamedTuple):
    name: str
    """With the top folder."""
    method: int
    crc: int
    packed: int
    size: int
    offset: int


def local_header(entry: Entry) -> bytes:
    """The only header that a file may have: fixed time and rights, nothing optional."""
    big = max(entry.size, entry.packed) >= _MAX32
    extra = struct.pack("<HHQQ", 1, 16, entry.size, entry.packed) if big else b""
    packed, size = (_MAX32, _MAX32) if big else (entry.packed, entry.size)
    name = entry.name.encode("ascii")
    fixed = struct.pack(
        "<4s5H3I2H", b"PK\3\4", 45 if big else 20, 0, entry.method, 0, _DATE,
        entry.crc, packed, size, len(name), len(extra),
    )  # fmt: skip
    return fixed + name + extra


def central_header(entry: Entry) -> bytes:
    big = max(entry.size, entry.packed) >= _MAX32
    far = entry.offset >= _MAX32
    packed, size = (_MAX32, _MAX32) if big else (entry.packed, entry.size)
    extra = struct.pack("<QQ", entry.size, entry.packed) if big else b""
    extra += struct.pack("<Q", entry.offset) if far else b""
    if extra:
        extra = struct.pack("<HH", 1, len(extra)) + extra
    version = 45 if extra else 20
    name = entry.name.encode("ascii")
    fixed = struct.pack(
        "<4s6H3I5H2I", b"PK\1\2", 3 << 8 | version, version, 0, entry.method, 0, _DATE,
        entry.crc, packed, size, len(name), len(extra), 0, 0, 0, _MODE,
        _MAX32 if far else entry.offset,
    )  # fmt: skip
    return fixed + name + extra


def end_records(count: int, size: int, offset: int) -> bytes:
    """What follows a central directory of ``size`` bytes at ``offset``, but for the comment."""
    large = b""
    if count >= _MAX16 or size >= _MAX32 or offset >= _MAX32:
        large = struct.pack(
            "<4sQ2H2I4Q", b"PK\6\6", 44, 3 << 8 | 45, 45, 0, 0, count, count, size, offset
        ) + struct.pack("<4sIQI", b"PK\6\7", 0, offset + size, 1)
    few = min(count, _MAX16)
    return large + struct.pack(
        "<4s4H2IH", b"PK\5\6", 0, 0, few, few, min(size, _MAX32), min(offset, _MAX32), COMMENT_BYTES
    )


def inflating() -> Any:
    """What unpacks a file: an object like zlib's, which raises its error."""
    return zlib.decompressobj(-15)


class ZipBundle:
    """The files of a zip, read in place. Only the very bytes that an export writes are taken."""

    def __init__(
        self, path: str, report: Report, limits: Limits, inflate: Callable[[], Any] = inflating
    ) -> None:
        self._report, self._limits, self._inflate = report, limits, inflate
        self.where = Path(path).name
        self._file: BinaryIO = open(path, "rb")  # noqa: SIM115, PTH123 - see close
        self._size = os.fstat(self._file.fileno()).st_size
        self._lock = threading.Lock()
        self._entries: dict[str, Entry] = {}
        self.packed_bytes = self._size
        try:
            self._check_archive_digest()
            self._read_directory()
        except Damaged as damage:
            report.add(self.where, str(damage))

    def close(self) -> None:
        self._file.close()

    def _check_archive_digest(self) -> None:
        """The comment is the SHA-256 of all bytes before it: no bit can change unnoticed."""
        self._file.seek(max(0, self._size - COMMENT_BYTES))
        comment = self._file.read(COMMENT_BYTES)
        if not comment.startswith(_DIGEST_PREFIX):
            raise Damaged(
                "does not end as an exported bundle ends: it was cut, extended, or packed again"
                " (then unpack it and check the folder)"
            )
        total, left = hashlib.sha256(), self._size - COMMENT_BYTES
        self._file.seek(0)
        while left:
            chunk = self._file.read(min(CHUNK, left))
            if not chunk:
                raise Damaged("became shorter while it was read")
            total.update(chunk)
            left -= len(chunk)
        if comment[len(_DIGEST_PREFIX) :] != total.hexdigest().encode():
            self._report.add(self.where, "its bytes are not those that were exported")

    def _read_directory(self) -> None:
        count, size, offset = self._end()
        self._file.seek(offset)
        directory = self._file.read(size)
        entries: list[Entry] = []
        at = 0
        while at < size:
            entry, length = _parse_central(directory, at, self._report)
            at += length
            entries.append(entry)
            if len(entries) > self._limits.files:
                raise Damaged(f"holds more than {self._limits.files:,} files")
        if len(entries) != count:
            raise Damaged(f"its directory has {len(entries)} files and not {count}")
        self._check_layout(entries, offset)
        self._take(entries)

    def _end(self) -> tuple[int, int, int]:
        """Number of files, size and place of the directory, each confirmed by every copy."""
        self._file.seek(max(0, self._size - COMMENT_BYTES - 98))
        tail = self._file.read(98)
        _, _, _, _, count, size, offset, _ = struct.unpack("<4s4H2IH", tail[-22:].rjust(22, b"\0"))
        if len(tail) == 98 and tail[:4] == b"PK\6\6":
            count, size, offset = struct.unpack("<QQQ", tail[32:56])
        if size > self._limits.files * 300 or offset + size > self._size:
            raise Damaged("its end does not say where its directory is")
        expected = end_records(count, size, offset)
        if (
            tail[-len(expected) :] != expected
            or offset + size + len(expected) + COMMENT_BYTES != self._size
        ):
            raise Damaged("its end does not say where its directory is")
        return count, size, offset

    def _check_layout(self, entries: list[Entry], directory: int) -> None:
        """Files lie one after another, so no byte is outside of all of them."""
        at = 0
        for entry in sorted(entries, key=lambda e: e.offset):
            if entry.offset != at:
                self._report.add(entry.name, "does not begin where the file before it ends")
            at = entry.offset + len(local_header(entry)) + entry.packed
        if at != directory:
            self._report.add(self.where, "its last file does not end where its directory begins")

    def _take(self, entries: list[Entry]) -> None:
        total = sum(entry.size for entry in entries)
        if total > self._limits.total_bytes:
            raise Damaged(f"would unpack to {total:,} bytes, more than is allowed")
        tops = {entry.name.partition("/")[0] for entry in entries}
        if len(tops) != 1:
            raise Damaged(f"has not one top folder but {len(tops)}")
        by_name: dict[str, Entry] = {}
        for entry in entries:
            by_name.setdefault(entry.name, entry)
        strip = len(tops.pop()) + 1
        names = check_names([entry.name for entry in entries], self._report, self._limits)
        self._entries = {name[strip:]: by_name[name] for name in names if name[strip:]}

    def names(self) -> list[str]:
        return list(self._entries)

    def size(self, name: str) -> int:
        return self._entries[name].size

    def chunks(self, name: str) -> Iterator[bytes]:
        """The content of a file, in pieces.

        Raises:
            Damaged: The header or the content is not what the directory says.
        """
        entry = self._entries[name]
        if entry.size > CHUNK and entry.size > self._limits.ratio * max(1, entry.packed):
            raise Damaged(f"unpacks to more than {self._limits.ratio} times its size")
        header = local_header(entry)
        if self._read_at(entry.offset, len(header)) != header:
            raise Damaged("its header in the archive is not the one that was exported")
        crc = size = 0
        for piece in self._unpacked(entry, entry.offset + len(header)):
            size += len(piece)
            crc = zlib.crc32(piece, crc)
            if size > entry.size:
                break
            yield piece
        if size != entry.size or crc != entry.crc:
            raise Damaged("does not unpack to what was packed")

    def _read_at(self, offset: int, size: int) -> bytes:
        with self._lock:
            self._file.seek(offset)
            return self._file.read(size)

    def _unpacked(self, entry: Entry, offset: int) -> Iterator[bytes]:
        left = entry.packed
        inflate = self._inflate() if entry.method == DEFLATED else None
        while left:
            packed = self._read_at(offset, min(CHUNK // 4, left))
            if not packed:
                raise Damaged("is cut short")
            offset += len(packed)
            left -= len(packed)
            if inflate is None:
                yield packed
                continue
            try:
                while packed:
                    yield inflate.decompress(packed, CHUNK)
                    packed = inflate.unconsumed_tail
                    if inflate.eof:
                        break
            except zlib.error:
                raise Damaged("does not unpack") from None
            if inflate.unused_data or (inflate.eof and left):
                raise Damaged("has bytes after its end")
        if inflate is not None:
            yield inflate.flush()
            if not inflate.eof:
                raise Damaged("is cut short")


def _parse_central(directory: bytes, at: int, report: Report) -> tuple[Entry, int]:
    """One entry of the directory and its length; a strange but readable one is reported."""
    if directory[at : at + 4] != b"PK\1\2" or len(directory) < at + 46:
        raise Damaged(f"its directory is damaged at byte {at}")
    fields = struct.unpack_from("<4s6H3I5H2I", directory, at)
    method, crc, packed, size, name_size, extra_size = fields[4], *fields[7:12]
    offset, length = fields[16], 46 + name_size + extra_size + fields[12]
    if at + length > len(directory) or name_size > _NAME_BYTES:
        raise Damaged(f"its directory is damaged at byte {at}")
    name = directory[at + 46 : at + 46 + name_size].decode("ascii", "backslashreplace")
    extra = directory[at + 46 + name_size : at + 46 + name_size + extra_size]
    words = max(0, len(extra) - 4) // 8
    wide = list(struct.unpack_from(f"<{words}Q", extra, 4)) if words else []
    if wide and size == _MAX32:
        size = wide.pop(0)
    if wide and packed == _MAX32:
        packed = wide.pop(0)
    if wide and offset == _MAX32:
        offset = wide.pop(0)
    entry = Entry(name, method, crc, packed, size, offset)
    if method not in (STORED, DEFLATED):
        report.add(name, "is packed in a way that an export does not use")
    elif not name.isascii() or central_header(entry) != directory[at : at + length]:
        report.add(name, "its entry in the archive's directory is not the one that was exported")
    return entry, length


# ---------------------------------------------------------------- folder


class FolderBundle:
    """The files of an unpacked bundle. Links are refused, never followed."""

    def __init__(self, path: str, report: Report, limits: Limits) -> None:
        self._root, self._report, self._limits = path, report, limits
        self.where = Path(path).resolve().name or path
        self._sizes: dict[str, int] = {}
        found: list[str] = []
        self._walk("", found, 1)
        self._names = check_names(found, report, limits)
        self.packed_bytes = sum(self._sizes.values())

    def close(self) -> None:
        pass

    def _walk(self, folder: str, found: list[str], depth: int) -> None:
        if depth > self._limits.depth or len(found) > self._limits.files:
            raise CannotTry(f"{folder}: is deeper or has more files than a bundle may have")
        with os.scandir(Path(self._root) / folder) as children:
            for child in sorted(children, key=lambda c: c.name):
                name = folder + child.name
                status = child.stat(follow_symlinks=False)
                if stat.S_ISDIR(status.st_mode):
                    self._walk(name + "/", found, depth + 1)
                elif stat.S_ISREG(status.st_mode):
                    self._sizes[name] = status.st_size
                    found.append(name)
                else:
                    self._report.add(name, "is a link or a special file; a bundle has none")

    def names(self) -> list[str]:
        return self._names

    def size(self, name: str) -> int:
        return self._sizes[name]

    def chunks(self, name: str) -> Iterator[bytes]:
        """The content of a file, in pieces.

        Raises:
            Damaged: It cannot be read.
        """
        flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
        try:
            with os.fdopen(os.open(Path(self._root) / name, flags), "rb") as file:
                while True:
                    chunk = file.read(CHUNK)
                    if not chunk:
                        return
                    yield chunk
        except OSError as error:
            raise Damaged(f"cannot be read ({error.strerror})") from error


# ---------------------------------------------------------------- bag

_LINE = re.compile(r"([0-9a-f]{64})  ([^\n]+)")


def check_bag(files: dict[str, str], whole: dict[str, bytes], total: int, report: Report) -> None:
    """Hold the files (name -> SHA-256, "" where damaged) against all lists, in both directions."""
    payload = {name: digest for name, digest in files.items() if name.startswith("data/")}
    tags = {n: d for n, d in files.items() if n not in payload and not is_unlisted(n)}
    for name in NEEDED:
        if name not in files:
            report.add(name, "is missing")
    if "bagit.txt" in whole and whole["bagit.txt"] != BAGIT:
        report.add("bagit.txt", "is not the declaration of a BagIt 1.0 bag")
    _check_list(MANIFEST, payload, whole, report)
    _check_list(TAGS, tags, whole, report)
    oxum = f"{total}.{len(payload)}".encode()
    said = re.findall(rb"(?m)^Payload-Oxum: (.*)$", whole.get("bag-info.txt", b""))
    if "bag-info.txt" in whole and said != [oxum]:
        report.add("bag-info.txt", f"Payload-Oxum is not {oxum.decode()}: files came or went")
    everything = {name: digest for name, digest in files.items() if name != SUMS}
    if SUMS in whole and not report.problems and whole[SUMS] != listing(everything):
        report.add(SUMS, "is not the list of all files with their SHA-256")
    elif SUMS in whole:
        _check_sums(everything, whole[SUMS], report)


def is_unlisted(name: str) -> bool:
    return name in UNLISTED or name.startswith(STAMPS)


def listing(files: dict[str, str]) -> bytes:
    """Lines as sha256sum writes them, by name."""
    return "".join(files[name] + "  " + name + "\n" for name in sorted(files)).encode()


def parse_list(text: bytes) -> tuple[dict[str, str], bool]:
    """Name -> SHA-256 of the lines that are whole, and whether all are."""
    matches = [_LINE.fullmatch(line) for line in text.decode("utf-8", "replace").split("\n")[:-1]]
    found = {match[2]: match[1] for match in matches if match}
    return found, len(found) == len(matches) and text.endswith(b"\n")


def _check_list(
    list_name: str, files: dict[str, str], whole: dict[str, bytes], report: Report
) -> None:
    if list_name not in whole:
        return
    listed, is_clean = parse_list(whole[list_name])
    gone = {digest: name for name, digest in listed.items() if name not in files}
    for name in sorted(files.keys() - listed.keys()):
        former = gone.get(files[name])
        hint = ": it was added" if former is None else ": it was named " + former
        report.add(name, "is not in " + list_name + hint)
    for name in sorted(listed.keys() - files.keys()):
        report.add(name, f"is in {list_name} but not here: it was removed or renamed")
    for name in sorted(files.keys() & listed.keys()):
        if files[name] and files[name] != listed[name]:
            report.add(name, f"was changed: {list_name} lists another SHA-256")
    if not is_clean or (listed == files and whole[list_name] != listing(files)):
        report.add(list_name, "is not written as it was exported")


def _check_sums(files: dict[str, str], text: bytes, report: Report) -> None:
    """After other problems: name SHA256SUMS too, but only for what it alone has wrong."""
    listed, is_clean = parse_list(text)
    wrong = [n for n in files.keys() | listed.keys() if files.get(n) != listed.get(n)]
    alone = sorted(name for name in wrong if not report.has(name))
    if not is_clean or alone:
        report.add(SUMS, "its line for {} does not fit".format(alone[0] if alone else "a file"))


# ---------------------------------------------------------------- signature

_P = 2**256 - 2**224 + 2**192 + 2**96 - 1
_N = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
_B = 0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B
_G = (
    0x6B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296,
    0x4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5,
)
_SPKI_P256 = bytes.fromhex("3059301306072a8648ce3d020106082a8648ce3d03010703420004")


def canonical(value: object) -> bytes:
    """JSON with sorted keys and without spaces; the only form that is accepted."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def pre_authentication(payload: bytes) -> bytes:
    """What a DSSE signature signs."""
    kind = PAYLOAD_TYPE.encode()
    return b"DSSEv1 %d %s %d %s" % (len(kind), kind, len(payload), payload)


def pem(der: bytes) -> bytes:
    text = base64.b64encode(der).decode()
    lines = [text[i : i + 64] for i in range(0, len(text), 64)]
    return "\n".join(
        ["-----BEGIN PUBLIC KEY-----", *lines, "-----END PUBLIC KEY-----", ""]
    ).encode()


def check_signature(
    whole: dict[str, bytes], tags_digest: str, pinned: str | None, report: Report
) -> None:
    """The signature over the tag manifest, and what the signer says about the bundle."""
    if PUBLIC_KEY not in whole or ENVELOPE not in whole:
        return
    try:
        payload, signatures = _read_envelope(whole[ENVELOPE])
        statement = json.loads(payload)
        is_canonical = isinstance(statement, dict) and canonical(statement) == payload
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        report.add(ENVELOPE, "is not the DSSE envelope that was exported")
        return
    if not _check_signers(whole, payload, signatures, report):
        return
    if pinned is not None and pinned not in report.signers:
        report.add(PUBLIC_KEY, f"its fingerprint is {report.fingerprint}, not the one given")
    if not is_canonical or not _is_statement(statement):
        report.add(ENVELOPE, "does not hold a statement about a bundle")
    elif statement["subject"] != [{"digest": {"sha256": tags_digest}, "name": TAGS}]:
        report.add(TAGS, "was changed: it is not the one that was signed")
    else:
        report.statement, report.tags_sha256 = statement, tags_digest


def public_key_file(number: int) -> str:
    """Where the key of the signature with this number is, from 1."""
    return PUBLIC_KEY if number == 1 else f"signature/public-{number}.pem"


def _check_signers(
    whole: dict[str, bytes], payload: bytes, signatures: list[tuple[bytes, str]], report: Report
) -> bool:
    """Every signature, each with the key of its number."""
    keys = [public_key_file(number + 1) for number in range(len(signatures))]
    there = {name for name in whole if name.endswith(".pem")}
    for name in sorted(there ^ set(keys)):
        report.add(name, "does not belong to a signature of " + ENVELOPE)
    for name, (signature, key_id) in zip(keys, signatures):  # noqa: B905 - Python 3.8
        if name not in whole:
            return False
        try:
            der = _read_key(whole[name])
        except ValueError:
            report.add(name, "is not the PEM form of an ECDSA P-256 public key")
            return False
        fingerprint = hashlib.sha256(der).hexdigest()
        report.fingerprint = report.fingerprint or fingerprint
        if key_id != fingerprint:
            report.add(ENVELOPE, "was made with another key than " + name)
            return False
        if not is_signed(der, signature, pre_authentication(payload)):
            report.add(ENVELOPE, "the signature is not valid: it was changed, or is by another key")
            return False
        report.signature = report.signature or signature
        report.signers.append(fingerprint)
    return not there ^ set(keys)


def sigstore_bundle(envelope: bytes, tokens: Sequence[bytes]) -> bytes:
    """The first signature once more, as a Sigstore bundle v0.3 whose key is named and not held."""
    dsse = json.loads(envelope)
    first = dsse["signatures"][0]
    material: dict[str, Any] = {"publicKey": {"hint": first["keyid"]}}
    if tokens:
        stamps = [{"signedTimestamp": base64.b64encode(token).decode()} for token in tokens]
        material["timestampVerificationData"] = {"rfc3161Timestamps": stamps}
    bundle = {
        "mediaType": "application/vnd.dev.sigstore.bundle.v0.3+json",
        "verificationMaterial": material,
        "dsseEnvelope": {**dsse, "signatures": [first]},
    }
    return canonical(bundle) + b"\n"


def _is_statement(statement: dict[str, Any]) -> bool:
    kinds = (statement.get("_type"), statement.get("predicateType"))
    is_known = kinds == (STATEMENT_TYPE, PREDICATE_TYPE)
    return is_known and isinstance(statement.get("predicate"), dict) and "subject" in statement


def _read_key(text: bytes) -> bytes:
    der = binascii.a2b_base64(b"".join(text.split(b"\n")[1:-2]))
    if pem(der) != text or len(der) != 91 or not der.startswith(_SPKI_P256):
        raise ValueError("not a P-256 key in its only form")
    return der


def _read_envelope(text: bytes) -> tuple[bytes, list[tuple[bytes, str]]]:
    """The payload, and each signature with the id of its key."""
    envelope = json.loads(text)
    signatures = envelope["signatures"]
    if canonical(envelope) + b"\n" != text or envelope["payloadType"] != PAYLOAD_TYPE:
        raise ValueError("not in its only form")
    if set(envelope) != {"payload", "payloadType", "signatures"} or not signatures:
        raise ValueError("other fields than those")
    if len(signatures) > MAX_SIGNATURES or any(set(one) != {"keyid", "sig"} for one in signatures):
        raise ValueError("other fields than those")
    read = [(_unbase64(signature["sig"]), str(signature["keyid"])) for signature in signatures]
    return _unbase64(envelope["payload"]), read


def _unbase64(text: str) -> bytes:
    data = base64.b64decode(text, validate=True)
    if base64.b64encode(data).decode() != text:
        raise ValueError("base64 with bits to spare")
    return data


def read_statement(
    text: bytes, predicate_type: str
) -> tuple[dict[str, Any], bytes, list[tuple[bytes, str]]]:
    """The statement in an envelope, its bytes, and its signatures, which are not checked.

    Raises:
        ValueError, KeyError, TypeError, AttributeError: It is not one of that type.
    """
    payload, signatures = _read_envelope(text)
    statement = json.loads(payload)
    kinds = (statement["_type"], statement["predicateType"])
    if canonical(statement) != payload or kinds != (STATEMENT_TYPE, predicate_type):
        raise ValueError("is not a statement of that type")
    return statement, payload, signatures


def signer_of(key: str, payload: bytes, signatures: list[tuple[bytes, str]]) -> str:
    """The fingerprint of ``key`` (base64 of its DER form), which has to be among the signers.

    Raises:
        ValueError: It is not.
    """
    der = _unbase64(key)
    if len(der) != 91 or not der.startswith(_SPKI_P256):
        raise ValueError("names a key that is not ECDSA P-256")
    fingerprint = hashlib.sha256(der).hexdigest()
    for signature, key_id in signatures:
        if key_id == fingerprint and is_signed(der, signature, pre_authentication(payload)):
            return fingerprint
    raise ValueError("is not signed with the key that it names")


def is_signed(der: bytes, signature: bytes, message: bytes) -> bool:
    """ECDSA P-256 over SHA-256; FIPS 186-5, 6.4.2. Of the two values of s only the lower counts."""
    x, y = int.from_bytes(der[-64:-32], "big"), int.from_bytes(der[-32:], "big")
    numbers = _der_pair(signature)
    if numbers is None or max(x, y) >= _P or (y * y - (x * x - 3) * x - _B) % _P:
        return False
    r, s = numbers
    if not (0 < r < _N and 0 < s <= _N // 2):
        return False
    digest = int.from_bytes(hashlib.sha256(message).digest(), "big")
    w = pow(s, -1, _N)
    point = _sum(_times(digest * w % _N, _G), _times(r * w % _N, (x, y)))
    return point is not None and point[0] % _N == r


def _der_integer(value: int) -> bytes:
    data = value.to_bytes(value.bit_length() // 8 + 1, "big")
    return bytes((2, len(data))) + data


def der_signature(r: int, s: int) -> bytes:
    body = _der_integer(r) + _der_integer(s)
    return bytes((0x30, len(body))) + body


def _der_pair(signature: bytes) -> tuple[int, int] | None:
    """(r, s) of a DER signature that is encoded in the only allowed way."""
    if len(signature) < 8 or len(signature) > 72 or 6 + signature[3] > len(signature):
        return None
    r = int.from_bytes(signature[4 : 4 + signature[3]], "big")
    s = int.from_bytes(signature[6 + signature[3] :], "big")
    return (r, s) if der_signature(r, s) == signature else None


def _sum(a: tuple[int, int] | None, b: tuple[int, int] | None) -> tuple[int, int] | None:
    if a is None or b is None:
        return b if a is None else a
    if a[0] == b[0]:
        if (a[1] + b[1]) % _P == 0:
            return None
        slope = (3 * a[0] * a[0] - 3) * pow(2 * a[1], -1, _P)
    else:
        slope = (b[1] - a[1]) * pow(b[0] - a[0], -1, _P)
    x = (slope * slope - a[0] - b[0]) % _P
    return x, (slope * (a[0] - x) - a[1]) % _P


def _times(factor: int, point: tuple[int, int]) -> tuple[int, int] | None:
    result: tuple[int, int] | None = None
    addend: tuple[int, int] | None = point
    while factor:
        if factor & 1:
            result = _sum(result, addend)
        addend = _sum(addend, addend)
        factor >>= 1
    return result


# ---------------------------------------------------------------- sign-offs


class SignOff(NamedTuple):
    """A named person's word on a bundle. Whose key it is, is for the reader to know."""

    name: str
    role: str
    controls: list[str]
    """None: the whole bundle."""
    note: str
    at: str
    """As the signer says."""
    fingerprint: str

    def line(self) -> str:
        about = ", ".join(self.controls) or "the whole bundle"
        note = f': "{self.note}"' if self.note else ""
        return (
            f"sign-off: {self.role} {self.name} on {about}, at {self.at},"
            f" key sha256:{self.fingerprint}{note}"
        )


def signoff_file(bundle: str | os.PathLike[str]) -> Path:
    """Where the sign-offs of a bundle are: beside it, under its name."""
    path = Path(bundle).resolve()
    return path.with_name(path.name + ".signoff.jsonl")


def signoffs_in(content: bytes, file: str, report: Report) -> list[SignOff]:
    """Those that hold for the bundle of the report; what does not hold is a problem."""
    found: list[SignOff] = []
    lines = content.splitlines(keepends=True)
    if len(lines) > MAX_SIGNATURES:
        report.add(file, f"has more than {MAX_SIGNATURES} lines")
        return found
    for number, line in enumerate(lines, 1):
        try:
            statement, payload, signatures = read_statement(line, SIGNOFF_TYPE)
            said = statement["predicate"]
            fingerprint = signer_of(said["key"], payload, signatures)
            if statement["subject"] != [{"digest": {"sha256": report.tags_sha256}, "name": TAGS}]:
                raise ValueError("is about another bundle")
            texts = [str(said[key]) for key in ("name", "role", "note", "at")]
            controls = [str(control) for control in said["controls"]]
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            told = str(error) if type(error) is ValueError else "is not a sign-off"
            report.add(file, f"line {number}: {told}")
            continue
        name, role, note, at = texts
        found.append(SignOff(name, role, controls, note, at, fingerprint))
    return found


def _check_signoffs(bundle: str, given: str | None, report: Report) -> None:
    path = signoff_file(bundle) if given is None else Path(given)
    if given is None and not path.is_file():
        return
    try:
        with path.open("rb") as file:
            content = file.read(SIGNOFFS_BYTES + 1)
    except OSError as error:
        raise CannotTry(f"{path}: cannot be read ({error.strerror}); check the name") from error
    if len(content) > SIGNOFFS_BYTES:
        report.add(path.name, "is larger than such a file may be")
    elif report.is_as_exported:
        report.signoffs = signoffs_in(content, path.name, report)


# ---------------------------------------------------------------- time stamps


class Stamp(NamedTuple):
    """What one authority (RFC 3161) said about the time of the first signature, or why nothing."""

    url: str
    time: str | None
    """As the token says; that the token is the authority's is not checked in this file."""
    token: bytes | None
    gap: str
    told: str = "whose token that is was not checked here"


class _Der:
    """Reads one DER value after another."""

    def __init__(self, data: bytes) -> None:
        self._data, self._at = data, 0

    def take(self, tag: int) -> bytes:
        """The content of the next value, which has to have this tag."""
        data, start = self._data, self._at + 2
        if start > len(data) or data[self._at] != tag:
            raise ValueError("it is not a token")
        length = data[self._at + 1]
        if length & 0x80:
            count = length & 0x7F
            length = int.from_bytes(data[start : start + count], "big")
            start += count
        if start + length > len(data):
            raise ValueError("it is cut short")
        self._at = start + length
        return data[start : start + length]

    def into(self, tag: int) -> _Der:
        return _Der(self.take(tag))


_SHA256 = bytes.fromhex("608648016503040201")
_SIGNED_DATA, _TST_INFO = (
    bytes.fromhex("2a864886f70d010702"),
    bytes.fromhex("2a864886f70d0109100104"),
)
_TIME = re.compile(rb"(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d(?:\.\d+)?)Z")


def read_token(answer: bytes, sha256: bytes) -> str:
    """The time in a TimeStampResp about something with this SHA-256; RFC 3161, 2.4.2.

    Raises:
        ValueError: It was not granted, or is about something else.
    """
    response = _Der(answer).into(0x30)
    status = int.from_bytes(response.into(0x30).take(0x02), "big")
    if status > 1:
        raise ValueError(f"it was refused with status {status}")
    token = response.into(0x30)
    if token.take(0x06) != _SIGNED_DATA:
        raise ValueError("it is not a token")
    signed = token.into(0xA0).into(0x30)
    signed.take(0x02)
    signed.take(0x31)
    content = signed.into(0x30)
    if content.take(0x06) != _TST_INFO:
        raise ValueError("it is not a token")
    info = _Der(content.into(0xA0).take(0x04)).into(0x30)
    info.take(0x02)
    info.take(0x06)
    imprint = info.into(0x30)
    if imprint.into(0x30).take(0x06) != _SHA256 or imprint.take(0x04) != sha256:
        raise ValueError("it is about something else")
    info.take(0x02)
    time = _TIME.fullmatch(info.take(0x18))
    if time is None:
        raise ValueError("it has no time")
    return "{}-{}-{}T{}:{}:{}Z".format(*(part.decode() for part in time.groups()))


def check_stamps(files: dict[str, str], whole: dict[str, bytes], report: Report) -> None:
    """The tokens are those of the authorities that the signer says were asked, or the gap is said;
    and the Sigstore bundle says the same as the envelope and the tokens."""
    if not report.statement:
        return
    asked = report.statement["predicate"].get("timestamps", [])
    there = {name for name in files if name.startswith(STAMPS)}
    try:
        entries = json.loads(whole[STAMP_LIST]) if asked or there else []
        named = {STAMPS + entry["file"] for entry in entries if "file" in entry}
        is_whole = [entry["url"] for entry in entries] == asked and (
            there == (named | {STAMP_LIST} if asked else set())
        )
        if asked and canonical(entries) + b"\n" != whole[STAMP_LIST]:
            is_whole = False
        if not is_whole:
            raise ValueError
    except (ValueError, KeyError, TypeError, RecursionError):
        report.add(STAMP_LIST, "does not tell of each authority that was asked, and of no other")
        return
    sha256 = hashlib.sha256(report.signature).digest()
    for entry in entries:
        token = whole.get(STAMPS + entry["file"]) if "file" in entry else None
        time = None
        try:
            time = None if token is None else read_token(token, sha256)
        except ValueError as error:
            report.add(STAMPS + entry["file"], f"is no time stamp of this signature: {error}")
        report.stamps.append(Stamp(str(entry["url"]), time, token, str(entry.get("gap", ""))))
    tokens = [stamp.token for stamp in report.stamps if stamp.token is not None]
    if SIGSTORE in whole and whole[SIGSTORE] != sigstore_bundle(whole[ENVELOPE], tokens):
        report.add(SIGSTORE, "does not hold the signature and the time stamps of this bundle")


# ---------------------------------------------------------------- history: checkpoint and log


class Checkpoint(NamedTuple):
    """The root of a ledger's log: C2SP tlog-checkpoint, signed as a C2SP note with Ed25519."""

    origin: str
    size: int
    root: str
    """Hex."""


_Q = 2**255 - 19
_L = 2**252 + 27742317777372353535851937790883648493
_D = -121665 * pow(121666, -1, _Q) % _Q
_ROOT_OF_MINUS_ONE = pow(2, (_Q - 1) // 4, _Q)


def _ed_x(y: int, sign: int) -> int | None:
    if y >= _Q:
        return None
    square = (y * y - 1) * pow(_D * y * y + 1, -1, _Q) % _Q
    x = pow(square, (_Q + 3) // 8, _Q)
    if (x * x - square) % _Q:
        x = x * _ROOT_OF_MINUS_ONE % _Q
    if (x * x - square) % _Q or (x == 0 and sign):
        return None
    return _Q - x if x & 1 != sign else x


def _ed_point(data: bytes) -> tuple[int, int, int, int] | None:
    y = int.from_bytes(data, "little")
    x = _ed_x(y & (1 << 255) - 1, y >> 255)
    y &= (1 << 255) - 1
    return None if x is None else (x, y, 1, x * y % _Q)


def _ed_sum(
    p: tuple[int, int, int, int], q: tuple[int, int, int, int]
) -> tuple[int, int, int, int]:
    a, b = (p[1] - p[0]) * (q[1] - q[0]) % _Q, (p[1] + p[0]) * (q[1] + q[0]) % _Q
    c, d = 2 * p[3] * q[3] * _D % _Q, 2 * p[2] * q[2] % _Q
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % _Q, g * h % _Q, f * g % _Q, e * h % _Q


def _ed_times(factor: int, point: tuple[int, int, int, int]) -> tuple[int, int, int, int]:
    result = (0, 1, 1, 0)
    while factor:
        if factor & 1:
            result = _ed_sum(result, point)
        point = _ed_sum(point, point)
        factor >>= 1
    return result


def is_signed_ed25519(key: bytes, signature: bytes, message: bytes) -> bool:
    """RFC 8032, 5.1.7, with the cofactor left out and only the one encoding of each number."""
    if len(key) != 32 or len(signature) != 64:
        return False
    a, r, s = _ed_point(key), _ed_point(signature[:32]), int.from_bytes(signature[32:], "little")
    if a is None or r is None or s >= _L:
        return False
    h = int.from_bytes(hashlib.sha512(signature[:32] + key + message).digest(), "little") % _L
    y = 4 * pow(5, -1, _Q) % _Q
    x = _ed_x(y, 0)
    assert x is not None
    left, right = _ed_times(s, (x, y, 1, x * y % _Q)), _ed_sum(r, _ed_times(h, a))
    return not (
        (left[0] * right[2] - right[0] * left[2]) % _Q
        or (left[1] * right[2] - right[1] * left[2]) % _Q
    )


def read_checkpoint(note: bytes, verifier_key: bytes) -> Checkpoint:
    """A signed note, checked with a C2SP verifier key, ``name+hash+base64(1 || key)``.

    Raises:
        ValueError: It is not one, or not by this key.
    """
    name, key_hash, encoded = verifier_key.decode().rstrip("\n").split("+", 2)
    key = _unbase64(encoded)
    if (
        hashlib.sha256(name.encode() + b"\n" + key).digest()[:4].hex() != key_hash
        or key[:1] != b"\1"
    ):
        raise ValueError("the verifier key is not one")
    text, _, signatures = note.decode().partition("\n\n")
    origin, size, root = text.split("\n")
    start = "\u2014 " + name + " "
    if not signatures.startswith(start) or not signatures.endswith("\n") or origin != name:
        raise ValueError("it is not a note of this ledger")
    signature = _unbase64(signatures[len(start) : -1])
    if signature[:4].hex() != key_hash:
        raise ValueError("it is by another key")
    if not is_signed_ed25519(key[1:], signature[4:], text.encode() + b"\n"):
        raise ValueError("its signature is not valid")
    if str(int(size)) != size or len(_unbase64(root)) != 32:
        raise ValueError("it is not a checkpoint")
    return Checkpoint(origin, int(size), _unbase64(root).hex())


def leaf_hash(body: bytes) -> bytes:
    return hashlib.sha256(b"\0" + body).digest()


def _node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\1" + left + right).digest()


def root_from_proof(index: int, size: int, leaf: bytes, proof: Sequence[bytes]) -> bytes | None:
    """The root that an inclusion proof leads to; None if it cannot be one. RFC 9162, 2.1.3.2."""
    if not 0 <= index < size:
        return None
    place, last, node = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            return None
        if place & 1 or place == last:
            node = _node(sibling, node)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            node = _node(node, sibling)
        place, last = place >> 1, last >> 1
    return node if last == 0 else None


_SUBTREE = 256


class Tree:
    """The Merkle root of leaves that come one by one; RFC 9162, 2.1.1."""

    def __init__(self) -> None:
        self.size = 0
        self._left: list[bytes] = []

    def add(self, body: bytes) -> None:
        self.add_hash(leaf_hash(body))

    def add_hash(self, node: bytes) -> None:
        """Add a leaf by its hash."""
        size = self.size
        while size & 1:
            node, size = _node(self._left.pop(), node), size >> 1
        self._left.append(node)
        self.size += 1

    def extend(self, nodes: Sequence[bytes]) -> None:
        """Add many by their hashes, at half the cost: whole subtrees are made level by level."""
        sha256, at = hashlib.sha256, 0
        while at < len(nodes):
            if self.size % _SUBTREE or len(nodes) - at < _SUBTREE:
                self.add_hash(nodes[at])
                at += 1
                continue
            level = nodes[at : at + _SUBTREE]
            while len(level) > 1:
                pairs = range(0, len(level), 2)
                level = [sha256(b"\1" + level[n] + level[n + 1]).digest() for n in pairs]
            node, size = level[0], self.size // _SUBTREE
            while size & 1:
                node, size = _node(self._left.pop(), node), size >> 1
            self._left.append(node)
            self.size += _SUBTREE
            at += _SUBTREE

    def root(self) -> bytes:
        if not self._left:
            return hashlib.sha256(b"").digest()
        node = self._left[-1]
        for left in reversed(self._left[:-1]):
            node = _node(left, node)
        return node


# ---------------------------------------------------------------- history: keys


class KeyEvent(NamedTuple):
    """A key that signs bundles was handed on to another, or revoked, in this leaf."""

    leaf: int
    at: str
    action: str
    fingerprint: str
    successor: str | None
    is_vouched: bool
    """The old key signed too; a lost one cannot."""
    since: str | None
    """From when a revoked key may have been in other hands; None: not known."""
    reason: str

    @property
    def words(self) -> str:
        if self.successor is None:
            since = f" as of {self.since}" if self.since else ""
            return f"revoked{since} ({self.reason})"
        silent = "" if self.is_vouched else ", without its own signature"
        return f"handed on to {self.successor[:16]}{silent}"


def read_key_event(index: int, body: bytes) -> KeyEvent:
    """What a leaf of type ``key`` says.

    Raises:
        ValueError, KeyError, TypeError, AttributeError: It does not hold, or is not such a leaf.
    """
    leaf = json.loads(body)
    text = canonical(leaf["statement"]) + b"\n"
    statement, payload, signatures = read_statement(text, KEY_TYPE)
    said = statement["predicate"]
    fingerprint = str(statement["subject"][0]["digest"]["sha256"])
    at, reason, successor, is_vouched = str(leaf["at"]), str(said["reason"]), None, True
    if said["action"] == "revoked":
        signer_of(said["by"], payload, signatures)
    else:
        successor = signer_of(said["successor"], payload, signatures)
        is_vouched = said["key"] is not None
        if is_vouched and signer_of(said["key"], payload, signatures) != fingerprint:
            raise ValueError("is not signed with the key that was handed on")
    since = said.get("since")
    return KeyEvent(
        index, at, str(said["action"]), fingerprint, successor, is_vouched,
        None if since is None else str(since), reason,
    )  # fmt: skip


def check_keys(report: Report) -> None:
    """No key that signed this bundle had been given up before."""
    for event in report.key_events:
        if event.fingerprint in report.signers:
            report.add(
                PUBLIC_KEY,
                f"the key {event.fingerprint[:16]} was {event.words} in leaf {event.leaf}, at"
                f" {event.at}: before this bundle was signed",
            )


def compare_keys(then: Earlier, report: Report) -> None:
    """The key of the earlier bundle is that of this one, or the log says how it was given up."""
    key = then.fingerprint
    handed = {event.fingerprint: event for event in report.key_events if event.successor}
    while key not in report.signers and key in handed:
        event = handed.pop(key)
        report.notes.append(
            f"key: {event.fingerprint[:16]} was {event.words} in leaf {event.leaf}, at {event.at}"
        )
        key = event.successor or ""
    if key not in report.signers:
        report.add(
            PUBLIC_KEY,
            f"is another key than the one of {then.name}, and the log does not say that the one"
            " was handed on to the other",
        )
    for event in report.key_events:
        if event.fingerprint != then.fingerprint or event.action != "revoked":
            continue
        told = f"the key of {then.name} was {event.words} in leaf {event.leaf}, at {event.at}"
        if event.since and then.stamped and then.stamped < event.since:
            told += f"; a time stamp in {then.name}, which you have to check, is older than that"
            report.notes.append("key: " + told)
        else:
            report.add(then.name, told + "; nothing proves that it was signed before that key fell")


# ---------------------------------------------------------------- history: since an earlier time


class Earlier(NamedTuple):
    """The log as it was known at an earlier time."""

    path: str
    checkpoint: Checkpoint
    verifier_key: str = ""
    """Of a bundle."""
    note: bytes = b""
    """Of a checkpoint alone: the note, which is checked with the key of the other bundle."""
    fingerprint: str = ""
    """Of the key of a bundle."""
    stamped: str = ""
    """The earliest time in a time stamp of a bundle; what a bundle says of its own time is no
    proof against whoever has its key."""

    @property
    def name(self) -> str:
        return Path(self.path).name


_NOTE_BYTES = 4096


def read_earlier(path: str, limits: Limits) -> Earlier | Problem:
    """An earlier bundle, which is checked in full; or a file with a checkpoint and no more.

    Raises:
        CannotTry: It is neither.
    """
    if not Path(path).is_dir():
        try:
            with open(path, "rb") as file:  # noqa: PTH123 - as with the zip
                start = file.read(_NOTE_BYTES)
        except OSError as error:
            raise CannotTry(f"{path}: cannot be read ({error.strerror}); check the name") from error
        parts = start.split(b"\n", 3)
        if not start.startswith(b"PK") and len(parts) == 4:
            try:
                found = Checkpoint(
                    parts[0].decode(), int(parts[1]), _unbase64(parts[2].decode()).hex()
                )
            except ValueError:
                raise CannotTry(path + ": is neither a bundle nor a checkpoint") from None
            return Earlier(path, found, note=start)
    old = verify_bundle(path, signoffs=os.devnull, limits=limits)
    if not old.ok or old.checkpoint is None or old.verifier_key is None:
        told = str(old.problems[0]) if old.problems else "it has no checkpoint"
        return Problem(
            Path(path).name, "does not verify itself, so nothing can be compared: " + told
        )
    stamped = min((stamp.time for stamp in old.stamps if stamp.time), default="")
    return Earlier(
        path, old.checkpoint, old.verifier_key, fingerprint=old.signers[0], stamped=stamped
    )


class LeafHashes:
    """Reads ``leaf-hashes.bin``: its tree has to be that of the checkpoint, and on the way that
    of the earlier one. That is what a consistency proof shows; no proof needs to be made."""

    def __init__(self, report: Report, earlier: Earlier | None) -> None:
        self._report, self._earlier = report, earlier
        self._tree, self._rest = Tree(), b""
        self._then: str | None = None

    def feed(self, chunk: bytes) -> None:
        data = self._rest + chunk
        whole = len(data) - len(data) % 32
        self._rest = data[whole:]
        stop = self._earlier.checkpoint.size if self._earlier else -1
        for at in range(0, whole, 32):
            self._tree.add_hash(data[at : at + 32])
            if self._tree.size == stop:
                self._then = self._tree.root().hex()

    def close(self) -> None:
        now = self._report.checkpoint
        if now is None:
            return
        if self._rest or self._tree.size != now.size:
            self._report.add(LEAF_HASHES, f"has not the hashes of the {now.size} leaves of the log")
        elif self._tree.root().hex() != now.root:
            self._report.add(LEAF_HASHES, "is not the tree of the checkpoint")

    def compare(self, bundle: ZipBundle | FolderBundle, whole: dict[str, bytes]) -> None:
        """Hold the log against the earlier one, once everything was read."""
        then, now = self._earlier, self._report.checkpoint
        if then is None or now is None or LEDGER_KEY not in whole:
            return
        told = self._difference(then, now, whole[LEDGER_KEY], bundle)
        if told is None:
            self._report.since = then
            if not then.note:
                compare_keys(then, self._report)
        else:
            self._report.add(CHECKPOINT, told)

    def _difference(
        self, then: Earlier, now: Checkpoint, key: bytes, bundle: ZipBundle | FolderBundle
    ) -> str | None:
        old = then.checkpoint
        if old.origin != now.origin:
            return f"is of the ledger {now.origin}, and {then.name} of the ledger {old.origin}"
        if then.note:
            try:
                read_checkpoint(then.note, key)
            except ValueError as error:
                return f"{then.name} is not a checkpoint of this ledger: {error}"
        elif then.verifier_key.encode() != key:
            return f"is signed with another key than the one of {then.name}"
        if old.size > now.size:
            return (
                f"ends at {now.size} leaves, and {then.name} at {old.size}: either {then.name} is"
                " the newer of the two (then give them the other way round), or leaves were removed"
            )
        if old.root != self._then:
            first = None if then.note else _first_difference(then, bundle)
            where = "" if first is None else f"; leaf {first} is the first that differs"
            return (
                f"the first {old.size} leaves are not those of {then.name}:"
                f" history was rewritten{where}"
            )
        return None


def _first_difference(then: Earlier, bundle: ZipBundle | FolderBundle) -> int | None:
    """The first leaf with another hash than before; a second look at both files."""
    old = open_bundle(then.path, Report())
    try:
        pairs = zip(_hashes(old), _hashes(bundle))  # noqa: B905 - Python 3.8
        return next((i for i, (a, b) in enumerate(pairs) if a != b), None)
    except (Damaged, KeyError):
        return None
    finally:
        old.close()


def _hashes(bundle: ZipBundle | FolderBundle) -> Iterator[bytes]:
    rest = b""
    for chunk in bundle.chunks(LEAF_HASHES):
        data = rest + chunk
        whole = len(data) - len(data) % 32
        yield from (data[at : at + 32] for at in range(0, whole, 32))
        rest = data[whole:]


# ---------------------------------------------------------------- history: from records to leaves

_RUN_FILE = re.compile(r"run-([0-9]+)\.jsonl?")
RECORD_MARK, BODY_MARK = b',"record":', b',"body":'
HASH_MARK = b'{"hash":"'
"""Where a line's own fields end and the bytes that were hashed begin; neither can stand inside
of the fields, whose quotes are escaped."""


def run_file(folder: str, run: int, ending: str) -> str:
    return f"{folder}run-{run:06d}.{ending}"


def split_line(line: bytes, mark: bytes) -> tuple[dict[str, Any], bytes]:
    """The fields of a line and the bytes that it carries.

    Raises:
        ValueError: It is not such a line.
    """
    head, found, rest = line.partition(mark)
    if not found or not rest.endswith(b"}"):
        raise ValueError("no such line")
    return json.loads(head + b"}"), rest[:-1]


_TEXT = rb'"[^"\\]*(?:\\.[^"\\]*)*"'
_RECORD = re.compile(
    rb'\{(?:"happened_at":%b,)?"kind":(%b),(?:"observed_at":%b,)?"run":([0-9]{1,18}),'
    rb'"sha256":"([0-9a-f]{64})","source":%b,"subject":(%b),"record":' % ((_TEXT,) * 5)
)
_CHANGE = re.compile(
    rb'\{(?:"happened_at":(?:null|%b),)?"kind":(%b),"op":"([a-z]+)",'
    rb'(?:"previous":(?:null|"[0-9a-f]{64}"),)?"sha256":"([0-9a-f]{64})","subject":(%b)\}'
    % ((_TEXT,) * 3)
)
"""Lines as they are exported, and no others; JSON is read four times as fast like this."""
_SUBJECT_MARK = b'","subject":"'
_ESCAPE = ord("\\")


class _Shape(NamedTuple):
    """What lines after one another have in common around digest and subject. Three comparisons
    say that a line has it too, in a fifth of the time that the expression takes."""

    head: bytes = b"\n"
    """No line begins with this."""
    middle: bytes = b""
    kind: bytes = b""
    run: int = 0
    brings: bool = True


class Chain:
    """Follows every record to the signed checkpoint, while the files go by in order of name."""

    def __init__(self, report: Report, limits: Limits, leaf_hashes: LeafHashes) -> None:
        self._report, self._limits, self._leaf_hashes = report, limits, leaf_hashes
        self._key_bytes = os.urandom(32)
        """Makes 8 bytes enough to tell records apart: nobody can prepare two that look alike."""
        self._records: dict[int, array[int]] = {}
        self._shape = _Shape()
        self._roots: dict[int, tuple[str, int]] = {}
        self._runs: dict[int, dict[str, Any]] = {}
        self._lost: dict[int, set[int]] = {}
        self._last_leaf = self._last_key = -1

    def reads(self, name: str) -> bool:
        """Something may be proved with ``name``."""
        return name in (LEAF_HASHES, LEAVES, KEYS) or name.startswith((RAW, CHANGES))

    def reader(self, name: str) -> Lines | LeafHashes | None:
        """Who reads the content of ``name``; None if nothing is proved with that file."""
        if name == LEAF_HASHES:
            return self._leaf_hashes
        if name.startswith(RAW) and name.endswith(".jsonl"):
            return Lines(name, self._record, self._report, self._limits)
        if name.startswith(CHANGES):
            match = _RUN_FILE.fullmatch(name[len(CHANGES) :])
            return Changes(int(match[1]), name, self, self._limits) if match else None
        if name == KEYS:
            return Lines(name, self._key, self._report, self._limits)
        if name == LEAVES:
            return Lines(name, self._leaf, self._report, self._limits)
        return None

    def mark(self, kind: bytes, subject: bytes, sha256: bytes) -> int:
        """Eight bytes that stand for a record or for the change that brought it: SipHash, whose
        key nobody knows, and whose text begins with another secret.

        Kind and subject are JSON: both sides are written alike.
        """
        return hash(self._key_bytes + kind + subject + sha256)

    def _record(self, line: bytes) -> None:
        shape = self._shape
        at = len(shape.head)
        begin = at + 64 + len(shape.middle)
        end = line.find(b'"', begin) + 1
        if (
            line.startswith(shape.head)
            and line.startswith(shape.middle, at + 64)
            and line.startswith(RECORD_MARK, end)
            and line[end - 2] != _ESCAPE
        ):
            sha256, subject = line[at : at + 64], line[begin - 1 : end]
            rest = end + len(RECORD_MARK)
        else:
            match = _RECORD.match(line)
            if match is None:
                raise ValueError("is not as it was exported")
            kind, run, sha256, subject = match.groups()
            middle = line[match.end(3) : match.start(4) + 1]
            shape = self._shape = _Shape(line[: match.start(3)], middle, kind, int(run))
            rest = match.end()
        if not line.endswith(b"}"):
            raise ValueError("is not as it was exported")
        if hashlib.sha256(line[rest:-1]).hexdigest().encode() != sha256:
            raise ValueError(f"the record {_read_text(subject)} is not the one that was hashed")
        marks = self._records.get(shape.run)
        if marks is None:
            marks = self._records[shape.run] = array("q")
        marks.append(self.mark(shape.kind, subject, sha256))
        self._report.records += 1

    def _key(self, line: bytes) -> None:
        index, body = self._included(line, self._last_key)
        self._last_key = index
        if len(self._report.key_events) == MAX_SIGNATURES:
            raise Damaged(f"has more than {MAX_SIGNATURES} entries")
        self._report.key_events.append(read_key_event(index, body))

    def _included(self, line: bytes, last: int) -> tuple[int, bytes]:
        """A leaf that is in the log, and comes after ``last``: its index and body."""
        fields, body = split_line(line, BODY_MARK)
        index, checkpoint = int(fields["index"]), self._report.checkpoint
        proof = [bytes.fromhex(node) for node in fields["proof"]]
        if index <= last:
            raise ValueError("leaves are not in order")
        if checkpoint is not None:
            root = root_from_proof(index, checkpoint.size, leaf_hash(body), proof)
            if root is None or root.hex() != checkpoint.root:
                raise ValueError(f"leaf {index} is not in the log of the checkpoint")
        return index, body

    def _leaf(self, line: bytes) -> None:
        self._last_leaf, body = self._included(line, self._last_leaf)
        self._report.leaves += 1
        said = json.loads(body)
        if said["type"] == "run":
            self._runs[int(said["run"])] = said

    def changes_read(self, run: int, tree: Tree, pending: set[int]) -> None:
        self._roots[run] = (tree.root().hex(), tree.size)
        if pending:
            self._lost[run] = pending

    def pending(self, run: int) -> set[int]:
        return set(self._records.get(run, ()))

    def problem(self, file: str, text: str) -> None:
        self._report.add(file, text)

    def finish(self, bundle: ZipBundle | FolderBundle, files: dict[str, str]) -> None:
        """Join what was read: receipts and changes to leaves, records to changes."""
        for run in sorted(self._records.keys() | self._roots.keys()):
            if run not in self._runs:
                self.problem(LEAVES, f"has no leaf for run {run}")
            if run in self._records and run not in self._roots:
                self.problem(
                    run_file(CHANGES, run, "jsonl"), "is missing; records of its run are here"
                )
        for run, said in sorted(self._runs.items()):
            receipt, changes = run_file(RECEIPTS, run, "json"), run_file(CHANGES, run, "jsonl")
            if files.get(receipt, "") not in ("", said["receipt_sha256"]):
                self.problem(receipt, f"is not the receipt that leaf of run {run} names")
            elif receipt not in files:
                self.problem(receipt, "is missing")
            if run in self._roots and self._roots[run] != (said["changes_root"], said["changes"]):
                self.problem(
                    changes, "its changes are not those that the leaf of the run commits to"
                )
        if self._lost:
            self._name_lost(bundle)

    def _name_lost(self, bundle: ZipBundle | FolderBundle) -> None:
        """A second look at the records, to name those that no change brought."""

        def look(name: str) -> Callable[[bytes], None]:
            def take(line: bytes) -> None:
                match = _RECORD.match(line)
                if match is None:
                    return
                kind, run, sha256, subject = match.groups()
                if self.mark(kind, subject, sha256) in self._lost.get(int(run), ()):
                    raise ValueError(
                        f"the record {_read_text(subject)} is not among the changes of run "
                        + run.decode()
                    )

            return take

        for name in sorted(bundle.names()):
            if name.startswith(RAW) and name.endswith(".jsonl"):
                lines = Lines(name, look(name), self._report, self._limits)
                try:
                    for chunk in bundle.chunks(name):
                        lines.feed(chunk)
                except Damaged:
                    continue


def _read_text(text: bytes) -> str:
    return str(json.loads(text))


_ODD = (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError)


class Lines:
    """Cuts a file into lines and has each one read; a line that cannot be is a problem."""

    def __init__(
        self, name: str, take: Callable[[bytes], None], report: Report, limits: Limits
    ) -> None:
        self._name, self._take, self._report = name, take, report
        self._limit, self._rest, self._number = limits.memory_bytes, b"", 0

    def feed(self, chunk: bytes) -> None:
        lines = (self._rest + chunk).split(b"\n")
        self._rest = lines.pop()
        if len(self._rest) > self._limit:
            raise Damaged("has a line that is longer than allowed")
        take = self._take
        for number, line in enumerate(lines, self._number + 1):
            try:
                take(line)
            except _ODD as error:
                told = str(error) if type(error) is ValueError else "is not as it was exported"
                self._report.add(self._name, f"line {number}: {told}")
        self._number += len(lines)

    def close(self) -> None:
        if self._rest:
            self._report.add(self._name, "its last line is cut short")


class Changes(Lines):
    """The changes of one run, in order: they make its root and bring its records."""

    def __init__(self, run: int, name: str, chain: Chain, limits: Limits) -> None:
        super().__init__(name, self._entry, chain._report, limits)
        self._run, self._chain, self._tree = run, chain, Tree()
        self._pending = chain.pending(run)
        self._shape = _Shape()

    def feed(self, chunk: bytes) -> None:
        self._nodes: list[bytes] = []
        super().feed(chunk)
        self._tree.extend(self._nodes)

    def _entry(self, line: bytes) -> None:
        if line.startswith(HASH_MARK):  # out of the bundle's scope: it brings no record
            self._nodes.append(bytes.fromhex(json.loads(line)["hash"]))
            return
        self._nodes.append(hashlib.sha256(b"\0" + line).digest())
        if not self._pending:
            return
        shape = self._shape
        at = len(shape.head)
        begin = at + 64 + len(_SUBJECT_MARK)
        end = line.find(b'"', begin) + 1
        if (
            line.startswith(shape.head)
            and line.startswith(_SUBJECT_MARK, at + 64)
            and line[end:] == b"}"
            and line[end - 2] != _ESCAPE
        ):
            sha256, subject = line[at : at + 64], line[begin - 1 : end]
        else:
            match = _CHANGE.fullmatch(line)
            if match is None:
                raise ValueError("is not as it was exported")
            kind, operation, sha256, subject = match.groups()
            brings = operation != b"close"
            shape = self._shape = _Shape(line[: match.start(3)], kind=kind, brings=brings)
        if shape.brings:
            self._pending.discard(self._chain.mark(shape.kind, subject, sha256))

    def close(self) -> None:
        super().close()
        self._chain.changes_read(self._run, self._tree, self._pending)


# ---------------------------------------------------------------- command


def verify_bundle(
    path: str | os.PathLike[str],
    *,
    fingerprint: str | None = None,
    since: str | os.PathLike[str] | None = None,
    signoffs: str | os.PathLike[str] | None = None,
    limits: Limits = Limits(),  # noqa: B008 - it cannot change - immutable
    progress: Callable[[int, int], None] | None = None,
    inflate: Callable[[], Any] = inflating,
) -> Report:
    """Check a bundle, a zip or an unpacked folder.

    Args:
        fingerprint: What the key's has to be, hex, as it was told by another way.
        signoffs: The file with the sign-offs; if left out the one beside the bundle, if there is.
        since: An earlier bundle or checkpoint, of which this log has to be the continuation.
        progress: Called with the bytes done and the bytes to do.
        inflate: What unpacks, where something faster than zlib is at hand.

    Raises:
        CannotTry: There is no bundle at ``path``, or nothing to compare with at ``since``.
    """
    report = Report()
    pinned = None if fingerprint is None else clean_fingerprint(fingerprint)
    known = None if since is None else read_earlier(os.fspath(since), limits)
    bundle = open_bundle(os.fspath(path), report, limits, inflate)
    try:
        names = sorted(bundle.names())
        if isinstance(bundle, ZipBundle) and not names:
            return report
        leaf_hashes = LeafHashes(report, known if isinstance(known, Earlier) else None)
        chain = Chain(report, limits, leaf_hashes)
        todo = sum(bundle.size(name) for name in names)
        files: dict[str, str] = {}
        whole: dict[str, bytes] = {}
        for name, digest in _Reading(bundle, chain, whole, limits).digests(names):
            files[name] = digest
            report.size_bytes += bundle.size(name)
            if name == CHECKPOINT:
                _check_checkpoint(whole, report)
            if progress is not None:
                progress(report.size_bytes, todo)
        report.files = len(files)
        payload_bytes = sum(bundle.size(name) for name in names if name.startswith("data/"))
        check_bag(files, whole, payload_bytes, report)
        check_signature(whole, files.get(TAGS, ""), pinned, report)
        check_stamps(files, whole, report)
        check_keys(report)
        chain.finish(bundle, files)
        if report.ok and not _says_the_same(report.statement["predicate"], whole):
            report.add(ENVELOPE, "names another checkpoint than the one in " + PROOF)
        report.is_pinned = pinned in report.signers
        report.is_as_exported = report.ok
        leaf_hashes.compare(bundle, whole)
        if isinstance(known, Problem):
            report.add(known.file, known.text)
        _check_signoffs(os.fspath(path), None if signoffs is None else os.fspath(signoffs), report)
    finally:
        bundle.close()
    return report


def _says_the_same(predicate: dict[str, Any], whole: dict[str, bytes]) -> bool:
    said = (predicate.get("checkpoint"), predicate.get("checkpoint_key"))
    return said == (whole[CHECKPOINT].decode(), whole[LEDGER_KEY].decode())


def _check_checkpoint(whole: dict[str, bytes], report: Report) -> None:
    if CHECKPOINT in whole and LEDGER_KEY in whole:
        try:
            report.checkpoint = read_checkpoint(whole[CHECKPOINT], whole[LEDGER_KEY])
            report.verifier_key = whole[LEDGER_KEY].decode()
        except ValueError as error:
            told = str(error) if type(error) is ValueError else "it is not a checkpoint"
            report.add(CHECKPOINT, "cannot be trusted: " + told)


def open_bundle(
    path: str,
    report: Report,
    limits: Limits = Limits(),  # noqa: B008 - it cannot change
    inflate: Callable[[], Any] = inflating,
) -> ZipBundle | FolderBundle:
    """A bundle's files, none of which is checked yet; close it.

    Raises:
        CannotTry: There is none at ``path``.
    """
    try:
        if Path(path).is_dir():
            bundle = FolderBundle(path, report, limits)
            if not {"bagit.txt", MANIFEST, TAGS, SUMS} & set(bundle.names()):
                raise CannotTry(
                    path + ": is not the folder of a bundle; name the one with bagit.txt"
                )
            return bundle
        return ZipBundle(path, report, limits, inflate)
    except OSError as error:
        raise CannotTry(f"{path}: cannot be read ({error.strerror}); check the name") from error


_THREADS = min(4, os.cpu_count() or 1)
_AHEAD = 64


class _Reading:
    """Reads each file once. Those of which only the SHA-256 is wanted, by far the most bytes, are
    unpacked and hashed in threads: zlib and hashlib let others run meanwhile."""

    def __init__(
        self,
        bundle: ZipBundle | FolderBundle,
        chain: Chain,
        whole: dict[str, bytes],
        limits: Limits,
    ) -> None:
        self._bundle, self._chain, self._whole, self._limits = bundle, chain, whole, limits

    def digests(self, names: Sequence[str]) -> Iterator[tuple[str, str]]:
        """SHA-256 of the files in the same order, "" of a damaged one; what has to be looked at
        later goes to ``whole``."""
        begun: deque[tuple[str, Future[tuple[str, str]]]] = deque()
        coming = (name for name in names if self._is_plain(name))
        with ThreadPoolExecutor(_THREADS) as pool:
            for name in names:
                for plain in coming:
                    begun.append((plain, pool.submit(self._digest, plain)))
                    if len(begun) >= _AHEAD:
                        break
                if not begun or begun[0][0] != name:
                    yield name, self._read(name)
                    continue
                digest, damage = begun.popleft()[1].result()
                if damage:
                    self._chain.problem(name, damage)
                yield name, digest

    def _is_plain(self, name: str) -> bool:
        return not self._is_kept(name) and not self._chain.reads(name)

    def _is_kept(self, name: str) -> bool:
        return name in WHOLE or name.startswith("signature/")

    def _digest(self, name: str) -> tuple[str, str]:
        """SHA-256, or what is wrong."""
        total = hashlib.sha256()
        try:
            for chunk in self._bundle.chunks(name):
                total.update(chunk)
        except Damaged as damage:
            return "", str(damage)
        return total.hexdigest(), ""

    def _read(self, name: str) -> str:
        total, kept, reader = hashlib.sha256(), [], self._chain.reader(name)
        keep = self._is_kept(name)
        try:
            if keep and self._bundle.size(name) > self._room(name):
                raise Damaged("is larger than such a file may be")
            for chunk in self._bundle.chunks(name):
                total.update(chunk)
                if keep:
                    kept.append(chunk)
                if reader is not None:
                    reader.feed(chunk)
        except Damaged as damage:
            self._chain.problem(name, str(damage))
            return ""
        if reader is not None:
            reader.close()
        if keep:
            self._whole[name] = b"".join(kept)
        return total.hexdigest()

    def _room(self, name: str) -> int:
        """Bytes of memory that are left for it."""
        if not name.startswith("signature/"):
            return self._limits.memory_bytes
        held = (len(data) for kept, data in self._whole.items() if kept.startswith("signature/"))
        return self._limits.signature_bytes - sum(held)


def clean_fingerprint(text: str) -> str:
    """64 hex digits, however they were grouped.

    Raises:
        CannotTry: They are not 64 hex digits.
    """
    digits = re.sub(r"[\s:]", "", text).lower()
    if digits.startswith("sha256"):
        digits = digits[6:]
    if not re.fullmatch(r"[0-9a-f]{64}", digits):
        raise CannotTry("--fingerprint: is not a SHA-256 of 64 hex digits; copy it whole")
    return digits


def _summary(report: Report) -> list[str]:
    key = "key: sha256:{}{}".format(
        report.fingerprint,
        ", the one that you gave" if report.is_pinned
        else "; compare it with the one that the organisation told you by another way",
    ) if report.fingerprint else "key: none"  # fmt: skip
    if not report.ok:
        told = "this is not the bundle that was exported"
        if report.is_as_exported:
            told = "the bundle itself is as it was exported"
        count = len(report.problems) + report.unlisted
        return [f"{count} problem(s): {told}", key]
    predicate, log = report.statement.get("predicate", {}), report.checkpoint
    period = predicate.get("period", {})
    since = report.since
    compared = [
        f"since {since.name}: its {since.checkpoint.size:,} leaves are the first of this log;"
        " none was rewritten or removed"
    ] if since else []  # fmt: skip
    return [
        f"files: {report.files:,} with {report.size_bytes:,} bytes, all as they were exported",
        "history: {:,} records under {:,} leaves in the log {} of size {}".format(
            report.records, report.leaves, log.origin if log else "", log.size if log else 0
        ),
        *compared,
        "about: {}, {} to {}".format(
            predicate.get("organisation"), period.get("start"), period.get("end")
        ),
        *(f"signature: valid, also by the key sha256:{signer}" for signer in report.signers[1:]),
        "signature: valid",
        key,
        *report.notes,
        *(_stamp_line(stamp) for stamp in report.stamps),
        *(signoff.line() for signoff in report.signoffs),
    ]


def _stamp_line(stamp: Stamp) -> str:
    if stamp.time is None:
        return f"time stamp: none, {stamp.url} {stamp.gap}"
    return f"time stamp: {stamp.time} by {stamp.url}; {stamp.told}"


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="verify.py", description=(__doc__ or "").split("\n\n")[0],
        epilog="exit code: 0 everything fits, 1 it does not, 2 it could not be tried",
    )  # fmt: skip
    here = str(Path(__file__).resolve().parent)
    parser.add_argument("bundle", nargs="?", default=here, help="zip or folder; else this folder")
    parser.add_argument("--fingerprint", metavar="HEX", help="what the key's fingerprint has to be")
    parser.add_argument(
        "--since", metavar="OLD", help="an earlier bundle, or a checkpoint that was kept"
    )
    parser.add_argument(
        "--signoffs", metavar="FILE", help="sign-offs; if left out BUNDLE.signoff.jsonl beside it"
    )
    options = parser.parse_args(arguments)
    try:
        report = verify_bundle(
            options.bundle,
            fingerprint=options.fingerprint,
            since=options.since,
            signoffs=options.signoffs,
        )
    except CannotTry as reason:
        print(printable(str(reason)), file=sys.stderr)
        return 2
    for line in report.lines():
        print(printable(line))
    return 0 if report.ok else 1


if __name__ == "__main__":
    sys.exit(main())
