"""Which processes make up a running Tieline. To add one, add a line to PROCESSES."""

import sys
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from django.core.exceptions import ImproperlyConfigured

PYTHON = sys.executable
MANAGE = (PYTHON, "manage.py")
CELERY = (PYTHON, "-m", "celery", "--quiet", "--skip-checks", "-A", "adms.celery")
# A connection made anew for every sweep and task is a process of PostgreSQL's started and ended thirty times a second.
KEEP = {"DATABASE_KEEP_S": "600"}
# Celery warns root at length; its reason, code in messages, does not hold where only JSON is taken.
QUIET = KEEP | {"PYTHONWARNINGS": "ignore:You're running the worker with superuser"}
WORKER = ("--loglevel", "INFO", "--without-gossip", "--without-mingle", "--prefetch-multiplier", "1")


@dataclass(frozen=True)
class Process:
    """One process: its words may name {host}, {port}, {url} and {var}.

    Processes of the highest stage stop first. `command` names the management command without which it is left out,
    `only_demo` leaves it out where no demo is wanted. People wait for the web, messages for door, sweeper and control; what
    the others do may take longer, so they stand back.
    """

    name: str
    words: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=dict)
    stage: int = 1
    command: str = ""
    only_demo: bool = False
    patience_s: float = 20
    nice: int = 0  # how far it stands back where processors are short

    def filled(self, places: Mapping[str, str]) -> list[str]:
        """The words with their places filled in."""
        return [word.format(**places) for word in self.words]


WEB = Process(
    "web",
    (
        *(PYTHON, "-m", "uvicorn", "adms.asgi:application", "--host", "{host}", "--port", "{port}"),
        *("--no-access-log", "--timeout-graceful-shutdown", "3", "--log-level", "info", "--lifespan", "off"),
    ),
    environment={"DATABASE_POOL": "1"},
    stage=2,
)

PROCESSES = (
    WEB,
    Process("door", (*MANAGE, "door"), environment={"DATABASE_POOL": "1"}, command="door"),
    Process("sweeper", (*MANAGE, "sweeper"), environment=KEEP, command="sweeper"),
    Process(
        "control",
        (*CELERY, "worker", "-n", "control@%h", "-Q", "control", "-c", "1", *WORKER),
        environment=QUIET | {"WARM_SOLVERS": "1"},
    ),
    Process(
        "worker",
        (*CELERY, "worker", "-n", "worker@%h", "-Q", "messages,analysis", "-c", "2", *WORKER),
        environment=QUIET,
        nice=10,
    ),
    Process("bulk", (*CELERY, "worker", "-n", "bulk@%h", "-Q", "bulk", "-c", "1", *WORKER), environment=QUIET, nice=15),
    Process("beat", (*CELERY, "beat", "--loglevel", "INFO", "--schedule", "{var}/beat", "--pidfile="), stage=2),
    Process("field", (*MANAGE, "simulate", "demo", "--against", "{url}"), stage=3, command="simulate", only_demo=True),
)


def wanted(commands: set[str], *, demo: bool, names: Collection[str] = ()) -> list[Process]:
    """The processes to run: the named ones or all, of those whose management command exists.

    Raises:
        ImproperlyConfigured: a name that no process has.
    """
    known = [process.name for process in PROCESSES]
    for name in names:
        if name not in known:
            raise ImproperlyConfigured(f"PROCESSES names {name}: there are {', '.join(known)}")
    return [
        process
        for process in PROCESSES
        if (process.name in names or not names)
        and (demo or not process.only_demo)
        and (not process.command or process.command in commands)
    ]
