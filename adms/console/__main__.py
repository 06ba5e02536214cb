"""The program behind `make run`."""

import http.client
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "adms.settings")

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from adms import servers
from adms.console import guard, memory, processes, screen
from adms.console.supervisor import ROOT, Supervisor
from adms.env import env_int, env_list, env_str
from adms.servers import NotAvailable, locks

WEB_TRIES = 3


class Stopping(Exception):
    """We were told to stop; not an error."""


class Console:
    """One run, from the first check to the last process stopped."""

    def __init__(self) -> None:
        self.began = time.monotonic()
        self.is_stopping = False
        self.host = env_str("HOST", "127.0.0.1")
        self.port = env_int("PORT", 8000, low=1, high=65535)
        self.names = env_list("PROCESSES")
        self.with_web = not self.names or "web" in self.names
        self.url = f"http://{self.host}:{self.port}/"
        self.var = Path(settings.VAR_DIR)
        self.screen = screen.Screen()

    def run(self) -> int:
        """Start, keep, stop; the exit code."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self.note_signal)
        lock = self.check()
        try:
            self.say("starting PostgreSQL and Redis" if servers.is_embedded() else "using the given servers")
            servers.ensure()
            self.supervise()
        finally:
            servers.release()
            lock.close()
        return 0

    def check(self) -> locks.Lock:
        """Refuse what cannot work before anything is started; the claim on var/."""
        processes.wanted(set(), demo=False, names=self.names)
        lock = guard.claim(self.var)
        if self.with_web:
            guard.check_port(self.host, self.port)
        guard.check_disk(self.var)
        return lock

    def supervise(self) -> None:
        """Prepare the database, start the web and then the rest, look after them until told to stop.

        Where this code has prepared this database before, the web starts while that is done once more.
        """
        supervisor = Supervisor(
            [processes.WEB] if self.with_web else [],
            places={"host": self.host, "port": str(self.port), "url": self.url, "var": str(self.var)},
            environment=os.environ | {"PYTHONUNBUFFERED": "1", "TIELINE_URL": self.url},
            say=self.screen.say,
        )
        try:
            if memory.is_prepared(self.var):
                supervisor.start()
            found = self.prepare()
            supervisor.start()
            self.wait_for_web(supervisor)
            supervisor.add(processes.wanted(set(found["commands"]), demo=settings.DEMO, names=self.names))
            supervisor.start()
            self.keep(supervisor, found["logins"])
        except Stopping:
            self.say("stopping")
        finally:
            supervisor.stop()

    def prepare(self) -> dict[str, Any]:
        """Let the preparing program run."""
        program = subprocess.Popen(
            [sys.executable, "-m", "adms.console.prepare"], cwd=ROOT, stdout=subprocess.PIPE, start_new_session=True
        )
        try:
            while program.poll() is None:
                self.pause()
        except Stopping:
            program.terminate()
            raise
        finally:
            answer, _ = program.communicate()
        if program.returncode:
            raise NotAvailable("the database could not be prepared: see above")
        memory.remember(self.var)
        found: dict[str, Any] = json.loads(answer)
        return found

    def wait_for_web(self, supervisor: Supervisor) -> None:
        """Wait until the web answers, and give up when it keeps dying."""
        while self.with_web and not answers(self.host, self.port):
            supervisor.look_after()
            if supervisor.kept["web"].starts > WEB_TRIES:
                raise NotAvailable("the web process does not start: see above")
            self.pause()

    def keep(self, supervisor: Supervisor, logins: list[list[str]]) -> NoReturn:
        """Say that all is up, then look after processes and servers."""
        for line in screen.banner(self.url if self.with_web else "", logins, seconds=time.monotonic() - self.began):
            self.say(line)
        latest, looked_at = dict[str, int](), 0.0
        while True:
            supervisor.look_after()
            if (pids := supervisor.pids()) != latest:
                guard.write_state(self.var, url=self.url, processes=pids)
                latest = pids
            if time.monotonic() - looked_at > 1:
                self.mend_servers()
                looked_at = time.monotonic()
            self.pause()

    def pause(self) -> None:
        """A tenth of a second, unless we were told to stop."""
        if self.is_stopping:
            raise Stopping
        time.sleep(0.1)

    def mend_servers(self) -> None:
        """Start a server again that has gone; where that fails say why and try again at the next look."""
        if servers.are_answering():
            return
        self.say("PostgreSQL or Redis does not answer; starting it again")
        try:
            servers.ensure()
        except NotAvailable as error:
            self.say(str(error))
        else:
            self.say("PostgreSQL and Redis answer again")

    def note_signal(self, number: int, _frame: FrameType | None) -> None:
        """The first signal asks for an orderly stop; more of them change nothing, for it has begun."""
        self.is_stopping = True
        if number == signal.SIGHUP:
            sys.stdout = sys.stderr = open(os.devnull, "w")  # noqa: SIM115, PTH123 - the terminal has gone

    def say(self, line: str) -> None:
        """Say something in our own name."""
        self.screen.say("console", line)


def answers(host: str, port: int) -> bool:
    """Whether the web answers at all."""
    line = http.client.HTTPConnection(host, port, timeout=2)
    try:
        line.request("GET", "/healthz")
        return line.getresponse().status < 500
    except OSError:
        return False
    finally:
        line.close()


def main() -> int:
    """Run; whatever can be foreseen ends in one line."""
    try:
        return Console().run()
    except (NotAvailable, ImproperlyConfigured) as error:
        sys.stderr.write(f"tieline: {error}\n")
        return 1


if __name__ == "__main__":
    sys.exit(main())
