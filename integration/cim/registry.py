"""Which messages we take and which we send: one row each, as data. What is not here is refused with 2.5 or 2.9.

Routing, the rights of partners, WSDL and docs/interfaces.md are made from these rows. Which interfaces a row serves is said
in interfaces.toml beside this file.
"""

from __future__ import annotations

import enum
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from integration.cim.errors import Case, MessageRefused
from integration.cim.irm import Domain, Pattern, usual_pattern
from integration.cim.nouns import (
    callbacks,
    customer_meter_data,
    end_device_events,
    maintenance_orders,
    measurement_values,
    meter_readings,
    outage_queries,
    planned_outage_notifications,
    planned_outages,
    pushed_readings,
    reading_queries,
    service_orders,
    switching_plans,
    trouble_tickets,
    unbuilt,
)
from integration.cim.nouns.items import Parsed

_HANDLERS = "integration.services.handlers"
Parser = Callable[..., Parsed[Any]]
#: Whose business a noun is first of all; a row may name another domain.
DOMAINS = {
    "BreakerStatuses": Domain.I9,
    "Callbacks": Domain.I6,
    "Controls": Domain.I9,
    "CustomerMeterDataSet": Domain.I6,
    "DERGroupDispatches": Domain.I8,
    "DERGroupForecasts": Domain.I3,
    "DERGroupStatuses": Domain.I8,
    "EndDeviceControls": Domain.I7,
    "EndDeviceEvents": Domain.I7,
    "GenerationContracts": Domain.I10,
    "LoadForecasts": Domain.I3,
    "MaintenanceOrders": Domain.I4,
    "MasterDataLinkageConfig": Domain.I6,
    "MeasurementValues": Domain.I9,
    "MeterConfig": Domain.I7,
    "MeterReadings": Domain.I7,
    "NetworkChanges": Domain.I2,
    "PlannedOutageNotifications": Domain.I6,
    "PlannedOutages": Domain.I3,
    "PowerQualitySummaries": Domain.I7,
    "ReliabilityIndices": Domain.I11,
    "ServiceOrders": Domain.I4,
    "SwitchingPlans": Domain.I4,
    "TroubleTickets": Domain.I6,
    "UnplannedOutages": Domain.I1,
    "UsagePointConfig": Domain.I7,
    "WeatherReports": Domain.I3,
}


class Direction(enum.Enum):
    """Seen from us."""

    IN = "in"
    OUT = "out"


@dataclass(frozen=True, slots=True)
class Row:
    """One message: verb and noun, the schema of its payload, who parses and handles it, the action its sender needs a right to.

    The schema is called as the root element of the payload.
    """

    verb: str
    noun: str
    direction: Direction
    schema: str
    parse: Parser | None = None
    handler: str = ""  # dotted, because handlers need the database and this table does not
    action: str = "post_cim"
    max_items: int = 20_000
    revisions: tuple[str, ...] = ("1", "2")  # major ones
    takes_several: bool = False  # its handler takes the items of several messages at once (`handle_together`)
    reads_envelope: bool = False  # what it says is in the reply as well; a payload may be missing
    exchanged: Pattern | None = None  # where it is not the usual pattern of its verb

    @property
    def name(self) -> str:
        """As a partner's permissions list it."""
        return f"{self.verb} {self.noun}"

    @property
    def key(self) -> str:
        """As interfaces.toml lists it: the way, then the name."""
        return f"{self.direction.value} {self.name}"

    @property
    def is_acted_on(self) -> bool:
        """Whether anything is done with it; else it is read, held to its schema and refused."""
        return self.parse is not unbuilt.parse

    @property
    def domain(self) -> Domain:
        """The domain of the interface reference model."""
        return DOMAINS[self.noun]

    @property
    def pattern(self) -> Pattern:
        """Which of the seven patterns it is exchanged in."""
        return self.exchanged or usual_pattern(self.verb)


