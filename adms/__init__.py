"""Wiring of the monolith: settings, URLs, ASGI, Celery, console. Imports anything, imported by nothing but the core."""

from adms.celery import app as celery_app

__all__ = ["celery_app"]
