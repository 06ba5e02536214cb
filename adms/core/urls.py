"""Addresses of signing in, of what a person chooses for themselves, and of alarms."""

from django.urls import path

from adms.core.views import accounts, alarms

urlpatterns = [
    path("login/", accounts.login, name="login"),
    path("logout/", accounts.logout, name="logout"),
    path("theme/", accounts.theme, name="theme"),
    path("alarms/", alarms.page, name="alarms"),
    path("alarms/beside/", alarms.beside, name="alarms_beside"),
    path("alarms/bar/", alarms.bar, name="alarms_bar"),
    path("alarms/acknowledge/", alarms.acknowledge, name="alarms_acknowledge"),
    path("alarms/kinds/<slug:definition>/", alarms.kind, name="alarm_kind"),
    path("alarms/shelf/<int:shelf>/back/", alarms.unshelve, name="alarm_unshelve"),
    path("alarms/<int:number>/shelve/", alarms.shelve, name="alarm_shelve"),
    path("alarms/<slug:tab>/", alarms.page, name="alarms"),
]
