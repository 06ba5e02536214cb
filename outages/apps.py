"""The app as Django knows it."""

from importlib import import_module

from django.apps import AppConfig


class OutagesConfig(AppConfig):
    """Registers the app's event subscribers when Django is ready."""

    name = "outages"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Subscribe to events of lower apps."""
        import_module("outages.subscribers")
        import_module("outages.tasks")
        import_module("outages.services.histories")
        import_module("network.selectors.display").add_overlay(
            import_module("outages.selectors.overlay").branches_in_outages
        )
