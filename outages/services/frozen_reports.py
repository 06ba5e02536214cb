"""Freeze the tables of a period under a name: what was handed out never changes; a restatement is a report of its own."""

import datetime as dt
import hashlib
import json
from dataclasses import dataclass

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from adms.core.actors import Actor
from adms.core.errors import Invalid, NotFound, Refused
from adms.core.models import ControlArea
from adms.core.services import audit, authority
from outages.models import FrozenReport
from outages.selectors import ledger_begin, regulator


class NameTaken(Refused):
    """A report of this name is there."""

    code = "report_name_taken"


@dataclass(frozen=True, slots=True)
class Wanted:
    """A report to freeze."""

    name: str
    begin: dt.datetime
    end: dt.datetime
    area: str = ""


@transaction.atomic
def freeze(*, actor: Actor, wanted: Wanted, at: dt.datetime) -> FrozenReport:
    """Compute the tables and keep them.

    Raises:
        NotAuthorised: the actor may not.
        Invalid: no such area, no days, or none that the ledger knows.
        NameTaken: a report of this name is there.
    """
    authority.require(actor=actor, action="freeze_report")
    if wanted.begin >= wanted.end:
        raise Invalid(_("the period has no days yet"), field="month")
    since = ledger_begin.first_day()
    if since is None or timezone.localdate(wanted.end - dt.timedelta(microseconds=1)) < since:
        words = (
            _("nothing is known of the period: the ledger begins on %(day)s") if since else _("the ledger is empty yet")
        )
        raise Invalid(words % {"day": since}, field="month")
    return _keep(actor, wanted, None, "", at)


@transaction.atomic
def restate(*, actor: Actor, report_id: int, name: str, reason: str, at: dt.datetime) -> FrozenReport:
    """Freeze the period of a report anew, as the ledger says it now, with the reason.

    Raises:
        NotAuthorised, NameTaken: as `freeze`.
        NotFound: no such report.
        Invalid: no reason, or nothing has changed.
    """
    authority.require(actor=actor, action="freeze_report")
    old = FrozenReport.objects.select_related("area").filter(pk=report_id).first()
    if old is None:
        raise NotFound(_("no report %(report_id)s") % {"report_id": report_id}, report=report_id)
    if len(reason.strip()) < 3:
        raise Invalid(_("say why it is restated"), field="reason")
    return _keep(actor, Wanted(name, old.begin, old.end, old.area.key if old.area else ""), old, reason.strip(), at)


def _keep(actor: Actor, wanted: Wanted, restates: FrozenReport | None, reason: str, at: dt.datetime) -> FrozenReport:
    area = ControlArea.objects.filter(key=wanted.area).first()
    if wanted.area and area is None:
        raise Invalid(_("no area is called %(area)s") % {"area": f"{wanted.area!r}"}, field="area")
    document = regulator.document(begin=wanted.begin, end=wanted.end, area=wanted.area)
    digest = fingerprint(document)
    if restates is not None and digest == restates.sha256:
        raise Invalid(_("nothing has changed since: the same figures come out"), field="reason")
    report = FrozenReport(
        name=wanted.name.strip(), begin=wanted.begin, end=wanted.end, area=area, document=document, sha256=digest,
        preliminary=document["preliminary"], restates=restates, reason=reason[:200], made_by=actor.name, made_at=at,
    )  # fmt: skip
    try:
        with transaction.atomic():
            report.save(force_insert=True)
    except IntegrityError:
        raise NameTaken(
            _("a report is called %(name)s already") % {"name": f"{report.name!r}"}, name=report.name
        ) from None
    audit.record(
        actor=actor, action="freeze_report", object_=f"report:{report.pk}", area=wanted.area, reason=reason,
        after={"name": report.name, "sha256": digest, "restates": restates and restates.pk}, at=at,
    )  # fmt: skip
    return report


def fingerprint(document: dict[str, object]) -> str:
    """SHA-256 of the document as canonical JSON."""
    return hashlib.sha256(json.dumps(document, sort_keys=True, allow_nan=False).encode()).hexdigest()
