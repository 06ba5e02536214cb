"""Addresses of outages under /api/v1/."""

from django.urls import path

from outages.api import callbacks, estimates, pings, regrouping, rules, verdicts, views

urlpatterns = [
    path("calls", views.Calls.as_view()),
    path("callbacks", callbacks.Callbacks.as_view()),
    path("callbacks/<int:callback_id>/now", callbacks.CallbackNow.as_view()),
    path("callbacks/<int:callback_id>/answer", callbacks.CallbackAnswer.as_view()),
    path("critical-customers", callbacks.CriticalCustomers.as_view()),
    path("outages", views.Outages.as_view()),
    path("outages/<int:outage_id>", views.Outage.as_view()),
    path("outages/<int:outage_id>/acknowledge", views.Acknowledge.as_view()),
    path("outages/<int:outage_id>/confirm", views.Confirm.as_view()),
    path("outages/<int:outage_id>/restore", views.Restore.as_view()),
    path("outages/<int:outage_id>/complete", views.Complete.as_view()),
    path("outages/<int:outage_id>/cancel", views.Cancel.as_view()),
    path("outages/<int:outage_id>/move", regrouping.Move.as_view()),
    path("outages/<int:outage_id>/merge", regrouping.Merge.as_view()),
    path("outages/<int:outage_id>/reopen", regrouping.Reopen.as_view()),
    path("outages/<int:outage_id>/verdicts", verdicts.Verdicts.as_view()),
    path("outages/<int:outage_id>/etr", views.Etr.as_view()),
    path("restoration-times/outlook", estimates.Outlook.as_view()),
    path("restoration-times/accuracy", estimates.Accuracy.as_view()),
    path("restoration-times/area", estimates.ForArea.as_view()),
    path("rule-sets", rules.Areas.as_view()),
    path("rule-sets/switches", rules.Switches.as_view()),
    path("rule-sets/switches/<int:switch_id>/undo", rules.Undo.as_view()),
    path("rule-sets/areas/<slug:area>/switch", rules.SwitchArea.as_view()),
    path("rule-sets/areas/<slug:area>/plan", rules.PlanArea.as_view()),
    path("rule-sets/<slug:scope>/<slug:name>", rules.Versions.as_view()),
    path("rule-sets/<slug:scope>/<slug:name>/back", rules.GoBack.as_view()),
    path("pings", pings.Pings.as_view()),
    path("pings/<uuid:ping_id>", pings.Ping.as_view()),
    path("interruptions", views.Interruptions.as_view()),
    path("indices", views.Indices.as_view()),
    path("indices/days", views.IndexDays.as_view()),
]
