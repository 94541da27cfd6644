"""Bundles that are made once: a small one, copied by whoever changes it, and a whole one."""

import shutil
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from . import small_bundle, whole_bundle


@pytest.fixture(scope="session")
def pristine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("bundle")
    return small_bundle.write(folder / "bundle.zip", folder / "keys")


@pytest.fixture(scope="session")
def pristine_folder(pristine: Path) -> Path:
    with zipfile.ZipFile(pristine) as archive:
        archive.extractall(pristine.parent / "unpacked")
    return pristine.parent / "unpacked" / small_bundle.TOP


@pytest.fixture
def bundle(pristine: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(pristine, tmp_path / "bundle.zip"))


@pytest.fixture
def folder(pristine_folder: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(pristine_folder, tmp_path / "folder"))


@pytest.fixture(scope="session")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Iterator[whole_bundle.Whole]:
    with whole_bundle.made(tmp_path_factory.mktemp("whole")) as found:
        yield found
