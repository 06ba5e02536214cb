"""Addresses of the pages of meters."""

from django.urls import path

from metering.views import readings

app_name = "metering"
urlpatterns = [
    path("meters/<str:number>/readings/", readings.readings_page, name="readings"),
    path("meters/<str:number>/readings/ask/", readings.ask, name="readings_ask"),
    path("meters/<str:number>/readings.csv", readings.readings_csv, name="readings_csv"),
]
