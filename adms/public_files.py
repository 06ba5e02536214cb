"""Hand out the folder of public files: no session, no database, cacheable by everybody (the sweeper writes them)."""

import hashlib
import re
from collections.abc import Callable
from email.utils import formatdate
from pathlib import Path

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseNotFound, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.utils.cache import get_conditional_response

PATH = "/public/"
_NAME = re.compile(r"[a-z_]+\.(html|css|js|json)")
_TYPES = {
    "html": "text/html; charset=utf-8",
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "json": "application/json",
}
#: Half a minute from any cache; while a new one is fetched, or cannot be, an old one is better than none: it says its age.
CACHE = "public, max-age=30, stale-while-revalidate=60, stale-if-error=86400"


def public_files(get_response: Callable[[HttpRequest], HttpResponseBase]) -> Callable[[HttpRequest], HttpResponseBase]:
    """Answer what lies under /public/ before anything that opens a session or asks the database."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        if request.path == PATH.rstrip("/"):
            return HttpResponseRedirect(PATH)
        if not request.path.startswith(PATH):
            return get_response(request)
        if request.method not in {"GET", "HEAD"}:
            return HttpResponseNotAllowed(["GET", "HEAD"])
        return _answer(request, request.path.removeprefix(PATH) or "index.html")

    return middleware


def _answer(request: HttpRequest, name: str) -> HttpResponseBase:
    known = _NAME.fullmatch(name)
    path = Path(settings.PUBLIC_DIR) / name
    if known is None or not path.exists():
        return _not_here()
    packed = path.with_name(f"{name}.gz")
    is_packed = "gzip" in request.headers.get("Accept-Encoding", "") and packed.exists()
    try:
        body, written = (packed if is_packed else path).read_bytes(), path.stat().st_mtime
    except FileNotFoundError:  # taken away this moment
        return _not_here()
    etag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    whole = HttpResponse(body if request.method == "GET" else b"", content_type=_TYPES[known[1]])
    whole.headers["Content-Length"] = str(len(body))
    if is_packed:
        whole.headers["Content-Encoding"] = "gzip"
    answer = get_conditional_response(request, etag, int(written), whole) or whole
    for header, value in _headers(etag, written).items():
        answer.headers[header] = value
    return answer


def _not_here() -> HttpResponse:
    kept = {"Cache-Control": "public, max-age=5", "Access-Control-Allow-Origin": "*"}
    return HttpResponseNotFound("not here\n", content_type="text/plain", headers=kept)


def _headers(etag: str, written: float) -> dict[str, str]:
    return {
        "ETag": etag,
        "Last-Modified": formatdate(written, usegmt=True),
        "Cache-Control": CACHE,
        "Vary": "Accept-Encoding",
        "Access-Control-Allow-Origin": "*",
    }
