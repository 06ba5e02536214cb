"""POST /cim/v1/soap[/SERVICE or /NOUN]: a message in SOAP; GET with ?wsdl: how to call it; /cim/v1/schemas/NAME.xsd: our schemas."""

from pathlib import Path

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_http_methods

from integration.cim import registry, schemas, wsdl
from integration.cim.registry import Direction
from integration.views import messages

ROOT = "/cim/v1/"
WSDL = "text/xml; charset=utf-8"


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def call(request: HttpRequest, service: str = wsdl.GENERIC) -> HttpResponse:
    """Take a message, or describe the service. What a message is follows from itself: every service takes each."""
    known = wsdl.services()
    if request.method == "POST" and service in registry.nouns(
        Direction.IN
    ):  # /cim/v1/soap/{Noun}, as many clients have it
        return messages.take(request)
    if service != wsdl.GENERIC and service not in known:
        own = [one.name for one in known.values() if one.noun == service]
        return _told(f"There is no service {service}; there are: {', '.join(own or [wsdl.GENERIC, *known])}", 404)
    if request.method == "POST":
        return messages.take(request)
    if "wsdl" not in {name.lower() for name in request.GET}:
        return _told("This is a SOAP service: POST a message, or add ?wsdl for its description", 405)
    address, where = request.build_absolute_uri(request.path), request.build_absolute_uri(f"{ROOT}schemas/")
    if service == wsdl.GENERIC:
        return HttpResponse(wsdl.generic(address=address, schemas=where), content_type=WSDL)
    return HttpResponse(wsdl.typed(known[service], address=address, schemas=where), content_type=WSDL)


@require_GET
def schema(request: HttpRequest, name: str) -> HttpResponse:  # noqa: ARG001
    """One of our schemas, as it is."""
    found = schemas.files().get(name)
    if found is None:
        return _told(f"There is no schema {name}; there are: {', '.join(schemas.files())}", 404)
    return HttpResponse(Path(found).read_bytes(), content_type=messages.XML)


def _told(words: str, status: int) -> HttpResponse:
    return HttpResponse(words + "\n", status=status, content_type="text/plain; charset=utf-8")
