"""Django without a database: templates, static files, and the addresses of the stage."""

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
SECRET_KEY = "only for the stage"
DEBUG = False
ALLOWED_HOSTS = ["127.0.0.1", "localhost"]
ROOT_URLCONF = "tests.browser.stage.urls"
INSTALLED_APPS = ["django.contrib.staticfiles", "django_htmx"]
MIDDLEWARE = [
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "tests.browser.stage.pages.strict",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [ROOT / "templates"],
        "OPTIONS": {
            "loaders": [
                "django.template.loaders.filesystem.Loader",
                "django.template.loaders.app_directories.Loader",
            ],  # not cached
            "context_processors": ["django.template.context_processors.request", "tests.browser.stage.pages.somebody"],
            "libraries": {name: f"adms.core.templatetags.{name}" for name in ("charts", "kept", "tieline")}
            | {"streets": "network.templatetags.streets"},
        },
    }
]
STREET_MAP = os.environ["STAGE_STREETS"]
STATIC_URL = "/static/"
STATICFILES_DIRS = [ROOT / "static", ("tests", ROOT / "tests" / "js")]
STORAGES = {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = True
USE_TZ = True
TIME_ZONE = "Europe/Berlin"
LANGUAGE_CODE = "en-gb"
