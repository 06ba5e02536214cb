"""Every address of the product."""

from django.urls import URLPattern, URLResolver, include, path, re_path

from adms.core.api.urls import nothing
from adms.core.views import health
from integration.api import urls as door

handler500 = "adms.faults.server_error"

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("adms.core.urls")),
    path("", include("network.urls")),
    path("", include("metering.urls")),
    path("", include("outages.urls")),
    path("", include("integration.urls")),
    path("healthz", health.healthz),
    path("readyz", health.readyz),
    path("api/v1/simulation/", include("integration.api.simulation")),
    path("api/v1/", include("adms.core.api.v1")),
    path("api/v1/", include("network.api.urls")),
    path("api/v1/", include("metering.api.urls")),
    path("api/v1/", include("workforce.api.urls")),
    path("api/v1/", include("outages.api.urls")),
    path("api/v1/", include("integration.api.urls")),
    path("api/", include("adms.core.api.urls")),  # the last under api/: it answers for what is not there
    path("cim/v1/", include(door.cim)),
    re_path(r"^cim/", nothing),
]