_IN, _OUT = Direction.IN, Direction.OUT
ROWS = (
    Row("created", "EndDeviceEvents", _IN, "EndDeviceEvents", end_device_events.parse, f"{_HANDLERS}.device_events",
        takes_several=True, exchanged=Pattern.EVENT_ACTION),
    Row("create", "TroubleTickets", _IN, "TroubleTickets", trouble_tickets.parse, f"{_HANDLERS}.trouble_tickets", "enter_call",
        takes_several=True),
    Row("changed", "MeasurementValues", _IN, "MeasurementValues", measurement_values.parse, f"{_HANDLERS}.measurement_values",
        "report_position", exchanged=Pattern.SEND_RECEIVE),
    Row("reply", "MeterReadings", _IN, "MeterReadings", meter_readings.parse, f"{_HANDLERS}.meter_readings", reads_envelope=True),
    Row("created", "MeterReadings", _IN, "MeterReadings", pushed_readings.parse, f"{_HANDLERS}.pushed_readings"),
    Row("changed", "MeterReadings", _IN, "MeterReadings", pushed_readings.parse, f"{_HANDLERS}.pushed_readings"),
    Row("get", "MeterReadings", _IN, "GetMeterReadings", reading_queries.parse, f"{_HANDLERS}.readings_asked", "view_customer",
        max_items=1_000, reads_envelope=True),
    Row("created", "EndDeviceEvents", _OUT, "EndDeviceEvents"),
    Row("created", "MeterReadings", _OUT, "MeterReadings"),
    Row("changed", "MeterReadings", _OUT, "MeterReadings"),
    Row("get", "MeterReadings", _OUT, "GetMeterReadings"),
    Row("created", "UnplannedOutages", _OUT, "UnplannedOutages"),
    Row("changed", "UnplannedOutages", _OUT, "UnplannedOutages"),
    Row("closed", "UnplannedOutages", _OUT, "UnplannedOutages"),
    Row("canceled", "UnplannedOutages", _OUT, "UnplannedOutages"),
    Row("create", "Controls", _OUT, "Controls", exchanged=Pattern.REQUEST_RESPONSE),
    Row("create", "Callbacks", _OUT, "Callbacks", exchanged=Pattern.REQUEST_RESPONSE),
    Row("changed", "Callbacks", _IN, "Callbacks", callbacks.parse, f"{_HANDLERS}.callbacks", "enter_call",
        exchanged=Pattern.EVENT_ACTION),
    Row("get", "UnplannedOutages", _IN, "UnplannedOutages", outage_queries.parse, f"{_HANDLERS}.unplanned_outages_asked",
        reads_envelope=True),
    Row("get", "PlannedOutages", _IN, "PlannedOutages", outage_queries.parse, f"{_HANDLERS}.planned_outages_asked",
        reads_envelope=True),
    Row("create", "PlannedOutages", _IN, "PlannedOutages", planned_outages.parse, f"{_HANDLERS}.planned_outages_created",
        "request_planned_outage", max_items=200),
    Row("change", "PlannedOutages", _IN, "PlannedOutages", planned_outages.parse, f"{_HANDLERS}.planned_outages_changed",
        "request_planned_outage", max_items=200),
    Row("cancel", "PlannedOutages", _IN, "PlannedOutages", planned_outages.parse, f"{_HANDLERS}.planned_outages_cancelled",
        "request_planned_outage", max_items=200),
    Row("created", "PlannedOutages", _OUT, "PlannedOutages"),
    Row("changed", "PlannedOutages", _OUT, "PlannedOutages"),
    Row("closed", "PlannedOutages", _OUT, "PlannedOutages"),
    Row("canceled", "PlannedOutages", _OUT, "PlannedOutages"),
    Row("created", "PlannedOutageNotifications", _OUT, "PlannedOutageNotifications"),
    Row("changed", "PlannedOutageNotifications", _OUT, "PlannedOutageNotifications"),
    Row("canceled", "PlannedOutageNotifications", _OUT, "PlannedOutageNotifications"),
    Row("reply", "PlannedOutageNotifications", _IN, "PlannedOutageNotifications", planned_outage_notifications.parse_reply,
        f"{_HANDLERS}.planned_notices_acknowledged", "enter_call", reads_envelope=True),
    Row("create", "SwitchingPlans", _OUT, "SwitchingPlans"),
    Row("closed", "SwitchingPlans", _OUT, "SwitchingPlans"),
    Row("canceled", "SwitchingPlans", _OUT, "SwitchingPlans"),
    Row("changed", "SwitchingPlans", _IN, "SwitchingPlans", switching_plans.parse, f"{_HANDLERS}.switching_plans",
        "report_step", exchanged=Pattern.EVENT_ACTION),
    Row("create", "MaintenanceOrders", _OUT, "MaintenanceOrders"),
    Row("change", "MaintenanceOrders", _OUT, "MaintenanceOrders"),
    Row("close", "MaintenanceOrders", _OUT, "MaintenanceOrders"),
    Row("cancel", "MaintenanceOrders", _OUT, "MaintenanceOrders"),
    Row("changed", "MaintenanceOrders", _IN, "MaintenanceOrders", maintenance_orders.parse, f"{_HANDLERS}.maintenance_orders",
        "report_work", max_items=500, exchanged=Pattern.EVENT_ACTION),
    Row("get", "CustomerMeterDataSet", _OUT, "CustomerMeterDataSet"),
    Row("create", "CustomerMeterDataSet", _IN, "CustomerMeterDataSet", customer_meter_data.parse,
        f"{_HANDLERS}.customer_meter_data", max_items=5_000),
    Row("change", "CustomerMeterDataSet", _IN, "CustomerMeterDataSet", customer_meter_data.parse,
        f"{_HANDLERS}.customer_meter_data", max_items=5_000),
    Row("delete", "CustomerMeterDataSet", _IN, "CustomerMeterDataSet", customer_meter_data.parse,
        f"{_HANDLERS}.customer_meter_data_deleted", max_items=5_000),
    Row("reply", "CustomerMeterDataSet", _IN, "CustomerMeterDataSet", customer_meter_data.parse_reply,
        f"{_HANDLERS}.customer_meter_data_told", max_items=5_000, reads_envelope=True),
    Row("changed", "BreakerStatuses", _OUT, "BreakerStatuses"),
    Row("get", "BreakerStatuses", _IN, "BreakerStatuses", outage_queries.parse, f"{_HANDLERS}.breaker_statuses_asked",
        reads_envelope=True),
    Row("created", "NetworkChanges", _OUT, "NetworkChanges"),
    Row("changed", "NetworkChanges", _OUT, "NetworkChanges"),
    Row("create", "EndDeviceControls", _IN, "EndDeviceControls", unbuilt.parse, f"{_HANDLERS}.unbuilt",
        exchanged=Pattern.REQUEST_RESPONSE),
    Row("create", "UsagePointConfig", _IN, "UsagePointConfig", unbuilt.parse, f"{_HANDLERS}.unbuilt"),
    Row("change", "UsagePointConfig", _IN, "UsagePointConfig", unbuilt.parse, f"{_HANDLERS}.unbuilt"),
    Row("create", "MeterConfig", _IN, "MeterConfig", unbuilt.parse, f"{_HANDLERS}.unbuilt"),
    Row("change", "MeterConfig", _IN, "MeterConfig", unbuilt.parse, f"{_HANDLERS}.unbuilt"),
    Row("create", "MasterDataLinkageConfig", _IN, "MasterDataLinkageConfig", unbuilt.parse, f"{_HANDLERS}.unbuilt"),
    Row("delete", "MasterDataLinkageConfig", _IN, "MasterDataLinkageConfig", unbuilt.parse, f"{_HANDLERS}.unbuilt"),
    Row("changed", "DERGroupStatuses", _IN, "DERGroupStatuses", unbuilt.parse, f"{_HANDLERS}.unbuilt"),
    Row("create", "DERGroupDispatches", _IN, "DERGroupDispatches", unbuilt.parse, f"{_HANDLERS}.unbuilt",
        exchanged=Pattern.REQUEST_RESPONSE),
    Row("create", "ServiceOrders", _IN, "ServiceOrders", service_orders.parse, f"{_HANDLERS}.service_orders", max_items=500),
    Row("changed", "ServiceOrders", _IN, "ServiceOrders", service_orders.parse, f"{_HANDLERS}.service_orders_changed",
        "report_work", max_items=500, exchanged=Pattern.EVENT_ACTION),
    Row("create", "ServiceOrders", _OUT, "ServiceOrders"),
    Row("changed", "ServiceOrders", _OUT, "ServiceOrders"),
    Row("changed", "EndDeviceEvents", _IN, "EndDeviceEvents", unbuilt.parse, f"{_HANDLERS}.unbuilt",
        exchanged=Pattern.SEND_RECEIVE),
    Row("created", "DERGroupForecasts", _IN, "DERGroupForecasts", unbuilt.parse, f"{_HANDLERS}.unbuilt"),
    Row("created", "LoadForecasts", _IN, "LoadForecasts", unbuilt.parse, f"{_HANDLERS}.unbuilt"),
    Row("created", "WeatherReports", _IN, "WeatherReports", unbuilt.parse, f"{_HANDLERS}.unbuilt"),
    Row("create", "GenerationContracts", _IN, "GenerationContracts", unbuilt.parse, f"{_HANDLERS}.unbuilt"),
    Row("change", "GenerationContracts", _IN, "GenerationContracts", unbuilt.parse, f"{_HANDLERS}.unbuilt"),
    Row("delete", "GenerationContracts", _IN, "GenerationContracts", unbuilt.parse, f"{_HANDLERS}.unbuilt"),
    Row("created", "PowerQualitySummaries", _IN, "PowerQualitySummaries", unbuilt.parse, f"{_HANDLERS}.unbuilt"),
    Row("created", "ReliabilityIndices", _OUT, "ReliabilityIndices"),
    Row("changed", "ReliabilityIndices", _OUT, "ReliabilityIndices"),
)  # fmt: skip
_BY_NAME = {row.name: row for row in ROWS if row.direction is _IN}


def incoming(verb: str, noun: str) -> Row:
    """The row of a message that came in.

    Raises:
        MessageRefused: 2.5 for a noun we do not take, 2.9 for a verb we do not take with it.
    """
    row = _BY_NAME.get(f"{verb} {noun}")
    if row is not None:
        return row
    verbs = sorted(one.verb for one in ROWS if one.noun == noun and one.direction is _IN)
    if verbs:
        raise MessageRefused(Case.UNKNOWN_VERB, f"{noun} is taken with: {', '.join(verbs)}; not with {verb}")
    nouns = sorted({one.noun for one in ROWS if one.direction is _IN})
    raise MessageRefused(Case.UNKNOWN_NOUN, f"{noun} is not taken; taken are: {', '.join(nouns)}")


def nouns(direction: Direction | None = None) -> list[str]:
    """Every noun we take or send (None: either), in the order of the alphabet."""
    return sorted({row.noun for row in ROWS if direction in {None, row.direction}})


def is_revision_taken(row: Row, revision: str) -> bool:
    """Whether a noun's revision, as the header states it, is one we read; unstated is."""
    return not revision or revision.partition(".")[0] in row.revisions
