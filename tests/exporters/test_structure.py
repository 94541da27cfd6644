"""Files that came, went or moved; and what the independent tools say to the same bundle."""

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import bagit
import pytest
from annexa.exporters.signature import BundleKey
from annexa.exporters.verify import (
    _SPKI_P256,
    ENVELOPE,
    PAYLOAD_TYPE,
    PREDICATE_TYPE,
    PUBLIC_KEY,
    SIGSTORE,
    STAMPS,
    STATEMENT_TYPE,
    CannotTry,
    verify_bundle,
)

from . import small_bundle


def said(path: Path, fingerprint: str | None = None) -> list[str]:
    return [str(problem) for problem in verify_bundle(path, fingerprint=fingerprint).problems]


def shell(folder: Path) -> tuple[int, str]:
    run = subprocess.run(
        ["sh", str(folder / "verify.sh")], capture_output=True, text=True, check=False
    )
    return run.returncode, run.stdout


@pytest.mark.parametrize("name", ["data/05_documents/new.txt", "new.txt", "data/x/y.txt"])
def test_an_added_file_is_named(folder: Path, name: str) -> None:
    (folder / name).parent.mkdir(exist_ok=True)
    (folder / name).write_bytes(b"new")
    assert any(line.startswith(f"{name}: is not in ") for line in said(folder))
    code, text = shell(folder)
    assert code == 1
    assert f"{name}: is not in the manifests" in text


@pytest.mark.parametrize(
    "name", ["data/05_documents/d0.txt", "index.html", "bagit.txt", "SHA256SUMS", "verify.py"]
)
def test_a_removed_file_is_named(folder: Path, name: str) -> None:
    (folder / name).unlink()
    assert any(line.startswith(f"{name}: ") for line in said(folder))
    code, text = shell(folder)
    assert code == 1
    assert f"{name}: is" in text


def test_a_renamed_file_is_named_with_its_former_name(folder: Path) -> None:
    (folder / "data/05_documents/d0.txt").rename(folder / "data/05_documents/other.txt")
    assert (
        "data/05_documents/other.txt: is not in manifest-sha256.txt: "
        "it was named data/05_documents/d0.txt"
    ) in said(folder)
    code, text = shell(folder)
    assert code == 1
    assert "other.txt" in text
    assert "d0.txt" in text


def test_two_files_that_changed_places_are_both_named(folder: Path) -> None:
    one, two = folder / "data/05_documents/d0.txt", folder / "data/05_documents/d1.txt"
    one_bytes, two_bytes = one.read_bytes(), two.read_bytes()
    one.write_bytes(two_bytes)
    two.write_bytes(one_bytes)
    lines = said(folder)
    assert [line.partition(":")[0] for line in lines] == [
        "data/05_documents/d0.txt",
        "data/05_documents/d1.txt",
    ]


def test_a_link_is_refused_and_never_followed(folder: Path) -> None:
    path = folder / "data/05_documents/d0.txt"
    path.unlink()
    path.symlink_to("/etc/passwd")
    assert "data/05_documents/d0.txt: is a link or a special file; a bundle has none" in said(
        folder
    )
    code, text = shell(folder)
    assert code == 1
    assert "d0.txt: is a link or a special file" in text


def test_whoever_repairs_the_lists_still_lacks_the_key(folder: Path, tmp_path: Path) -> None:
    path = folder / "data/05_documents/d0.txt"
    path.write_bytes(b"forged")
    for name in ("SHA256SUMS", "manifest-sha256.txt", "tagmanifest-sha256.txt"):
        _relist(folder, name)
    _relist(folder, "SHA256SUMS")
    assert "tagmanifest-sha256.txt: was changed: it is not the one that was signed" in said(folder)
    assert shell(folder)[0] == 1


def _relist(folder: Path, name: str) -> None:
    names = [line.partition("  ")[2] for line in (folder / name).read_text().splitlines()]
    run = subprocess.run(["sha256sum", *names], cwd=folder, capture_output=True, check=True)
    (folder / name).write_bytes(run.stdout)


