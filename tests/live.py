"""The whole system as real processes, for tests that go through HTTP, drive a browser, or kill things.

    def test_something(live_system):
        live_system.manage("import_model", path, "--json")
        httpx.post(live_system.base_url + "cim/v1/messages", content=...)
        live_system.kill("worker")          # comes back by itself, as under `make run`
        live_system.hold("web"); live_system.resume("web")
        live_system.rows("SELECT count(*) FROM ...")

The processes use a database of their own beside that of the other tests, and a Redis database of their own. Assertions look
through HTTP or by `rows`; the ORM of the test process is bound to another database.
"""

import http.client
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg
from django.conf import settings
from psycopg import sql

from adms import servers
from adms.console.processes import CELERY, PROCESSES, Process
from adms.console.processes import WORKER as WORDS
from adms.console.supervisor import ROOT, Supervisor
from adms.servers import postgres, redis

# One worker for all queues, where `make run` has three: fewer processes to start, the same code in each.
WORKER = Process(
    "worker", (*CELERY, "worker", "-n", "worker@%h", "-Q", "control,messages,analysis,bulk", "-c", "2", *WORDS)
)
DEFAULT = ("web", "sweeper", "control", "worker", "bulk")
PATIENCE_S = 90
# Migrated once per run of the tests; every system's database is a copy of it.
TEMPLATE = f"live_template_{os.getpid()}"


