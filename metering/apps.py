"""The app as Django knows it."""

from importlib import import_module

from django.apps import AppConfig


class MeteringConfig(AppConfig):
    """Registers the app's event subscribers when Django is ready."""

    name = "metering"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Subscribe to events of lower apps."""
        import_module("metering.subscribers")
        import_module("metering.services.histories")
        import_module("network.selectors.critical").lend(import_module("metering.selectors.supply").critical_at)
        import_module("network.selectors.search").add_finder(import_module("metering.selectors.finding").customers)
