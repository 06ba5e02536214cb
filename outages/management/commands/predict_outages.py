"""Predict outages from a file of cases: the same engines the running system uses."""

import dataclasses
import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from django.core.management.base import CommandParser

from adms.core.commands import BadInput, JsonCommand, read_text
from outages.domain.prediction import engine, likelihood
from outages.domain.prediction.choice import Choice
from outages.domain.prediction.evidence import Evidence, Fact, Report
from outages.domain.prediction.rules import RuleSet
from outages.domain.prediction.scores import Scores
from outages.domain.prediction.tree import DeviceTree, TreeError, from_names
from outages.selectors import prediction_words

ENGINES: dict[str, Callable[[Scores], Choice]] = {"rules": engine.by_rules, "likelihood": likelihood.by_likelihood}
INPUTS = {"reports", "confirmed_on", "confirmed_open"}
#: Thresholds that need not be set.
OPTIONAL = ("min_customer_share", "backbone_min_transformers", "backbone_min_fraction")
MOST_REPORTS = 1_000_000
WORDS: dict[type, str] = {dict: "an object", list: "a list", str: "a text"}


class Network(NamedTuple):
    """The network of a file: its devices, their names by index, and the order in which the file names them."""

    tree: DeviceTree
    names: list[str]
    rank: dict[str, int]


class Command(JsonCommand):
    """Predict outages from a file of cases."""

    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        """The file and the engine."""
        parser.add_argument("--file", required=True, type=Path, metavar="CASES.json", help="a network, rules and cases")
        parser.add_argument("--engine", choices=sorted(ENGINES), default="rules")

    def answer(self, **options: Any) -> dict[str, Any]:
        """Every case with what is predicted and why."""
        path: Path = options["file"]
        document = _parse(path)
        network = _member(path, document, "network", dict)
        parent = _member(f"{path}: network", network, "parent", dict)
        customers = _member(f"{path}: network", network, "customers_per_transformer", dict)
        _check_network(f"{path}: network", parent, customers)
        try:
            tree, names = from_names(parent, customers)
        except TreeError as error:
            raise BadInput(f"{path}: network: {error}") from None
        rules = _rules(f"{path}: rule", RuleSet(), document)
        rank = {name: i for i, name in enumerate([*(name for name in names if name not in parent), *parent])}
        known, choose = Network(tree, names, rank), ENGINES[options["engine"]]
        cases = enumerate(_member(path, document, "cases", list), 1)
        return {"cases": [_case(f"{path}: case {i}", known, rules, choose, case) for i, case in cases]}

    def words(self, document: dict[str, Any]) -> str:
        """Each case with its sentences."""
        lines = []
        for case in document["cases"]:
            lines.append(case["name"])
            lines.extend(f"  {line['text']}" for one in case["explanation"] for line in one["words"])
        return "\n".join(lines)


def _parse(path: Path) -> dict[str, Any]:
    try:
        document = json.loads(read_text(path))
    except json.JSONDecodeError as error:
        raise BadInput(f"{path}: line {error.lineno}: not JSON: {error.msg}") from None
    except RecursionError:
        raise BadInput(f"{path}: nested too deeply") from None
    except ValueError as error:  # a number with more digits than Python reads
        raise BadInput(f"{path}: not JSON: {error}") from None
    if not isinstance(document, dict):
        raise BadInput(f"{path}: not an object with 'network' and 'cases'")
    return document


def _member(where: object, document: dict[str, Any], name: str, kind: type, default: Any = None) -> Any:
    """A member of this kind.

    Raises:
        BadInput: it is not there (and no default is given), or of another kind.
    """
    if name not in document and default is not None:
        return default
    if name not in document:
        raise BadInput(f"{where}: no {name!r}")
    if not isinstance(document[name], kind):
        raise BadInput(f"{where}: {name!r} is {_short(document[name])}, not {WORDS[kind]}")
    return document[name]


def _short(value: Any) -> str:
    return repr(value)[:60]


def _check_network(where: str, parent: dict[str, Any], customers: dict[str, Any]) -> None:
    if not parent and not customers:
        raise BadInput(f"{where}: no device")
    for name, above in parent.items():
        if not isinstance(above, str) or not above:
            raise BadInput(f"{where}: the parent of {name!r} is {above!r}, not the name of a device")
    above_others = set(parent.values())
    for name, count in customers.items():
        if isinstance(count, bool) or not isinstance(count, int) or not 0 <= count < 2**31:
            raise BadInput(f"{where}: {name!r} has {count!r} customers")
        if name in above_others:
            raise BadInput(f"{where}: {name!r} has customers, so it is a transformer, but other devices are below it")


