"""The whole database in one file, and back again. A restore is verified before it takes the place of what was there.

A backup is a tar file: `manifest.json` (what the tables held, counted and summed inside the very snapshot that was dumped) and
`database.dump` (pg_dump's custom format). A restore fills a database of its own, compares it with the manifest, and only then
renames it: until that instant the old one is untouched, and it is kept beside under another name.
"""

import datetime as dt
import io
import json
import shutil
import subprocess
import tarfile
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from django.conf import settings
from django.db import connection
from psycopg import sql

from adms.core.errors import Refused
from adms.servers import postgres

FORMAT = 1
MANIFEST, DUMP = "manifest.json", "database.dump"
_TABLES = """
SELECT c.oid::regclass::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND n.nspname = 'public' ORDER BY 1
"""
# Order does not matter to a sum: the same rows give the same figure wherever they lie.
_CONTENT = "SELECT count(*), coalesce(sum(hashtextextended(t::text, 0)::numeric), 0)::text FROM {} t"
_OTHERS = "SELECT count(*) FROM pg_stat_activity WHERE datname = %s AND pid <> pg_backend_pid()"
_LEAVING_S = 3  # a connection just closed is listed a moment longer

Content = dict[str, tuple[int, str]]


class BackupRefused(Refused):
    """A backup cannot be made or read."""

    code = "backup_refused"
    status = 422


class RestoreRefused(Refused):
    """A restore cannot be done, or was found wrong before it took effect; what was there is untouched."""

    code = "restore_refused"


@dataclass(frozen=True, slots=True)
class Done:
    """What was written or read: tables, rows, bytes; `former` is the name the replaced database is kept under."""

    path: Path
    made_at: str
    tables: int
    rows: int
    bytes: int
    former: str = ""


def backup(*, path: Path, at: dt.datetime) -> Done:
    """Write the database as it stands at one instant; whoever works goes on working.

    Raises:
        BackupRefused: the file is there already or cannot be written, or pg_dump failed; no half a file is left.
    """
    if path.exists():
        raise BackupRefused(f"{path} is there already")
    draft = path.with_name(path.name + ".part")
    try:
        with tempfile.TemporaryDirectory(dir=_folder(path)) as folder:
            dump = Path(folder) / DUMP
            with _connect(_name()) as snapshot:
                content = _dump(snapshot, dump)
            manifest = {"format": FORMAT, "made_at": at.isoformat(), "database": _name(), "tables": content}
            _pack(draft, manifest, dump)
        draft.rename(path)
    except OSError as error:
        raise BackupRefused(f"{path}: {error.strerror or error}") from None
    finally:
        draft.unlink(missing_ok=True)
    return _done(path, at.isoformat(), content)


def restore(*, path: Path, at: dt.datetime) -> Done:
    """Put a backup in the place of the present database, which is kept beside it under another name.

    Raises:
        BackupRefused: it is no backup of ours, or is damaged.
        RestoreRefused: somebody is connected, or what was restored is not what was backed up.
    """
    manifest = read_manifest(path)
    connection.ensure_connection()  # the embedded server is up from here on
    connection.close()
    name, stamp = _name(), at.strftime("%Y%m%d%H%M%S")
    fresh, former = f"{name}_restoring_{stamp}", f"{name}_before_{stamp}"
    with _connect("postgres") as keeper:
        keeper.autocommit = True
        _refuse_company(keeper, name)
        keeper.execute(sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(sql.Identifier(fresh)))
        try:
            _fill(path, fresh)
            _verify(fresh, manifest)
            _refuse_company(keeper, name)
            _swap(keeper, name, fresh, former)
        except BaseException:
            keeper.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(fresh)))
            raise
    return _done(path, manifest["made_at"], manifest["tables"], former)


def begin_empty(*, at: dt.datetime) -> None:
    """Put an empty database, without a table, in the place of the present one, which is gone then.

    Raises:
        RestoreRefused: somebody is connected.
    """
    connection.ensure_connection()  # the embedded server is up from here on
    connection.close()
    name, stamp = _name(), at.strftime("%Y%m%d%H%M%S")
    fresh, former = f"{name}_empty_{stamp}", f"{name}_before_{stamp}"
    with _connect("postgres") as keeper:
        keeper.autocommit = True
        _refuse_company(keeper, name)
        keeper.execute(sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(sql.Identifier(fresh)))
        _swap(keeper, name, fresh, former)
        keeper.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(former)))


def read_manifest(path: Path) -> dict[str, Any]:
    """What a backup says of itself.

    Raises:
        BackupRefused: it is none.
    """
    try:
        with tarfile.open(path) as tar:
            inside = tar.extractfile(MANIFEST)
            manifest: dict[str, Any] = json.loads(inside.read()) if inside else {}
            tar.getmember(DUMP)
    except (OSError, tarfile.TarError, KeyError, ValueError) as error:
        raise BackupRefused(f"{path} is no backup of Tieline, or is damaged: {error}") from None
    if manifest.get("format") != FORMAT:
        raise BackupRefused(f"{path} has format {manifest.get('format')}; this version reads {FORMAT}")
    return manifest


