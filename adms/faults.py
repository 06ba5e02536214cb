"""What is answered when a request fails for no fault of its sender: 503 while the database is away, else 500.

The answer speaks the language of the way in: a FaultMessage for CIM, JSON for REST, a page for people. It never says more
than that; the log does.
"""

import logging
import sys

import psycopg_pool
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template import TemplateDoesNotExist, loader

from adms.core.api import errors

logger = logging.getLogger(__name__)

AWAY = (OperationalError, InterfaceError, psycopg_pool.PoolTimeout)
RETRY_AFTER_S = 2
FAULT = """<?xml version="1.0" encoding="UTF-8"?>
<FaultMessage xmlns="http://iec.ch/TC57/2011/schema/message"><Reply><Result>FAILED</Result>\
<Error><code>{code}</code><level>{level}</level><reason>{reason}</reason></Error></Reply></FaultMessage>
"""


def server_error(request: HttpRequest) -> HttpResponse:
    """Django's handler500."""
    if isinstance(sys.exc_info()[1], AWAY):
        response = answer(request, 503, "unavailable", "The database is away for a moment: send the same again")
        response["Retry-After"] = str(RETRY_AFTER_S)
        return response
    return answer(request, 500, "fault", "Something went wrong here; it has been logged")


def answer(request: HttpRequest, status: int, code: str, message: str) -> HttpResponse:
    """The same refusal in XML, JSON or HTML, by the address it was asked at."""
    if request.path.startswith("/cim/"):
        return HttpResponse(cim_fault(status, message), status=status, content_type="application/xml")
    if request.path.startswith("/api/") or request.path in {"/healthz", "/readyz"}:
        return JsonResponse(errors.body(code, message, {}, errors.request_id(request)), status=status)
    try:
        page = loader.get_template(f"{status}.html").render(
            {"message": message, "request_id": errors.request_id(request)}
        )
    except TemplateDoesNotExist:
        page = f"<!doctype html><title>{status}</title><p>{message}.</p>"
    return HttpResponse(page, status=status)


def cim_fault(status: int, reason: str) -> str:
    """A FaultMessage: 3.1 too many items, 5.1 busy (send again), 5.3 attempted and failed."""
    code, level = {413: ("3.1", "FATAL"), 503: ("5.1", "INFORM")}.get(status, ("5.3", "FATAL"))
    return FAULT.format(code=code, level=level, reason=reason)
