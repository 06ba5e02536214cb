"""A head-end that answers whether meters have supply: it knows who is dark because the story tells it."""

from __future__ import annotations

import threading
import uuid
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from xml.etree import ElementTree as ET

import httpx

MESSAGE = "http://iec.ch/TC57/2011/schema/message"
VOLTAGE = "0.0.0.6.0.1.54.0.0.0.0.0.0.0.128.0.29.0"
ACKNOWLEDGED = (
    f'<ResponseMessage xmlns="{MESSAGE}"><Header><Verb>reply</Verb><Noun>MeterReadings</Noun><Source>AMI</Source>'
    "<MessageID>ack</MessageID></Header><Reply><Result>OK</Result><Error><code>0.3</code></Error></Reply></ResponseMessage>"
).encode()


@dataclass
class HeadEnd:
    """Listens for get(MeterReadings) and answers each in a message of its own."""

    base_url: str
    token: str = ""
    dark: set[str] = field(default_factory=set)
    asked: list[list[str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        head_end = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                self.send_response(200)
                self.send_header("Content-Length", str(len(ACKNOWLEDGED)))
                self.end_headers()
                self.wfile.write(ACKNOWLEDGED)
                threading.Timer(0.3, head_end.answer, (body,)).start()

            def log_message(self, *_: object) -> None:
                """Quiet."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/ami"
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    def answer(self, question: bytes) -> None:
        """The voltages of the meters asked for, twice, as an unsure network would send them."""
        root = ET.fromstring(question)
        correlation = root.findtext(f".//{{{MESSAGE}}}CorrelationID")
        names = [one.text or "" for one in root.iter("{http://iec.ch/TC57/2011/GetMeterReadings#}name")]
        meters = [name for name in names if name != "MeterNumber" and not name.startswith("0.0.0.6.")]
        self.asked.append(meters)
        readings = "".join(
            f"<MeterReading><Meter><Names><name>{meter}</name></Names></Meter><Readings>"
            f"<value>{0 if meter in self.dark else 231}</value><ReadingType ref='{VOLTAGE}'/></Readings></MeterReading>"
            for meter in meters
        )
        body = (
            f'<ResponseMessage xmlns="{MESSAGE}"><Header><Verb>reply</Verb><Noun>MeterReadings</Noun><Source>AMI</Source>'
            f"<MessageID>{uuid.uuid4()}</MessageID><CorrelationID>{correlation}</CorrelationID></Header>"
            "<Reply><Result>OK</Result></Reply><Payload>"
            f'<MeterReadings xmlns="http://iec.ch/TC57/2011/MeterReadings#">{readings}</MeterReadings></Payload></ResponseMessage>'
        )
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/xml"}
        for _ in range(2):
            httpx.post(f"{self.base_url}cim/v1/messages", content=body.encode(), headers=headers, timeout=60)

    def close(self) -> None:
        """End."""
        self.server.shutdown()
        self.server.server_close()
