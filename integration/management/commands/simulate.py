"""`manage.py simulate`: the systems around Tieline, and what happens in the field, against a running server."""

import argparse
import os
import signal
import threading
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import CommandParser

from adms.core.commands import BadInput, JsonCommand
from integration.simulators import accents, scenarios
from integration.simulators.accents import Accent, AccentRefused
from integration.simulators.chart import ChartUnreadable
from integration.simulators.client import Refused, Unreachable
from integration.simulators.simulation import Run, Simulation
from integration.simulators.systems import SYSTEMS as BUSINESS
from integration.simulators.systems.running import Running, SystemRun
from integration.simulators.temper import Temper, parse

KNOWN = scenarios.PARTNERS | scenarios.SCENARIOS
SYSTEMS = ("hes", "scada", "cis")
_ON_PURPOSE = ("sent_broken", "sent_twice", "let_past")
_NAMES = (*SYSTEMS, *(name for name in BUSINESS if name not in SYSTEMS))


class Command(JsonCommand):
    """Plays a scenario, or one system alone, and says what became of its messages. Touches no database."""

    help = "Simulate an AMI head-end, SCADA, callers and the field they watch, talking to a running server over HTTP."

    def add_arguments(self, parser: CommandParser) -> None:
        """What to play, against whom, how fast."""
        parser.formatter_class = argparse.RawDescriptionHelpFormatter
        lines = [(name, one.summary) for name, one in KNOWN.items()]
        lines += [(name, one.summary_line) for name, one in BUSINESS.items()]
        parser.epilog = "\n".join(f"  {name:<12} {words}" for name, words in lines)
        parser.add_argument("scenario", choices=sorted({*KNOWN, *BUSINESS}), metavar="PARTNER|SCENARIO")
        parser.add_argument("--rate", type=_positive, help="a partner's messages per second, or a scenario's tempo (1)")
        parser.add_argument("--seed", type=int, default=1)
        parser.add_argument("--against", metavar="URL", default="", help="another server than the one of `make run`")
        parser.add_argument(
            "--token",
            action="append",
            default=[],
            metavar="[SYSTEM=]TOKEN",
            help="of hes, scada, cis, wfm, ...; or of all",
        )
        parser.add_argument("--minutes", type=_positive, help="how long; some scenarios never end by themselves")
        parser.add_argument(
            "--temper",
            metavar="NAME=VALUE,...",
            default="",
            help="bad manners of a business system: slow (seconds), failing, repeating, reordering, garbled (shares)",
        )
        parser.add_argument(
            "--accent",
            metavar="FILE",
            type=Path,
            help="words of its own for a business system; the file is also the dialect of its account",
        )
        parser.add_argument(
            "--offer",
            action="store_true",
            help="a business system also sends, once each, what it has to tell that is refused so far (5.2): forecasts, contracts ...",
        )
        parser.add_argument("--model", default="", help="which network, where the server has several")

    def answer(self, **options: Any) -> dict[str, Any]:
        """Play, and report."""
        if options["scenario"] in BUSINESS:
            return self._run_system(options)
        simulation = Simulation(_run_of(options))
        _stop_on_signals(simulation)
        try:
            return simulation.run()
        except Unreachable as error:
            raise BadInput(f"no answer from {simulation.run_wanted.url}: {error}") from None
        except (Refused, ChartUnreadable) as error:
            raise BadInput(str(error)) from None
        except OSError as error:
            raise BadInput(f"SCADA cannot listen on port {simulation.run_wanted.port}: {error.strerror}") from None

    def _run_system(self, options: dict[str, Any]) -> dict[str, Any]:
        name = options["scenario"]
        running = Running(
            SystemRun(
                url=_url(options["against"]),
                token=_tokens(options["token"], (name,))[name],
                name=name,
                made_by=BUSINESS[name],
                seed=_seed(options["seed"]),
                rate=options["rate"],
                minutes=options["minutes"],
                port=_port(),
                temper=_temper(options["temper"]),
                accent=_accent(options["accent"]),
                is_offering=options["offer"],
            )
        )
        _stop_on_signals(running)
        try:
            return running.run()
        except Unreachable as error:
            raise BadInput(f"no answer from {running.run_wanted.url}: {error}") from None
        except OSError as error:
            raise BadInput(f"{name} cannot listen on port {running.run_wanted.port}: {error.strerror}") from None

    def words(self, document: dict[str, Any]) -> str:
        """The totals on one line; of a business system also what it did badly on purpose, what came to it and what it knows."""
        keys = ("sent", "accepted", "refused", "repeats", "waiting")
        lines = [", ".join(f"{key} {document[key]}" for key in keys)]
        if "temper" in document:
            knows = {key: value for key, value in document["knows"].items() if key != "last"}  # one answer in full
            lines.append(_line("on purpose", {key: document["temper"][key] for key in _ON_PURPOSE}))
            lines.append(_line("received", document["received"]["kinds"]))
            lines += [_line("answered", document["offered"]), _line("knows", knows)]
        return "\n".join(filter(None, lines))


