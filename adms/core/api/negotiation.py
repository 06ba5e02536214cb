"""What an answer is written in: JSON, and whatever a view serves beside it. Who asks for something else is told what there is."""

from collections.abc import Iterable

from django.http import Http404
from rest_framework.exceptions import NotAcceptable
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request


class Negotiation(DefaultContentNegotiation):
    """REST framework's, but `?format=` of an unknown kind is 406 as the header `Accept` is, not an address that is not there."""

    def select_renderer(
        self, request: Request, renderers: Iterable[BaseRenderer], format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        """The renderer and its media type.

        Raises:
            NotAcceptable: nothing of what is asked for is served.
        """
        served = list(renderers)
        try:
            chosen: tuple[BaseRenderer, str] = super().select_renderer(request, served, format_suffix)
        except (Http404, NotAcceptable) as error:
            kinds = ", ".join(dict.fromkeys(str(one.media_type) for one in served))
            raise NotAcceptable(f"this is served as {kinds} only", available_renderers=served) from error
        return chosen
