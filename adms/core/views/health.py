"""/healthz: the process is up. /readyz: it can serve.

A process that lags, or has no Redis, still serves everything, so it stays in the balance with 200 and says "degraded"; taking all
of them out would turn a delay into an outage. Without database or migrations it answers 503.
"""

from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from adms.core import clock
from adms.core.selectors import health

_ORDER = (health.OK, health.DEGRADED, health.DOWN)


@require_safe
@never_cache
def healthz(request: HttpRequest) -> JsonResponse:  # noqa: ARG001
    """Alive: touches no database."""
    return JsonResponse({"status": "ok"})


@require_safe
@never_cache
def readyz(request: HttpRequest) -> JsonResponse:  # noqa: ARG001
    """Ready, with each check."""
    checks = health.readiness(at=clock.now())
    worst = max((check.state for check in checks), key=_ORDER.index)
    body = {"status": worst, "checks": {check.name: {"status": check.state, **check.data} for check in checks}}
    return JsonResponse(body, status=503 if worst == health.DOWN else 200, json_dumps_params={"indent": 1})
