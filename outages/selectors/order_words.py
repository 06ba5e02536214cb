"""What the timeline of a switching order says, in the reader's language: words of the phrases that its lines and steps keep.

Lines of old keep words; they, and what people wrote, are told as they are. No line ends with a full stop of its own.
"""

from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from adms.core.phrasebooks import Phrasebook
from network.domain.phrases import Phrase, phrase
from outages.domain.switching import documents, life, steps
from outages.models import OrderEntry, SwitchingStep

#: What codes of orders, their steps and their safety documents are called.
KINDS = {code: _(text) for code, text in life.KINDS.items()}
STATES = {code: _(text) for code, text in life.STATES.items()}
STEP_KINDS = {code: _(text) for code, text in steps.KINDS.items()}
STEP_STATES = {code: _(text) for code, text in steps.STATES.items()}
DOCUMENT_KINDS = {code: _(text) for code, text in documents.KINDS.items()}
DOCUMENT_STATES = {code: _(text) for code, text in documents.STATES.items()}

#: Words by code; where there are words for one and for many, with the parameter that counts.
_TEXTS: dict[str, Any] = {
    "written": (
        ngettext_lazy(
            "%(kind)s order written with %(steps)s step: %(purpose)s",
            "%(kind)s order written with %(steps)s steps: %(purpose)s",
            "n",
        ),
        "steps",
    ),
    "rewritten": (
        ngettext_lazy("Written anew with %(steps)s step", "Written anew with %(steps)s steps", "n"),
        "steps",
    ),
    "appended": (ngettext_lazy("%(steps)s step added", "%(steps)s steps added", "n"), "steps"),
    "requested": _("Requested"),
    "rework": _("Taken back for rework"),
    "rework_why": _("Taken back for rework: %(why)s"),
    "prepared": _("Prepared as version %(version)s"),
    "checked": _("Checked: %(rehearsal)s"),
    "approved": _("Version %(version)s approved: %(rehearsal)s"),
    "issued": _("Issued: %(rehearsal)s"),
    "rehearsed": _("rehearsed without a finding"),
    "rehearsed_with": _("rehearsed with %(found)s"),
    "warnings": (ngettext_lazy("%(count)s warning", "%(count)s warnings", "n"), "count"),
    "notes": (ngettext_lazy("%(count)s note", "%(count)s notes", "n"), "count"),
    "rejected": _("Rejected: %(why)s"),
    "scheduled": _("Scheduled for %(at)s"),
    "cancelled": _("Cancelled: %(why)s"),
    "instructed": _("Step %(step)s instructed to %(crew)s: %(what)s"),
    "taken_back": _("Step %(step)s taken back"),
    "pending": _("Step %(step)s commanded: %(what)s"),
    "timed_out": _("Step %(step)s: no position reported in time; a person says what became of it"),
    "step_completed": _("Step %(step)s done: %(what)s"),
    "step_already_there": _("Step %(step)s already there: %(what)s"),
    "step_failed": _("Step %(step)s failed: %(what)s"),
    "step_deleted": _("Step %(step)s left out: %(what)s"),
    "with_note": _("%(said)s · %(note)s"),
    "completed": _("Completed: every step has its end"),
    "aborted": _("Aborted: %(why)s; what was done stays"),
    "aborted_back": (
        ngettext_lazy(
            "Aborted: %(why)s; %(steps)s step leads back", "Aborted: %(why)s; %(steps)s steps lead back", "n"
        ),
        "steps",
    ),
    "document_drafted": _("%(kind)s %(document)s drafted for %(equipment)s: %(work)s"),
    "document_issued": _("%(kind)s %(document)s issued to %(holder)s"),
    "document_clear": _("%(crew)s is clear of %(document)s"),
    "document_released": _("%(kind)s %(document)s released"),
    "document_cancelled": _("%(document)s cancelled"),
    "position_reported": _("Position reported"),
    "settled": _("Settled among the commands without an answer"),
    "no_position": _("No position reported in time"),
    "at_device": _("%(kind)s %(device)s"),
    "at_end": _("%(kind)s %(device)s, end %(end)s"),
    "with_words": _("%(kind)s: %(words)s"),
    **{f"order_{code}": text for code, text in KINDS.items()},
    **{f"do_{code}": text for code, text in STEP_KINDS.items()},
    **{f"kind_{code}": text for code, text in DOCUMENT_KINDS.items()},
}

_BOOK = Phrasebook(_TEXTS)
#: Every code that has words; what the words of a code take.
codes, parameters = _BOOK.codes, _BOOK.parameters


def said(told: Phrase | str) -> str:
    """The words of a phrase; what is words already as it is.

    >>> said({"code": "pending", "step": 3, "what": {"code": "at_device", "kind": {"code": "do_open"}, "device": "SW 1"}})
    'Step 3 commanded: Open SW 1'
    """
    return _BOOK.said(told)


def line(one: OrderEntry) -> str:
    """What a line says."""
    return said(one.told) or one.text


def note(step: SwitchingStep) -> str:
    """What is noted of the end of a step."""
    return said(step.note_told) or step.note


def step_phrase(step: SwitchingStep) -> Phrase:
    """What a step does, to what."""
    kind = phrase(f"do_{step.kind}")
    if step.kind in steps.TOLD:
        return phrase("with_words", kind=kind, words=step.text) if step.text else kind
    if step.device_name and step.terminal != 1:
        return phrase("at_end", kind=kind, device=step.device_name, end=step.terminal)
    return phrase("at_device", kind=kind, device=step.device_name) if step.device_name else kind


def told_step(step: SwitchingStep) -> str:
    """The same in words."""
    return said(step_phrase(step))
