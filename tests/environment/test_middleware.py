"""What stands around every request: the weight of bodies, the content security policy, static files, faults."""

import asyncio
import json
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.conf import settings
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory

from adms import faults, middleware
from adms.core import runtime_settings
from outages.views import upload

MB = 1024**2


def post(
    path: str, chunks: Iterable[bytes], *, length: int | None = None, left: list[int] | None = None
) -> tuple[int, bytes, int]:
    """Send a body through the limit to an application that reads it all; status, answer, bytes the application got.

    `left` is told how many chunks nobody read.
    """
    sent: list[dict[str, Any]] = []
    got = 0
    waiting = [*chunks]

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": waiting.pop(0), "more_body": bool(waiting)}

    async def send(message: Any) -> None:
        sent.append(message)

    async def app(_scope: Any, receive: Any, send: Any) -> None:
        nonlocal got
        more = True
        while more:
            message = await receive()
            got += len(message["body"])
            more = message["more_body"]
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"taken"})

    headers = [(b"x-request-id", b"number-7")]
    headers += [] if length is None else [(b"content-length", str(length).encode())]
    scope = {"type": "http", "path": path, "headers": headers}
    with ThreadPoolExecutor(1) as thread:  # this one may already run the event loop of a browser
        thread.submit(lambda: asyncio.run(middleware.BodyLimit(app)(scope, receive, send))).result()
    if left is not None:
        left.append(len(waiting))
    if sent[0]["status"] == 413:
        assert (b"x-request-id", b"number-7") in sent[0]["headers"]
    return sent[0]["status"], sent[1]["body"], got


class TestBodyLimit:
    def test_a_body_within_the_limit_passes(self) -> None:
        assert post("/api/v1/calls", [b"x" * MB] * 5) == (200, b"taken", 5 * MB)

    def test_an_announced_weight_is_refused_before_a_byte_is_read(self) -> None:
        status, answer, got = post("/api/v1/calls", [b"x"], length=5 * MB + 1)
        assert (status, got) == (413, 0)
        assert json.loads(answer)["error"]["code"] == "too_large"

    def test_a_body_that_hides_its_weight_is_cut_off_at_the_limit(self) -> None:
        status, _, got = post("/api/v1/calls", [b"x" * MB] * 300)
        assert (status, got) == (413, 5 * MB)

    def test_a_body_that_lies_about_its_weight_is_cut_off_too(self) -> None:
        assert post("/api/v1/calls", [b"x" * MB] * 300, length=10)[0] == 413

    def test_messages_may_weigh_more_and_are_refused_in_their_own_language(self) -> None:
        assert post("/cim/v1/messages", [b"x" * MB] * 20)[0] == 200
        status, answer, _ = post("/cim/v1/messages", [b"x" * MB] * 21)
        assert status == 413
        assert b"<FaultMessage" in answer
        assert b"<code>3.1</code>" in answer

    def test_people_are_told_on_a_page_and_programs_in_json(self) -> None:
        page = post("/outages/1/etr/", [b"x" * MB] * 6)[1].decode()
        assert "At most 5 MB" in page
        assert "number-7" in page
        told = json.loads(post("/api/v1/calls", [b"x" * MB] * 6)[1])["error"]
        assert (told["data"], told["request_id"]) == ({"limit": 5 * MB}, "number-7")

    def test_a_file_of_interruptions_may_weigh_what_its_page_takes(self) -> None:
        (most,) = [one.default for one in runtime_settings.declared() if one.key == upload.MEGABYTES]
        assert middleware.body_limit("/reliability/file/") > most * MB

    def test_what_a_browser_still_sends_is_let_by_so_that_it_reads_the_answer(self) -> None:
        left: list[int] = []
        chunk = b"x" * MB
        post("/api/v1/calls", [chunk] * 600, length=600 * MB, left=left)
        assert left == [600 - middleware.LET_BY // MB]


class TestContentSecurityPolicy:
    def policy(self, path: str) -> str:
        respond = middleware.content_security_policy(lambda _request: HttpResponse())
        return respond(RequestFactory().get(path)).headers["Content-Security-Policy"]

    def test_a_page_runs_no_inline_script(self) -> None:
        assert "script-src 'self';" in self.policy("/")
        assert "unsafe-eval" not in self.policy("/")

    def test_a_page_may_not_be_framed(self) -> None:
        assert "frame-ancestors 'none'" in self.policy("/")

    def test_only_the_documentation_may_write_style_elements(self) -> None:
        assert "style-src 'self';" in self.policy("/")
        assert "style-src 'self' 'unsafe-inline';" in self.policy("/api/docs/")


class TestStaticFiles:
    def get(self, path: str, **headers: str) -> HttpResponse:
        serve = middleware.StaticFiles(lambda _request: HttpResponse(status=404), settings)
        return serve(RequestFactory().get(path, headers=headers))  # type: ignore[no-any-return]

    def test_a_file_of_a_package_is_served_whole(self) -> None:
        response = self.get("/static/django_htmx/htmx-2.min.js")
        assert response.status_code == 200
        assert response.headers["Content-Type"].startswith("text/javascript")
        assert len(response.content) == int(response.headers["Content-Length"]) > 10_000

    def test_a_file_the_browser_has_is_not_sent_again(self) -> None:
        etag = self.get("/static/django_htmx/htmx-2.min.js").headers["ETag"]
        response = self.get("/static/django_htmx/htmx-2.min.js", **{"If-None-Match": etag})
        assert (response.status_code, response.content) == (304, b"")

    @pytest.mark.parametrize("path", ["/static/../adms/settings.py", "/static/%2e%2e/manage.py", "/static/"])
    def test_nothing_outside_is_served(self, path: str) -> None:
        assert self.get(path).status_code == 404


def fail(request: HttpRequest, error: Exception) -> HttpResponse:
    """What Django answers when a view raises this."""
    try:
        raise error
    except type(error):
        return faults.server_error(request)


class TestFaults:
    @pytest.mark.parametrize("path", ["/", "/api/v1/feeders", "/cim/v1/messages"])
    def test_a_database_that_is_away_asks_to_come_again(self, path: str) -> None:
        response = fail(RequestFactory().get(path), OperationalError("server closed the connection"))
        assert (response.status_code, response["Retry-After"]) == (503, "2")
        assert b"server closed" not in response.content

    @pytest.mark.parametrize("path", ["/", "/api/v1/feeders", "/cim/v1/messages"])
    def test_any_other_fault_is_500_and_tells_nothing(self, path: str) -> None:
        response = fail(RequestFactory().get(path), KeyError("secret"))
        assert response.status_code == 500
        assert b"secret" not in response.content

    @pytest.mark.parametrize("error", [OperationalError(), KeyError()])
    def test_a_person_is_told_the_number_of_the_request(self, error: Exception) -> None:
        request = RequestFactory().get("/")
        request.request_id = "0a7f-19c2"
        assert b"0a7f-19c2" in fail(request, error).content

    def test_a_partner_hears_busy_or_failed_by_code(self) -> None:
        request = RequestFactory().post("/cim/v1/messages")
        assert b"<code>5.1</code>" in fail(request, OperationalError()).content
        assert b"<code>5.3</code>" in fail(request, KeyError()).content
