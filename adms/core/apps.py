"""The core as a Django app."""

from importlib import import_module

from django.apps import AppConfig


class CoreConfig(AppConfig):
    """Accounts, areas, audit, events."""

    name = "adms.core"
    label = "core"
    verbose_name = "Tieline core"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Hang the bell; sweep; teach Django its look-up."""
        import_module("adms.core.lookups")
        import_module("adms.core.tasks")
        import_module("adms.core.subscribers")
        import_module("adms.core.services.histories")
