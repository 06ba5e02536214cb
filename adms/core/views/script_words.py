"""What scripts say, in the utility's language: Django's catalogue of `djangojs`, for static/js/words.js. It asks nobody who he is."""

from django.http import HttpRequest, HttpResponseBase
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe
from django.views.i18n import JavaScriptCatalog

A_DAY = 86_400
_catalogue = JavaScriptCatalog.as_view()


@require_safe
@cache_control(public=True, max_age=A_DAY)
def catalogue(request: HttpRequest) -> HttpResponseBase:
    """A script that gives `gettext` and `ngettext`."""
    return _catalogue(request)
