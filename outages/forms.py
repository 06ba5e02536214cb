"""What people type into the pages of outages, dispatch, calls and reliability: checked here, decided by the services.

Times without a day are of the utility's zone, and mean the nearest one that makes sense: an estimate lies ahead, a report behind.
"""

import datetime as dt
import re
import uuid
from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy

from adms.core.errors import Invalid
from outages.domain import trouble_codes
from outages.domain.codes import CAUSES
from outages.domain.interruption_csv import GROUPS

ETR_CHOICES = [(30, "30 min"), (60, "1 h"), (120, "2 h"), (240, "4 h"), (480, "8 h")]
HAZARDS = [(entry.hazard, gettext_lazy(entry.label)) for entry in trouble_codes.DEFAULT.values() if entry.hazard]
LOCAL = "%Y-%m-%dT%H:%M:%S"


def ahead(time: dt.time, at: dt.datetime) -> dt.datetime:
    """The next moment the utility's clocks show this time."""
    found = _on_day_of(time, at)
    return found if found > at else _on_day_of(time, at + dt.timedelta(days=1))


def behind(time: dt.time, at: dt.datetime) -> dt.datetime:
    """The latest moment the utility's clocks showed this time."""
    found = _on_day_of(time, at)
    return found if found <= at else _on_day_of(time, at - dt.timedelta(days=1))


def _on_day_of(time: dt.time, at: dt.datetime) -> dt.datetime:
    return timezone.make_aware(dt.datetime.combine(timezone.localtime(at).date(), time))


