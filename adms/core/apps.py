"""The core as a Django app."""

from django.apps import AppConfig


class CoreConfig(AppConfig):
    """Accounts, areas, audit, events."""

    name = "adms.core"
    label = "core"
    verbose_name = "Tieline core"
    default_auto_field = "django.db.models.BigAutoField"