def _line(head: str, told: dict[str, Any]) -> str:
    """What is not nothing of some counts and words; of what is kept by name only how many."""
    said = ", ".join(f"{key.replace('_', ' ')} {_short(value)}" for key, value in told.items() if value)
    return f"  {head}: {said}" if said else ""


def _short(value: Any) -> str:
    if isinstance(value, dict) and all(isinstance(one, int) for one in value.values()):
        return "(" + ", ".join(f"{key.replace('_', ' ')} {count}" for key, count in value.items()) + ")"
    return str(len(value) if isinstance(value, (dict, list)) else value)


def _stop_on_signals(running: Simulation | Running) -> None:
    if threading.current_thread() is threading.main_thread():
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: running.stop())


def _temper(words: str) -> Temper:
    try:
        return parse(words)
    except ValueError as error:
        raise BadInput(f"--temper: {error}") from None


def _accent(file: Path | None) -> Accent | None:
    try:
        return accents.read(file) if file else None
    except AccentRefused as error:
        raise BadInput(f"--accent: {error}") from None


def _seed(seed: int) -> int:
    if seed < 0:
        raise BadInput("--seed is a whole number, not below 0")
    return seed


def _run_of(options: dict[str, Any]) -> Run:
    for option in ("temper", "accent", "offer"):
        if options[option]:
            raise BadInput(f"--{option} is for one business system alone: " + ", ".join(sorted(BUSINESS)))
    return Run(
        url=_url(options["against"]),
        tokens=_tokens(options["token"], SYSTEMS),
        scenario=KNOWN[options["scenario"]],
        seed=_seed(options["seed"]),
        rate=options["rate"],
        minutes=options["minutes"],
        model=options["model"],
        port=_port(),
    )


def _url(wanted: str) -> str:
    url = wanted or os.environ.get("TIELINE_URL", "") or f"http://127.0.0.1:{os.environ.get('PORT', '') or '8000'}"
    if not url.startswith(("http://", "https://")):
        raise BadInput(f"--against is an http or https address, not {url}")
    return url.rstrip("/") + "/"


def _tokens(given: list[str], systems: tuple[str, ...]) -> dict[str, str]:
    """By system: from --token, else the environment, else the file that `load_demo` wrote."""
    named = dict(one.split("=", 1) for one in given if one.split("=", 1)[0] in _NAMES and "=" in one)
    for_all = next((one for one in given if one.split("=", 1)[0] not in _NAMES), "")
    found = {system: named.get(system) or for_all or _own_token(system) for system in systems}
    missing = [system for system, token in found.items() if not token]
    if missing:
        raise BadInput(
            f"no token for {', '.join(missing)}: give --token {missing[0]}=TOKEN, set {_variable(missing[0])},"
            f" or load the demo, which writes {_file(missing[0])}"
        )
    return found


def _own_token(system: str) -> str:
    from_environment = os.environ.get(_variable(system), "")
    if from_environment:
        return from_environment
    try:
        return _file(system).read_text().strip()
    except OSError:
        return ""


def _variable(system: str) -> str:
    return f"TIELINE_SIM_TOKEN_{system.upper()}"


def _file(system: str) -> Path:
    return Path(settings.VAR_DIR) / "simulators" / f"{system}.token"


def _port() -> int:
    text = os.environ.get("SIM_PORT", "") or "8099"
    if not text.isdigit() or int(text) > 65535:
        raise BadInput(f"SIM_PORT is a port from 0 to 65535, not {text}")
    return int(text)


def _positive(text: str) -> float:
    value = float(text)
    if not 0 < value < float("inf"):
        raise argparse.ArgumentTypeError(f"{text} is not a number above 0")
    return value
