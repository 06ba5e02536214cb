"""The documentation is held to the code it describes."""

import re
from pathlib import Path

import pytest
from django.core.management import get_commands

from adms.core import events, runtime_settings

ROOT = Path(__file__).resolve().parent.parent
APPS = ("adms.core", "network", "metering", "workforce", "outages", "integration")
REFERENCE = (ROOT / "docs" / "reference.md").read_text()


def ours() -> list[str]:
    return sorted(name for name, app in get_commands().items() if app.startswith(("adms", *APPS)))


@pytest.mark.parametrize("name", events.names())
def test_every_event_is_described(name: str) -> None:
    assert f"| `{name}` |" in REFERENCE


@pytest.mark.parametrize("key", [setting.key for setting in runtime_settings.declared()])
def test_every_setting_is_described(key: str) -> None:
    assert f"| `{key}` |" in REFERENCE


@pytest.mark.parametrize("name", ours())
def test_every_command_is_described(name: str) -> None:
    assert f"| `{name}` |" in REFERENCE


@pytest.mark.parametrize("app", APPS)
def test_every_app_is_in_the_readme(app: str) -> None:
    assert f"| `{app}` |" in (ROOT / "README.md").read_text()


def test_every_link_of_the_documentation_leads_somewhere() -> None:
    pages = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").rglob("*.md")]
    targets = [(page, target) for page in pages for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text())]
    assert [f"{page.name}: {target}" for page, target in targets if not (page.parent / target).exists()] == []
