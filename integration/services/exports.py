"""A running model out of the house: as built or as operated, whole, an area or a feeder, or only what its switches changed."""

import datetime as dt
from dataclasses import dataclass
from pathlib import Path

from adms.core.errors import Invalid, NotFound, Refused
from adms.core.models import ControlArea
from integration.cim.export import files, operated, selection
from integration.cim.export.files import Exported
from integration.cim.models import generated, records
from integration.cim.models.packing import Kept
from integration.cim.models.reader import draft_of
from integration.cim.models.store import Store
from integration.services import generated_records
from integration.services.models import kept_records
from network.domain.draft import ModelDraft
from network.domain.physics.circuit import Circuit
from network.domain.physics.results import PowerFlowResult
from network.selectors import equipment, state
from network.selectors import records as stored_records
from network.selectors.records import StoredRecords


class TooLarge(Refused):
    """More than what is put into one set: it goes out by area or feeder."""

    code = "too_large_to_export"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What of a model is exported.

    `form` is one of `files.FORMATS`; a difference is always as operated, and without what completion added. `feeder` is a name or an
    mRID, `area` the key or name of a control area; without both it is the whole. `with_state` has the power flow of what is exported
    computed, for the state variables of a CGMES or bus-branch set.
    """

    form: str
    feeder: str = ""
    area: str = ""
    as_operated: bool = False
    with_state: bool = False


def export_model(*, model: str, folder: Path, wanted: Wanted, at: dt.datetime) -> Exported:
    """Write the published version of a model.

    Args:
        model: key, name or mRID.
        folder: where the files go.
        wanted: what of it.
        at: the time of the export.

    Raises:
        NotFound: no such model is published, or it has no such feeder or area.
        Invalid: what is wanted does not go together.
        DifferenceRefused: nothing is kept of it that could be written.
        TooLarge: it is a generated utility of more than `generated_records.MOST_NODES` nodes, and the whole of it is wanted.
        NoState: what is exported has no power flow.
    """
    check(wanted)
    stored = stored_records.published(model)
    if stored.generated and wanted == Wanted("cim100", as_operated=wanted.as_operated):
        return _generated_whole(stored, folder, as_operated=wanted.as_operated)
    kept = _kept(stored, wanted)
    if wanted.form == "difference":
        draft = draft_of(kept.store, name=kept.name, mrid=kept.mrid)
        after = operated.as_operated(kept.store, draft, positions(stored.key, draft))
        return files.write_changes(kept.store, after, folder, name=stored.name, at=at)
    store, draft = records.completed(kept)
    if wanted.as_operated:
        store = operated.as_operated(store, draft, positions(stored.key, draft))
        draft = draft_of(store, name=kept.name, mrid=kept.mrid)
    name = " ".join(filter(None, (stored.name, wanted.feeder or wanted.area)))
    if wanted.feeder or wanted.area:
        store = _part(stored, store, draft, wanted)
        draft = draft_of(store, name=kept.name, mrid=kept.mrid)
    solve = _solve if wanted.with_state else None
    return files.write_model(store, draft, folder, form=wanted.form, name=name, at=at, solve=solve)


def check(wanted: Wanted) -> None:
    """Whether what is wanted goes together.

    Raises:
        Invalid: it does not.
    """
    if wanted.form not in files.FORMATS:
        raise Invalid(f"{wanted.form!r} is none of {', '.join(files.FORMATS)}", field="form")
    if wanted.feeder and wanted.area:
        raise Invalid("name a feeder or an area, not both", field="area")
    if wanted.with_state and wanted.form not in ("cgmes", "bus-branch"):
        raise Invalid(f"state variables go with cgmes and bus-branch, not with {wanted.form}", field="form")
    if wanted.form == "difference" and (wanted.feeder or wanted.area):
        raise Invalid("a difference is of the whole model", field="feeder" if wanted.feeder else "area")


def _kept(stored: StoredRecords, wanted: Wanted) -> Kept:
    """The records of a version; of a generated utility those of the stations that the wanted part belongs to."""
    if not stored.generated:
        return kept_records(stored.key)[0]
    try:
        return generated_records.kept(
            stored, feeder=wanted.feeder, area=wanted.area, with_customers=wanted.form == "cim100"
        )
    except generated_records.NoPart as missing:
        raise NotFound(f"{stored.name} has {missing}", feeder=wanted.feeder, area=wanted.area) from None


def _part(stored: StoredRecords, store: Store, draft: ModelDraft, wanted: Wanted) -> Store:
    if wanted.area:
        return selection.of_equipment(store, draft, _members(stored, wanted.area))
    try:
        return selection.of_feeder(store, draft, wanted.feeder)
    except KeyError:
        known = ", ".join(selection.feeder_names(draft)) or "none"
        raise NotFound(f"{stored.name} has no feeder {wanted.feeder!r}; it has {known}", feeder=wanted.feeder) from None


def _members(stored: StoredRecords, area: str) -> set[str]:
    """The mRIDs of the equipment in an area."""
    by_mrid = equipment.areas_by_mrid(stored.version_id)
    known = ControlArea.objects.filter(pk__in=set(by_mrid.values()))
    wanted = next((one.pk for one in known if area in (one.key, one.name)), None)
    if wanted is None:
        names = ", ".join(one.key for one in known)
        raise NotFound(f"{stored.name} has no area {area!r}; it has {names}", area=area)
    return {mrid for mrid, pk in by_mrid.items() if pk == wanted}


def _generated_whole(stored: StoredRecords, folder: Path, *, as_operated: bool) -> Exported:
    """A generated utility of any size, object by object."""
    utility = generated_records.utility_of(stored)
    stands = generated_records.positions(stored, utility) if as_operated else None
    classes = generated_records.classes(utility)
    return Exported(generated.write(utility, folder, progress=lambda _: None, stands=stands), classes)


def _solve(circuit: Circuit) -> PowerFlowResult:
    from network.engines import port  # noqa: PLC0415 - its solvers take seconds to load

    return port.solve(circuit, fix_taps=True)


def positions(model: str, draft: ModelDraft) -> dict[str, int]:
    """Where the switches of a draft stand now: phase bits by mRID."""
    present = state.present(model)
    found = {}
    for mrid, branch in draft.branches.items():
        index = present.grid.branch_index(mrid) if branch.is_switch else -1
        if index >= 0:
            found[mrid] = int(present.closed[index])
    return found
