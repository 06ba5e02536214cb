"""Addresses of the door: `urlpatterns` under /api/v1/, `cim` under /cim/v1/."""

from django.urls import path

from integration.api import engine_models, exports, gate, partners, views
from integration.api import messages as told
from integration.views import messages, soap

_VERSION = "models/<slug:model>/versions/<int:number>"
urlpatterns = [
    path("jobs/<uuid:job_id>", views.Job.as_view()),
    path("jobs/<uuid:job_id>/cancel", views.Cancel.as_view()),
    path("jobs/<uuid:job_id>/file", exports.JobFile.as_view()),
    path("partners", partners.Partners.as_view()),
    path("partners/<str:source>", partners.OnePartner.as_view()),
    path("partners/<str:source>/token", partners.PartnerToken.as_view()),
    path("messages", told.MessageList.as_view()),
    path("messages/out/<int:outbox_id>/again", told.SendAgain.as_view()),
    path("messages/quarantine/<int:quarantine_id>/again", told.TakeAgain.as_view()),
    path(f"{_VERSION}/findings", gate.Findings.as_view()),
    path(f"{_VERSION}/difference", gate.Difference.as_view()),
    path(f"{_VERSION}/accept", gate.Accept.as_view()),
    path(f"{_VERSION}/publish", gate.Publish.as_view()),
    path(f"{_VERSION}/back", gate.Back.as_view()),
    path(f"{_VERSION}/discard", gate.Discard.as_view()),
]
cim = [
    path("models", views.Models.as_view()),
    path("models/<slug:model>/export", exports.Export.as_view()),
    path("models/<slug:model>/bus-branch", engine_models.BusBranch.as_view()),
    path("messages", messages.post, name="cim-messages"),
    path("soap", soap.call, name="cim-soap"),
    path("soap/<slug:service>", soap.call, name="cim-service"),
    path("schemas/<slug:name>.xsd", soap.schema, name="cim-schema"),
    path("messages/<path:message_id>", messages.answer, name="cim-answer"),
]