def test_another_key_is_noticed_by_its_fingerprint_only(tmp_path: Path) -> None:
    path = small_bundle.write(tmp_path / "forged.zip", tmp_path / "other-keys")
    mine = BundleKey(tmp_path / "keys").fingerprint
    assert said(path) == []
    assert "not the one given" in said(path, fingerprint=mine)[0]
    theirs = BundleKey(tmp_path / "other-keys").fingerprint
    grouped = ":".join(theirs[i : i + 2].upper() for i in range(0, 64, 2))
    report = verify_bundle(path, fingerprint=grouped)
    assert report.ok
    assert report.is_pinned


def test_the_same_input_gives_the_same_bytes(tmp_path: Path) -> None:
    one = small_bundle.write(tmp_path / "1.zip", tmp_path / "keys")
    two = small_bundle.write(tmp_path / "2.zip", tmp_path / "keys")
    assert one.read_bytes() == two.read_bytes()


def test_the_bagit_package_accepts_the_folder(folder: Path) -> None:
    bag = bagit.Bag(str(folder))
    bag.validate(processes=1)
    (folder / "data/05_documents/d0.txt").write_bytes(b"changed")
    assert not bag.is_valid()


@pytest.mark.parametrize("how", ["zip", "folder", "from within"])
def test_verify_py_runs_outside_of_any_environment(pristine: Path, folder: Path, how: str) -> None:
    python = "/usr/bin/python3" if Path("/usr/bin/python3").exists() else sys.executable
    arguments = {"zip": [str(pristine)], "folder": [str(folder)], "from within": []}[how]
    run = subprocess.run(
        [python, "-I", "-S", str(folder / "verify.py"), *arguments],
        cwd="/",
        env={},
        capture_output=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout + run.stderr
    assert b"signature: valid" in run.stdout
    (folder / "index.html").write_bytes(b"")
    if how != "zip":
        again = subprocess.run(run.args, cwd="/", env={}, capture_output=True, check=False)
        assert again.returncode == 1
        assert again.stdout.startswith(b"index.html: was changed")


def test_what_is_no_bundle_ends_with_two(tmp_path: Path) -> None:
    command = [sys.executable, "-I", str(small_bundle.SHIPPED / "verify.py")]
    for argument in (str(tmp_path / "missing.zip"), str(tmp_path)):
        run = subprocess.run([*command, argument], capture_output=True, text=True, check=False)
        assert (run.returncode, run.stdout) == (2, "")
        assert len(run.stderr.splitlines()) == 1
        with pytest.raises(CannotTry):
            verify_bundle(argument)


def test_a_zip_that_was_packed_again_says_what_to_do(bundle: Path, folder: Path) -> None:
    bundle.unlink()
    with zipfile.ZipFile(bundle, "w") as archive:
        for path in sorted(folder.rglob("*")):
            archive.write(path, f"top/{path.relative_to(folder)}")
    assert "unpack it and check the folder" in said(bundle)[0]


def test_the_script_is_shell_for_any_posix_shell() -> None:
    script = small_bundle.SHIPPED / "verify.sh"
    subprocess.run(["sh", "-n", str(script)], check=True)
    if shutil.which("shellcheck") is None:
        pytest.skip("shellcheck is not installed: apt-get install shellcheck")
    subprocess.run(["shellcheck", str(script)], check=True)


def test_the_script_for_windows_speaks_of_the_same_files_and_types() -> None:
    """It cannot be run here; what it has in common with ``verify.py`` is at least the same."""
    script = (small_bundle.SHIPPED / "verify.ps1").read_text("ascii")
    for text in (
        ENVELOPE,
        SIGSTORE,
        STAMPS,
        PUBLIC_KEY,
        PREDICATE_TYPE,
        STATEMENT_TYPE,
        PAYLOAD_TYPE,
    ):
        assert text in script
    assert _SPKI_P256.hex() in script
