"""Nouns whose function is not built (C03, C04, A02, N01, P09, T05, R05-R07, R11, Q01): read, held against their schema, answered honestly, kept, acted on never."""

from __future__ import annotations

import pytest

from integration.cim import registry, xml
from integration.models import InboxMessage
from metering.models import UsagePoint
from tests.integration.cim.messages import compose
from tests.integration.services.cast import MillLane, Post, make_partner

NAMED = "<Names><name>MTR-1</name><NameType><name>MeterNumber</name></NameType></Names>"
CONTROL = (
    f"<EndDeviceControl><EndDeviceControlType ref='3.31.0.23'/><EndDevices>{NAMED}</EndDevices></EndDeviceControl>"
)
POINT = "<UsagePoint><connectionState>physicallyDisconnected</connectionState><Names><name>SDP-1</name></Names></UsagePoint>"
GROUP = (
    "<EndDeviceGroup><mRID>g</mRID><DERMonitorableParameter><DERParameter>activePower</DERParameter><yMultiplier>k</yMultiplier>"
    "<yUnit>W</yUnit><DERCurveData><nominalYValue>1</nominalYValue><timeStamp>2026-03-01T10:15:00Z</timeStamp></DERCurveData>"
    "</DERMonitorableParameter></EndDeviceGroup>"
)
DISPATCH = (
    "<DERGroupDispatch><EndDeviceGroup><mRID>g</mRID><DERMonitorableParameter><DERParameter>activePower</DERParameter>"
    "<yMultiplier>k</yMultiplier><yUnit>W</yUnit><DispatchSchedule><curveStyleKind>constantYValue</curveStyleKind>"
    "<startTime>2026-03-01T11:15:00Z</startTime><timeIntervalDuration>15</timeIntervalDuration><timeIntervalUnit>m</timeIntervalUnit>"
    "<DERCurveData><intervalNumber>1</intervalNumber><nominalYValue>350</nominalYValue></DERCurveData></DispatchSchedule>"
    "</DERMonitorableParameter></EndDeviceGroup></DERGroupDispatch>"
)
PERIOD = "<end>2026-03-02T00:00:00Z</end><start>2026-03-01T00:00:00Z</start>"
CONFIRMED = (
    f"<EndDeviceEvent><createdDateTime>2026-03-01T10:15:00Z</createdDateTime><reason>confirmed on site</reason><Assets>{NAMED}</Assets>"
    "<EndDeviceEventType ref='3.12.0.257'/></EndDeviceEvent>"
)
GENERATION = (
    "<DERGroupForecast><mRID>f</mRID><predictionCreationDate>2026-03-01T10:15:00Z</predictionCreationDate><EndDeviceGroup><mRID>g</mRID>"
    "<DERMonitorableParameter><DERParameter>activePower</DERParameter><yMultiplier>k</yMultiplier><yUnit>W</yUnit><DispatchSchedule>"
    "<curveStyleKind>constantYValue</curveStyleKind><startTime>2026-03-02T00:00:00Z</startTime><timeIntervalDuration>15</timeIntervalDuration>"
    "<timeIntervalUnit>m</timeIntervalUnit><DERCurveData><intervalNumber>1</intervalNumber><nominalYValue>40</nominalYValue></DERCurveData>"
    "</DispatchSchedule></DERMonitorableParameter></EndDeviceGroup></DERGroupForecast>"
)
DEMAND = (
    "<LoadForecast><mRID>l</mRID><createdDateTime>2026-03-01T10:15:00Z</createdDateTime><intervalMinutes>15</intervalMinutes><kind>net</kind>"
    "<Intervals><activePower>812.5</activePower><start>2026-03-02T00:00:00Z</start></Intervals>"
    "<PowerSystemResource><Names><name>F-12</name></Names></PowerSystemResource></LoadForecast>"
)
WEATHER = (
    "<Observation><mRID>w</mRID><createdDateTime>2026-03-01T10:15:00Z</createdDateTime><humidity>81</humidity><temperature>-3.5</temperature>"
    f"<windSpeed>14</windSpeed><WeatherStation><Names><name>Airport</name></Names></WeatherStation><period>{PERIOD}</period></Observation>"
)
CONTRACT = (
    "<GenerationContract><mRID>c</mRID><meteringKind>net</meteringKind><ratedPower>5</ratedPower><BankingSummaries><banked>120</banked>"
    f"<carriedIn>30</carriedIn><carriedOver>90</carriedOver><drawn>60</drawn><billingPeriod>{PERIOD}</billingPeriod></BankingSummaries>"
    "<UsagePoint><Names><name>SDP-1</name></Names></UsagePoint></GenerationContract>"
)
QUALITY = (
    "<PowerQualitySummary><mRID>q</mRID><flickerPst>1.2</flickerPst><shareOfSlotsInViolation>6.5</shareOfSlotsInViolation>"
    f"<UsagePoint><Names><name>SDP-1</name></Names></UsagePoint><summaryInterval>{PERIOD}</summaryInterval></PowerQualitySummary>"
)
MESSAGES = {
    "create EndDeviceControls": ("http://iec.ch/TC57/2011/EndDeviceControls#", CONTROL),
    "change UsagePointConfig": ("http://iec.ch/TC57/2011/UsagePointConfig#", POINT),
    "create MeterConfig": ("http://iec.ch/TC57/2011/MeterConfig#", f"<Meter>{NAMED}</Meter>"),
    "create MasterDataLinkageConfig": ("http://iec.ch/TC57/2011/MasterDataLinkageConfig#", f"<Meter>{NAMED}</Meter>"),
    "changed DERGroupStatuses": ("http://iec.ch/TC57/2017/DERGroupStatuses#", GROUP),
    "create DERGroupDispatches": ("http://iec.ch/TC57/2017/DERGroupDispatches#", DISPATCH),
    "changed EndDeviceEvents": ("http://iec.ch/TC57/2011/EndDeviceEvents#", CONFIRMED),
    "created DERGroupForecasts": ("http://iec.ch/TC57/2017/DERGroupForecasts#", GENERATION),
    "created LoadForecasts": ("urn:tieline:cim:2026:LoadForecasts#", DEMAND),
    "created WeatherReports": ("urn:tieline:cim:2026:WeatherReports#", WEATHER),
    "change GenerationContracts": ("urn:tieline:cim:2026:GenerationContracts#", CONTRACT),
    "created PowerQualitySummaries": ("urn:tieline:cim:2026:PowerQualitySummaries#", QUALITY),
}


