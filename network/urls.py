"""Addresses of the network's pages and data."""

from django.urls import path

from network.views import devices, grid, operate, tags

app_name = "network"
urlpatterns = [
    path("grid/<slug:model>/<int:version>/geometry.bin", grid.geometry, name="geometry"),
    path("grid/<slug:model>/<int:version>/names.json", grid.names, name="names"),
    path("grid/<slug:model>/<int:version>/state.bin", grid.states, name="states"),
    path("network/<slug:model>/device/", devices.device_panel, name="device_panel"),
    path("network/<slug:model>/journal/", devices.journal, name="journal"),
    path("network/<slug:model>/trace/<str:mrid>/<slug:direction>/", devices.trace, name="trace"),
    path("network/<slug:model>/operate/<str:mrid>/<slug:action>/", operate.operate, name="operate"),
    path("network/<slug:model>/select/<str:mrid>/<slug:action>/", operate.select, name="select"),
    path("network/operation/<uuid:operation_id>/", operate.status, name="operation_status"),
    path("network/operation/<uuid:operation_id>/execute/", operate.execute, name="execute"),
    path("network/operation/<uuid:operation_id>/release/", operate.release, name="release"),
    path("network/<slug:model>/tag/<str:mrid>/", tags.tag, name="tag"),
    path("network/tag/<int:tag_id>/remove/", tags.remove, name="remove_tag"),
]
