"""Change a declared setting, in general or for one area. The value has the shape of its default; the change is on the audit trail."""

import datetime as dt
import math
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from adms.core import retention as histories
from adms.core import runtime_settings
from adms.core.actors import Actor
from adms.core.errors import Invalid, NotFound
from adms.core.models import ControlArea, Setting
from adms.core.services import audit, authority, retention

ACTION = "change_settings"


@transaction.atomic
def change(*, actor: Actor, key: str, area: str, value: Any, reason: str, at: dt.datetime) -> None:
    """Set it; None puts back what holds without it: the general value, or the default.

    Raises:
        NotAuthorised: no administrator.
        NotFound: no such setting or area.
        Invalid: not a value of this setting, or no reason.
        TooShort: history kept for less than its least time.
    """
    authority.require(actor=actor, action=ACTION)
    declared = next((one for one in runtime_settings.declared() if one.key == key), None)
    if declared is None:
        raise NotFound(_("no setting %(key)s") % {"key": key}, setting=key)
    if len(reason.strip()) < 3:
        raise Invalid(_("say why it is changed"), field="reason")
    place = ControlArea.objects.filter(key=area).first() if area else None
    if area and place is None:
        raise NotFound(_("no control area %(area)s") % {"area": area}, area=area)
    wanted = None if value is None else _checked(value, declared.default)
    kept = next((one for one in histories.declared() if one.setting == key), None)
    if kept is not None:
        if place is not None:
            raise Invalid(_("history is kept equally long everywhere"), field="area")
        days = declared.default if wanted is None else wanted
        retention.keep(actor=actor, name=kept.name, days=days, reason=reason, at=at)
        return
    row = Setting.objects.filter(key=key, area=place).first()
    before = row.value if row else None
    if wanted is None:
        Setting.objects.filter(key=key, area=place).delete()
    else:
        values = {"value": wanted, "changed_by": actor.name, "changed_at": at}
        Setting.objects.update_or_create(key=key, area=place, defaults=values)
    audit.record(
        actor=actor, action=ACTION, object_=key, area=area, before={"value": before}, after={"value": wanted},
        reason=reason[:400], at=at,
    )  # fmt: skip


def _checked(value: Any, default: Any) -> Any:
    """The value, of the default's own kind."""
    if isinstance(default, bool):
        if not isinstance(value, bool):
            raise Invalid(_("yes or no is needed"), field="value")
        return value
    if isinstance(default, int | float):
        return _number(value, is_whole=isinstance(default, int))
    if type(value) is not type(default):
        raise Invalid(_("a value of another kind is needed"), field="value")
    return value


def _number(value: Any, *, is_whole: bool) -> int | float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value) or value < 0:
        raise Invalid(_("a number that is not negative is needed"), field="value")
    if is_whole and value != int(value):
        raise Invalid(_("a whole number is needed"), field="value")
    return int(value) if is_whole else float(value)
