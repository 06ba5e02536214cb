"""What OpenAPI says of an operation: written beside it, in one line each."""

import re
from collections.abc import Callable
from typing import Any, TypeVar

from drf_spectacular import extensions, utils
from rest_framework import serializers

from adms.core.api.fields import Input, Output

F = TypeVar("F", bound=Callable[..., Any])


class Refusal(Output):
    """Why not."""

    code = serializers.CharField(help_text="Stable and machine readable.")
    message = serializers.CharField(help_text="For a person.")
    data = serializers.DictField(  # type: ignore[assignment]  # a field, which the metaclass takes out of the class
        help_text="Where and what: the field, the cause, the action."
    )
    request_id = serializers.CharField()


class Refused(Output):
    """The answer of every refusal."""

    error = Refusal()


_REFUSALS = {
    400: "Cannot be read",
    401: "Not signed in",
    403: "Not allowed, or not in this area",
    404: "No such object, or none the asker may know of",
    409: "The state of things forbids it",
    422: "Wrong input; data.field names it",
}


def operation(
    summary: str,
    *,
    tag: str,
    query: type[Input] | None = None,
    takes: Any = None,
    tells: Any = None,
    status: int | tuple[int, str] = 200,
    is_page: bool = False,
    may_wait: bool = False,
) -> Callable[[F], F]:
    """Describe a method of an endpoint: what it takes (a query, a body), what it tells, and all the ways it refuses.

    `status` with a media type is of an answer that is not JSON. With `may_wait` the same is told with 202 where a worker does it.
    """
    answer = page_of(tells) if is_page else tells
    responses: dict[Any, Any] = {status: answer} | {
        code: utils.OpenApiResponse(Refused, words) for code, words in _REFUSALS.items()
    }
    if may_wait:
        responses[202] = answer
    described: Callable[[F], F] = utils.extend_schema(
        operation_id=re.sub(r"\W+", "_", summary.lower()),
        summary=summary,
        tags=[tag],
        parameters=[query] if query else [],
        request=takes,
        responses=responses,
    )
    return described


def page_of(tells: type[Output]) -> Any:
    """The schema of one page of a list."""
    return utils.inline_serializer(
        f"{tells.__name__}Page",
        {
            "count": serializers.IntegerField(),
            "page": serializers.IntegerField(),
            "page_size": serializers.IntegerField(),
            "next": serializers.URLField(allow_null=True),
            "previous": serializers.URLField(allow_null=True),
            "results": tells(many=True),
        },
    )


def tidy(result: Any, **_: Any) -> Any:
    """Take out the generator's own marks. Choices stay where they are used: many a "state" is another's."""
    if isinstance(result, dict):
        result.pop("x-spec-enum-id", None)
    for inner in result.values() if isinstance(result, dict) else result if isinstance(result, list) else ():
        tidy(inner)
    return result


class TokenScheme(extensions.OpenApiAuthenticationExtension):  # type: ignore[misc]  # drf-spectacular is untyped here
    """How the bearer token stands in the schema."""

    target_class = "adms.core.api.authentication.Token"
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:  # noqa: ARG002
        """A bearer token."""
        return {"type": "http", "scheme": "bearer", "bearerFormat": "tl_..."}


class SessionScheme(extensions.OpenApiAuthenticationExtension):  # type: ignore[misc]  # drf-spectacular is untyped here
    """How the session stands in the schema."""

    target_class = "adms.core.api.authentication.Session"
    name = "session"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:  # noqa: ARG002
        """A cookie."""
        return {"type": "apiKey", "in": "cookie", "name": "sessionid"}
