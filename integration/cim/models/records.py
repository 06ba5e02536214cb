"""The records behind a draft: kept by its reader, or made of the draft where its files were no CIM."""

from __future__ import annotations

from integration.cim.models import packing
from integration.cim.models.packing import Kept
from integration.cim.models.store import Store
from network.domain.draft import ModelDraft


def of_draft(draft: ModelDraft) -> Kept | None:
    """What its reader kept; None where it kept nothing."""
    if isinstance(draft.kept, Store):
        return Kept(draft.kept, draft.name, draft.mrid, dict(draft.completion))
    return None


def packed(draft: ModelDraft) -> bytes:
    """The blob to be stored beside the version."""
    kept = of_draft(draft)
    return packing.pack(kept) if kept else b""
