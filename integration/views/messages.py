"""POST /cim/v1/messages: any message of a partner; GET /cim/v1/messages/ID: the answer it got."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET

from adms.core import clock
from integration.cim import dialects, replies
from integration.cim.errors import ObjectId, ReplyError
from integration.models import Partner
from integration.selectors import messages, senders
from integration.selectors.senders import Sender
from integration.services import inbox

XML = "application/xml; charset=utf-8"
_UNKNOWN_SENDER = 401


@csrf_exempt
def post(request: HttpRequest) -> HttpResponse:
    """Take one message; the body is the ResponseMessage or FaultMessage."""
    if request.method != "POST":
        error = ReplyError(
            "2.9", "messages are posted to this address; what became of one is at this address/MessageID"
        )
        return HttpResponse(replies.fault((error,)), status=405, content_type=XML, headers={"Allow": "POST"})
    return take(request)


def take(request: HttpRequest) -> HttpResponse:
    """Take the message in a request's body, whichever address it came to; with ?dry_run only say what would be answered."""
    at = clock.now()
    is_rehearsal = request.GET.get("dry_run", "0").lower() not in {"0", "false"}
    sender = _sender(request)
    answer = (inbox.rehearse if is_rehearsal else inbox.accept)(
        partner=sender.partner if sender else None,
        sender=sender.actor if sender else None,
        data=request.body,
        content_type=request.content_type or "",
        content_encoding=request.headers.get("Content-Encoding", ""),
        at=at,
    )
    response = HttpResponse(answer.body, status=answer.status, content_type=answer.content_type)
    if is_rehearsal:
        response["X-Dry-Run"] = "1"
    if answer.retry_after_s is not None:
        response["Retry-After"] = str(answer.retry_after_s)
    if answer.status == _UNKNOWN_SENDER:
        response["WWW-Authenticate"] = "Bearer"
    return response


@require_GET
def answer(request: HttpRequest, message_id: str) -> HttpResponse:
    """The stored answer to one of the asking partner's own messages."""
    sender = _sender(request)
    if sender is None:
        told = replies.fault((ReplyError("7.4"),))
        return HttpResponse(told, status=401, content_type=XML, headers={"WWW-Authenticate": "Bearer"})
    partner = sender.partner
    found = messages.reply_to(source=partner.source, message_id=message_id)
    status = 200 if found is not None else 404
    told = found if found is not None else _nothing_taken(partner, message_id)
    return HttpResponse(dialects.write(told, dialects.of(partner.dialect)), status=status, content_type=XML)


def _nothing_taken(partner: Partner, message_id: str) -> bytes:
    """That no message of a partner's was taken under an id, and why one was refused."""
    nothing = ReplyError(
        "2.15", "nothing of yours was taken under this MessageID", ObjectId(message_id, "Message", "other")
    )
    refused = [
        ReplyError(one.code, f"refused: {one.reason}")
        for one in messages.refusals_of(partner=partner, message_id=message_id)
    ]
    return replies.fault((nothing, *refused))


def _sender(request: HttpRequest) -> Sender | None:
    """Whose token or TLS certificate it is."""
    header = settings.CLIENT_CERTIFICATE_HEADER
    shown = request.headers.get(header, "") if header else ""
    return senders.sender_of(request.headers.get("Authorization", ""), shown, at=clock.now())
