"""Steps of a switching order as lines of text: how people write them fastest, and how a version is read.

open SW 12 [AB] @c12        the phases in brackets, the crew behind @
ground L2/2                 end 2 of a line
jumper L2/1 > L9/2
verify : both ends are free
| open F1                   lines that begin with | and follow each other may be done in any sequence
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from adms.core.errors import Invalid
from network.domain import phases as ph
from outages.domain.switching import steps as kinds
from outages.models import SwitchingStep
from outages.services.switching.drafting import NewStep

HELP = (
    ("open SW 12", gettext_lazy("a switch, by name or mRID")),
    ("close SW 12 [AB] @c12", gettext_lazy("on phases A and B only, by crew c12")),
    ("tag SW 12 : men at work", gettext_lazy("with what the tag says")),
    ("test_dead L2/2", gettext_lazy("at end 2 of a line; ground, cut likewise")),
    ("jumper L2/1 > L9/2", gettext_lazy("from end to end")),
    ("verify : nobody at the line", gettext_lazy("instruct and note likewise")),
    ("wait : 20 min", gettext_lazy("after the step before it; then it may be ended")),
    ("| open F1", gettext_lazy("lines with | that follow each other: in any sequence")),
)
_LINE = re.compile(
    r"(?P<kind>[a-z_]+)\s*(?P<device>[^:>\[@]*?)\s*(?:>\s*(?P<other>[^:\[@]+?)\s*)?(?:\[(?P<phases>[ABC]{1,3})\]\s*)?"
    r"(?:@(?P<crew>[\w-]+)\s*)?(?::\s*(?P<text>.*))?$"
)
_END = re.compile(r"(.*)/([12])$")


def read(text: str, found: Sequence[SwitchingStep]) -> list[NewStep]:
    """The steps of a text. A line that reads as a step did before stays that step.

    Raises:
        Invalid: a line cannot be read; names it.
    """
    keys: dict[str, list[str]] = {}
    for step in found:
        keys.setdefault(line(step).removeprefix("| "), []).append(step.key)
    steps: list[NewStep] = []
    group = 0
    for number, words in enumerate(text.splitlines(), start=1):
        if not words.strip():
            continue
        is_free = words.lstrip().startswith("|")
        is_going_on = is_free and bool(steps) and steps[-1].group != 0
        group += 1 if is_free and not is_going_on else 0
        steps.append(_step(words.strip().lstrip("| "), number, group if is_free else 0, keys))
    return steps


def _step(words: str, number: int, group: int, keys: Mapping[str, list[str]]) -> NewStep:
    match = _LINE.fullmatch(words)
    if match is None or match["kind"] not in kinds.KINDS:
        raise Invalid(
            _("line %(number)s cannot be read: %(line)s") % {"number": number, "line": words[:80]},
            field="steps",
            known=list(kinds.KINDS),
        )
    device, terminal = _end(match["device"] or "")
    other, other_terminal = _end(match["other"] or "")
    known = keys.get(words)
    return NewStep(
        kind=match["kind"],
        device=device,
        terminal=terminal,
        other=other,
        other_terminal=other_terminal,
        phases=ph.parse(match["phases"] or ""),
        crew=match["crew"] or "",
        text=match["text"] or "",
        group=group,
        key=known.pop(0) if known else "",
    )


def _end(device: str) -> tuple[str, int]:
    match = _END.fullmatch(device.strip())
    return (match[1].strip(), int(match[2])) if match else (device.strip(), 1)


def line(step: SwitchingStep) -> str:
    """A step as it would be written. A jumper's far end by its mRID, which alone is kept."""
    told = {
        "kind": step.kind, "name": step.device_name, "terminal": step.terminal, "other": step.other_mrid,
        "other_terminal": step.other_terminal, "phases": ph.text(step.phases), "crew": step.crew, "text": step.text,
    }  # fmt: skip
    return ("| " if step.group else "") + said(told)


def said(told: Mapping[str, Any]) -> str:
    """The same of a step of a version."""
    device = told["name"]
    if device and told["kind"] not in kinds.SWITCHING | kinds.TAGGING:
        device += f"/{told['terminal']}"
    other = f"> {told['other']}/{told['other_terminal']}" if told["other"] else ""
    phases = f"[{told['phases']}]" if told["phases"] else ""
    crew = f"@{told['crew']}" if told["crew"] else ""
    text = f": {told['text']}" if told["text"] else ""
    return " ".join(part for part in (told["kind"], device, other, phases, crew, text) if part)
