"""Addresses of metering under /api/v1/."""

from django.urls import path

from metering.api import views

urlpatterns = [
    path("customers/search", views.Search.as_view()),
    path("customers/<int:usage_point>", views.Customer.as_view()),
    path("meters/failing", views.FailingMeters.as_view()),
    path("meters/generation", views.Generation.as_view()),
    path("meters/readings/requests", views.ReadingRequests.as_view()),
    path("meters/<str:number>/reading-days", views.ReadingDays.as_view()),
    path("meters/<str:number>/readings", views.Readings.as_view()),
]
