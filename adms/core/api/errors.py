"""One shape for every refusal: {"error": {"code", "message", "data", "request_id"}}, never a traceback.

400 what cannot be read at all, 401 and 403 who asks, 404, 405, 413, 415 what is asked for, 409 the state of things, 422 what was
read and is wrong (with its field), 503 the database is away, 500 our fault, under an incident number that the log knows.
"""

import json
import logging
import uuid
from dataclasses import dataclass, field
from typing import Any

import psycopg_pool
from django.core import exceptions as django
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest
from django.utils.encoding import force_str
from rest_framework import exceptions
from rest_framework.request import Request
from rest_framework.response import Response

from adms.core.errors import Refused

log = logging.getLogger(__name__)

RETRY_AFTER_S = 2
_AWAY = (OperationalError, InterfaceError, psycopg_pool.PoolTimeout)
_CODES = {
    "parse_error": "malformed",
    "permission_denied": "forbidden",
    "unsupported_media_type": "wrong_content_type",
}


def body(code: str, message: str, data: dict[str, Any] | None = None, request_id: str = "") -> dict[str, Any]:
    """The answer of every refusal."""
    plain = json.loads(json.dumps(data or {}, default=str))
    return {"error": {"code": code, "message": message, "data": plain, "request_id": request_id}}


def request_id(request: HttpRequest | Request | None) -> str:
    """The number of a request, as it stands in its answer and in the log."""
    return str(getattr(request, "request_id", ""))


@dataclass(frozen=True, slots=True)
class _Told:
    """What is answered."""

    status: int
    code: str
    message: str
    data: dict[str, Any] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)


#: What other parts of the framework raise, the first that fits.
_KNOWN: tuple[tuple[type[Exception] | tuple[type[Exception], ...], _Told], ...] = (
    (Http404, _Told(404, "not_found", "there is nothing at this address")),
    (django.PermissionDenied, _Told(403, "forbidden", "this is not allowed")),
    (django.RequestDataTooBig, _Told(413, "too_large", "the request is too large")),
    ((django.SuspiciousOperation, django.BadRequest), _Told(400, "bad_request", "the request cannot be read")),
    (_AWAY, _Told(503, "unavailable", "the database is away for a moment: send the same again",
                  headers={"Retry-After": str(RETRY_AFTER_S)})),
)  # fmt: skip


def answer(error: Exception, context: dict[str, Any]) -> Response:
    """REST framework's exception handler: an answer for whatever was raised."""
    number = request_id(context.get("request"))
    told = _understand(error) or _fault(error, number)
    return Response(body(told.code, told.message, told.data, number), status=told.status, headers=told.headers)


def _understand(error: Exception) -> _Told | None:
    """What was anticipated; None is our fault."""
    if isinstance(error, Refused):
        return _Told(error.status, error.code, error.message, error.data)
    if isinstance(error, exceptions.ValidationError):
        return _invalid(error)
    if isinstance(error, exceptions.APIException):
        return _of_framework(error)
    return next((told for kinds, told in _KNOWN if isinstance(error, kinds)), None)


def _invalid(error: exceptions.ValidationError) -> _Told:
    fields = dict(_fields(error.detail))
    first, words = next(iter(fields.items()), ("", ["the input is wrong"]))
    return _Told(422, "invalid", f"{first}: {words[0]}" if first else words[0], {"field": first, "fields": fields})


def _of_framework(error: exceptions.APIException) -> _Told:
    header = getattr(error, "auth_header", None)
    code = str(getattr(error.detail, "code", error.default_code))
    code = "csrf_failed" if "CSRF" in str(error.detail) else _CODES.get(code, code)
    headers = {"WWW-Authenticate": header} if header else {}
    return _Told(error.status_code, code, force_str(error.detail), headers=headers)


def _fault(error: Exception, number: str) -> _Told:
    """Our fault: the log gets everything, the asker a number to name."""
    incident = uuid.uuid4().hex[:12]
    log.error("incident %s, request %s", incident, number, exc_info=error)
    return _Told(500, "fault", "something went wrong here; it has been logged", {"incident": incident})


def _fields(detail: Any, path: str = "") -> list[tuple[str, list[str]]]:
    """(path of the field, complaints) for every complaint of a serializer; "" for complaints about the whole."""
    if isinstance(detail, dict):
        found = []
        for name, inner in detail.items():
            own = path if name == "non_field_errors" else f"{path}.{name}".strip(".")
            found += _fields(inner, own)
        return found
    if isinstance(detail, list) and any(isinstance(inner, dict | list) for inner in detail):
        return [pair for i, inner in enumerate(detail) for pair in _fields(inner, f"{path}.{i}".strip("."))]
    words = [force_str(inner) for inner in detail] if isinstance(detail, list) else [force_str(detail)]
    return [(path, words)] if words else []
