"""Cuts, jumpers, grounds and mobile generation placed in a study, and taken away in it: actions like any other."""

import datetime as dt
import uuid
from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext as _

from adms.core.actors import Actor
from adms.core.errors import Invalid, NotFound
from network.domain import phases as ph
from network.domain import placing, temporary
from network.domain.temporary import JOINING, JUMPER, Element, Overlay, Place
from network.models import Equipment, Study, StudyAction
from network.selectors import studies
from network.selectors.studies import StudyState
from network.services.studies import StudyRefused, come_of, locked, placed, record

LINES = ("ACLineSegment",)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is placed, and where: at end `terminal` of a piece of equipment; a cut in it, a jumper from there to `other`."""

    kind: str
    equipment_mrid: str
    terminal: int = 1
    other_equipment_mrid: str = ""
    other_terminal: int = 1
    phases: int = ph.ABC


@transaction.atomic
def place(*, actor: Actor, number: int, wanted: Wanted, at: dt.datetime) -> StudyAction:
    """Place an element in a study, by the rules of the operated network.

    Raises:
        NotFound: no study of this person, or no such equipment in it.
        NotAuthorised: not in its area.
        Invalid: an unknown kind, no such end or phases.
        StudyRefused: a ground on what is live, generation beside the network, a line cut already, supply onto a ground or a fault.
    """
    study = locked(actor, number, at)
    reached = studies.state_of(study)
    where = placed(actor, study, wanted.equipment_mrid)
    element = _drawn(actor, study, reached, where, wanted)
    is_line = where.cim_class in LINES
    refused = placing.why_not(placing.Wanted(element, reached.fitted, reached.energisation, where.name, is_line))
    if refused is not None:
        raise StudyRefused(refused[0], cause=refused[1], equipment=where.mrid)
    overlay = reached.fitted.overlay.placed(element)
    return _done(actor, study, reached, overlay, StudyAction.Kind.PLACE, element, at)


@transaction.atomic
def remove(*, actor: Actor, number: int, element_mrid: str, at: dt.datetime) -> StudyAction:
    """Take an element away in a study, of the base or of the study itself.

    Raises:
        NotFound: no study of this person, or no such element in it.
        NotAuthorised: not in its area.
        StudyRefused: it would bring supply onto a ground or a fault.
    """
    study = locked(actor, number, at)
    reached = studies.state_of(study)
    element = next((one for one in reached.fitted.overlay.elements if one.mrid == element_mrid), None)
    if element is None:
        raise NotFound(
            _("no temporary element %(element_mrid)s in this study") % {"element_mrid": element_mrid},
            element=element_mrid,
        )
    placed(actor, study, element.place.equipment)
    overlay = reached.fitted.overlay.removed(element_mrid)
    return _done(actor, study, reached, overlay, StudyAction.Kind.REMOVE, element, at)


def _done(
    actor: Actor, study: Study, reached: StudyState, overlay: Overlay, kind: str, element: Element, at: dt.datetime
) -> StudyAction:
    lost, regained = come_of(reached, overlay=overlay, positions=reached.positions, name=element.name)
    done = StudyAction(
        kind=kind,
        equipment_mrid=element.place.equipment,
        element=element.told(),
        phases=element.phases,
        customers_lost=lost,
        customers_regained=regained,
    )
    return record(actor, study, at, done)


def _drawn(actor: Actor, study: Study, reached: StudyState, where: Equipment, wanted: Wanted) -> Element:
    if wanted.kind not in temporary.KINDS:
        raise Invalid(_("no kind %(kind)s") % {"kind": f"{wanted.kind!r}"}, field="kind", known=list(temporary.KINDS))
    other = Place()
    if wanted.kind == JUMPER:
        other = _end(reached, placed(actor, study, wanted.other_equipment_mrid), wanted.other_terminal)
    phases = wanted.phases & (where.phases & ph.ABC or ph.ABC)
    if not phases:
        raise Invalid(_("%(name)s has none of these phases") % {"name": where.name}, field="phases")
    overlay = reached.fitted.overlay
    count = sum(one.kind == wanted.kind for one in overlay.elements)
    return Element(
        mrid=str(uuid.uuid4()),
        kind=wanted.kind,
        name=f"{wanted.kind.capitalize()} {count + 1} of the study",
        phases=phases,
        place=_end(reached, where, wanted.terminal),
        other=other,
        slot=overlay.free_slot() if wanted.kind in JOINING else -1,
    )


def _end(reached: StudyState, where: Equipment, terminal: int) -> Place:
    if terminal not in (1, 2):
        raise Invalid(_("an end is 1 or 2"), field="terminal")
    node = temporary.node_of(reached.fitted.base, Place(where.mrid, terminal))
    if node < 0:
        raise Invalid(_("%(name)s is at no node of the network") % {"name": where.name}, field="equipment")
    return Place(where.mrid, terminal, reached.fitted.base.node_mrid_text(node))
