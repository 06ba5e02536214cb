"""Addresses of the network under /api/v1/."""

from django.urls import path

from network.api import as_operated, engine_results, power_flow, views

urlpatterns = [
    path("search", views.Search.as_view()),
    path("feeders", views.Feeders.as_view()),
    path("devices", views.Devices.as_view()),
    path("devices/<str:mrid>", views.Device.as_view()),
    path("devices/<str:mrid>/trace", views.Trace.as_view()),
    path("devices/<str:mrid>/tags", views.Tags.as_view()),
    path("devices/<str:mrid>/commissioning", as_operated.Commission.as_view()),
    path("network/<slug:model>/state", as_operated.State.as_view()),
    path("network/<slug:model>/power-flow", power_flow.PowerFlow.as_view()),
    path("network/<slug:model>/power-flow/results", engine_results.EngineResults.as_view()),
    path("network/<slug:model>/abnormal", as_operated.Abnormal.as_view()),
    path("network/<slug:model>/temporary", as_operated.Temporaries.as_view()),
    path("temporary/<str:mrid>/remove", as_operated.Remove.as_view()),
    path("tags/<int:tag_id>", views.Tag.as_view()),
    path("operations", views.Operations.as_view()),
    path("operations/<uuid:operation_id>", views.Operation.as_view()),
    path("operations/<uuid:operation_id>/execute", views.Execute.as_view()),
    path("operations/<uuid:operation_id>/cancel", views.Cancel.as_view()),
    path("models", views.Versions.as_view()),
    path("models/<slug:model>/versions/<int:number>", views.Version.as_view()),
]
