"""Who asks: an external system by its token, a person by the session of the browser."""

from rest_framework import authentication, exceptions
from rest_framework.request import Request

from adms.core import clock
from adms.core.models import User
from adms.core.services import accounts

SCHEME = "bearer"


class Token(authentication.BaseAuthentication):
    """`Authorization: Bearer tl_...`, one secret per external system."""

    def authenticate(self, request: Request) -> tuple[User, None] | None:
        """The account of the token; None where there is no bearer token, so that the session may answer."""
        scheme, _, secret = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != SCHEME:
            return None
        user = accounts.user_of_token(secret.strip(), at=clock.now())
        if user is None:
            raise exceptions.AuthenticationFailed("the token is unknown, expired or switched off")
        return user, None

    def authenticate_header(self, request: Request) -> str:  # noqa: ARG002
        """What a 401 names as the way to come in."""
        return 'Bearer realm="tieline"'


class Session(authentication.SessionAuthentication):
    """The session of a signed-in browser; whatever changes something must carry the CSRF token."""
