"""A running model out of the house: as built or as operated, whole or one feeder, or only what its switches changed."""

import datetime as dt
from pathlib import Path

from adms.core.errors import NotFound
from integration.cim.export import files, operated, selection
from integration.cim.export.files import Exported
from integration.cim.models import records
from integration.cim.models.reader import draft_of
from integration.services import models
from network.domain.draft import ModelDraft
from network.domain.physics.results import PowerFlowResult
from network.selectors import state


def export_model(
    *, model: str, folder: Path, form: str, at: dt.datetime, feeder: str = "", as_operated: bool = False,
    result: PowerFlowResult | None = None,
) -> Exported:  # fmt: skip
    """Write the published version of a model.

    Args:
        model: key, name or mRID.
        folder: where the files go.
        form: one of `files.FORMATS`; a difference is always as operated, and without what completion added.
        at: the time of the export.
        feeder: name or mRID of the only feeder that is wanted.
        as_operated: with the switches as they stand instead of as the files have them.
        result: of a power flow, for the state variables of a CGMES set.

    Raises:
        NotFound: no such model is published, or it has no such feeder.
        DifferenceRefused: nothing is kept of it that could be written.
    """
    kept, stored = models.kept_records(model)
    if form == "difference":
        draft = draft_of(kept.store, name=kept.name, mrid=kept.mrid)
        after = operated.as_operated(kept.store, draft, positions(stored.key, draft))
        return files.write_changes(kept.store, after, folder, name=stored.name, at=at)
    store, draft = records.completed(kept)
    if as_operated:
        store = operated.as_operated(store, draft, positions(stored.key, draft))
        draft = draft_of(store, name=kept.name, mrid=kept.mrid)
    name = stored.name
    if feeder:
        try:
            store = selection.of_feeder(store, draft, feeder)
        except KeyError:
            known = ", ".join(selection.feeder_names(draft)) or "none"
            raise NotFound(f"{name} has no feeder {feeder!r}; it has {known}", feeder=feeder) from None
        draft, name = draft_of(store, name=kept.name, mrid=kept.mrid), f"{name} {feeder}"
    return files.write_model(store, draft, folder, form=form, name=name, at=at, result=result)


def positions(model: str, draft: ModelDraft) -> dict[str, int]:
    """Where the switches of a draft stand now: phase bits by mRID."""
    present = state.present(model)
    found = {}
    for mrid, branch in draft.branches.items():
        index = present.grid.branch_index(mrid) if branch.is_switch else -1
        if index >= 0:
            found[mrid] = int(present.closed[index])
    return found
