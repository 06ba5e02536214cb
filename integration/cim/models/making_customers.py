"""Records of customers with their meters and addresses, and of telemetry points."""

from __future__ import annotations

from collections.abc import Iterable

from integration.cim.models import identity, own
from integration.cim.models.maker import Maker
from network.domain import phases as ph
from network.domain.draft import TelemetryPoint, UsagePoint
from network.domain.identity import derived_mrid

_TYPES = {
    "position": "SwitchPosition",
    "current": "LineCurrent",
    "voltage": "LineToLineVoltage",
    "apparent_power": "ThreePhasePower",
    "active_power": "ThreePhaseActivePower",
    "reactive_power": "ThreePhaseReactivePower",
    "state_of_charge": "SoC",
    "fault_indicator": "FaultIndicator",
    "fault_current": "FaultCurrent",
    "local_mode": "LocalOperation",
    "lockout": "Lockout",
}
_DISCRETE = frozenset({"position", "fault_indicator", "local_mode", "lockout"})


def make_all(maker: Maker) -> None:
    """All usage points and telemetry points of the draft."""
    make_customers(maker, maker.draft.usage_points.values())
    make_points(maker, maker.draft.telemetry_points.values())


def make_customers(maker: Maker, points: Iterable[UsagePoint]) -> None:
    """A UsagePoint each, with the Customer, CustomerAgreement, ServiceLocation and Meter that are known."""
    for point in points:
        synthetic = {own.SYNTHETIC: "true" if point.synthetic else None}
        key = identity.key(point.mrid)
        refs = {"UsagePoint.Equipments": identity.key(point.equipment_mrid)}
        if point.address or point.phone:
            refs["UsagePoint.ServiceLocation"] = _make_location(maker, point)
        text = {**synthetic, "UsagePoint.phaseCode": ph.text(point.phases)}
        maker.make("UsagePoint", point.mrid, point.name, text, refs)
        if point.account_number:
            _make_agreement(maker, point, key)
        if point.meter_number or point.meter_mrid:
            serial = {**synthetic, "Asset.serialNumber": point.meter_number}
            mrid = point.meter_mrid or derived_mrid(point.mrid, "meter")
            maker.make("Meter", mrid, point.meter_number, serial, {"EndDevice.UsagePoint": key})


def _make_location(maker: Maker, point: UsagePoint) -> str:
    text = {"StreetDetail.addressGeneral": point.address, "TelephoneNumber.localNumber": point.phone}
    return maker.make("ServiceLocation", derived_mrid(point.mrid, "location"), point.address, text)


def _make_agreement(maker: Maker, point: UsagePoint, key: str) -> None:
    text = {"Customer.specialNeed": point.critical}
    customer = maker.make("Customer", derived_mrid(point.mrid, "customer"), point.customer_name, text)
    refs = {"CustomerAgreement.Customer": customer, "CustomerAgreement.UsagePoints": key}
    maker.make("CustomerAgreement", derived_mrid(point.mrid, "agreement"), point.account_number, {}, refs)


def make_points(maker: Maker, points: Iterable[TelemetryPoint]) -> None:
    """A Discrete for what is either so or not, an Analog for all others."""
    for point in points:
        cls = "Discrete" if point.kind in _DISCRETE else "Analog"
        text = {
            own.SYNTHETIC: "true" if point.synthetic else None,
            "Measurement.measurementType": _TYPES.get(point.kind, point.kind),
            "Measurement.phases": ph.text(point.phases),
        }
        refs = {"Measurement.PowerSystemResource": identity.key(point.equipment_mrid)}
        maker.make(cls, point.mrid, point.name, text, refs)
