"""Who acts in tests, where, and the feeder most stories happen on."""

import datetime as dt

from adms.core import actors
from adms.core.actors import Actor
from adms.core.services import dispatch
from integration.services import models as door
from integration.services.models import Published
from metering.models import Meter, UsagePoint
from metering.services import device_events
from metering.services.device_events import POWER_LOST, POWER_RESTORED, DeviceEvent
from network.domain.draft import ModelDraft
from tests.builders.network import NetworkBuilder

NOON = dt.datetime(2026, 3, 1, 12, 0, tzinfo=dt.UTC)
SYSTEM = actors.system("test")


def person(name: str, role: str, area: str | None = None, way: str = "browser") -> Actor:
    """Somebody with one role."""
    return Actor(name=name, grants=frozenset({(role, area)}), way=way)


ANNA = person("anna", "OPR")  # an operator everywhere
RAVI = person("ravi", "OPR", "south")  # an operator elsewhere
TOM = person("tom", "DSP")  # a dispatcher
GATEWAY = person("scada", "INT", way="cim")  # an external system


def after(seconds: float) -> dt.datetime:
    """So long after noon."""
    return NOON + dt.timedelta(seconds=seconds)


def feeder() -> ModelDraft:
    """The feeder of the stories; CB1, SW1 and TIE are telemetered.

    S --CB1-- L1 --+-- F1 --+-- T1 (5 customers)
                   |        +-- T2 (4)
                   +-- SW1 -- L2 --+-- F2 --+-- T3 (6)
                                   |        +-- T4 (3)
                                   +-- T5 (2)
                                   +-- TIE/open -- S2
    """
    return (
        NetworkBuilder("story")
        .source("S").breaker("CB1").line("L1").mark("tee")
        .fuse("F1").mark("f1").transformer("T1").customers(5)
        .back_to("f1").transformer("T2").customers(4)
        .back_to("tee").switch("SW1").telemetered().line("L2").mark("end")
        .fuse("F2").mark("f2").transformer("T3").customers(6, critical="hospital")
        .back_to("f2").transformer("T4").customers(3)
        .back_to("end").transformer("T5").customers(2)
        .back_to("end").switch("TIE", closed=False).telemetered().to("S2").source("S2")
        .draft()
    )  # fmt: skip


def publish(draft: ModelDraft | None = None) -> Published:
    """Make a draft the operated network."""
    return door.publish_draft(actor=SYSTEM, draft=draft or feeder(), source="test", at=NOON)


def deliver(at: dt.datetime = NOON) -> int:
    """Let every subscriber see what was published."""
    return dispatch.dispatch(clock=lambda: at)


def meters_at(*transformers: str) -> list[int]:
    """Ids of the meters behind these transformers, in the order of their usage points."""
    points = UsagePoint.objects.filter(equipment_mrid__in=transformers)
    return list(Meter.objects.filter(usage_point__in=points).order_by("usage_point_id").values_list("pk", flat=True))


def gasp(meters: list[int], at: dt.datetime, *, code: str = POWER_LOST) -> int:
    """Meters say they lost supply."""
    return device_events.record_events(source="HES", items=[DeviceEvent(m, code, at) for m in meters], at=at)


def power_back(meters: list[int], at: dt.datetime) -> int:
    """Meters say they have supply again."""
    return gasp(meters, at, code=POWER_RESTORED)
