"""The other systems of the utility, as a journey needs them: they write their own XML and know nothing of ours."""

import datetime as dt
import uuid
from dataclasses import dataclass

import httpx

MESSAGE = "http://iec.ch/TC57/2011/schema/message"


@dataclass
class Partner:
    """One external system with its token."""

    base_url: str
    source: str
    token: str

    def post(self, kind: str, verb: str, noun: str, payload: str, message_id: str = "") -> httpx.Response:
        """Send one message twice, as an unsure network would; both answers must be the same."""
        number = message_id or str(uuid.uuid4())
        answers = [self._post(self._message(kind, verb, noun, payload, number)) for _ in range(2)]
        assert answers[0].content == answers[1].content, answers[0].text
        return answers[0]

    def get(self, path: str, **query: object) -> dict:
        """Ask the JSON API."""
        answer = httpx.get(f"{self.base_url}{path}", params=query, headers=self._headers(), timeout=60)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def _post(self, body: str) -> httpx.Response:
        headers = self._headers() | {"Content-Type": "application/xml"}
        return httpx.post(f"{self.base_url}cim/v1/messages", content=body.encode(), headers=headers, timeout=60)

    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}

    def _message(self, kind: str, verb: str, noun: str, payload: str, number: str) -> str:
        now = dt.datetime.now(dt.UTC).isoformat()
        return (
            f'<{kind} xmlns="{MESSAGE}"><Header><Verb>{verb}</Verb><Noun>{noun}</Noun><Timestamp>{now}</Timestamp>'
            f"<Source>{self.source}</Source><MessageID>{number}</MessageID><CorrelationID>{number}</CorrelationID></Header>"
            f"<Payload>{payload}</Payload></{kind}>"
        )


def power_events(meters: list[str], at: dt.datetime, code: str = "3.26.0.85") -> str:
    """Last gasps (or with 3.26.0.216 restorations) of meters, by number."""
    events = "".join(
        f"<EndDeviceEvent><createdDateTime>{at.isoformat()}</createdDateTime><Assets><Names><name>{meter}</name>"
        f"<NameType><name>MeterNumber</name></NameType></Names></Assets><EndDeviceEventType ref='{code}'/></EndDeviceEvent>"
        for meter in meters
    )
    return f'<EndDeviceEvents xmlns="http://iec.ch/TC57/2011/EndDeviceEvents#">{events}</EndDeviceEvents>'


def ticket(usage_point: str, at: dt.datetime, code: str = "NO_POWER") -> str:
    """A customer calls."""
    return (
        '<TroubleTickets xmlns="urn:tieline:cim:2026:TroubleTickets#"><TroubleTicket>'
        f"<mRID>{uuid.uuid4()}</mRID><dateTimeOfReport>{at.isoformat()}</dateTimeOfReport><reportingKind>call</reportingKind>"
        f"<troubleCode>{code}</troubleCode><UsagePoint><Names><name>{usage_point}</name><NameType><name>UsagePointNumber</name>"
        "</NameType></Names></UsagePoint></TroubleTicket></TroubleTickets>"
    )


def position(switch: str, at: dt.datetime, *, closed: bool) -> str:
    """Where a switch stands, by its mRID."""
    return (
        '<MeasurementValues xmlns="urn:tieline:cim:2026:MeasurementValues#"><DiscreteValue>'
        f"<timeStamp>{at.isoformat()}</timeStamp><value>{int(closed)}</value>"
        "<MeasurementValueQuality><source>PROCESS</source><validity>GOOD</validity></MeasurementValueQuality>"
        f"<Switch><mRID>{switch}</mRID></Switch></DiscreteValue></MeasurementValues>"
    )
