"""Addresses of the message inspector and of network models at the gate."""

from django.urls import path

from integration.views import (
    inspector,
    model_decisions,
    model_exports,
    model_maps,
    model_pages,
    model_versions,
    partner_terms,
    partners,
)

app_name = "integration"
_VERSION = "models/<slug:model>/<int:number>"
urlpatterns = [
    path("messages/", inspector.message_list, name="message_list"),
    path("messages/partners/new/", partners.partner_new, name="partner_new"),
    path("messages/partners/<int:partner_id>/", partners.partner, name="partner"),
    path("messages/partners/<int:partner_id>/token/", partners.partner_token, name="partner_token"),
    path("messages/partners/<int:partner_id>/change/", partner_terms.partner_change, name="partner_change"),
    path("messages/<slug:way>/<int:key>/", inspector.message, name="message"),
    path("messages/<slug:way>/<int:key>/raw/", inspector.message_raw, name="message_raw"),
    path("messages/out/<int:outbox_id>/again/", inspector.send_again, name="send_again"),
    path("messages/quarantine/<int:quarantine_id>/again/", inspector.take_again, name="take_again"),
    path("models/", model_pages.model_list, name="model_list"),
    path("models/upload/", model_pages.model_upload, name="model_upload"),
    path("models/jobs/<uuid:job_id>/", model_pages.model_job, name="model_job"),
    path("models/jobs/<uuid:job_id>/cancel/", model_pages.model_job_cancel, name="model_job_cancel"),
    path("models/jobs/<uuid:job_id>/file/", model_exports.model_job_file, name="model_job_file"),
    path("models/<slug:model>/export/", model_exports.model_export, name="model_export"),
    path(f"{_VERSION}/", model_versions.model_version, name="model_version"),
    path(f"{_VERSION}/accept/", model_decisions.accept, name="model_accept"),
    path(f"{_VERSION}/publish/", model_decisions.publish, name="model_publish"),
    path(f"{_VERSION}/back/", model_decisions.back, name="model_back"),
    path(f"{_VERSION}/discard/", model_decisions.discard, name="model_discard"),
    path(f"{_VERSION}/compare/", model_decisions.compare, name="model_compare"),
    path(f"{_VERSION}/geometry.bin", model_maps.geometry, name="model_geometry"),
    path(f"{_VERSION}/names.json", model_maps.names, name="model_names"),
    path(f"{_VERSION}/state.bin", model_maps.states, name="model_states"),
]
