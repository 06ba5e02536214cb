"""The API's description, its documentation, and the answer at addresses under /api/ where there is nothing."""

from django.http import HttpRequest, HttpResponse, HttpResponsePermanentRedirect, JsonResponse
from django.urls import Resolver404, path, re_path, resolve
from django.views.decorators.csrf import csrf_exempt
from drf_spectacular import views

from adms.core.api import errors


@csrf_exempt  # who posts here has no form of ours: the answer is 404 or the way, in the words of the API
def nothing(request: HttpRequest) -> HttpResponse:
    """404 in the words of the API; a needless slash at the end is taken away instead."""
    bare = request.path.rstrip("/")
    if bare != request.path and _leads_somewhere(bare):
        query = request.META.get("QUERY_STRING", "")
        return HttpResponsePermanentRedirect(f"{bare}?{query}" if query else bare, preserve_request=True)
    body = errors.body("not_found", "there is nothing at this address", {}, errors.request_id(request))
    return JsonResponse(body, status=404)


def _leads_somewhere(address: str) -> bool:
    try:
        return resolve(address).func is not nothing
    except Resolver404:
        return False


urlpatterns = [
    path("schema/", views.SpectacularAPIView.as_view(), name="api-schema"),
    path("docs/", views.SpectacularSwaggerSplitView.as_view(url_name="api-schema"), name="api-docs"),
    re_path(r"", nothing),
]
