"""Wiring of the monolith: settings, URLs, ASGI, Celery, console. Imports anything, imported by nothing but the core."""
