"""``annexa archive`` to a folder, and to S3 under Object Lock: a real boto3 against moto."""

import base64
import hashlib
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from annexa.agent.archive_round import archive_round
from annexa.agent.archiving import ArchiveSettings, open_to_write
from annexa.agent.config import load
from annexa.agent.entry import run
from annexa.agent.exit_codes import ExitCode
from annexa.exporters.errors import ArchiveDamaged

from ..ledger.sample import HOUR, NOON, Clock, open_ledger, record
from .command_line import CommandLine


@pytest.fixture
def line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> CommandLine:
    (tmp_path / "annexa.yaml").write_text("organisation: {name: X}\nsources: []\n")
    with open_ledger(tmp_path) as ledger:
        record(ledger, NOON, {"a": "1", "b": "2"})
    return CommandLine(tmp_path / "annexa.yaml", capsys)


def read_more(folder: Path) -> None:
    with open_ledger(folder, Clock(NOON + HOUR)) as ledger:
        record(ledger, NOON + HOUR, {"a": "1"})


@pytest.fixture
def s3(moto_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    import boto3

    for name, value in {
        "AWS_ACCESS_KEY_ID": "a",
        "AWS_SECRET_ACCESS_KEY": "b",
        "AWS_DEFAULT_REGION": "eu-central-1",
        "AWS_ENDPOINT_URL": moto_url,
    }.items():
        monkeypatch.setenv(name, value)
    client = boto3.client("s3")
    yield client
    client.close()


def bucket(s3: Any, *, lock: bool) -> str:
    name = f"archive-{uuid4()}"
    s3.create_bucket(
        Bucket=name,
        ObjectLockEnabledForBucket=lock,
        CreateBucketConfiguration={"LocationConstraint": "eu-central-1"},
    )
    return name


def test_a_ledger_comes_back_from_a_folder_with_its_checkpoint(line: CommandLine) -> None:
    folder = line.config.parent
    place = str(folder / "archive")
    assert "2 leaves archived" in line.annexa("archive", "--to", place)
    assert "nothing new" in line.annexa("archive", "--to", place)
    found = line.json("archive", "verify", "--from", place)
    assert (found["ok"], found["unlocked"], found["ledger"]["runs"]) == (True, 7, 1)
    line.annexa("archive", "restore", "--from", place, "--to", str(folder / "new.db"))
    line.config.write_text("organisation: {name: X}\nledger: new.db\nkeys: none\n")
    assert "verified" in line.annexa("ledger", "verify")
    assert line.json("ledger", "checkpoint")["checkpoint"] == found["checkpoint"]


def test_the_place_may_stand_in_the_configuration_or_alone_on_the_command_line(
    line: CommandLine, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = line.config.parent
    assert "no place is named" in line.err or line.annexa("archive", code=3) == ""
    line.config.write_text("organisation: {name: X}\narchive: {to: kept}\n")
    line.annexa("archive")
    line.config.rename(folder / "other.yaml")
    monkeypatch.chdir(folder)
    assert run(["archive", "verify", "--from", "kept"]) == ExitCode.OK
    next((folder / "kept").rglob("rows*")).unlink()
    assert run(["archive", "verify", "--from", "kept"]) == ExitCode.BUNDLE
    assert "rows.jsonl.zst: is missing" in capsys.readouterr().out


def test_every_object_in_a_bucket_is_locked_and_has_its_checksum(
    line: CommandLine, s3: Any
) -> None:
    name = bucket(s3, lock=True)
    place = f"s3://{name}/annexa/prod"
    line.annexa("archive", "--to", place, "--retain", "3650d")
    read_more(line.config.parent)
    line.annexa("archive", "--to", place, "--retain", "3650d")
    soon = datetime.now(UTC) + timedelta(days=3640)
    listed = s3.list_objects_v2(Bucket=name)["Contents"]
    assert len(listed) == 15
    for one in listed:
        got = s3.get_object(Bucket=name, Key=one["Key"], ChecksumMode="ENABLED")
        assert got["ObjectLockMode"] == "COMPLIANCE"
        assert got["ObjectLockRetainUntilDate"] > soon
        digest = hashlib.sha256(got["Body"].read()).digest()
        assert got["ChecksumSHA256"] == base64.b64encode(digest).decode()
    found = line.json("archive", "verify", "--from", place)
    assert (found["ok"], found["unlocked"], found["parts"]) == (True, 0, 2)
    restored = line.config.parent / "new.db"
    line.annexa("archive", "restore", "--from", place, "--to", str(restored))


def test_what_is_done_to_a_locked_archive_is_named_and_it_restores_all_the_same(
    line: CommandLine, s3: Any
) -> None:
    name = bucket(s3, lock=True)
    place = f"s3://{name}"
    line.annexa("archive", "--to", place, "--retain", "30d")
    s3.put_object(Bucket=name, Key="parts/00000001/rows.jsonl.zst", Body=b"forged")
    s3.delete_object(Bucket=name, Key="parts/00000001/end.json")
    s3.put_object(Bucket=name, Key="extra", Body=b"x")
    told = line.annexa("archive", "verify", "--from", place, code=ExitCode.BUNDLE)
    assert "rows.jsonl.zst: somebody wrote over it 1 times" in told
    assert "end.json: somebody deleted it; it is still there" in told
    assert "extra: is in no manifest" in told
    restored = line.config.parent / "new.db"
    line.annexa("archive", "restore", "--from", place, "--to", str(restored))
    assert "nothing new" in line.annexa("archive", "--to", place, "--retain", "30d")


def test_a_bucket_without_a_lock_is_refused_unless_it_is_wanted(line: CommandLine, s3: Any) -> None:
    place = f"s3://{bucket(s3, lock=False)}"
    line.annexa("archive", "--to", place, code=ExitCode.CONFIGURATION)
    assert "a lock cannot be taken back" in line.err
    line.annexa("archive", "--to", place, "--retain", "30d", code=ExitCode.ERROR)
    assert "has no Object Lock" in line.err
    assert "Contents" not in s3.list_objects_v2(Bucket=place[5:])
    line.annexa("archive", "--to", place, "--without-lock")
    assert line.json("archive", "verify", "--from", place)["unlocked"] == 7


def test_an_object_that_somebody_put_first_is_not_overwritten(line: CommandLine, s3: Any) -> None:
    name = bucket(s3, lock=True)
    s3.put_object(Bucket=name, Key="parts/00000001/rows.jsonl.zst", Body=b"first")
    line.annexa("archive", "--to", f"s3://{name}", "--retain", "1d", code=ExitCode.BUNDLE)
    assert "rows.jsonl.zst: is there already, with other content" in line.err
    kept = s3.list_object_versions(Bucket=name, Prefix="parts/00000001/rows")["Versions"]
    assert len(kept) == 1


def test_of_two_that_write_the_same_name_at_once_the_second_writes_nothing(s3: Any) -> None:
    name = bucket(s3, lock=True)
    store = open_to_write(ArchiveSettings(to=f"s3://{name}", retain="1d"), Path())
    assert list(store.names()) == []
    s3.put_object(Bucket=name, Key="x", Body=b"first")
    with pytest.raises(ArchiveDamaged, match="with other content"):
        store.put("x", BytesIO(b"second"), sha256=hashlib.sha256(b"second").digest(), size=6)
    assert not store.put("x", BytesIO(b"first"), sha256=hashlib.sha256(b"first").digest(), size=5)
    assert len(s3.list_object_versions(Bucket=name)["Versions"]) == 1


def test_an_archive_that_does_not_answer_is_one_line(
    line: CommandLine, s3: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    line.annexa("archive", "--to", "s3://no-such-bucket-x", "--retain", "1d", code=1)
    assert "name a bucket that is there" in line.err
    line.annexa("archive", "--to", "s3://X", code=ExitCode.USAGE)
    assert "write s3://bucket/prefix" in line.err
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "none")
    line.annexa("archive", "--to", "s3://some-bucket", "--retain", "1d", code=1)
    assert "no usable AWS credentials" in line.err


class Log:
    def __init__(self) -> None:
        self.lines: list[tuple[str, str, dict[str, Any]]] = []

    def info(self, event: str, **about: Any) -> None:
        self.lines.append(("info", event, about))

    def error(self, event: str, **about: Any) -> None:
        self.lines.append(("error", event, about))


def test_the_agent_archives_on_schedule_and_a_failure_is_a_line_in_its_log(
    line: CommandLine,
) -> None:
    line.config.write_text("organisation: {name: X}\narchive: {to: kept, every: 6h}\n")
    config, log = load(line.config), Log()
    assert config.archive is not None
    with open_ledger(line.config.parent) as ledger:
        due = archive_round(config, config.archive, ledger, log)
        due()
        next((line.config.parent / "kept").rglob("end.json")).unlink()
        next((line.config.parent / "kept").rglob("begin.json")).chmod(0o600)
        next((line.config.parent / "kept").rglob("begin.json")).write_text("x")
        due()
    (first, second) = log.lines
    assert (first[:2], first[2]["leaves"]) == (("info", "archived"), 2)
    assert second[:2] == ("error", "not archived")
    assert "begin.json: is no manifest" in second[2]["problem"]


def test_that_it_was_archived_is_in_the_log(line: CommandLine) -> None:
    place = str(line.config.parent / "archive")
    line.annexa("archive", "--to", place)
    newest = line.json("ledger", "log")["leaves"][-1]
    assert (newest["type"], newest["body"]["place"]) == ("archived", place)
    manifest = line.config.parent / "archive/parts/00000001/end.json"
    assert newest["body"]["manifest_sha256"] == hashlib.sha256(manifest.read_bytes()).hexdigest()
    assert json.loads(manifest.read_text())["end"]["leaves"] == 2
