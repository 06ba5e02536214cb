"""Reliability of a radial network from failure rates, repair, switching and alternative supply."""

import dataclasses
from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from adms.core.commands import BadInput, JsonCommand
from outages.domain import network_reliability
from outages.domain.network_reliability import CASES, Interrupted, Network, Outcome, Rules
from outages.management import section_files


class Command(JsonCommand):
    """Reliability of a radial network from failure rates, repair, switching and alternative supply."""

    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        """Files, and what of the network is there."""
        parser.add_argument("--sections", required=True, type=Path, metavar="CSV")
        parser.add_argument("--load-points", required=True, type=Path, metavar="CSV")
        parser.add_argument("--case", choices=sorted(CASES), default="A", help="as in Allan et al. 1991")
        parser.add_argument("--cases", type=Path, metavar="JSON", help="sources and alternative supplies of networks")
        parser.add_argument("--source", action="append", default=[], metavar="NODE")
        parser.add_argument("--alternative", action="append", default=[], metavar="NODE")
        parser.add_argument("--no-alternative", action="store_true", help="whatever the case says")
        parser.add_argument("--fuse-success", type=float, default=1.0, metavar="P")
        parser.add_argument("--alternative-success", type=float, default=1.0, metavar="P")

    def answer(self, **options: Any) -> dict[str, Any]:
        """Indices of the system, its feeders and its load points."""
        network, said_by = section_files.read_network(
            options["sections"],
            options["load_points"],
            cases=options["cases"],
            sources=tuple(options["source"]),
            alternatives=tuple(options["alternative"]),
        )
        rules = _rules(options)
        try:
            found = network_reliability.evaluate(network, rules)
        except network_reliability.Unsound as error:
            raise BadInput(f"{options['sections']}: {error}") from None
        return {"case": options["case"], **_indices(found), **_parts(found), **_premises(network, rules, said_by)}

    def words(self, document: dict[str, Any]) -> str:
        """The system, then a line each load point."""
        system = [
            f"{key:18} {document[key]}"
            for key in ("saifi", "saidi_h", "caidi_h", "asai", "ens_mwh", "aens_kwh", "asifi", "asidi_h")
        ]
        points = [
            f"{one['name']:18} {one['failures_per_year']:.6g} a year, {one['outage_h_per_year']:.6g} h a year"
            for one in document["load_points"]
        ]
        return "\n".join([*system, *points])


def _rules(options: dict[str, Any]) -> Rules:
    for name in ("fuse_success", "alternative_success"):
        if not 0 <= options[name] <= 1:
            raise BadInput(f"--{name.replace('_', '-')}: {options[name]} is no probability")
    case = CASES[options["case"]]
    return dataclasses.replace(
        case,
        has_alternative=case.has_alternative and not options["no_alternative"],
        fuse_success=options["fuse_success"],
        alternative_success=options["alternative_success"],
    )


def _indices(found: Outcome) -> dict[str, Any]:
    return {
        "saifi": found.saifi,
        "saidi_h": found.saidi_h,
        "caidi_h": found.caidi_h,
        "asai": found.asai,
        "ens_mwh": found.ens_mwh,
        "aens_kwh": found.aens_kwh,
        "asifi": found.asifi,
        "asidi_h": found.asidi_h,
        "customers": found.customers,
        "average_load_mw": found.load_mw,
    }


def _parts(found: Outcome) -> dict[str, Any]:
    feeders = [
        {"name": name, **_indices(own), "load_points": [one.load_point.name for one in own.load_points]}
        for name, own in found.by_feeder().items()
    ]
    return {"feeders": feeders, "load_points": [_load_point(one) for one in found.load_points]}


def _load_point(one: Interrupted) -> dict[str, Any]:
    return {
        "name": one.load_point.name,
        "feeder": one.feeder,
        "failures_per_year": one.failures,
        "outage_h_per_year": one.hours,
        "average_outage_h": one.average_h,
        "ens_mwh": one.ens_mwh,
    }


def _premises(network: Network, rules: Rules, said_by: str) -> dict[str, Any]:
    """What the figures rest on."""
    return {
        "rules": dataclasses.asdict(rules),
        "source_nodes": list(network.sources),
        "alternative_supply_nodes": list(network.alternatives) if rules.has_alternative else [],
        "supplies_by": said_by,
    }
