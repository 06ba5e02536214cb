"""The base of every REST address: the actor is made once, the clock is read once, input is checked before anything is done."""

from collections.abc import Callable
from typing import Any, ClassVar

from django.utils.cache import patch_cache_control
from rest_framework import permissions
from rest_framework.authentication import SessionAuthentication
from rest_framework.exceptions import NotAuthenticated, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from adms.core import clock
from adms.core.actors import Actor
from adms.core.api import errors, paging
from adms.core.api.fields import Input, Output
from adms.core.models import User
from adms.core.services import audit, authority


class Endpoint(APIView):
    """One address. Reading needs one of the rights in `reads`; a write is decided by the service it calls, nowhere else."""

    reads: ClassVar[tuple[str, ...]] = ("see_network",)
    #: The services of some endpoints write refusals down themselves.
    audits_refusals: ClassVar[bool] = True
    actor: Actor

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Who asks, when, and whether they may read here."""
        super().initial(request, *args, **kwargs)
        self.at = clock.now()
        self.actor = self._actor(request)
        if request.method in permissions.SAFE_METHODS and not any(self.actor.may(action) for action in self.reads):
            authority.require(actor=self.actor, action=self.reads[0])

    def handle_exception(self, exc: Exception) -> Response:
        """The answer of a refusal; who asked for what they may not do is on the audit trail, not only who did it."""
        if isinstance(exc, authority.NotAuthorised) and self.audits_refusals:
            audit.record(
                actor=self.actor,
                action=str(exc.data.get("action", "")),
                object_=self.request.path[:200],
                area=str(exc.data.get("area") or ""),
                result="refused",
                reason=exc.message,
                at=self.at,
            )
        return super().handle_exception(exc)

    def finalize_response(self, request: Request, response: Response, *args: Any, **kwargs: Any) -> Any:
        """What the network or a customer is like now is kept by no browser and no proxy, unless the answer says otherwise."""
        if not response.has_header("Cache-Control"):
            patch_cache_control(response, private=True, no_store=True)
        return super().finalize_response(request, response, *args, **kwargs)

    @staticmethod
    def _actor(request: Request) -> Actor:
        if not isinstance(request.user, User):
            raise NotAuthenticated
        is_browser = isinstance(request.successful_authenticator, SessionAuthentication)
        return authority.actor_for(
            request.user,
            way="rest",
            request_id=errors.request_id(request),
            session=(request.session.session_key or "") if is_browser else "",
            console=request.META.get("REMOTE_ADDR", "")[:60],
        )

    def query(self, known: type[Input]) -> dict[str, Any]:
        """The query parameters, checked."""
        return _checked(known(data=self.request.query_params.dict()))

    def body(self, known: type[Input]) -> dict[str, Any]:
        """The body, checked."""
        if not isinstance(self.request.data, dict):
            raise ValidationError("the body must be a JSON object")
        return _checked(known(data=self.request.data))

    def page(
        self,
        rows: paging.Rows,
        query: dict[str, Any],
        tells: type[Output],
        describe: Callable[[list[Any]], list[Any]] | None = None,
    ) -> Response:
        """One page of a list."""
        return paging.answer(self.request, rows, query, tells, describe)


def _checked(given: Input) -> dict[str, Any]:
    given.is_valid(raise_exception=True)
    return dict(given.validated_data)
