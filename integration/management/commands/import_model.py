"""`manage.py import_model`: read, check and publish a network model (contract: docs/subsystems/model_exchange.md)."""

import getpass
import json
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any, NoReturn

from django.core.management.base import BaseCommand

from adms.core import clock
from adms.core.actors import Actor
from adms.core.errors import Refused
from integration.cim.models import differences
from integration.services import sources
from network.domain import completion, gate
from network.domain.draft import Finding, ModelDraft

_LISTED = 20


class Command(BaseCommand):
    """Takes files of one model, or one difference to the running model; with --check files need and touch no database."""

    help = "Read a network model (CIM RDF/XML, pandapower) and publish it, or only check it."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        """What the command line takes."""
        parser.error = _refuse  # type: ignore[method-assign, assignment]
        parser.add_argument(
            "paths",
            nargs="+",
            metavar="PATH",
            help=".xml, .xml.gz, .zip, their folder, a difference model, a folder of tables, pandapower JSON, MATPOWER .m, "
            "pandapower:NAME, simbench:CODE",
        )
        parser.add_argument("--name", help="name of the model; by default its feeder's or its files'")
        parser.add_argument(
            "--complete", type=int, metavar="SEED", help="add synthetic protection, telemetry and customers"
        )
        parser.add_argument(
            "--customers", type=int, metavar="N", help="how many customers --complete shall make in all"
        )
        parser.add_argument("--check", action="store_true", help="only check: no database, no server")
        parser.add_argument("--json", action="store_true", dest="as_json", help="one JSON document on standard output")

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002
        """Read, complete, check, publish, report."""
        if options["customers"] is not None and (options["complete"] is None or options["customers"] < 1):
            _refuse("--customers needs --complete and a number above zero")
        try:
            draft, based_on = _changed(options) if _is_difference(options["paths"]) else (_draft(options), None)
            published = None if options["check"] else _publish(draft, ", ".join(options["paths"]), based_on)
        except Refused as refusal:
            _refuse(str(refusal))
        report = _report(draft, published)
        self.stdout.write(json.dumps(report, allow_nan=False) if options["as_json"] else _text(report))


def _draft(options: dict[str, Any]) -> ModelDraft:
    draft = sources.read_files(options["paths"], name=options["name"], progress=_progress)
    if options["complete"] is not None:
        _progress("completing")
        completion.complete(draft, options["complete"], customers=options["customers"])
    _progress("checking")
    draft.findings += gate.check(draft)
    return draft


def _is_difference(paths: list[str]) -> bool:
    return len(paths) == 1 and Path(paths[0]).is_file() and differences.is_difference(paths[0])


def _changed(options: dict[str, Any]) -> tuple[ModelDraft, int]:
    """The running model with a difference applied; the only one where none is named."""
    from integration.services import models  # noqa: PLC0415

    if options["complete"] is not None:
        _refuse("a difference is completed as its model was: --complete says nothing")
    difference = differences.read_difference(options["paths"][0])
    name = options["name"] or models.only_model()
    _progress(f"applying {options['paths'][0]} to {name}")
    return models.changed_draft(name, difference)


def _publish(draft: ModelDraft, source: str, based_on: int | None) -> Any:
    """The published version; imported here, so that a check needs no tables."""
    from integration.services import models  # noqa: PLC0415

    _progress("publishing")
    actor = Actor(name=getpass.getuser(), way="command line", is_system=True)
    return models.publish_draft(actor=actor, draft=draft, source=source, at=clock.now(), based_on=based_on)


def _report(draft: ModelDraft, published: Any) -> dict[str, Any]:
    customers = len(draft.usage_points) or sum(one.customer_count or 0 for one in draft.injections.values())
    return {
        "model": published.name if published else draft.name,
        "version": published.number if published else None,
        "published": bool(published and published.is_published),
        "classes": draft.classes,
        "nodes": len(draft.nodes),
        "branches": len(draft.branches),
        "switches": sum(branch.is_switch for branch in draft.branches.values()),
        "customers": customers,
        "skipped": draft.skipped,
        "skipped_attributes": draft.skipped_attributes,
        "findings": [_finding(finding) for finding in draft.findings],
    }


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "severity": finding.severity,
        "class": finding.cim_class,
        "object": finding.object,
        "line": finding.line,
        "text": finding.text,
    }


def _text(report: dict[str, Any]) -> str:
    """For people: the figures, then what is wrong, errors first."""
    state = f"published as version {report['version']}" if report["published"] else "checked, nothing published"
    counts = ", ".join(f"{report[key]:,} {key}" for key in ("nodes", "branches", "switches", "customers"))
    lines = [f"{report['model']}: {state}", counts]
    order = ("error", "warning", "info")
    findings = sorted(report["findings"], key=lambda finding: order.index(finding["severity"]))
    for finding in findings[:_LISTED]:
        where = f"line {finding['line']} " if finding["line"] else ""
        lines.append(f"{finding['severity']}: {where}{finding['class']} {finding['object']}: {finding['text']}")
    if len(findings) > _LISTED:
        lines.append(f"and {len(findings) - _LISTED} more findings; --json lists them all")
    return "\n".join(lines)


def _progress(text: str) -> None:
    sys.stderr.write(f"{text}\n")


def _refuse(text: str) -> NoReturn:
    """Bad input: one line, exit 2."""
    sys.stderr.write(f"import_model: {' '.join(text.split())}\n")
    sys.exit(2)
