"""``10_mapping``: the pack as it was used, the populations, and how to have every result again."""

import json
from pathlib import Path

from ..mappings.kind_table import identifier
from ..mappings.pack_digest import overlay_files, pack_files
from .contents import Contents
from .facts import Facts
from .replay_sql import EXPECTED, OWN_TABLES, replay_sql

FOLDER = "10_mapping"
PACK = f"{FOLDER}/pack"
POPULATIONS = f"{FOLDER}/populations"
OVERLAYS = f"{FOLDER}/overlays"
"""One folder for each, in the order in which they were laid over the pack: ``1-acme``."""


def write_mapping(contents: Contents, facts: Facts, scratch: Path) -> None:
    pack = facts.evaluation.pack
    files = {
        f"{PACK}/{path.relative_to(pack.folder).as_posix()}": path
        for path in pack_files(pack.folder)
    }
    for number, overlay in enumerate(pack.overlays, 1):
        for path in overlay_files(overlay.folder):
            inside = path.relative_to(overlay.folder).as_posix()
            files[f"{OVERLAYS}/{number}-{overlay.id}/{inside}"] = path
    if pack.base is not None:
        files[f"{PACK}/base/views.yaml"] = pack.base / "views.yaml"
    content = {name: path.read_bytes() for name, path in files.items()}
    own = {path.name for path in files.values()}
    for view in pack.views:
        for fragment in view.fragments:  # those of plugins and of a base lie elsewhere
            if Path(fragment.file).name not in own:
                content[f"{PACK}/{fragment.file}"] = fragment.sql.encode() + b"\n"
    for name, text in sorted(content.items()):
        contents.bag.payload(name, (text,))
    conventions = facts.evaluation.conventions.model_dump(mode="json")
    contents.text(
        f"{FOLDER}/conventions.json",
        json.dumps(conventions, indent=2, sort_keys=True, ensure_ascii=False) + "\n",
    )
    for table in (*(view.name for view in pack.views), *OWN_TABLES):
        _parquet(contents, table, f"{POPULATIONS}/{table}.parquet", scratch)
    for table in EXPECTED:
        _parquet(contents, table, f"{FOLDER}/expected/{table}.parquet", scratch)
    contents.text(f"{FOLDER}/replay.sql", replay_sql(facts.evaluation))


def _parquet(contents: Contents, table: str, name: str, scratch: Path) -> None:
    path = scratch / name.replace("/", "-")
    contents.rows.write_parquet(f"select * from evaluation.main.{identifier(table)}", path)
    contents.bag.payload_file(name, path)