class Timed(forms.Form):
    """A form that must know the present."""

    def __init__(self, *args: Any, at: dt.datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.present = at


class Etr(Timed):
    """When supply is expected back: so many minutes from now, or at a time."""

    minutes = forms.TypedChoiceField(choices=ETR_CHOICES, coerce=int, required=False, empty_value=None)
    at = forms.TimeField(required=False)

    def clean(self) -> dict[str, Any]:
        """One of the two; a typed time comes before a chosen span."""
        given = super().clean() or {}
        if given.get("at"):
            given["etr_at"] = ahead(given["at"], self.present)
        elif given.get("minutes"):
            given["etr_at"] = self.present + dt.timedelta(minutes=given["minutes"])
        elif not self.errors:
            raise forms.ValidationError("Choose a span, or type a time.")
        return given


class Restore(Timed):
    """Since when everybody has supply again; now, where no time is given."""

    at = forms.TimeField(required=False)

    def clean(self) -> dict[str, Any]:
        """The field time."""
        given = super().clean() or {}
        given["occurred_at"] = behind(given["at"], self.present) if given.get("at") else self.present
        return given


class Complete(forms.Form):
    """The report of an outage."""

    cause = forms.ChoiceField(choices=list(CAUSES.items()), error_messages={"required": "Choose a cause."})
    remedy = forms.CharField(required=False, max_length=80)


class Reason(forms.Form):
    """Why something is done."""

    reason = forms.CharField(min_length=3, max_length=200, error_messages={"required": "A reason is needed."})


class Ask(forms.Form):
    """Whom to ask, and why."""

    sample = forms.CharField(max_length=20, required=False)
    reason = forms.CharField(min_length=3, max_length=200, error_messages={"required": "A reason is needed."})


class Crew(forms.Form):
    """Which crew."""

    crew = forms.SlugField(max_length=30)


class Move(Crew):
    """A crew to a lane of the board."""

    to = forms.CharField(max_length=20)


class Done(forms.Form):
    """What a crew says of work it has finished."""

    cause = forms.ChoiceField(choices=[("", ""), *CAUSES.items()], required=False)
    note = forms.CharField(required=False, max_length=1000)


class Expected(forms.Form):
    """When a crew expects supply back, on the clock."""

    at = forms.TimeField(error_messages={"required": gettext_lazy("Say when, as 22:30")})


class Call(forms.Form):
    """A trouble call. `form_id` is made with the form, so that the same call sent twice is one."""

    form_id = forms.UUIDField()
    usage_point = forms.IntegerField(required=False, min_value=1, max_value=2**62)
    trouble_codes = forms.MultipleChoiceField(
        choices=[(code, gettext_lazy(entry.label)) for code, entry in trouble_codes.DEFAULT.items()],
        error_messages={"required": "Say what is wrong: one or more of these."},
    )
    caller_name = forms.CharField(required=False, max_length=150)
    phone = forms.CharField(required=False, max_length=40)
    address = forms.CharField(required=False, max_length=200)
    hazard = forms.ChoiceField(choices=[("", ""), *HAZARDS], required=False)
    comment = forms.CharField(required=False, max_length=2000)
    wants_callback = forms.BooleanField(required=False)
    area = forms.SlugField(required=False, max_length=60)

    def clean(self) -> dict[str, Any]:
        """Somebody must be able to find the place."""
        given = super().clean() or {}
        if not given.get("usage_point") and not given.get("address") and "usage_point" not in self.errors:
            self.add_error("usage_point", "Choose a customer, or say where it is.")
        return given


LOCALS = [LOCAL, "%Y-%m-%dT%H:%M"]
LETTERS = re.compile(r"[ABC]{1,3}")


class Correction(forms.Form):
    """Rows of the ledger as they should have been; what is not asked for on the form stays as it is."""

    began_at = forms.DateTimeField(input_formats=LOCALS, required=False)
    ended_at = forms.DateTimeField(input_formats=LOCALS, required=False)
    excluded_reason = forms.CharField(required=False, max_length=120)
    cause = forms.ChoiceField(choices=[("", ""), *CAUSES.items()], required=False)
    device_name = forms.CharField(required=False, max_length=120)
    phases = forms.CharField(required=False, max_length=3)
    members = forms.TypedMultipleChoiceField(coerce=int, required=False)
    add = forms.CharField(required=False, max_length=120)
    reason = forms.CharField(min_length=3, max_length=200, error_messages={"required": "Say why it is corrected."})

    def __init__(self, *args: Any, members: Sequence[int] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        chosen = self.fields["members"]
        assert isinstance(chosen, forms.TypedMultipleChoiceField)  # noqa: S101  (declared above)
        chosen.choices = [(str(one), str(one)) for one in members]

    def clean_phases(self) -> str:
        """Letters, in capitals."""
        letters = str(self.cleaned_data["phases"]).strip().upper()
        if letters and not LETTERS.fullmatch(letters):
            raise forms.ValidationError("Letters of A, B and C.")
        return letters


class Order(forms.Form):
    """A switching order as it is written; its steps are lines of text."""

    model = forms.CharField(max_length=60, required=False)
    kind = forms.CharField(max_length=12, required=False)
    purpose = forms.CharField(max_length=200, error_messages={"required": "Say what it is for."})
    begins_at = forms.DateTimeField(input_formats=LOCALS, required=False)
    ends_at = forms.DateTimeField(input_formats=LOCALS, required=False)
    planned_outage = forms.IntegerField(required=False, min_value=1, max_value=2**62)
    steps = forms.CharField(max_length=60_000, required=False)


class Frozen(forms.Form):
    """A report to be kept as it is."""

    name = forms.CharField(min_length=3, max_length=120, error_messages={"required": "Give the report a name."})
    restates = forms.IntegerField(required=False, min_value=1)
    reason = forms.CharField(required=False, max_length=200)


class OwnFile(forms.Form):
    """A utility's own interruptions, and what its indices are related to."""

    interruptions = forms.FileField(error_messages={"required": "Choose a CSV file of interruptions."})
    daily = forms.FileField(required=False)
    customers_served = forms.FloatField(error_messages={"required": "Say how many customers are served."})
    connected_kva = forms.FloatField(required=False)
    customers_affected = forms.IntegerField(required=False)
    momentary_minutes = forms.FloatField(required=False)
    since = forms.CharField(required=False, max_length=40)
    until = forms.CharField(required=False, max_length=40)
    by = forms.MultipleChoiceField(choices=[(name, name) for name in GROUPS], required=False)
    med_years = forms.IntegerField(required=False)
    beta = forms.FloatField(required=False)
    std = forms.ChoiceField(choices=[("sample", "sample"), ("population", "population")], required=False)


def new_id() -> str:
    """The identity of a call, made before it is typed."""
    return str(uuid.uuid4())


def refused(form: forms.Form) -> Invalid:
    """A form that is wrong, as a refusal like any other."""
    return Invalid(first_error(form))


def first_error(form: forms.Form) -> str:
    """The first complaint in words, with the name of its field."""
    for name, complaints in form.errors.items():
        label = "" if name == "__all__" else f"{name.replace('_', ' ').capitalize()}: "
        return f"{label}{complaints[0]}"
    return ""
