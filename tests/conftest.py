"""Real servers for the tests: a PostgreSQL and a Redis of their own, started by the first test that connects.

The environment is set before the settings are read, which is why pyproject.toml does not name the settings for pytest.
"""

import os
import shutil
import tempfile
from pathlib import Path

import pytest

VAR_DIR = Path(tempfile.mkdtemp(prefix="tieline-test-"))

os.environ["DJANGO_SETTINGS_MODULE"] = "adms.settings"
os.environ["VAR_DIR"] = str(VAR_DIR)
os.environ["SERVERS_MIGRATE"] = "0"  # pytest-django makes and migrates the test database itself
os.environ.setdefault("LOG_LEVEL", "WARNING")
for name in ("PRODUCTION", "DEBUG", "DATABASE_POOL", "DATABASE_NAME", "SECRET_KEY"):
    os.environ.pop(name, None)


@pytest.hookimpl(tryfirst=True)
def pytest_configure() -> None:
    """Load the settings now that the environment is ours; tests must never touch the data of `make run`."""
    import django
    from django.conf import settings

    django.setup()
    if settings.VAR_DIR != VAR_DIR:
        pytest.exit("the settings were read before tests/conftest.py: unset DJANGO_SETTINGS_MODULE", returncode=4)


@pytest.hookimpl(trylast=True)
def pytest_unconfigure() -> None:
    """Stop the servers after the last test, and only then remove what they stood on."""
    from adms import servers

    servers.release()
    shutil.rmtree(VAR_DIR, ignore_errors=True)
