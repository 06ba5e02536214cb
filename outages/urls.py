"""Addresses of the pages of outages, calls, dispatch and reliability."""

from django.urls import path

from outages.views import control_room

app_name = "outages"
urlpatterns = [
    path("", control_room.control_room, name="control_room"),
    path("outages/side/", control_room.side_list, name="side_list"),
    path("outages/intake/", control_room.intake, name="intake"),
    path("outages/kpis/", control_room.kpis, name="kpis"),
]
