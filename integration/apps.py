"""The app as Django knows it."""

from importlib import import_module

from django.apps import AppConfig


class IntegrationConfig(AppConfig):
    """Registers the app's event subscribers when Django is ready."""

    name = "integration"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Subscribe to events of lower apps; hang the bell of long jobs."""
        import_module("integration.subscribers")
        import_module("integration.services.histories")
        import_module("integration.tasks")
