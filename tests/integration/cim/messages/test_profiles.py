"""Every schema holds an example written by hand, and refuses the same example made wrong in one place (B05)."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from integration.cim import namespaces, registry, schemas, xml
from integration.cim.errors import MessageRefused

AT, UNTIL = "2026-03-01T10:15:00Z", "2026-03-01T12:00:00Z"
PERIOD = f"<end>{UNTIL}</end><start>{AT}</start>"


@dataclass(frozen=True)
class Profile:
    """An example, and how to spoil it: this text in place of that, refused with these words."""

    example: str
    that: str
    this: str
    words: str


def named(name: str, kind: str = "") -> str:
    told = f"<NameType><name>{kind}</name></NameType>" if kind else ""
    return f"<Names><name>{name}</name>{told}</Names>"


def spoilt(text: str, that: str, this: str, words: str) -> Profile:
    assert text.count(that) >= 1
    return Profile(text, that, this, words)


PROFILES = {
    "BreakerStatuses": spoilt(
        f"<BreakerStatus><mRID>b</mRID><cause>tree</cause><normalOpen>false</normalOpen><open>true</open>{named('CB 1')}</BreakerStatus>",
        "<normalOpen>false</normalOpen><open>true</open>",
        "<open>true</open><normalOpen>false</normalOpen>",
        "This element is not expected",
    ),
    "Callbacks": spoilt(
        f"<Callback><mRID>c</mRID><outcome>reached</outcome><UsagePoint>{named('SDP-1')}</UsagePoint></Callback>",
        ">reached<",
        ">spokenTo<",
        "not an element of the set",
    ),
    "Controls": spoilt(
        f"<Control><mRID>o</mRID><timeStamp>{AT}</timeStamp><value>0</value><validUntil>{UNTIL}</validUntil>"
        "<Switch><mRID>s</mRID></Switch></Control>",
        "<value>0</value>",
        "<value>2</value>",
        "not an element of the set",
    ),
    "CustomerMeterDataSet": spoilt(
        f"<CustomerMeterData><Customer><name>A. Person</name>{named('K-1', 'KNumber')}</Customer>"
        f"<UsagePoint>{named('SDP-1')}</UsagePoint></CustomerMeterData>",
        f"<UsagePoint>{named('SDP-1')}</UsagePoint>",
        "",
        "Missing child element",
    ),
    "DERGroupDispatches": spoilt(
        "<DERGroupDispatch><mRID>d</mRID><EndDeviceGroup><mRID>g</mRID><DERMonitorableParameter><DERParameter>activePower</DERParameter>"
        "<flowDirection>reverse</flowDirection><yMultiplier>k</yMultiplier><yUnit>W</yUnit><DispatchSchedule>"
        f"<curveStyleKind>constantYValue</curveStyleKind><startTime>{AT}</startTime><timeIntervalDuration>15</timeIntervalDuration>"
        "<timeIntervalUnit>m</timeIntervalUnit><DERCurveData><intervalNumber>1</intervalNumber><nominalYValue>350</nominalYValue>"
        "</DERCurveData></DispatchSchedule></DERMonitorableParameter></EndDeviceGroup></DERGroupDispatch>",
        "<timeIntervalUnit>m<",
        "<timeIntervalUnit>fortnight<",
        "not an element of the set",
    ),
    "DERGroupForecasts": spoilt(
        f"<DERGroupForecast><mRID>f</mRID><predictionCreationDate>{AT}</predictionCreationDate><EndDeviceGroup><mRID>g</mRID>"
        "<DERMonitorableParameter><DERParameter>activePower</DERParameter><yMultiplier>k</yMultiplier><yUnit>W</yUnit><DispatchSchedule>"
        f"<confidence>90</confidence><curveStyleKind>constantYValue</curveStyleKind><startTime>{AT}</startTime>"
        "<timeIntervalDuration>15</timeIntervalDuration><timeIntervalUnit>m</timeIntervalUnit><DERCurveData><intervalNumber>1</intervalNumber>"
        "<maxYValue>48</maxYValue><minYValue>31</minYValue><nominalYValue>40</nominalYValue></DERCurveData></DispatchSchedule>"
        "</DERMonitorableParameter></EndDeviceGroup></DERGroupForecast>",
        f"<predictionCreationDate>{AT}</predictionCreationDate>",
        "",
        "This element is not expected",
    ),
    "DERGroupStatuses": spoilt(
        "<EndDeviceGroup><mRID>g</mRID><DERMonitorableParameter><DERParameter>activePower</DERParameter><yMultiplier>k</yMultiplier>"
        f"<yUnit>W</yUnit><DERCurveData><nominalYValue>1</nominalYValue><timeStamp>{AT}</timeStamp></DERCurveData>"
        "</DERMonitorableParameter></EndDeviceGroup>",
        f"<timeStamp>{AT}</timeStamp>",
        "",
        "Missing child element",
    ),
    "EndDeviceControls": spoilt(
        f"<EndDeviceControl><reason>moved out</reason><EndDeviceControlType ref='3.31.0.23'/><EndDevices>{named('MTR-1')}</EndDevices>"
        "</EndDeviceControl>",
        " ref='3.31.0.23'",
        "",
        "required but missing",
    ),
    "EndDeviceEvents": spoilt(
        f"<EndDeviceEvent><createdDateTime>{AT}</createdDateTime><Assets>{named('MTR-1')}</Assets>"
        "<EndDeviceEventType ref='3.26.0.85'/></EndDeviceEvent>",
        AT,
        "yesterday",
        "not a valid value",
    ),
    "GenerationContracts": spoilt(
        "<GenerationContract><mRID>c</mRID><meteringKind>net</meteringKind><ratedPower>5</ratedPower><BankingSummaries><banked>120</banked>"
        f"<carriedIn>30</carriedIn><carriedOver>90</carriedOver><drawn>60</drawn><billingPeriod>{PERIOD}</billingPeriod></BankingSummaries>"
        f"<UsagePoint>{named('SDP-1')}</UsagePoint></GenerationContract>",
        "<drawn>60</drawn>",
        "",
        "This element is not expected",
    ),
    "GetMeterReadings": spoilt(
        f"<EndDevice>{named('MTR-1')}</EndDevice><ReadingType>{named('0.0.2.4.1.1.12.0.0.0.0.0.0.0.0.3.72.0')}</ReadingType>"
        f"<TimeSchedule><scheduleInterval>{PERIOD}</scheduleInterval></TimeSchedule>",
        f"<end>{UNTIL}</end><start>{AT}</start>",
        f"<start>{AT}</start><end>{UNTIL}</end>",
        "This element is not expected",
    ),
    "LoadForecasts": spoilt(
        f"<LoadForecast><mRID>l</mRID><createdDateTime>{AT}</createdDateTime><intervalMinutes>15</intervalMinutes><kind>net</kind>"
        f"<Intervals><activePower>812.5</activePower><start>{AT}</start></Intervals>"
        f"<PowerSystemResource>{named('F-12')}</PowerSystemResource></LoadForecast>",
        "<kind>net<",
        "<kind>some<",
        "not an element of the set",
    ),
    "MaintenanceOrders": spoilt(
        f"<MaintenanceOrder><mRID>w</mRID><Work><kind>repair</kind><requestDateTime>{AT}</requestDateTime>"
        "<statusKind>scheduled</statusKind></Work></MaintenanceOrder>",
        ">repair<",
        ">mending<",
        "not an element of the set",
    ),
    "MasterDataLinkageConfig": spoilt(
        f"<Meter>{named('MTR-1')}</Meter><UsagePoint>{named('SDP-1')}</UsagePoint>",
        "<Meter>",
        "<Meter><serialNumber>1</serialNumber>",
        "This element is not expected",
    ),
    "MeasurementValues": spoilt(
        f"<DiscreteValue><timeStamp>{AT}</timeStamp><value>1</value><Discrete><mRID>p</mRID></Discrete>"
        "<MeasurementValueQuality><validity>GOOD</validity></MeasurementValueQuality></DiscreteValue>",
        "GOOD",
        "FINE",
        "not an element of the set",
    ),
    "MeterConfig": spoilt(
        f"<Meter><mRID>m</mRID><isVirtual>false</isVirtual><serialNumber>1</serialNumber>{named('MTR-1')}</Meter>",
        ">false<",
        ">no<",
        "not a valid value",
    ),
    "MeterReadings": spoilt(
        f"<MeterReading><IntervalBlocks><IntervalReadings><timeStamp>{AT}</timeStamp><value>0.4</value><ReadingQualities>"
        "<ReadingQualityType ref='1.0.0'/></ReadingQualities></IntervalReadings><ReadingType ref='r'/></IntervalBlocks>"
        f"<Meter>{named('MTR-1')}</Meter></MeterReading>",
        "<ReadingType ref='r'/>",
        "",
        "Missing child element",
    ),
    "NetworkChanges": spoilt(
        f"<NetworkChange><fullModel>/m</fullModel><isComplete>true</isComplete><occurredDateTime>{AT}</occurredDateTime>"
        f"<sequence>7</sequence><version>1</version>{named('demo')}<SwitchChange><open>true</open><Switch><mRID>s</mRID></Switch>"
        "</SwitchChange></NetworkChange>",
        "<version>1<",
        "<version>0<",
        "not a valid value",
    ),
    "PlannedOutageNotifications": spoilt(
        f"<PlannedOutageNotification><mRID>n</mRID><createdDateTime>{AT}</createdDateTime><PlannedOutage><mRID>p</mRID>"
        f"<estimatedPeriod>{PERIOD}</estimatedPeriod></PlannedOutage><UsagePoint>{named('SDP-1')}</UsagePoint></PlannedOutageNotification>",
        f"<UsagePoint>{named('SDP-1')}</UsagePoint>",
        "",
        "Missing child element",
    ),
    "PlannedOutages": spoilt(
        f"<PlannedOutage><mRID>p</mRID><reason>works</reason><Equipments><mRID>s</mRID></Equipments>"
        f"<estimatedPeriod>{PERIOD}</estimatedPeriod></PlannedOutage>",
        "<reason>works</reason>",
        "<reason>" + "w" * 201 + "</reason>",
        "maxLength",
    ),
    "PowerQualitySummaries": spoilt(
        f"<PowerQualitySummary><mRID>q</mRID><flickerPst>1.2</flickerPst><shareOfSlotsInViolation>6.5</shareOfSlotsInViolation>"
        f"<UsagePoint>{named('SDP-1')}</UsagePoint><summaryInterval>{PERIOD}</summaryInterval></PowerQualitySummary>",
        ">6.5<",
        ">106.5<",
        "maxInclusive",
    ),
    "ReliabilityIndices": spoilt(
        f"<DayIndices><mRID>d</mRID><computedDateTime>{AT}</computedDateTime><day>2026-02-28</day><isCatastrophicDay>false</isCatastrophicDay>"
        "<isMajorEventDay>false</isMajorEventDay><momentaryMinutes>5</momentaryMinutes><version>1</version><saidi>0.4</saidi></DayIndices>",
        "2026-02-28",
        "2026-02-30",
        "not a valid value",
    ),
    "ServiceOrders": spoilt(
        f"<ServiceOrder><mRID>s</mRID><Work><kind>service</kind><requestDateTime>{AT}</requestDateTime><Appointments><callAhead>true</callAhead>"
        f"<meetingInterval>{PERIOD}</meetingInterval></Appointments><UsagePoint>{named('SDP-1')}</UsagePoint><WorkTasks>"
        f"<crewETA>{AT}</crewETA><subject>display dark</subject><Assets>{named('MTR-1')}</Assets></WorkTasks></Work></ServiceOrder>",
        f"<crewETA>{AT}</crewETA>",
        "",
        "This element is not expected",
    ),
    "SwitchingPlans": spoilt(
        "<SwitchingPlan><mRID>p</mRID><statusKind>completed</statusKind><SwitchingStepGroups><sequenceNumber>1</sequenceNumber>"
        f"<SwitchingStep><sequenceNumber>1</sequenceNumber><SwitchAction><executedDateTime>{AT}</executedDateTime><kind>open</kind>"
        "<OperatedSwitch><mRID>s</mRID></OperatedSwitch></SwitchAction></SwitchingStep></SwitchingStepGroups></SwitchingPlan>",
        "<sequenceNumber>1</sequenceNumber><SwitchAction>",
        "<sequenceNumber>0</sequenceNumber><SwitchAction>",
        "not a valid value",
    ),
    "TroubleTickets": spoilt(
        f"<TroubleTicket><mRID>t</mRID><dateTimeOfReport>{AT}</dateTimeOfReport><reportingKind>call</reportingKind>"
        f"<troubleCode>NO_POWER</troubleCode><UsagePoint>{named('SDP-1')}</UsagePoint></TroubleTicket>",
        f"<dateTimeOfReport>{AT}</dateTimeOfReport>",
        "",
        "dateTimeOfReport",
    ),
    "UnplannedOutages": spoilt(
        f"<UnplannedOutage><mRID>o</mRID><lastModifiedDateTime>{AT}</lastModifiedDateTime><outageKind>confirmed</outageKind>"
        f"<EstimatedRestorationTime><ert>{UNTIL}</ert></EstimatedRestorationTime></UnplannedOutage>",
        "confirmed",
        "certain",
        "not an element of the set",
    ),
    "UsagePointConfig": spoilt(
        f"<UsagePoint><connectionState>connected</connectionState><ratedPower>5000</ratedPower>{named('SDP-1')}</UsagePoint>",
        "5000",
        "5 kW",
        "not a valid value",
    ),
    "WeatherReports": spoilt(
        f"<Observation><mRID>w</mRID><createdDateTime>{AT}</createdDateTime><humidity>81</humidity><temperature>-3.5</temperature>"
        f"<windSpeed>14</windSpeed><WeatherStation>{named('Airport')}</WeatherStation><period>{PERIOD}</period></Observation>",
        ">14<",
        ">-14<",
        "minInclusive",
    ),
}  # fmt: skip


def held(name: str, content: str) -> None:
    payload = f'<{name} xmlns="{namespaces.PROFILES[name]}">{content}</{name}>'
    schemas.validate_payload(xml.parse_message(payload.encode()), name)


@pytest.mark.parametrize("name", sorted(PROFILES))
def test_the_example_of_a_profile_is_valid(name: str) -> None:
    held(name, PROFILES[name].example)


@pytest.mark.parametrize("name", sorted(PROFILES))
def test_the_same_made_wrong_in_one_place_is_refused_with_the_reason(name: str) -> None:
    one = PROFILES[name]
    with pytest.raises(MessageRefused) as refused:
        held(name, one.example.replace(one.that, one.this, 1))
    assert any(one.words in error.details for error in refused.value.errors)


@pytest.mark.parametrize("name", sorted(PROFILES))
def test_an_element_nobody_knows_is_refused_in_every_profile(name: str) -> None:
    with pytest.raises(MessageRefused) as refused:
        held(name, PROFILES[name].example.replace("><", "><odd/><", 1))
    assert {error.code for error in refused.value.errors} <= {"1.7", "1.8"}


def test_every_schema_of_the_registry_has_an_example() -> None:
    assert {row.schema for row in registry.ROWS} == set(PROFILES)
