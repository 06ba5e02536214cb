"""Examples in docstrings stay true."""

import doctest
import importlib
import pkgutil
from collections.abc import Iterator

import pytest

PACKAGES = ("adms", "network", "metering", "workforce", "outages", "integration")
SILENT = ("migrations", "management", "__main__", "settings", "asgi", "celery")


def modules() -> Iterator[str]:
    for package in PACKAGES:
        found = importlib.import_module(package)
        for one in pkgutil.walk_packages(found.__path__, f"{package}."):
            if not set(one.name.split(".")) & set(SILENT):
                yield one.name


@pytest.mark.parametrize("name", list(modules()))
def test_examples_of_a_module_hold(name: str) -> None:
    module = importlib.import_module(name)
    result = doctest.testmod(module, optionflags=doctest.NORMALIZE_WHITESPACE)
    assert result.failed == 0