class LiveSystem:
    """A running Tieline; made by the fixtures, stopped by them."""

    def __init__(self, database: str, names: Iterable[str] = DEFAULT, **environment: str) -> None:
        self.database = database
        self.port = free_port()
        self.base_url = f"http://127.0.0.1:{self.port}/"
        self.log: deque[str] = deque(maxlen=5000)
        self.asked = environment
        self.environment = os.environ | environment | self._addresses()
        self.names = tuple(names)
        self._done = threading.Event()
        self._supervisor = Supervisor(
            self._known(),
            places={"host": "127.0.0.1", "port": str(self.port), "url": self.base_url, "var": str(settings.VAR_DIR)},
            environment=self.environment,
            say=lambda name, line: self.log.append(f"{name}: {line}"),
        )
        self._loop = threading.Thread(target=self._keep, name="live-system", daemon=True)

    def _addresses(self) -> dict[str, str]:
        """The servers of this test run, the database of this system."""
        server = settings.DATABASES["default"]
        self.database_parameters = {
            "host": server["HOST"],
            "port": server["PORT"] or "5432",
            "user": server["USER"],
            "password": server.get("PASSWORD", ""),
        }
        place = self.database_parameters
        self.database_url = f"postgresql://{place['user']}:{place['password']}@/{self.database}?host={place['host']}&port={place['port']}"
        own_redis = redis.url(settings.VAR_DIR, 1) if settings.EMBEDDED_REDIS else settings.REDIS_URL
        self.redis_url = own_redis
        return {
            "DATABASE_URL": self.database_url,
            "REDIS_URL": own_redis,
            "SECRET_KEY": settings.SECRET_KEY,
            "PORT": str(self.port),
            "TIELINE_URL": self.base_url,
            "PYTHONUNBUFFERED": "1",
            "LOG_LEVEL": "INFO",
        }

    def _known(self) -> list[Process]:
        known = {process.name: process for process in (*PROCESSES, *([] if "control" in self.names else [WORKER]))}
        # Loading solvers at every start would take from what is tested; who tests just that asks for it.
        asked = {"WARM_SOLVERS": "0"} | self.asked
        return [replace(known[name], environment={**known[name].environment, **asked}) for name in self.names]

    # Life

    def start(self) -> "LiveSystem":
        """Make the database, start the processes, wait until the web answers."""
        servers.ensure()
        if not self._exists(TEMPLATE):
            self._execute("CREATE DATABASE {}", TEMPLATE + "_draft")
            draft = self.environment["DATABASE_URL"].replace(f"/{self.database}?", f"/{TEMPLATE}_draft?")
            self.manage("migrate", "--verbosity", "0", DATABASE_URL=draft)
            self._execute("ALTER DATABASE {} RENAME TO {}", TEMPLATE + "_draft", TEMPLATE)
        self._execute("CREATE DATABASE {} TEMPLATE {}", self.database, TEMPLATE)
        self._loop.start()
        self.wait_until(self.is_answering)
        return self

    def stop(self) -> None:
        """Stop the processes and drop the database."""
        self._done.set()
        if self._loop.is_alive():
            self._loop.join()
        self._execute("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.database)

    def _exists(self, database: str) -> bool:
        with self._connect("postgres") as connection:
            found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [database])
            return found.fetchone() is not None

    def _execute(self, statement: str, *names: str) -> None:
        with self._connect("postgres") as connection:
            connection.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))

    def _keep(self) -> None:
        """What `make run` does all the time: processes and servers that die are started again."""
        self._supervisor.start()
        looked_at = time.monotonic()
        while not self._done.wait(0.05):
            self._supervisor.look_after()
            if time.monotonic() - looked_at > 0.5:
                if not servers.are_answering():
                    servers.ensure()
                looked_at = time.monotonic()
        self._supervisor.stop()

    # Faults

    def pid(self, name: str) -> int:
        """The process of "web", "worker", ..., "postgres" or "redis"; waits for one that died and is about to be started again."""
        return int(self.wait_until(lambda: self._running(name)))

    def _running(self, name: str) -> int | None:
        if name == "postgres":
            return postgres.pid(Path(settings.VAR_DIR))
        if name == "redis":
            return redis.pid(Path(settings.VAR_DIR))
        return self._supervisor.kept[name].pid

    def kill(self, name: str) -> int:
        """Kill -9 a process with its children, or a server; it comes back by itself. Returns the pid that died."""
        pid = self.pid(name)
        if name in {"postgres", "redis"}:
            os.kill(pid, signal.SIGKILL)
        else:
            os.killpg(pid, signal.SIGKILL)
        return pid

    def hold(self, name: str) -> None:
        """Stop a process and keep it down."""
        kept = self._supervisor.kept[name]
        kept.is_held = True
        kept.signal(signal.SIGTERM)
        self.wait_until(lambda: kept.pid is None)

    def resume(self, name: str) -> None:
        """Let a held process run again."""
        kept = self._supervisor.kept[name]
        kept.is_held, kept.due_at = False, 0.0
        self.wait_until(lambda: kept.pid is not None)

    def restart(self, name: str) -> None:
        """Stop a process in order and start it again."""
        self.hold(name)
        self.resume(name)
        if name == "web":
            self.wait_until(self.is_answering)

    def wait_until(self, condition: Callable[[], Any], seconds: float = PATIENCE_S) -> Any:
        """Wait for something to become true; fails with the latest log lines when it does not."""
        deadline = time.monotonic() + seconds
        while not (value := condition()):
            if time.monotonic() > deadline:
                raise AssertionError(f"not so within {seconds} s; the system says:\n" + "\n".join([*self.log][-40:]))
            time.sleep(0.05)
        return value

    def is_answering(self) -> bool:
        """Whether the web answers."""
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            line.request("GET", "/healthz")
            return line.getresponse().status < 500
        except OSError:
            return False
        finally:
            line.close()

    # Looking and commanding

    def manage(self, *words: object, check: bool = True, **environment: str) -> "subprocess.CompletedProcess[str]":
        """Run `manage.py` against this system's database."""
        result = subprocess.run(
            [sys.executable, "manage.py", *map(str, words)],
            cwd=ROOT,
            env=self.environment | environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert not check or result.returncode == 0, f"manage.py {words}: {result.stdout}\n{result.stderr}"
        return result

    def rows(self, query: str, parameters: Iterable[Any] = ()) -> list[tuple[Any, ...]]:
        """What the system's database says."""
        with self._connect(self.database) as connection:
            cursor = connection.execute(query, list(parameters))  # type: ignore[call-overload]
            return cursor.fetchall() if cursor.description else []

    def _connect(self, database: str) -> "psycopg.Connection[tuple[Any, ...]]":
        return psycopg.connect(**self.database_parameters, dbname=database, autocommit=True)


def free_port() -> int:
    """A port nobody listens on at the moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
