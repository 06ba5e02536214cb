"""Namespaces of messages: the one we speak of each kind, and the variants met in the field, which are read as that one."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lxml import etree

MESSAGE = "http://iec.ch/TC57/2011/schema/message"
SOAP = {
    "http://schemas.xmlsoap.org/soap/envelope/": "1.1",
    "http://www.w3.org/2003/05/soap-envelope": "1.2",
}
#: Profiles we take or send, by noun.
PROFILES = {
    "EndDeviceEvents": "http://iec.ch/TC57/2011/EndDeviceEvents#",
    "MeterReadings": "http://iec.ch/TC57/2011/MeterReadings#",
    "GetMeterReadings": "http://iec.ch/TC57/2011/GetMeterReadings#",
    "TroubleTickets": "urn:tieline:cim:2026:TroubleTickets#",
    "MeasurementValues": "urn:tieline:cim:2026:MeasurementValues#",
    "UnplannedOutages": "urn:tieline:cim:2026:UnplannedOutages#",
    "Controls": "urn:tieline:cim:2026:Controls#",
    "Callbacks": "urn:tieline:cim:2026:Callbacks#",
    "PlannedOutages": "urn:tieline:cim:2026:PlannedOutages#",
    "PlannedOutageNotifications": "urn:tieline:cim:2026:PlannedOutageNotifications#",
    "SwitchingPlans": "urn:tieline:cim:2026:SwitchingPlans#",
    "MaintenanceOrders": "http://iec.ch/TC57/2015/MaintenanceOrders#",
    "CustomerMeterDataSet": "urn:tieline:cim:2026:CustomerMeterDataSet#",
    "BreakerStatuses": "urn:tieline:cim:2026:BreakerStatuses#",
    "NetworkChanges": "urn:tieline:cim:2026:NetworkChanges#",
    "EndDeviceControls": "http://iec.ch/TC57/2011/EndDeviceControls#",
    "UsagePointConfig": "http://iec.ch/TC57/2011/UsagePointConfig#",
    "MeterConfig": "http://iec.ch/TC57/2011/MeterConfig#",
    "MasterDataLinkageConfig": "http://iec.ch/TC57/2011/MasterDataLinkageConfig#",
    "ServiceOrders": "http://iec.ch/TC57/2015/ServiceOrders#",
    "DERGroupDispatches": "http://iec.ch/TC57/2017/DERGroupDispatches#",
    "DERGroupStatuses": "http://iec.ch/TC57/2017/DERGroupStatuses#",
    "DERGroupForecasts": "http://iec.ch/TC57/2017/DERGroupForecasts#",
    "LoadForecasts": "urn:tieline:cim:2026:LoadForecasts#",
    "WeatherReports": "urn:tieline:cim:2026:WeatherReports#",
    "GenerationContracts": "urn:tieline:cim:2026:GenerationContracts#",
    "PowerQualitySummaries": "urn:tieline:cim:2026:PowerQualitySummaries#",
    "ReliabilityIndices": "urn:tieline:cim:2026:ReliabilityIndices#",
}
_IEC = r"http://(?:www\.)?iec\.ch/TC57/(?P<year>\d{4})/"
_MESSAGE = re.compile(_IEC + r"schema/message#?")
_ABSTRACT = re.compile(_IEC + r"abstract#?")
_WRAPPER = re.compile(rf"(?:{_IEC}|urn:tieline:cim:\d{{4}}:)(?P<noun>[A-Za-z]+)Message#?")
_PROFILE = re.compile(_IEC + r"(?:[A-Za-z0-9]+/)?(?P<noun>[A-Za-z]+)#?")  # one vendor puts his name before the noun
_EDITION_2_YEAR = 2021


def split(element: etree._Element) -> tuple[str, str]:
    """(namespace, local name) of an element; the namespace may be empty."""
    tag = str(element.tag)
    if not tag.startswith("{"):
        return "", tag
    namespace, _, local = tag[1:].partition("}")
    return namespace, local


def is_message(namespace: str) -> bool:
    """Whether this is the message namespace of edition 1, a variant of it, or edition 2, whose messages are read as edition 1."""
    return _MESSAGE.fullmatch(namespace) is not None


def is_edition_2(namespace: str) -> bool:
    """Whether this is the message namespace of edition 2."""
    found = _MESSAGE.fullmatch(namespace)
    return found is not None and int(found["year"]) >= _EDITION_2_YEAR


def is_abstract(namespace: str) -> bool:
    """Whether this is the namespace of the generic SOAP operations."""
    return _ABSTRACT.fullmatch(namespace) is not None


def noun_of_wrapper(namespace: str) -> str:
    """The noun of a strongly typed wrapper's namespace, empty for any other namespace."""
    found = _WRAPPER.fullmatch(namespace)
    return found["noun"] if found else ""


def base_of(noun: str) -> str:
    """What the namespaces of a noun begin with: its profile's, those of its typed wrappers and of its WSDL."""
    return PROFILES[noun].removesuffix(f"{noun}#")


def profile_of(namespace: str) -> str:
    """The namespace we speak for a payload's, which may be a variant; an unknown one stays what it is."""
    found = _PROFILE.fullmatch(namespace)
    return PROFILES.get(found["noun"], namespace) if found else namespace
