"""Predict outages from a file of cases: the same engines the running system uses."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from adms.core.commands import BadInput, JsonCommand, read_text
from outages.domain.prediction import engine, likelihood, wording
from outages.domain.prediction.choice import Choice
from outages.domain.prediction.evidence import Evidence, Fact, Report
from outages.domain.prediction.rules import RuleSet
from outages.domain.prediction.scores import Scores
from outages.domain.prediction.tree import DeviceTree, TreeError, from_names

ENGINES: dict[str, Callable[[Scores], Choice]] = {"rules": engine.by_rules, "likelihood": likelihood.by_likelihood}


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
        try:
            network = document["network"]
            tree, names = from_names(network["parent"], network["customers_per_transformer"])
            rules = _rules(document.get("rule", {}).get("parameters", {}))
            cases = list(document["cases"])
        except KeyError as error:
            raise BadInput(f"{path}: no {error.args[0]!r}") from None
        except (TreeError, TypeError, ValueError, AttributeError) as error:
            raise BadInput(f"{path}: {error}") from None
        return {"cases": [_case(path, tree, names, rules, options["engine"], case) for case in cases]}

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
    if not isinstance(document, dict):
        raise BadInput(f"{path}: not an object with 'network' and 'cases'")
    return document


def _rules(parameters: dict[str, Any]) -> RuleSet:
    """The file's thresholds over the default ones."""
    return RuleSet().with_changes(**parameters)


def _case(
    path: Path, tree: DeviceTree, names: list[str], rules: RuleSet, engine_name: str, case: Any
) -> dict[str, Any]:
    label = case.get("name") if isinstance(case, dict) else case
    try:
        name, evidence = case["name"], _evidence(tree, names, case["input"])
    except KeyError as error:
        raise BadInput(f"{path}: case {label!r}: no {error.args[0]!r}") from None
    except (TypeError, ValueError, AttributeError) as error:
        raise BadInput(f"{path}: case {label!r}: {error}") from None
    found = engine.predict(tree, evidence, rules, ENGINES[engine_name])
    return {
        "name": name,
        "predicted": [_predicted(one, names) for one in found],
        "explanation": [_explanation(one, names) for one in found],
    }


def _evidence(tree: DeviceTree, names: list[str], given: dict[str, Any]) -> Evidence:
    """Reports by transformer; devices confirmed on, or known to be open, by name. A number of reports is so many usage points."""
    index = {name: i for i, name in enumerate(names)}

    def place(name: str) -> int:
        if name not in index:
            raise ValueError(f"{name!r} is not in the network")
        return index[name]

    reports = []
    for name, count in given.get("reports", {}).items():
        if not isinstance(count, int) or count < 0:
            raise ValueError(f"{name!r} has {count!r} reports")
        if not tree.is_transformer[place(name)]:
            raise ValueError(f"{name!r} is no transformer")
        reports.extend([Report(place(name))] * count)
    live = [Fact(place(name)) for name in given.get("confirmed_on", ())]
    opened = [Fact(place(name)) for name in given.get("confirmed_open", ())]
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
    words = wording.explain(one.explanation, lambda device: names[device] if isinstance(device, int) else device)
    lines = [{"key": line.key, "text": line.text, "evidence": list(line.evidence)} for line in words]
    return {**one.explanation.to_json(names.__getitem__), "words": lines}
