"""Bodies in JSON: read by a parser that refuses NaN, infinities, half surrogates and nesting without end."""

from collections.abc import Mapping
from typing import IO, Any

import orjson
from rest_framework import exceptions, parsers


class Json(parsers.BaseParser):
    """The parser of application/json; the standard library would read NaN and fall over 100,000 brackets."""

    media_type = "application/json"

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,  # noqa: ARG002
        parser_context: Mapping[str, Any] | None = None,  # noqa: ARG002
    ) -> Any:
        """The value.

        Raises:
            ParseError: it is not JSON.
        """
        try:
            return orjson.loads(stream.read())
        except orjson.JSONDecodeError as error:
            raise exceptions.ParseError(f"the body is not JSON: {error}") from None
