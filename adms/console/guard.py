"""What must be so before anything is started. Each refusal is one line that says what to do."""

import json
import os
import shutil
import socket
from pathlib import Path
from typing import Any

import psutil

from adms.servers import NotAvailable, locks

LEAST_FREE_BYTES = 300 * 1024**2


def claim(var_dir: Path) -> locks.Lock:
    """Be the only `make run` on this var/; the kernel forgets the claim with the process, so none can go stale."""
    try:
        var_dir.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise NotAvailable(f"{var_dir} cannot be made: {error.strerror}") from None
    lock = locks.Lock(var_dir / "console.lock")
    if not lock.take_alone():
        state = read_state(var_dir)
        raise NotAvailable(
            f"Tieline runs already, at {state.get('url', 'an address not known yet')} (process {state.get('pid', '?')})"
        )
    return lock


def check_port(host: str, port: int) -> None:
    """See that nobody listens where we are to listen."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            taken = f"port {port} is taken{holder(port)}" if port else ""
            raise NotAvailable(
                f"{taken or error.strerror}: choose another one, as in make run PORT={port + 1}"
            ) from None


def holder(port: int) -> str:
    """Who listens on a port, as far as we may know."""
    try:
        for line in psutil.net_connections("tcp"):
            if line.laddr and line.laddr.port == port and line.status == psutil.CONN_LISTEN and line.pid:
                return f" by {psutil.Process(line.pid).name()} (process {line.pid})"
    except psutil.Error:
        pass
    return ""


def check_disk(var_dir: Path) -> None:
    """See that there is room to work: a database that runs full stops, and this is the time to say so."""
    free = shutil.disk_usage(var_dir).free
    if free < LEAST_FREE_BYTES:
        raise NotAvailable(f"only {free // 1024**2} MB are free where {var_dir} lies: make room, or set VAR_DIR")


def write_state(var_dir: Path, **state: Any) -> None:
    """Say beside the data what runs, for people and tools; nothing depends on it."""
    draft = var_dir / f".console.{os.getpid()}"
    draft.write_text(json.dumps({"pid": os.getpid(), **state}, indent=1))
    draft.replace(var_dir / "console.json")


def read_state(var_dir: Path) -> dict[str, Any]:
    """What the present or latest `make run` said of itself."""
    try:
        state: dict[str, Any] = json.loads((var_dir / "console.json").read_text())
    except (OSError, ValueError):
        return {}
    return state
