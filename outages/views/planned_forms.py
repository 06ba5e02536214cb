"""What people type about planned outages: checked here, decided by the services. Times are of the utility's zone."""

import datetime as dt
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from outages.forms import LOCALS

#: As a browser writes a moment.
MINUTE = "%Y-%m-%dT%H:%M"
_NEEDED = {"required": _("Say when."), "invalid": _("This is no day and time.")}


class Window(forms.Form):
    """Another window and why. The beginning of work that goes on is not asked for."""

    begins_at = forms.DateTimeField(input_formats=LOCALS, required=False)
    ends_at = forms.DateTimeField(input_formats=LOCALS, error_messages=_NEEDED)
    reason = forms.CharField(min_length=3, max_length=200, error_messages={"required": _("A reason is needed.")})


class Wanted(forms.Form):
    """A request, as far as it is typed; the devices are kept beside it."""

    begins_at = forms.DateTimeField(input_formats=LOCALS, error_messages=_NEEDED)
    ends_at = forms.DateTimeField(input_formats=LOCALS, error_messages=_NEEDED)
    purpose = forms.CharField(required=False, max_length=200)
    order_reference = forms.CharField(required=False, max_length=60)

    def window(self) -> tuple[dt.datetime, dt.datetime] | None:
        """Both ends, where both can be read."""
        if not self.is_bound or not self.is_valid():
            return None
        given: dict[str, Any] = self.cleaned_data
        return given["begins_at"], given["ends_at"]
