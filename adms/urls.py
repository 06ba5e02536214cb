"""Every address of the product."""

from django.urls import URLPattern, URLResolver

handler500 = "adms.faults.server_error"

urlpatterns: list[URLPattern | URLResolver] = []
