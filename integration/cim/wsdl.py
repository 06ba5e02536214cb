"""WSDL 1.1 of our SOAP services, written from the registry of messages.

Execute<Noun>               create, change, cancel, close, delete
Execute<Noun>OperationSet   several of these in one message
Receive<Noun>               created, changed ... : events a partner tells us
Get<Noun>                   a question
Reply<Noun>                 the late answer to a question of ours
Messages                    the generic service: any message, by Request or PublishEvent
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from integration.cim import namespaces, registry, soap, writer
from integration.cim.operations import NOUN as OPERATION_SET
from integration.cim.operations import VERBS
from integration.cim.registry import Direction

GENERIC = "Messages"
_HTTP = "http://schemas.xmlsoap.org/soap/http"
_PREFIXES = {
    "xmlns:wsdl": "http://schemas.xmlsoap.org/wsdl/",
    "xmlns:soap": "http://schemas.xmlsoap.org/wsdl/soap/",
    "xmlns:xs": "http://www.w3.org/2001/XMLSchema",
    "xmlns:msg": namespaces.MESSAGE,
}


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation: `root` is the element a request has in the Body."""

    name: str
    root: str


@dataclass(frozen=True, slots=True)
class Service:
    """One service: its messages' namespace, what the reply elements are called after, and its operations."""

    name: str
    noun: str
    base: str  # of its namespaces, by the noun: year and owner
    wrapper: str
    replies: str  # <replies>ResponseMessage, <replies>FaultMessage
    operations: tuple[Operation, ...]
    is_set: bool = False

    @property
    def namespace(self) -> str:
        """Of the WSDL."""
        return f"{self.base}{self.name}"


def services() -> dict[str, Service]:
    """Every strongly typed service by its name."""
    return {one.name: one for noun in sorted({row.noun for row in registry.ROWS}) for one in _services_of(noun)}


def _services_of(noun: str) -> Iterator[Service]:
    verbs = sorted(row.verb for row in registry.ROWS if row.noun == noun and row.direction is Direction.IN)
    base = namespaces.base_of(noun)
    wrapper = f"{base}{noun}Message"
    if changing := [verb for verb in verbs if verb in VERBS]:
        yield Service(f"Execute{noun}", noun, base, wrapper, noun, _named(noun, changing))
        name = f"{noun}{OPERATION_SET}"
        operation = Operation(f"Execute{name}", f"Execute{name}")
        yield Service(f"Execute{name}", noun, base, f"{base}{name}Message", name, (operation,), is_set=True)
    if told := [verb for verb in verbs if verb.endswith("d")]:
        yield Service(f"Receive{noun}", noun, base, wrapper, noun, _named(noun, told))
    questions = f"{base}Get{noun}Message"
    if "get" in verbs:
        yield Service(f"Get{noun}", noun, base, questions, noun, (Operation(f"Get{noun}", f"Get{noun}"),))
    if "reply" in verbs:
        reply = Operation(f"Reply{noun}", f"{noun}ResponseMessage")
        yield Service(f"Reply{noun}", noun, base, questions, noun, (reply,))


def _named(noun: str, verbs: list[str]) -> tuple[Operation, ...]:
    names = [f"{verb.capitalize()}{noun}" for verb in verbs]
    return tuple(Operation(name, name) for name in names)


def typed(service: Service, *, address: str, schemas: str) -> bytes:
    """The WSDL of a strongly typed service at `address`; `schemas` is where the XSDs are."""
    reply, fault = f"{service.replies}ResponseMessage", f"{service.replies}FaultMessage"
    roots = [*(one.root for one in service.operations), reply, fault]
    parts = "".join(_message(name) for name in dict.fromkeys(roots))
    ports = "".join(_port_operation(one.name, one.root, reply, fault) for one in service.operations)
    bound = "".join(
        _bound_operation(one.name, f"{service.base}{service.noun}/{one.name}", has_fault=True)
        for one in service.operations
    )
    return _definitions(
        service.name,
        service.namespace,
        service.wrapper,
        _types(_typed_schema(service, schemas))
        + parts
        + _port(service.noun, ports, bound)
        + _service(service, address),
    )


def generic(*, address: str, schemas: str) -> bytes:
    """The WSDL of the generic service."""
    any_message = '<xs:complexType><xs:sequence><xs:element name="message" type="msg:MessageType"/></xs:sequence></xs:complexType>'
    elements = "".join(
        f'<xs:element name="{name}">{any_message}</xs:element>' for name in ("Request", "PublishEvent", "Response")
    )
    schema = (
        f'<xs:schema targetNamespace="{soap.ABSTRACT}" elementFormDefault="qualified">'
        f"{_import(namespaces.MESSAGE, schemas + 'message.xsd')}{elements}</xs:schema>"
    )
    names = ("Request", "PublishEvent")
    parts = "".join(map(_message, (*names, "Response")))
    ports = "".join(_port_operation(name, name, "Response", "") for name in names)
    bound = "".join(_bound_operation(name, f"http://iec.ch/61968/{name}", has_fault=False) for name in names)
    service = Service(GENERIC, GENERIC, "http://iec.ch/TC57/2011/", soap.ABSTRACT, "", ())
    rest = _port(GENERIC, ports, bound) + _service(service, address)
    return _definitions(GENERIC, service.namespace, soap.ABSTRACT, _types(schema) + parts + rest)


