"""What systems of a utility have to tell that Tieline takes note of only to refuse it: forecasts, weather, contracts, power quality.

Written by hand, as their makers would. Sent once each with `simulate PARTNER --offer`; a server that is honest answers 5.2 (not
attempted), and the report of the run says what each was answered.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable
from typing import NamedTuple

from integration.simulators import messages

Write = Callable[[dt.datetime, str], str]
_QUARTER = dt.timedelta(minutes=15)
_DAY = dt.timedelta(days=1)
#: kW by the quarter hour, from six in the morning; what small generators make, and what a feeder takes.
_MADE, _TAKEN = (0, 4, 15, 38, 72, 110, 141, 160), (812, 840, 905, 990, 1044, 1061, 1032, 987)


class Offer(NamedTuple):
    """One message: `write` gives its payload at a moment, about one usage point of the network."""

    root: str
    verb: str
    noun: str
    write: Write


def der_group_forecasts(at: dt.datetime, usage_point: str) -> str:  # noqa: ARG001 - as all of them
    """What a group of generators will make."""
    begins = messages.time(_midnight(at) + _DAY + dt.timedelta(hours=6))
    curve = "".join(
        f"<DERCurveData><intervalNumber>{number}</intervalNumber><nominalYValue>{made}</nominalYValue></DERCurveData>"
        for number, made in enumerate(_MADE, start=1)
    )
    return (
        '<DERGroupForecasts xmlns="http://iec.ch/TC57/2017/DERGroupForecasts#"><DERGroupForecast>'
        f"<mRID>{_mrid('forecast', at)}</mRID><predictionCreationDate>{messages.time(at)}</predictionCreationDate><EndDeviceGroup>"
        f"<mRID>{uuid.uuid5(uuid.NAMESPACE_OID, 'group 1')}</mRID><DERMonitorableParameter><DERParameter>activePower</DERParameter>"
        "<flowDirection>reverse</flowDirection><yMultiplier>k</yMultiplier><yUnit>W</yUnit><DispatchSchedule><confidence>80</confidence>"
        f"<curveStyleKind>constantYValue</curveStyleKind><startTime>{begins}</startTime><timeIntervalDuration>15</timeIntervalDuration>"
        f"<timeIntervalUnit>m</timeIntervalUnit>{curve}</DispatchSchedule></DERMonitorableParameter></EndDeviceGroup>"
        "</DERGroupForecast></DERGroupForecasts>"
    )


def weather_reports(at: dt.datetime, usage_point: str) -> str:  # noqa: ARG001 - as all of them
    """What the weather was, and what it will be."""
    hour = dt.timedelta(hours=1)
    place = "<latitude>48.31</latitude><longitude>7.82</longitude>"
    station = f"<WeatherStation>{place}<Names><name>Airfield</name></Names></WeatherStation>"
    seen = (
        f"<Observation><mRID>{_mrid('seen', at)}</mRID><createdDateTime>{messages.time(at)}</createdDateTime><humidity>81</humidity>"
        "<precipitation>0.4</precipitation><sunshine>12</sunshine><temperature>-3.5</temperature><windDirection>230</windDirection>"
        f"<windSpeed>14</windSpeed>{station}{_period('period', at - hour, at)}</Observation>"
    )
    expected = (
        f"<Forecast><mRID>{_mrid('expected', at)}</mRID><createdDateTime>{messages.time(at)}</createdDateTime>"
        f"<globalIrradiance>220</globalIrradiance><temperature>1</temperature><windSpeed>19</windSpeed>{station}"
        f"{_period('period', at, at + 6 * hour)}</Forecast>"
    )
    return f'<WeatherReports xmlns="urn:tieline:cim:2026:WeatherReports#">{seen}{expected}</WeatherReports>'


def load_forecasts(at: dt.datetime, usage_point: str) -> str:  # noqa: ARG001 - as all of them
    """What a feeder will take."""
    begins = _midnight(at) + _DAY + dt.timedelta(hours=6)
    intervals = "".join(
        f"<Intervals><activePower>{taken}</activePower><start>{messages.time(begins + number * _QUARTER)}</start></Intervals>"
        for number, taken in enumerate(_TAKEN)
    )
    return (
        f'<LoadForecasts xmlns="urn:tieline:cim:2026:LoadForecasts#"><LoadForecast><mRID>{_mrid("load", at)}</mRID>'
        f"<createdDateTime>{messages.time(at)}</createdDateTime><intervalMinutes>15</intervalMinutes><kind>net</kind>{intervals}"
        "<PowerSystemResource><Names><name>Feeder 1</name><NameType><name>FeederName</name></NameType></Names></PowerSystemResource>"
        "</LoadForecast></LoadForecasts>"
    )


def power_quality_summaries(at: dt.datetime, usage_point: str) -> str:
    """How good the supply of one place was yesterday."""
    midnight = _midnight(at)
    return (
        '<PowerQualitySummaries xmlns="urn:tieline:cim:2026:PowerQualitySummaries#"><PowerQualitySummary>'
        f"<mRID>{_mrid('quality', at)}</mRID><flickerPst>1.2</flickerPst><maxVoltage>251.3</maxVoltage><minVoltage>214.9</minVoltage>"
        "<nominalVoltage>230</nominalVoltage><shareOfSlotsInViolation>6.5</shareOfSlotsInViolation>"
        "<totalHarmonicVoltageDistortion>4.1</totalHarmonicVoltageDistortion><violationMinutes>94</violationMinutes>"
        f"<UsagePoint>{messages.names(usage_point, 'UsagePointNumber')}</UsagePoint>"
        f"{_period('summaryInterval', midnight - _DAY, midnight)}</PowerQualitySummary></PowerQualitySummaries>"
    )


def generation_contracts(at: dt.datetime, usage_point: str) -> str:
    """What a customer who generates was credited in a month."""
    ends = _midnight(at).replace(day=1)
    begins = (ends - _DAY).replace(day=1)
    return (
        '<GenerationContracts xmlns="urn:tieline:cim:2026:GenerationContracts#"><GenerationContract>'
        f"<mRID>{uuid.uuid5(uuid.NAMESPACE_OID, usage_point)}</mRID><meteringKind>net</meteringKind><ratedPower>5</ratedPower>"
        "<sanctionedLoad>4</sanctionedLoad><BankingSummaries><banked>120</banked><carriedIn>30</carriedIn><carriedOver>90</carriedOver>"
        f"<drawn>60</drawn>{_period('billingPeriod', begins, ends)}</BankingSummaries>"
        f"<UsagePoint>{messages.names(usage_point, 'UsagePointNumber')}</UsagePoint></GenerationContract></GenerationContracts>"
    )


#: By the name of the system that has it to tell.
OFFERS: dict[str, tuple[Offer, ...]] = {
    "aggregator": (
        Offer("EventMessage", "created", "DERGroupForecasts", der_group_forecasts),
        Offer("EventMessage", "created", "WeatherReports", weather_reports),
    ),
    "billing": (Offer("RequestMessage", "create", "GenerationContracts", generation_contracts),),
    "mdm": (
        Offer("EventMessage", "created", "LoadForecasts", load_forecasts),
        Offer("EventMessage", "created", "PowerQualitySummaries", power_quality_summaries),
    ),
}


def _midnight(at: dt.datetime) -> dt.datetime:
    return at.replace(hour=0, minute=0, second=0, microsecond=0)


def _mrid(what: str, at: dt.datetime) -> uuid.UUID:
    return uuid.uuid5(uuid.NAMESPACE_OID, f"{what} {at.isoformat()}")


def _period(name: str, begins: dt.datetime, ends: dt.datetime) -> str:
    return f"<{name}><end>{messages.time(ends)}</end><start>{messages.time(begins)}</start></{name}>"
