"""UsagePoints with their meters, customers and addresses, as far as the files have them."""

from __future__ import annotations

from integration.cim.models import own
from integration.cim.models.build import Build
from integration.cim.models.store import Record
from network.domain import phases as ph
from network.domain.draft import UsagePoint

_CRITICAL = {"lifesupport": "life_support", "life_support": "life_support", "hospital": "hospital", "water": "water"}
_STREET = (
    "StreetDetail.addressGeneral",
    "StreetDetail.name",
    "StreetDetail.number",
    "TownDetail.code",
    "TownDetail.name",
)


def build_usage_points(build: Build) -> None:
    """One per UsagePoint that names, or is named by, equipment of the draft."""
    meters = {
        record.refs.get("EndDevice.UsagePoint", ""): record for _, record in build.store.of_class("Meter", "EndDevice")
    }
    agreements = _agreements(build)
    equipment_of = _named_by_equipment(build)
    for key, record in build.store.of_class("UsagePoint"):
        named = record.refs.get("UsagePoint.Equipments", "").split() or equipment_of.get(key, [])
        mrids = [build.store.objects[one].id for one in named if one in build.store.objects]
        equipment = next((mrid for mrid in mrids if mrid in build.draft.injections or mrid in build.draft.branches), "")
        if not equipment:
            build.store.find(
                "warning", "usage_point_nowhere", "no equipment of the model supplies it; left out", record
            )
            continue
        usage_point = _usage_point(build, record, equipment, agreements.get(key))
        if key in meters:
            usage_point.meter_mrid = meters[key].id
            usage_point.meter_number = meters[key].text.get("Asset.serialNumber") or meters[key].name
        build.draft.usage_points[record.id] = usage_point
        build.place(record)


def _usage_point(build: Build, record: Record, equipment: str, agreement: Record | None) -> UsagePoint:
    customer = build.store.follow(agreement, "CustomerAgreement.Customer") if agreement else None
    location = build.store.follow(record, "UsagePoint.ServiceLocation")
    return UsagePoint(
        record.id,
        record.name,
        equipment,
        phases=ph.parse(record.text.get("UsagePoint.phaseCode", "")) or _phases_of(build, equipment),
        customer_name=customer.name if customer else "",
        account_number=agreement.name if agreement else "",
        address=_address(location),
        phone=location.text.get("TelephoneNumber.localNumber", "") if location else "",
        critical=_critical(customer),
        synthetic=own.is_synthetic(record),
    )


def _phases_of(build: Build, mrid: str) -> int:
    found = build.draft.injections.get(mrid) or build.draft.branches.get(mrid)
    return found.phases if found else ph.ABC


def _address(location: Record | None) -> str:
    return " ".join(location.text[name] for name in _STREET if name in location.text) if location else ""


def _critical(customer: Record | None) -> str:
    if customer is None:
        return ""
    special = customer.text.get("Customer.specialNeed", "").lower().replace(" ", "_")
    return _CRITICAL.get(special, _CRITICAL.get(special.replace("_", ""), special))


def _agreements(build: Build) -> dict[str, Record]:
    """By usage point key; either side may name the other."""
    found: dict[str, Record] = {}
    for _, agreement in build.store.of_class("CustomerAgreement"):
        for key in agreement.refs.get("CustomerAgreement.UsagePoints", "").split():
            found[key] = agreement
    for key, record in build.store.of_class("UsagePoint"):
        agreement_of = build.store.follow(record, "UsagePoint.CustomerAgreement")
        if agreement_of:
            found[key] = agreement_of
    return found


def _named_by_equipment(build: Build) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for key in build.ends:
        record = build.store.objects.get(key)
        if record is None:
            continue
        for name in ("Equipment.UsagePoint", "Equipment.UsagePoints"):
            for usage_point in record.refs.get(name, "").split():
                found.setdefault(usage_point, []).append(key)
    return found
