"""The app as Django knows it."""

from importlib import import_module

from django.apps import AppConfig


class NetworkConfig(AppConfig):
    """Registers the app's event subscribers when Django is ready."""

    name = "network"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Subscribe to events of lower apps."""
        import_module("network.subscribers")
        import_module("network.tasks")
        import_module("network.services.histories")
