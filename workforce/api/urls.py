"""Addresses of workforce under /api/v1/."""

from django.urls import path

from workforce.api import views

urlpatterns = [
    path("crews", views.Crews.as_view()),
    path("crews/<slug:key>/shift", views.Shift.as_view()),
    path("crews/<slug:key>/position", views.Position.as_view()),
    path("assignments", views.Assignments.as_view()),
    path("assignments/<int:assignment_id>", views.Assignment.as_view()),
]
