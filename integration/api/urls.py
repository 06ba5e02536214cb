"""Addresses of the door: `urlpatterns` under /api/v1/, `cim` under /cim/v1/."""

from django.urls import path

from integration.api import views
from integration.views import messages

urlpatterns = [path("jobs/<uuid:job_id>", views.Job.as_view())]
cim = [
    path("models", views.Models.as_view()),
    path("messages", messages.post, name="cim-messages"),
    path("messages/<str:message_id>", messages.answer, name="cim-answer"),
]
