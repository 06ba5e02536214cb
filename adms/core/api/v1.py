"""Addresses of the core under /api/v1/."""

from django.urls import path

from adms.core.api import alarms

urlpatterns = [
    path("alarms", alarms.Alarms.as_view()),
    path("alarms/acknowledge", alarms.Acknowledge.as_view()),
    path("alarms/shelves", alarms.Shelves.as_view()),
    path("alarms/shelves/<int:shelf>", alarms.Unshelve.as_view()),
    path("alarms/kinds", alarms.Kinds.as_view()),
    path("alarms/kinds/<slug:definition>", alarms.KindOne.as_view()),
    path("alarms/rates", alarms.Rates.as_view()),
    path("alarms/<int:number>/shelve", alarms.Shelve.as_view()),
]
