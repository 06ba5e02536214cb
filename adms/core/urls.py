"""Addresses of signing in, of what a person chooses for themselves, of the administrator, and of alarms."""

from django.urls import path

from adms.core.views import accounts, administration, alarms, audit_trail, script_words, second_factor

urlpatterns = [
    path("login/", accounts.login, name="login"),
    path("login/code/", second_factor.code, name="login_code"),
    path("logout/", accounts.logout, name="logout"),
    path("words.js", script_words.catalogue, name="script_words"),
    path("theme/", accounts.theme, name="theme"),
    path("password/", administration.own_password, name="own_password"),
    path("password/second-factor/", second_factor.own, name="own_second_factor"),
    path("accounts/", administration.account_list, name="account_list"),
    path("accounts/new/", administration.account_new, name="account_new"),
    path("accounts/roles/", administration.role_list, name="role_list"),
    path("accounts/of/<str:username>/", administration.account, name="account"),
    path("accounts/of/<str:username>/roles/", administration.account_grant, name="account_grant"),
    path("accounts/of/<str:username>/roles/<int:grant>/", administration.account_revoke, name="account_revoke"),
    path("accounts/of/<str:username>/do/<slug:verb>/", administration.account_do, name="account_do"),
    path("audit/", audit_trail.audit_trail, name="audit_trail"),
    path("settings/", administration.setting_list, name="setting_list"),
    path("settings/<str:key>/", administration.setting, name="setting"),
    path("alarms/", alarms.page, name="alarms"),
    path("alarms/beside/", alarms.beside, name="alarms_beside"),
    path("alarms/bar/", alarms.bar, name="alarms_bar"),
    path("alarms/acknowledge/", alarms.acknowledge, name="alarms_acknowledge"),
    path("alarms/kinds/<slug:definition>/", alarms.kind, name="alarm_kind"),
    path("alarms/shelf/<int:shelf>/back/", alarms.unshelve, name="alarm_unshelve"),
    path("alarms/<int:number>/shelve/", alarms.shelve, name="alarm_shelve"),
    path("alarms/<slug:tab>/", alarms.page, name="alarms"),
]
