"""Power flows that other engines computed of our network (P08): checked against the model, kept beside our own."""

import dataclasses
import datetime as dt
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from adms.core.actors import Actor
from adms.core.errors import Invalid, Refused
from adms.core.services import audit, authority
from network.domain import charted
from network.domain.grid import Grid
from network.domain.identity import derived_mrid
from network.domain.physics.results import BranchFlow, BusVoltage, PowerFlowResult
from network.models import PowerFlow
from network.selectors import state
from network.services import power_flow

ACTION = "report_power_flow"
EXTERNAL = PowerFlow.Source.EXTERNAL
_LISTED = 50
_AHEAD = dt.timedelta(minutes=5)


class OtherVersion(Refused):
    """The result is of a version that is not the published one."""

    code = "other_version"


@dataclass(frozen=True, slots=True)
class EngineResult:
    """A result as it was sent; `version` None is the published one, `sequence` the switching state it was computed for."""

    model: str
    sequence: int
    computed_at: dt.datetime
    result: PowerFlowResult
    version: int | None = None


@dataclass(frozen=True, slots=True)
class Unknown:
    """mRIDs of a result that the model does not have: how many of each kind, and the first of them."""

    buses: int
    branches: int
    listed: list[str]


@transaction.atomic
def receive(*, actor: Actor, sent: EngineResult, at: dt.datetime) -> tuple[PowerFlow, bool]:
    """Keep a result; (row, whether it is new). The same engine, sequence and time again change nothing.

    Raises:
        NotAuthorised: the actor may not report power flows.
        NotFound: no such model is published.
        OtherVersion: it was computed for another version.
        Invalid: it is of the future, empty, or knows not one bus of ours.
    """
    authority.require(actor=actor, action=ACTION)
    present = state.present(sent.model)
    _check(sent, present, at)
    known, unknown = _known(present.fitted.base, sent.result)
    row, is_new = PowerFlow.objects.get_or_create(
        model_id=present.model_id,
        version_id=present.version_id,
        sequence=sent.sequence,
        computed_at=sent.computed_at,
        engine=sent.result.engine,
        source=EXTERNAL,
        defaults=_told(present.fitted.base, known, unknown) | {"took_ms": 0},
    )
    if is_new:
        after = {"engine": row.engine, "sequence": row.sequence, "computed_at": row.computed_at.isoformat()}
        audit.record(actor=actor, action=ACTION, object_=sent.model, after=after, at=at)
        power_flow.drop_old(present.model_id, EXTERNAL)
    return row, is_new


def _check(sent: EngineResult, present: state.NetworkState, at: dt.datetime) -> None:
    if sent.version not in (None, present.version):
        told = {"sent": sent.version, "published": present.version}
        words = _("it was computed for version %(sent)s, published is %(published)s") % told
        raise OtherVersion(words, version=sent.version, published=present.version)
    if sent.sequence > present.sequence:
        raise Invalid(_("the network has only come to %(sequence)s") % {"sequence": present.sequence}, field="sequence")
    if sent.computed_at > at + _AHEAD:
        raise Invalid(_("it lies in the future"), field="computed_at")
    if sent.result.converged and not sent.result.buses:
        raise Invalid(_("a result that converged has buses"), field="buses")
    if not sent.result.converged and not sent.result.reason:
        raise Invalid(_("say why it did not converge"), field="reason")


def _told(grid: Grid, known: PowerFlowResult, unknown: Unknown) -> dict[str, Any]:
    """The columns of a row."""
    is_balanced = bool(known.buses) and all(bus.phase == "ABC" for bus in known.buses)
    more = {"unknown": dataclasses.asdict(unknown), "is_balanced": is_balanced}
    return {
        "converged": known.converged,
        "reason": known.reason,
        "figures": power_flow.figures(known) | more,
        "loading": power_flow.packed(charted.loading_by_branch(grid, known)),
        "voltage": power_flow.packed(charted.voltage_by_node(grid, known)),
    }


def _known(grid: Grid, result: PowerFlowResult) -> tuple[PowerFlowResult, Unknown]:
    """The result under our own mRIDs, and what of it we do not know; a voltage of zero says that a bus is dead."""
    if not result.converged:
        return dataclasses.replace(result, buses=[], branches=[]), Unknown(0, 0, [])
    nodes = _node_names(grid, [bus.mrid for bus in result.buses])
    branches = {flow.mrid: _named(grid.branch_index, flow.mrid) for flow in result.branches}
    strange_buses = sorted(mrid for mrid, ours in nodes.items() if not ours)
    strange_branches = sorted(mrid for mrid, ours in branches.items() if not ours)
    unknown = Unknown(len(strange_buses), len(strange_branches), [*strange_buses, *strange_branches][:_LISTED])
    if len(strange_buses) == len(nodes):
        raise Invalid(_("not one of its buses is in the model"), field="buses", unknown=unknown.listed)
    buses, flows = _live(result.buses, nodes), _renamed(result.branches, branches)
    return dataclasses.replace(result, buses=buses, branches=flows), unknown


def _live(buses: Sequence[BusVoltage], ours: dict[str, str]) -> list[BusVoltage]:
    return [dataclasses.replace(bus, mrid=ours[bus.mrid]) for bus in buses if ours[bus.mrid] and bus.v_pu > 0]


def _renamed(branches: Sequence[BranchFlow], ours: dict[str, str]) -> list[BranchFlow]:
    return [dataclasses.replace(flow, mrid=ours[flow.mrid]) for flow in branches if ours[flow.mrid]]


def _node_names(grid: Grid, mrids: Sequence[str]) -> dict[str, str]:
    """Our node of each bus: a ConnectivityNode, or the TopologicalNode that the bus-branch export makes of one."""
    found = {mrid: _named(grid.node_index, mrid) for mrid in mrids}
    if all(found.values()):
        return found
    texts = (grid.node_mrid_text(node) for node in range(grid.node_count))
    exported = {derived_mrid(text, "bus"): text for text in texts}
    return {mrid: ours or _first(exported, mrid) for mrid, ours in found.items()}


def _first(exported: dict[str, str], mrid: str) -> str:
    return next((exported[one] for one in _spellings(mrid) if one in exported), "")


def _named(index: Callable[[str], int], mrid: str) -> str:
    return next((one for one in _spellings(mrid) if index(one) >= 0), "")


def _spellings(mrid: str) -> tuple[str, ...]:
    """An mRID as it stands in mRID, rdf:ID and rdf:about."""
    bare = mrid.removeprefix("urn:uuid:").removeprefix("#").removeprefix("_")
    try:
        plain = str(uuid.UUID(bare))
    except ValueError:
        plain = bare
    return (mrid, bare, f"_{bare}", plain)
