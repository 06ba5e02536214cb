"""Settings read from the environment, and what a log line looks like."""

import logging
import stat
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import connection

from adms import env
from adms.logs import OneLine, StepsOfPandapower
from tests.environment.installation import Installation


@pytest.mark.django_db
def test_the_tests_run_on_postgresql_eighteen() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version")
        assert cursor.fetchone()[0].startswith("18")


class TestEnvironment:
    @pytest.mark.parametrize(("text", "value"), [("1", True), ("yes", True), ("0", False), ("off", False), ("", False)])
    def test_yes_and_no_are_read_in_the_usual_spellings(
        self, monkeypatch: pytest.MonkeyPatch, text: str, value: bool
    ) -> None:
        monkeypatch.setenv("SWITCH", text)
        assert env.env_bool("SWITCH", default=not value) is value

    def test_anything_else_is_refused(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("SWITCH", "perhaps")
        with pytest.raises(ImproperlyConfigured, match="SWITCH"):
            env.env_bool("SWITCH", default=False)

    def test_a_database_address_is_taken_apart(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("ADDRESS", "postgresql://us%40er:p%2Fw@db.example:5433/oms?sslmode=require")
        assert env.env_database("ADDRESS") == {
            "NAME": "oms",
            "USER": "us@er",
            "PASSWORD": "p/w",
            "HOST": "db.example",
            "PORT": "5433",
            "OPTIONS": {"sslmode": "require"},
        }

    def test_a_database_address_may_name_a_socket_folder(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("ADDRESS", "postgresql://tieline@/oms?host=/run/postgresql")
        found = env.env_database("ADDRESS")
        assert found is not None
        assert (found["HOST"], found["NAME"], found["OPTIONS"]) == ("/run/postgresql", "oms", {})


class TestSecret:
    def test_it_is_made_once_and_read_by_its_owner_only(self, tmp_path: Path) -> None:
        first = env.env_secret("NO_SUCH_VARIABLE", tmp_path / "var" / "secret_key")
        assert env.env_secret("NO_SUCH_VARIABLE", tmp_path / "var" / "secret_key") == first
        assert len(first) > 50
        assert stat.S_IMODE((tmp_path / "var" / "secret_key").stat().st_mode) == 0o600
        assert [path.name for path in (tmp_path / "var").iterdir()] == ["secret_key"]

    def test_a_given_one_counts_and_nothing_is_written(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("GIVEN_SECRET", "from outside")
        assert env.env_secret("GIVEN_SECRET", tmp_path / "secret_key") == "from outside"
        assert [*tmp_path.iterdir()] == []


class TestLogLine:
    def format(self, message: str) -> str:
        return OneLine().format(logging.LogRecord("outages", logging.INFO, "", 0, message, None, None))

    def test_it_is_one_line_whatever_is_in_it(self) -> None:
        assert self.format("user\r\n2026-01-01 INFO forged").endswith(r"INFO outages user\r\n2026-01-01 INFO forged")

    def test_it_carries_the_time_in_utc(self) -> None:
        moment = self.format("x").split(" ")[0]
        assert len(moment) == len("2026-01-01T00:00:00.000Z")
        assert moment.endswith("Z")


class TestStepsOfPandapower:
    @pytest.mark.parametrize(
        ("path", "level", "is_written"),
        [
            ("/venv/pandapower/converter/cim/cim2pp.py", logging.INFO, False),
            ("/venv/pandapower/converter/cim/cim2pp.py", logging.WARNING, True),
            ("/app/integration/simulators/systems/engine.py", logging.INFO, True),
        ],
    )
    def test_a_model_that_is_read_is_not_a_hundred_lines(self, path: str, level: int, is_written: bool) -> None:
        record = logging.LogRecord("CimConverter", level, path, 1, "x", None, None)
        assert StepsOfPandapower().filter(record) is is_written


@pytest.mark.slow
def test_a_production_installation_passes_the_deployment_checks(fresh: Installation) -> None:
    result = fresh.manage(
        *("check", "--deploy", "--fail-level", "WARNING"), PRODUCTION="1", ALLOWED_HOSTS="tieline.example"
    )
    assert result.returncode == 0, result.stderr
