"""Checks the log: leaves, nodes, and every signed root, inside the database and beside it."""

from dataclasses import dataclass, field
from pathlib import Path

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from sqlalchemy import Connection, func, select

from . import outside, schema
from .checkpoint import read
from .instant import text
from .keys import raw_public
from .merkle import Frontier, leaf_hash, stored_hashes
from .misfit import Misfit, expect


@dataclass
class LogCheck:
    """Recomputes the whole log once, leaf by leaf."""

    connection: Connection
    origin: str
    key: Ed25519PublicKey
    roots: list[bytes] = field(default_factory=list)
    """The root at each size, from 1."""

    def leaves(self) -> None:
        """Every leaf's hash, every stored node, every checkpoint in the database."""
        hashes = stored_hashes(self.connection)
        frontier, nodes, newest = Frontier(), 0, 0
        query = select(schema.leaf).order_by(schema.leaf.c.position)
        for row in self.connection.execute(query):
            where = f"leaf {row.position}"
            expect(row.position, len(self.roots), f"leaf {len(self.roots)}", "the next position")
            expect(row.hash, leaf_hash(row.body), where, "its hash")
            body = leaf_body(row.body, where)
            expect(row.type, body.get("type"), where, "its type")
            expect(text(row.at), body.get("at"), where, "its time")
            if row.at < newest:
                raise Misfit(where, "it is older than the leaf before it")
            newest = row.at
            for level, position, subtree in frontier.completed(row.hash):
                nodes += 1
                node = f"node {level}/{position}"
                try:
                    expect(hashes(level, position), subtree, node, "its hash")
                except ValueError:
                    raise Misfit(node, "it is missing") from None
            self.roots.append(frontier.root())
        stored = self.connection.execute(select(func.count()).select_from(schema.node)).scalar()
        expect(stored, nodes, "table node", "the number of rows")

    def identity(self, id_: str) -> None:
        """The name and key that the ledger was opened under are those of its first leaf."""
        query = select(schema.leaf.c.body).where(schema.leaf.c.position == 0)
        first = leaf_body(self.connection.execute(query).scalar() or b"{}", "leaf 0")
        expect(first.get("id"), id_, "table meta", "the ledger's id")
        expect(first.get("public_key"), raw_public(self.key).hex(), "table meta", "the public key")

    def checkpoints(self) -> int:
        """Every checkpoint in the database: one for each size."""
        query = select(schema.checkpoint).order_by(schema.checkpoint.c.size)
        found = 0
        for row in self.connection.execute(query):
            found += 1
            where = f"checkpoint {row.size}"
            expect(row.size, found, f"checkpoint {found}", "the next size")
            expect(self._checked(row.note, where), row.size, where, "its size")
        expect(found, len(self.roots), "table checkpoint", "the number of rows")
        return found

    def beside(self, path: Path, notes: list[str]) -> int:
        """Every checkpoint in the file beside the database, which may lag behind."""
        where = path.name
        try:
            content = path.read_bytes()
        except FileNotFoundError:
            if len(self.roots) == 1:  # founded, and killed before it could be written
                notes.append(f"{where} is not written yet; the next run mends it")
                return 0
            raise Misfit(where, "it is missing: there is no proof outside the database") from None
        whole, rest = outside.split(content)
        last = 0
        for i, note in enumerate(whole, 1):
            last = self._checked(note, f"{where}, checkpoint {i}")
        query = select(schema.checkpoint.c.note).where(schema.checkpoint.c.size > last)
        missing = self.connection.execute(query.order_by(schema.checkpoint.c.size)).scalars().all()
        if rest and not "".join(f"{note}\n" for note in missing).encode().startswith(rest):
            raise Misfit(where, f"what follows checkpoint {len(whole)} is none")
        if missing:
            notes.append(f"{where} lags {len(missing)} leaves behind; the next run mends it")
        return len(whole)

    def _checked(self, note: str, where: str) -> int:
        """The size of a checkpoint that is signed and agrees with the log."""
        try:
            checkpoint = read(note, self.origin, self.key)
        except ValueError as error:
            raise Misfit(where, f"it {error}") from None
        if not 0 < checkpoint.size <= len(self.roots):
            raise Misfit(
                where,
                f"it is signed for {checkpoint.size} leaves, the log holds {len(self.roots)}:"
                " the database is older than its checkpoints",
            )
        if checkpoint.root != self.roots[checkpoint.size - 1]:
            raise Misfit(where, f"the first {checkpoint.size} leaves are not those signed")
        return checkpoint.size


def leaf_body(encoded: bytes, where: str) -> dict[str, object]:
    """A leaf's body as a mapping.

    Raises:
        Misfit: It is not JSON.
    """
    try:
        return msgspec.json.decode(encoded, type=dict[str, object])
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise Misfit(where, "its body is not JSON") from None
