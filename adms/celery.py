"""The Celery application: `celery -A adms.celery worker`."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "adms.settings")

app = Celery("adms")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
