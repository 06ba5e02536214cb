"""What people type about rule sets: checked here for its form, decided by the services."""

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext

from outages.domain import rule_sets
from outages.domain.rule_sets import Plan, Window
from outages.forms import LOCALS
from outages.models import RulePlan
from outages.selectors import rule_words

#: In addresses, the scope of a general set.
ALL = "all"
_WINDOW = re.compile(r"(\d{1,2}:\d{2})\s*(?:-|to)\s*(\d{1,2}:\d{2})\s+([a-z0-9-]+)")


class Switch(forms.Form):
    """Which set an area is to follow, and why."""

    name = forms.SlugField(max_length=40, error_messages={"required": "Choose a set."})
    reason = forms.CharField(required=False, max_length=200)
    seen = forms.IntegerField(min_value=0)


class Written(forms.Form):
    """Why a set is changed, and which version was seen; the numbers themselves are checked by the domain."""

    reason = forms.CharField(min_length=3, max_length=200, error_messages={"required": "Say why it is changed."})
    seen = forms.IntegerField(min_value=0)


class Replayed(forms.Form):
    """What is to be replayed: the period by the clock of the utility, and by what."""

    model = forms.CharField(max_length=60, error_messages={"required": "Choose a network model."})
    area = forms.SlugField(required=False, max_length=60)
    begin = forms.DateTimeField(input_formats=LOCALS, error_messages={"required": "Say from when."})
    end = forms.DateTimeField(input_formats=LOCALS, error_messages={"required": "Say until when."})
    rules = forms.RegexField(r"then|[a-z0-9_-]+/[a-z0-9-]+/[0-9]{1,9}", error_messages={"required": "Choose rules."})
    is_copy = forms.BooleanField(required=False)
    by_engine = forms.CharField(required=False, max_length=20)  # an edited copy has an engine among its numbers

    def clean(self) -> dict[str, Any]:
        """Rules as they were are no set that could be copied."""
        given: dict[str, Any] = super().clean() or {}
        if given.get("is_copy") and given.get("rules") == "then":
            self.add_error("rules", "Choose the version the edited copy begins from.")
        return given


class Back(forms.Form):
    """Which version was the latest when somebody wished to go back."""

    seen = forms.IntegerField(min_value=0)


class NewSet(forms.Form):
    """A set of a name of its own, for all areas or one."""

    name = forms.SlugField(max_length=40, error_messages={"required": "Give it a name."})
    area = forms.SlugField(required=False, max_length=60)


class Planned(forms.Form):
    """How an area chooses by itself."""

    is_automatic = forms.BooleanField(required=False)
    normal = forms.SlugField(max_length=40)
    busy = forms.SlugField(max_length=40)
    windows = forms.CharField(required=False, max_length=1000)
    on_rate = forms.IntegerField(required=False, min_value=1, max_value=10_000_000)
    off_rate = forms.IntegerField(required=False, min_value=0, max_value=10_000_000)
    calm_minutes = forms.FloatField(required=False, min_value=0, max_value=1440)
    seen = forms.IntegerField(min_value=0)

    def clean_windows(self) -> Sequence[Window]:
        """One window a line: 22:00-06:00 night."""
        found = []
        for line in filter(None, (line.strip() for line in self.cleaned_data["windows"].splitlines())):
            match = _WINDOW.fullmatch(line)
            try:
                begin, end = (dt.time.fromisoformat(match[part].zfill(5)) for part in (1, 2)) if match else (None, None)
            except ValueError:
                begin = end = None
            if match is None or begin is None or end is None:
                raise forms.ValidationError(f"“{line}” is not understood; write 22:00-06:00 storm")
            found.append(Window(begin, end, match[3]))
        return found

    def plan(self) -> Plan:
        """As the service takes it."""
        given = self.cleaned_data
        calm = given["calm_minutes"]
        return Plan(
            given["normal"],
            given["busy"],
            tuple(given["windows"]),
            given["on_rate"],
            given["off_rate"] or 0,
            1800 if calm is None else calm * 60,
        )


def windows_text(plan: RulePlan) -> str:
    """The windows of a plan as they are typed."""
    return "\n".join(f"{one['begin']}-{one['end']} {one['name']}" for one in plan.windows)


def shown(
    values: Mapping[str, Any], given: Mapping[str, Any] | None = None, wrong: Mapping[str, str] | None = None
) -> list[dict[str, Any]]:
    """The fields of a rule set for a template: as typed, else as held, with what is wrong."""
    typed_, complaints = given or {}, wrong or {}
    titles = rule_sets.GROUPS
    return [
        {
            "field": one,
            "title": gettext(titles[one.group][0]),
            "about": gettext(titles[one.group][1]) if titles[one.group][1] else "",
            "label": rule_words.label(one),
            "help": gettext(one.help),
            "choices": [(code, gettext(word)) for code, word in one.choices],
            "value": typed_.get(one.name, rule_sets.shown(values[one.name])),
            "error": complaints.get(one.name, ""),
        }
        for one in rule_sets.FIELDS
    ]


def typed(post: Any, names: Sequence[str]) -> dict[str, Any]:
    """The values of these fields that were sent."""
    return {name: post[name].strip() for name in names if name in post}
