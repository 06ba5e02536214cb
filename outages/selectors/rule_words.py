"""Why an area changed its rules, why a set has another version, and what is wrong with one, in the reader's language.

Rows of old keep words; they, and what people wrote, are told as they are.
"""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext, ngettext_lazy
from django.utils.translation import gettext_lazy as _

from adms.core.errors import Invalid
from adms.core.phrasebooks import Phrasebook
from network.domain.phrases import Phrase
from outages.domain import rule_sets
from outages.domain.rule_fields import Field
from outages.domain.rule_sets import Wrong
from outages.models import RulePlan, RuleSetVersion, RuleSwitch

#: Words by code; where there are words for one and for many, with the parameter that counts.
_TEXTS: dict[str, Any] = {
    "back_to": _("Back to version %(version)s"),
    "back_to_built_in": _("Back to the set as built in"),
    "switch_taken_back": _("switch to %(name)s taken back"),
    "many_reports": (
        ngettext_lazy(
            "%(reports)s report in ten minutes, %(enough)s are enough",
            "%(reports)s reports in ten minutes, %(enough)s are enough",
            "n",
        ),
        "reports",
    ),
    "not_calm": (
        ngettext_lazy(
            "%(reports)s report in ten minutes, calm at %(calm)s",
            "%(reports)s reports in ten minutes, calm at %(calm)s",
            "n",
        ),
        "reports",
    ),
    "between": _("from %(begin)s to %(end)s"),
    "usual": _("nothing speaks for another set"),
    "value_needed": _("a value is needed"),
    "number_needed": _("a number is needed"),
    "whole_number_needed": _("a whole number is needed"),
    "least": _("at least %(least)s"),
    "least_and_most": _("at least %(least)s and at most %(most)s"),
    "choose": _("choose one of %(codes)s"),
    "no_sample": _("all, transformer, none, or a share between 0 and 1"),
    "says_nothing": _("a source that is not oftener right than wrong says nothing"),
    "unknown_field": _("is unknown; known: %(known)s"),
}

_BOOK = Phrasebook(_TEXTS)
#: Every code that has words; what the words of a code take.
codes, parameters = _BOOK.codes, _BOOK.parameters


def said(told: Phrase | str) -> str:
    """The words of a phrase; what is words already as it is.

    >>> said({"code": "back_to", "version": 3}), said("gale warning")
    ('Back to version 3', 'gale warning')
    """
    return _BOOK.said(told)


def reason(one: RuleSetVersion) -> str:
    """Why there is this version."""
    return said(one.reason_told) or one.reason


def why(one: RulePlan | RuleSwitch) -> str:
    """Why an area follows what it follows, or followed another set then."""
    return said(one.why_told) or one.why


def label(field: Field) -> str:
    """What a field of a rule set is called, in the reader's language."""
    return f"{gettext(field.title)}: {gettext(field.label)}" if field.title else gettext(field.label)


def complaints(wrong: Wrong) -> dict[str, str]:
    """What is wrong with each field that cannot be, by its name."""
    return {name: said(told) for name, told in wrong.complaints.items()}


def refused(wrong: Wrong) -> Invalid:
    """The refusal of a set that cannot be, with every complaint."""
    told = complaints(wrong)
    words = "; ".join(f"{name}: {complaint}" for name, complaint in told.items())
    return Invalid(words, field=next(iter(told)), complaints=told)


def changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[tuple[str, Any, Any]]:
    """What differs between two sets: label, before, after."""
    return [(label(field), was, now) for field, was, now in rule_sets.fields_changed(before, after)]


def engines() -> dict[str, str]:
    """What the engines are called, by their codes."""
    return {code: gettext(word) for code, word in rule_sets.BY_NAME["engine"].choices}
