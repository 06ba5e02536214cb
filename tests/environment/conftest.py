"""Installations for the tests of servers and console."""

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import leftovers
from tests.environment.installation import Installation


def temporary_folder() -> Iterator[Path]:
    """A folder that other accounts may be let into."""
    made = leftovers.folder()
    yield made
    shutil.rmtree(made, ignore_errors=True)


folder = pytest.fixture(temporary_folder)
used_folder = pytest.fixture(temporary_folder, scope="session")


@pytest.fixture
def fresh(folder: Path) -> Iterator[Installation]:
    """An installation with nothing in it yet."""
    made = Installation(folder / "var")
    yield made
    made.end()


@pytest.fixture(scope="session")
def used_var_dir(used_folder: Path) -> Path:
    """The var/ of an installation that has run before: an empty database, both servers stopped."""
    made = Installation(used_folder / "var")
    made.select_one()
    return made.var_dir


@pytest.fixture
def installation(folder: Path, used_var_dir: Path) -> Iterator[Installation]:
    """One that has run before."""
    subprocess.run(["cp", "-a", str(used_var_dir), str(folder / "var")], check=True)
    made = Installation(folder / "var")
    yield made
    made.end()