def _definitions(name: str, namespace: str, wrapper: str, content: str) -> bytes:
    marks = {"name": name, "targetNamespace": namespace, "xmlns:tns": namespace, "xmlns:m": wrapper}
    return writer.document(writer.container("wsdl:definitions", content, **_PREFIXES, **marks))


def _types(schema: str) -> str:
    return f"<wsdl:types>{schema}</wsdl:types>"


def _import(namespace: str, location: str) -> str:
    return f'<xs:import namespace="{namespace}" schemaLocation="{location}"/>'


def _typed_schema(service: Service, schemas: str) -> str:
    profile = namespaces.PROFILES[service.noun]
    single = f'<xs:element ref="obj:{service.noun}"/>'
    content = '<xs:element name="OperationSet" type="msg:OperationSetType"/>' if service.is_set else single
    requests = "".join(_root(one.root, _parts_of(service, one.root)) for one in service.operations)
    reply, fault = f"{service.replies}ResponseMessage", f"{service.replies}FaultMessage"
    is_reply = any(one.root == reply for one in service.operations)
    return (
        f'<xs:schema targetNamespace="{service.wrapper}" xmlns:obj="{profile}" elementFormDefault="qualified">'
        f"{_import(namespaces.MESSAGE, schemas + 'message.xsd')}{_import(profile, schemas + service.noun + '.xsd')}"
        f"{_of_question(service, schemas)}{requests}{'' if is_reply else _root(reply, _REPLY)}{_root(fault, _FAULT)}"
        f'<xs:complexType name="PayloadType"><xs:sequence><xs:choice minOccurs="0">{content}'
        '<xs:element name="Compressed" type="xs:string"/></xs:choice>'
        '<xs:element name="Format" type="xs:string" minOccurs="0"/></xs:sequence></xs:complexType></xs:schema>'
    )


def _of_question(service: Service, schemas: str) -> str:
    """The schema of what a question names in its Request, where that is a profile of its own."""
    profile = namespaces.PROFILES.get(service.name)
    return _import(profile, f"{schemas}{service.name}.xsd") if profile else ""


_HEADER = '<xs:element name="Header" type="msg:HeaderType"/>'
_REQUEST = '<xs:element name="Request" type="msg:RequestType" minOccurs="0"/>'
_PAYLOAD = '<xs:element name="Payload" type="m:PayloadType" minOccurs="0"/>'
_FAULT = '<xs:element name="Reply" type="msg:ReplyType"/>'
_REPLY = _HEADER + _FAULT + _PAYLOAD


def _parts_of(service: Service, root: str) -> str:
    """What a request, an event or a reply consists of."""
    if root.endswith("ResponseMessage"):
        return _REPLY
    return _HEADER + ("" if service.name.startswith("Receive") else _REQUEST) + _PAYLOAD


def _root(name: str, parts: str) -> str:
    return f'<xs:element name="{name}"><xs:complexType><xs:sequence>{parts}</xs:sequence></xs:complexType></xs:element>'


def _message(name: str) -> str:
    return f'<wsdl:message name="{name}"><wsdl:part name="message" element="m:{name}"/></wsdl:message>'


def _port_operation(name: str, request: str, reply: str, fault: str) -> str:
    refused = f'<wsdl:fault name="Fault" message="tns:{fault}"/>' if fault else ""
    return (
        f'<wsdl:operation name="{name}"><wsdl:input message="tns:{request}"/><wsdl:output message="tns:{reply}"/>'
        f"{refused}</wsdl:operation>"
    )


def _bound_operation(name: str, action: str, *, has_fault: bool) -> str:
    refused = '<wsdl:fault name="Fault"><soap:fault name="Fault" use="literal"/></wsdl:fault>' if has_fault else ""
    body = '<soap:body use="literal"/>'
    return (
        f'<wsdl:operation name="{name}"><soap:operation soapAction="{action}" style="document"/>'
        f"<wsdl:input>{body}</wsdl:input><wsdl:output>{body}</wsdl:output>{refused}</wsdl:operation>"
    )


def _port(noun: str, operations: str, bound: str) -> str:
    return (
        f'<wsdl:portType name="{noun}_Port">{operations}</wsdl:portType>'
        f'<wsdl:binding name="{noun}_Binding" type="tns:{noun}_Port">'
        f'<soap:binding style="document" transport="{_HTTP}"/>{bound}</wsdl:binding>'
    )


def _service(service: Service, address: str) -> str:
    where = writer.container("soap:address", location=address)
    return (
        f'<wsdl:service name="{service.name}"><wsdl:port name="{service.noun}_Port" binding="tns:{service.noun}_Binding">'
        f"{where}</wsdl:port></wsdl:service>"
    )