def _dump(snapshot: psycopg.Connection, dump: Path) -> Content:
    """Dump and count within one snapshot."""
    snapshot.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
    snapshot.read_only = True
    (exported,) = snapshot.execute("SELECT pg_export_snapshot()").fetchall()[0]
    _run("pg_dump", "--format=custom", "--no-owner", f"--snapshot={exported}", f"--file={dump}", database=_name())
    return _content(snapshot)


def _content(opened: psycopg.Connection) -> Content:
    """Rows and their sum, by table."""
    found: Content = {}
    for (table,) in opened.execute(_TABLES).fetchall():
        found[table] = opened.execute(sql.SQL(_CONTENT).format(sql.SQL(table))).fetchall()[0]
    return found


def _fill(path: Path, name: str) -> None:
    with tempfile.TemporaryDirectory(dir=_folder(path)) as folder, tarfile.open(path) as tar:
        tar.extract(DUMP, folder, filter="data")
        try:
            _run(
                "pg_restore", "--no-owner", "--exit-on-error", "--jobs=2", f"--dbname={name}", str(Path(folder) / DUMP)
            )
        except BackupRefused as error:
            raise RestoreRefused(f"the dump cannot be restored; nothing was changed: {error}") from None


def _verify(name: str, manifest: Mapping[str, Any]) -> None:
    expected: Content = {table: (count, total) for table, (count, total) in manifest["tables"].items()}
    with _connect(name) as opened:
        found = _content(opened)
    if wrong := sorted(table for table in {*expected, *found} if expected.get(table) != found.get(table)):
        first = wrong[0]
        text = f"{first}: {found.get(first, (0,))[0]} rows restored, {expected.get(first, (0,))[0]} in the backup"
        raise RestoreRefused(f"{len(wrong)} tables differ from the backup ({text}); nothing was changed", tables=wrong)


def _refuse_company(keeper: psycopg.Connection, name: str) -> None:
    deadline = time.monotonic() + _LEAVING_S
    while (others := keeper.execute(_OTHERS, [name]).fetchall()[0][0]) and time.monotonic() < deadline:
        time.sleep(0.1)
    if others:
        raise RestoreRefused(f"{others} connections use the database: stop Tieline first; nothing was changed")


def _swap(keeper: psycopg.Connection, name: str, fresh: str, former: str) -> None:
    rename = sql.SQL("ALTER DATABASE {} RENAME TO {}")
    keeper.execute(rename.format(sql.Identifier(name), sql.Identifier(former)))
    try:
        keeper.execute(rename.format(sql.Identifier(fresh), sql.Identifier(name)))
    except BaseException:
        keeper.execute(rename.format(sql.Identifier(former), sql.Identifier(name)))
        raise


def _pack(draft: Path, manifest: Mapping[str, Any], dump: Path) -> None:
    text = json.dumps(manifest, indent=1).encode()
    with tarfile.open(draft, "w") as tar:
        head = tarfile.TarInfo(MANIFEST)
        head.size, head.mode = len(text), 0o600
        tar.addfile(head, io.BytesIO(text))
        tar.add(dump, DUMP)
    draft.chmod(0o600)


def _run(program: str, *words: str, database: str = "") -> None:
    """One of PostgreSQL's own programs, on our server."""
    own = postgres.programs() / program
    found = str(own) if own.exists() else shutil.which(program)
    if not found:
        raise BackupRefused(f"there is no {program}: install PostgreSQL's client programs")
    place = settings.DATABASES["default"]
    named = {"--host": place["HOST"], "--port": place["PORT"], "--username": place["USER"]}
    options = [f"{key}={value}" for key, value in named.items() if value]
    result = subprocess.run(  # noqa: S603 - PostgreSQL's own programs
        [found, *options, "--no-password", *words, *([database] if database else [])],
        env={"PGPASSWORD": place.get("PASSWORD", ""), "PATH": "/usr/bin:/bin"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if result.returncode:
        raise BackupRefused(f"{program}: {(result.stderr.strip() or 'failed').splitlines()[0]}")


def _connect(name: str) -> psycopg.Connection:
    connection.ensure_connection()
    connection.close()
    place = settings.DATABASES["default"]
    known = {"host": place["HOST"], "port": place["PORT"], "user": place["USER"], "password": place.get("PASSWORD")}
    extra = {
        key: value for key, value in place["OPTIONS"].items() if key in {"sslmode", "sslrootcert", "connect_timeout"}
    }
    return psycopg.connect(dbname=name, **{key: value for key, value in known.items() if value}, **extra)


def _name() -> str:
    return str(connection.settings_dict["NAME"])


def _folder(path: Path) -> Path:
    return path.absolute().parent


def _done(path: Path, made_at: str, content: Mapping[str, Any], former: str = "") -> Done:
    rows = sum(count for count, _ in content.values())
    return Done(path, made_at, len(content), rows, path.stat().st_size, former)
