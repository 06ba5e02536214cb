"""Backup, restore, and the upgrade of a filled database: on the embedded server, as an operator would."""

import json
import tarfile
from pathlib import Path

import pytest

from adms.core.services import backups
from tests.environment.installation import Installation

RELEASES = sorted((Path(__file__).resolve().parents[1] / "samples" / "releases").glob("*.backup"))
NAMES = "from adms.core.models import User; print(sorted(User.objects.values_list('username', flat=True)))"
REMOVE = "from adms.core.models import User; User.objects.filter(username='anna').delete()"
PICTURE = """
import json
from django.db import connection
from network.selectors import state
(model,) = state.models()
with connection.cursor() as cursor:
    counts = {}
    for table in %s:
        cursor.execute(f"SELECT count(*) FROM {table}")
        counts[table] = cursor.fetchone()[0]
now = state.present(model)
print(json.dumps({"counts": counts, "live": int((now.energisation.live > 0).sum()), "nodes": int(now.grid.node_count)}))
"""
PASSWORD = "a-Long-enough-Passw0rd"

pytestmark = pytest.mark.slow


def shell(place: Installation, text: str) -> str:
    result = place.manage("shell", "-v", "0", "-c", text)
    assert result.returncode == 0, result.stderr
    return result.stdout.strip()


def user(place: Installation, name: str) -> None:
    result = place.manage("create_user", name, "--role", "OPR", "--json", TIELINE_PASSWORD=PASSWORD)
    assert result.returncode == 0, result.stderr


class TestBackup:
    def test_what_was_backed_up_comes_back_and_what_was_there_is_kept(
        self, fresh: Installation, tmp_path: Path
    ) -> None:
        user(fresh, "anna")
        made = fresh.manage("backup", str(tmp_path / "one.backup"), "--json")
        assert made.returncode == 0, made.stderr
        written = json.loads(made.stdout)
        user(fresh, "tom")
        shell(fresh, REMOVE)
        back = fresh.manage("restore_backup", str(tmp_path / "one.backup"), "--json")
        assert back.returncode == 0, back.stderr
        told = json.loads(back.stdout)
        assert (told["rows"], told["tables"]) == (written["rows"], written["tables"])
        assert "'anna'" in shell(fresh, NAMES)
        assert "'tom'" not in shell(fresh, NAMES)
        former = fresh.manage("shell", "-v", "0", "-c", NAMES, DATABASE_NAME=told["former_database"])
        assert "'tom'" in former.stdout

    def test_a_damaged_one_is_refused(self, tmp_path: Path) -> None:
        path = tmp_path / "cut.backup"
        path.write_bytes(RELEASES[0].read_bytes()[:20_000])
        with pytest.raises(backups.BackupRefused, match="no backup of Tieline, or is damaged"):
            backups.read_manifest(path)

    def test_it_waits_for_nobody_who_is_connected(self, installation: Installation) -> None:
        installation.hold()
        refused = installation.manage("restore_backup", str(RELEASES[0]), DATABASE_NAME="postgres", SERVERS_MIGRATE="0")
        assert refused.returncode == 2
        assert "stop Tieline first" in refused.stderr


def falsified(release: Path, folder: Path) -> Path:
    """The same dump with a manifest that claims one account more."""
    with tarfile.open(release) as tar:
        tar.extractall(folder, filter="data")
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["tables"]["core_user"][0] += 1
    (folder / "manifest.json").write_text(json.dumps(manifest))
    with tarfile.open(folder / "false.backup", "w") as tar:
        for name in ("manifest.json", "database.dump"):
            tar.add(folder / name, name)
    return folder / "false.backup"


@pytest.mark.parametrize("release", RELEASES, ids=lambda path: path.stem)
def test_a_filled_database_of_a_former_release_is_verified_and_upgraded(
    installation: Installation, release: Path, tmp_path: Path
) -> None:
    refused = installation.manage("restore_backup", str(falsified(release, tmp_path)))
    assert refused.returncode == 2
    assert "1 tables differ from the backup (core_user: " in refused.stderr
    tables = backups.read_manifest(release)["tables"]
    kept = [name for name in tables if name.startswith(("outages_", "network_journal", "metering_", "integration_inb"))]
    back = installation.manage("restore_backup", str(release), "--json")
    assert back.returncode == 0, back.stderr
    picture = json.loads(shell(installation, PICTURE % kept))
    assert picture["counts"] == {name: tables[name][0] for name in kept}
    assert picture["counts"]["outages_outage"] >= 1
    assert picture["live"] == picture["nodes"] > 0
