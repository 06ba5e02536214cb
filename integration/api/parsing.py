"""Uploads as they are sent: the body is the file."""

from collections.abc import Mapping
from typing import IO, Any

from rest_framework import parsers


class Raw(parsers.BaseParser):
    """Any application/... type: XML, gzip, zip."""

    media_type = "application/*"

    def parse(  # type: ignore[override]  # the framework hands on whatever a parser gives
        self,
        stream: IO[Any],
        media_type: str | None = None,  # noqa: ARG002
        parser_context: Mapping[str, Any] | None = None,  # noqa: ARG002
    ) -> bytes:
        """The bytes: what they are is looked at later, their number has been counted on the way in."""
        return bytes(stream.read())


class RawText(Raw):
    """The same under text/xml."""

    media_type = "text/xml"
