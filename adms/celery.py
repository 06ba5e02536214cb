"""The Celery application: `celery -A adms.celery worker`."""

import os
from typing import Any

from celery import Celery, signals

from adms import collecting

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "adms.settings")

app = Celery("adms")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@signals.worker_process_init.connect
def settle(**_: Any) -> None:
    """Each child of a worker, once it has everything."""
    collecting.settle()
