"""Addresses of signing in, and of what a person chooses for themselves."""

from django.urls import path

from adms.core.views import accounts

urlpatterns = [
    path("login/", accounts.login, name="login"),
    path("logout/", accounts.logout, name="logout"),
    path("theme/", accounts.theme, name="theme"),
]
