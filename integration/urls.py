"""Addresses of the message inspector."""

from django.urls import path

from integration.views import inspector

app_name = "integration"
urlpatterns = [
    path("messages/", inspector.message_list, name="message_list"),
    path("messages/<slug:way>/<int:key>/", inspector.message, name="message"),
    path("messages/<slug:way>/<int:key>/raw/", inspector.message_raw, name="message_raw"),
    path("messages/out/<int:outbox_id>/release/", inspector.release, name="release"),
]
