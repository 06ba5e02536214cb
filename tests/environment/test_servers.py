"""The embedded servers: who starts them, who stops them, and what they survive."""

import json
import os
import signal
from pathlib import Path

import psycopg
import pytest

from tests.environment.installation import COUNT_USERS, SELECT_ONE, Installation, is_one_line, wait_until


def test_a_command_on_files_only_starts_nothing(fresh: Installation) -> None:
    result = fresh.manage("check")
    assert result.returncode == 0, result.stderr
    assert sorted(path.name for path in fresh.var_dir.iterdir()) == ["secret_key"]


@pytest.mark.slow
def test_a_fresh_var_is_made_and_migrated_before_a_command_uses_it_and_stopped_after(
    fresh: Installation,
) -> None:
    result = fresh.manage("shell", "-v", "0", "-c", COUNT_USERS)
    assert (result.stdout.strip(), result.returncode) == ("0", 0), result.stderr
    assert fresh.servers() == []


def test_two_commands_share_the_servers_and_the_last_one_stops_them(installation: Installation) -> None:
    installation.hold()
    former = {process.pid for process in installation.processes() if process.name() == "postgres"}
    installation.select_one()
    assert installation.servers() == ["postgres", "redis-server"]
    assert former & {process.pid for process in installation.processes() if process.name() == "postgres"}
    installation.end()
    assert installation.servers() == []


def test_servers_whose_user_was_killed_are_used_and_stopped_by_the_next_command(installation: Installation) -> None:
    installation.hold()
    installation.started[0].kill()
    installation.started[0].wait()
    assert installation.servers() == ["postgres", "redis-server"]
    installation.select_one()
    assert installation.servers() == []


def test_a_pid_file_that_names_a_stranger_is_put_right(installation: Installation) -> None:
    installation.select_one()
    data = installation.var_dir / "postgres"
    (data / "postmaster.pid").write_text(f"{os.getpid()}\n{data}\n1\n5432\n{data}\n\n\nready\n")
    (data / ".s.PGSQL.5432.lock").write_text(f"{os.getpid()}\n{data}\n1\n5432\n{data}\n")
    installation.select_one()


def test_a_killed_server_keeps_what_was_committed(installation: Installation) -> None:
    installation.hold()
    where = {
        "host": str(installation.var_dir / "postgres"),
        "user": "tieline",
        "dbname": "postgres",
        "autocommit": True,
    }
    with psycopg.connect(**where) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 42 AS number")
    os.kill(int((installation.var_dir / "postgres" / "postmaster.pid").read_text().split()[0]), signal.SIGKILL)
    installation.select_one()
    with psycopg.connect(**where) as connection:
        assert connection.execute("SELECT number FROM kept").fetchall() == [(42,)]


def test_an_interrupted_first_start_leaves_no_half_of_a_database(fresh: Installation) -> None:
    (fresh.var_dir / "postgres.new" / "base").mkdir(parents=True)
    (fresh.var_dir / "postgres.new" / "PG_VERSION").write_text("18\n")
    fresh.select_one()
    assert not (fresh.var_dir / "postgres.new").exists()


def test_data_of_another_version_are_left_alone(fresh: Installation) -> None:
    data = fresh.var_dir / "postgres"
    data.mkdir(parents=True)
    (data / "PG_VERSION").write_text("15\n")
    result = fresh.manage("shell", "-v", "0", "-c", SELECT_ONE)
    assert result.returncode == 1
    assert is_one_line(result.stderr), result.stderr
    assert "PostgreSQL 15" in result.stderr
    assert sorted(path.name for path in data.iterdir()) == ["PG_VERSION"]


def test_a_path_too_long_for_a_socket_works(folder: Path) -> None:
    installation = Installation(folder / ("long-" * 20) / "var")
    installation.select_one()
    assert installation.servers() == []


def test_a_folder_only_root_may_enter_works(folder: Path) -> None:
    closed = folder / "closed"
    closed.mkdir(mode=0o700)
    Installation(closed / "var").select_one()
    assert closed.stat().st_mode & 0o007 in {0, 1}  # others may not list it, whatever was needed


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_var_that_cannot_be_written_is_named(folder: Path) -> None:
    folder.chmod(0o500)
    result = Installation(folder / "var").manage("shell", "-c", SELECT_ONE)
    folder.chmod(0o700)
    assert result.returncode == 1
    assert is_one_line(result.stderr)
    assert str(folder / "var") in result.stderr


def test_a_var_that_cannot_be_is_named() -> None:
    result = Installation(Path("/dev/null/var")).manage("shell", "-c", SELECT_ONE)
    assert result.returncode == 1
    assert is_one_line(result.stderr)
    assert "/dev/null/var" in result.stderr


class TestOwnServers:
    def test_database_url_and_redis_url_replace_the_embedded_ones(
        self, installation: Installation, folder: Path
    ) -> None:
        installation.hold()
        other = Installation(
            folder / "other",
            DATABASE_URL=f"postgresql://tieline@/postgres?host={installation.var_dir / 'postgres'}",
            REDIS_URL=f"unix://{installation.var_dir / 'redis' / 'redis.sock'}",
        )
        other.select_one()
        assert not (other.var_dir / "postgres").exists()
        assert not (other.var_dir / "redis").exists()
        assert installation.servers() == ["postgres", "redis-server"]

    def test_an_unreachable_one_is_one_line(self, installation: Installation) -> None:
        address = f"postgresql://tieline@127.0.0.1:{installation.port}/tieline"
        result = installation.manage("shell", "-c", SELECT_ONE, DATABASE_URL=address, REDIS_URL="redis://127.0.0.1:1")
        assert result.returncode == 1
        assert is_one_line(result.stderr), result.stderr
        assert str(installation.port) in result.stderr

    def test_an_address_that_is_none_is_one_line(self, installation: Installation) -> None:
        result = installation.manage("check", DATABASE_URL="mysql://somewhere/else")
        assert result.returncode == 1
        assert is_one_line(result.stderr), result.stderr


def test_durable_settings_are_in_force(installation: Installation) -> None:
    installation.hold()
    with psycopg.connect(host=str(installation.var_dir / "postgres"), user="tieline", dbname="postgres") as connection:
        rows = connection.execute(
            "SELECT name, setting FROM pg_settings WHERE name = ANY(%s)",
            [["fsync", "synchronous_commit", "full_page_writes", "data_checksums"]],
        )
        assert json.loads(json.dumps(dict(rows))) == dict.fromkeys(
            ["fsync", "synchronous_commit", "full_page_writes", "data_checksums"], "on"
        )
    installation.end()
    wait_until(lambda: installation.servers() == [])
