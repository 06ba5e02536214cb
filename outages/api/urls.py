"""Addresses of outages under /api/v1/."""

from django.urls import path

from outages.api import estimates, views

urlpatterns = [
    path("calls", views.Calls.as_view()),
    path("outages", views.Outages.as_view()),
    path("outages/<int:outage_id>", views.Outage.as_view()),
    path("outages/<int:outage_id>/acknowledge", views.Acknowledge.as_view()),
    path("outages/<int:outage_id>/confirm", views.Confirm.as_view()),
    path("outages/<int:outage_id>/restore", views.Restore.as_view()),
    path("outages/<int:outage_id>/complete", views.Complete.as_view()),
    path("outages/<int:outage_id>/cancel", views.Cancel.as_view()),
    path("outages/<int:outage_id>/etr", views.Etr.as_view()),
    path("restoration-times/outlook", estimates.Outlook.as_view()),
    path("restoration-times/accuracy", estimates.Accuracy.as_view()),
    path("restoration-times/area", estimates.ForArea.as_view()),
    path("interruptions", views.Interruptions.as_view()),
    path("indices", views.Indices.as_view()),
    path("indices/days", views.IndexDays.as_view()),
]
