"""What is asked and told of calls, outages, interruptions and reliability."""

from .calls import CallQuery, CallTaken, CallTold, EnterCall
from .outages import (
    CancelOutage,
    Complete,
    Confirm,
    CrewOn,
    Entry,
    EvidenceTold,
    OutageDetail,
    OutageQuery,
    OutageTold,
    Restore,
    Sentence,
    SetEtr,
)
from .reliability import (
    DayIndicesQuery,
    DayIndicesTold,
    FiguresTold,
    Group,
    IndicesQuery,
    IndicesTold,
    InterruptionQuery,
)
from .shared import InterruptionTold

__all__ = [
    "CallQuery",
    "CallTaken",
    "CallTold",
    "CancelOutage",
    "Complete",
    "Confirm",
    "CrewOn",
    "DayIndicesQuery",
    "DayIndicesTold",
    "EnterCall",
    "Entry",
    "EvidenceTold",
    "FiguresTold",
    "Group",
    "IndicesQuery",
    "IndicesTold",
    "InterruptionQuery",
    "InterruptionTold",
    "OutageDetail",
    "OutageQuery",
    "OutageTold",
    "Restore",
    "Sentence",
    "SetEtr",
]
