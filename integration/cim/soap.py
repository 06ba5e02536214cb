"""Answers to those who speak SOAP, in the form they spoke (cim.md A.9); a FaultMessage becomes the detail of a SOAP Fault.

bare       Body/ResponseMessage
generic    Body/abs:Response/abs:message, its parts in the message namespace (the name Response is ours)
typed      Body/<Noun>ResponseMessage, it and its parts in the namespace of the request's wrapper
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lxml import etree

from integration.cim import forms, namespaces, xml
from integration.cim.errors import MessageRefused

if TYPE_CHECKING:
    from integration.cim.envelope import Envelope

ABSTRACT = "http://iec.ch/TC57/2011/abstract"
CONTENT_TYPES = {"1.1": "text/xml; charset=utf-8", "1.2": "application/soap+xml; charset=utf-8"}
_ENVELOPES = {version: namespace for namespace, version in namespaces.SOAP.items()}
_VERB = re.compile("^(Create|Change|Cancel|Close|Delete|Execute)d?(?=[A-Z])|^Get")
#: Where the name of the envelope stands, if there is one.
_LOOKED_AT = 2_000
_SENDER, _RECEIVER = {"1.1": "Client", "1.2": "Sender"}, {"1.1": "Server", "1.2": "Receiver"}
#: What the transport itself must be told, even in SOAP: who are you, too large, not this type, later.
_KEPT = frozenset({401, 413, 415, 503})


@dataclass(frozen=True, slots=True)
class Spoken:
    """How a sender speaks SOAP: its version, the form of the message in it, and a typed wrapper's namespace and name."""

    version: str
    form: str = "bare"
    wrapper: str = ""
    name: str = ""

    @property
    def content_type(self) -> str:
        """Of what is answered."""
        return CONTENT_TYPES[self.version]


def spoken_in(read: Envelope | None, data: bytes, *, status: int) -> Spoken | None:
    """How the sender of a message speaks SOAP, even where the message could not be read; None where it does not."""
    if read is not None:
        return Spoken(read.soap, read.form, read.wrapper, read.wrapper_name) if read.soap else None
    beginning = data[:_LOOKED_AT]
    version = next((version for version, namespace in _ENVELOPES.items() if namespace.encode() in beginning), "")
    if not version:
        return None
    if status in _KEPT:  # of whom nothing is known, no more is read than that
        return Spoken(version)
    try:
        parts = forms.take_apart(xml.parse_message(data))
    except (MessageRefused, xml.XmlRefused):
        return Spoken(version)
    return Spoken(parts.soap or version, parts.form, parts.wrapper, parts.name)


def answer(body: bytes, status: int, spoken: Spoken, not_understood: Sequence[str] = ()) -> tuple[bytes, int]:
    """The bytes and HTTP status of an answer: refusals that a reply can tell are answers like others, for SOAP knows no more.

    `not_understood` are the headers of SOAP that had to be and were not: a fault of its own, whose detail would be about the Body.
    """
    told = xml.parse_message(body)
    reason = told.findtext(f".//{{{namespaces.MESSAGE}}}reason") or "Request was refused"
    is_fault = namespaces.split(told)[1] == "FaultMessage" or status >= 500
    if not_understood:
        return _must_understand(reason, not_understood, spoken.version), 500
    message = _message(told, spoken)
    if not is_fault:
        return _in_envelope(message, spoken.version), 202 if status == 202 else 200
    code = (_SENDER if status < 500 else _RECEIVER)[spoken.version]
    fault = _fault(message, reason, code, spoken.version)
    return _in_envelope(fault, spoken.version), _fault_status(status, spoken.version)


def _fault_status(status: int, version: str) -> int:
    """SOAP 1.1 knows 500 alone, 1.2 also 400 for what is the sender's."""
    if status in _KEPT:
        return status
    return 400 if version == "1.2" and status < 500 else 500


def _message(told: etree._Element, spoken: Spoken) -> etree._Element:
    """The ResponseMessage or FaultMessage as it is to stand in the Body."""
    kind = namespaces.split(told)[1]
    if spoken.form == "generic":
        outer = etree.Element(f"{{{ABSTRACT}}}Response", nsmap={"abs": ABSTRACT})
        inner = etree.SubElement(outer, f"{{{ABSTRACT}}}message")
        inner.extend(list(told))
        return outer
    if spoken.form != "typed":
        return told
    root = etree.Element(f"{{{spoken.wrapper}}}{_reply_name(spoken.name, kind)}", nsmap={"m": spoken.wrapper})
    for part in list(told):
        etree.SubElement(root, f"{{{spoken.wrapper}}}{namespaces.split(part)[1]}").extend(list(part))
    return root


def _reply_name(name: str, kind: str) -> str:
    """CreateX and CreatedX are answered by XResponseMessage, GetXRequestMessage by GetXResponseMessage."""
    if name.endswith("RequestMessage"):
        return name.removesuffix("RequestMessage") + kind
    if name.endswith(("ResponseMessage", "FaultMessage")):
        return name.removesuffix("ResponseMessage").removesuffix("FaultMessage") + kind
    return _VERB.sub("", name, count=1) + kind


def _must_understand(reason: str, blocks: Sequence[str], version: str) -> bytes:
    """SOAP 1.2 names the blocks in headers of the answer (part 1, 5.4.8), 1.1 knows words alone."""
    names = ", ".join(blocks)
    fault = _fault(None, f"{reason}: {names}", "MustUnderstand", version)
    if version == "1.1":
        return _in_envelope(fault, version)
    space = _ENVELOPES[version]
    headers = []
    for block in map(etree.QName, blocks):
        named = {"block": block.namespace} if block.namespace else {}
        header = etree.Element(f"{{{space}}}NotUnderstood", nsmap={"soap": space, **named})
        header.set("qname", f"block:{block.localname}" if named else block.localname)
        headers.append(header)
    return _in_envelope(fault, version, headers)


def _fault(message: etree._Element | None, reason: str, code: str, version: str) -> etree._Element:
    space = _ENVELOPES[version]
    fault = etree.Element(f"{{{space}}}Fault", nsmap={"soap": space})
    if version == "1.1":
        etree.SubElement(fault, "faultcode").text = f"soap:{code}"
        etree.SubElement(fault, "faultstring").text = reason
        if message is not None:
            etree.SubElement(fault, "detail").append(message)
        return fault
    value = etree.SubElement(etree.SubElement(fault, f"{{{space}}}Code"), f"{{{space}}}Value")
    value.text = f"soap:{code}"
    text = etree.SubElement(etree.SubElement(fault, f"{{{space}}}Reason"), f"{{{space}}}Text")
    text.set("{http://www.w3.org/XML/1998/namespace}lang", "en")
    text.text = reason
    if message is not None:
        etree.SubElement(fault, f"{{{space}}}Detail").append(message)
    return fault


def _in_envelope(message: etree._Element, version: str, headers: Sequence[etree._Element] = ()) -> bytes:
    space = _ENVELOPES[version]
    envelope = etree.Element(f"{{{space}}}Envelope", nsmap={"soap": space})
    if headers:
        etree.SubElement(envelope, f"{{{space}}}Header").extend(headers)
    etree.SubElement(envelope, f"{{{space}}}Body").append(message)
    return etree.tostring(envelope, xml_declaration=True, encoding="UTF-8")