def codes(body: bytes) -> list[str]:
    return [one.text or "" for one in xml.parse_message(body).iter("{http://iec.ch/TC57/2011/schema/message}code")]


@pytest.mark.parametrize("name", sorted(MESSAGES))
def test_what_is_not_acted_on_is_refused_in_words_and_kept(name: str, mill_lane: MillLane, post: Post) -> None:
    partner = make_partner("MDM", [name])
    (verb, noun), (namespace, items) = name.split(), MESSAGES[name]
    root = "EventMessage" if verb.endswith("d") else "RequestMessage"
    payload = f'<{noun} xmlns="{namespace}">{items}</{noun}>'
    head = compose.header(verb, noun, source="MDM", message_id="u-1")
    answer = post(partner, compose.message(payload, head, root=root))
    assert (answer.status, codes(answer.body)) == (422, ["5.2"])
    assert b"nothing is done with it here yet" in answer.body
    assert InboxMessage.objects.filter(result="OK").count() == 0
    assert not UsagePoint.objects.filter(is_connected=False).exists()
    wrong = post(partner, compose.message(payload.replace("><", "><odd/><", 1), head.replace("u-1", "u-2"), root=root))
    assert (wrong.status, codes(wrong.body)[0]) == (422, "1.8")


def test_the_sample_of_a_control_is_answered_the_same(mill_lane: MillLane, post: Post) -> None:
    partner = make_partner("CIS", ["create EndDeviceControls"])
    answer = post(partner, compose.sample("end_device_control"))
    assert codes(answer.body) == ["5.2"]
    assert b"b7f5b5a0-8d3a-4d2a-93d5-1f6a5f1b2c33" in answer.body


def test_every_such_noun_is_tried_here() -> None:
    unbuilt = {row.noun for row in registry.ROWS if row.handler.endswith(".unbuilt")}
    assert unbuilt == {name.split()[1] for name in MESSAGES}