def _rules(where: str, rules: RuleSet, document: dict[str, Any]) -> RuleSet:
    """The thresholds of a document, or of one case, over the others."""
    rule = _member(where, document, "rule", dict, default={})
    given = {
        **_member(where, rule, "parameters", dict, default={}),
        **_member(where, document, "parameters", dict, default={}),
    }
    known = {field.name: getattr(rules, field.name) for field in dataclasses.fields(rules)}
    for name, value in given.items():
        if name not in known:
            raise BadInput(f"{where}: no parameter {name!r}; there are {', '.join(known)}")
        if isinstance(known[name], str) != isinstance(value, str) or isinstance(value, (bool, list, dict)):
            raise BadInput(f"{where}: {name} is {value!r}")
        if not isinstance(value, str) and not (value is None and name in OPTIONAL) and not _is_amount(value):
            raise BadInput(f"{where}: {name} is {value!r}, not a number from 0 on")
    try:
        return rules.with_changes(**given)
    except ValueError as error:
        raise BadInput(f"{where}: {error}") from None


def _is_amount(value: Any) -> bool:
    return isinstance(value, (int, float)) and math.isfinite(value) and value >= 0


def _case(
    where: str, network: Network, rules: RuleSet, choose: Callable[[Scores], Choice], case: Any
) -> dict[str, Any]:
    """The largest outage first, of two as large the one the file names first."""
    if not isinstance(case, dict):
        raise BadInput(f"{where} is {_short(case)}, not an object with 'name' and 'input'")
    name, names = _member(where, case, "name", str), network.names
    where = f"{where} ({name!r})"
    evidence = _evidence(where, network.tree, names, _member(where, case, "input", dict))
    found = engine.predict(network.tree, evidence, _rules(where, rules, case), choose)
    found.sort(key=lambda one: (-one.customers, network.rank[names[one.device]]))
    return {
        "name": name,
        "predicted": [_predicted(one, names) for one in found],
        "explanation": [_explanation(one, names) for one in found],
    }


def _evidence(where: str, tree: DeviceTree, names: list[str], given: dict[str, Any]) -> Evidence:
    """Reports by transformer; devices confirmed on, or known to be open, by name. A number of reports is so many usage points."""
    index = {name: i for i, name in enumerate(names)}
    if unknown := sorted(set(given) - INPUTS):
        raise BadInput(f"{where}: 'input' has {unknown[0]!r}; it may have {', '.join(sorted(INPUTS))}")

    def place(name: Any) -> int:
        if not isinstance(name, str) or name not in index:
            raise BadInput(f"{where}: {name!r} is not in the network")
        return index[name]

    reports = []
    for name, count in _member(where, given, "reports", dict, default={}).items():
        device = place(name)
        if isinstance(count, bool) or not isinstance(count, int) or not 0 <= count <= MOST_REPORTS:
            raise BadInput(f"{where}: {name!r} has {count!r} reports")
        if not tree.is_transformer[device]:
            raise BadInput(f"{where}: {name!r} is no transformer")
        reports.extend([Report(device)] * count)
    live = [Fact(place(name)) for name in _member(where, given, "confirmed_on", list, default=[])]
    opened = [Fact(place(name)) for name in _member(where, given, "confirmed_open", list, default=[])]
    return Evidence.of(reports, live=live, opened=opened)


def _predicted(one: engine.Prediction, names: list[str]) -> dict[str, Any]:
    device = names[one.device]
    return {
        "device": f"service at {device}" if one.kind == "single" else device,
        "transformers": one.transformers,
        "customers": one.customers,
    }


def _explanation(one: engine.Prediction, names: list[str]) -> dict[str, Any]:
    """The structure, and the same in words with the key of each line."""
    words = prediction_words.explain(
        one.explanation, lambda device: names[device] if isinstance(device, int) else device
    )
    lines = [{"key": line.key, "text": line.text, "evidence": list(line.evidence)} for line in words]
    return {**one.explanation.to_json(names.__getitem__), "words": lines}
