"""Addresses of the network's pages and data."""

from django.urls import path

from network.views import grid

urlpatterns = [
    path("grid/<slug:model>/<int:version>/geometry.bin", grid.geometry, name="grid-geometry"),
    path("grid/<slug:model>/<int:version>/names.json", grid.names, name="grid-names"),
    path("grid/<slug:model>/<int:version>/state.bin", grid.states, name="grid-state"),
]
