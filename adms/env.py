"""Typed readers of environment variables: the only place that knows how a setting is spelt outside."""

import os
import secrets
import tempfile
import urllib.parse
from pathlib import Path
from typing import Any

from django.core.exceptions import ImproperlyConfigured

TRUE = {"1", "true", "yes", "on"}
FALSE = {"0", "false", "no", "off", ""}


def env_str(name: str, default: str = "") -> str:
    """The text of a variable; an empty one counts as not given."""
    return os.environ.get(name, "").strip() or default


def env_list(name: str, default: str = "") -> list[str]:
    """The parts of a comma-separated variable, without empty ones."""
    return [part.strip() for part in env_str(name, default).split(",") if part.strip()]


def env_bool(name: str, default: bool) -> bool:  # noqa: FBT001 - reads like the assignment it is
    """A yes or a no, in the usual spellings."""
    text = os.environ.get(name)
    if text is None:
        return default
    if text.strip().lower() not in TRUE | FALSE:
        raise ImproperlyConfigured(f"{name} is {text!r}: give 1 or 0")
    return text.strip().lower() in TRUE


def env_int(name: str, default: int, *, low: int = 0, high: int = 2**31 - 1) -> int:
    """A whole number within limits."""
    text = env_str(name, str(default))
    try:
        number = int(text)
    except ValueError:
        raise ImproperlyConfigured(f"{name} is {text!r}: give a whole number") from None
    if not low <= number <= high:
        raise ImproperlyConfigured(f"{name} is {number}: give a number from {low} to {high}")
    return number


def env_secret(name: str, path: Path) -> str:
    """A secret from the environment, else one made once and kept in a file only its owner can read."""
    given = env_str(name)
    if given:
        return given
    try:
        return _kept_secret(path)
    except OSError as error:
        raise ImproperlyConfigured(
            f"{path} cannot be read or made ({error.strerror}): set {name}, or VAR_DIR"
        ) from None


def _kept_secret(path: Path) -> str:
    """Read the file; where there is none, make it whole beside and link it in, so that two makers agree on one."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, draft = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        with os.fdopen(handle, "w") as file:
            file.write(secrets.token_urlsafe(60))
        try:
            path.hardlink_to(draft)
        except FileExistsError:
            pass  # another process was first: its secret counts
        finally:
            Path(draft).unlink()
    return path.read_text().strip()


def env_database(name: str) -> dict[str, Any] | None:
    """A PostgreSQL address, `postgresql://user:password@host:5432/name?sslmode=require`, as Django wants it.

    What follows the question mark goes to libpq as it is, except `host`, which may name a socket directory.
    """
    given = env_str(name)
    if not given:
        return None
    url = urllib.parse.urlsplit(given)
    if url.scheme not in {"postgres", "postgresql"} or not url.path.strip("/"):
        raise ImproperlyConfigured(f"{name} must look like postgresql://user:password@host:5432/database")
    options: dict[str, Any] = dict(urllib.parse.parse_qsl(url.query))
    return {
        "NAME": urllib.parse.unquote(url.path.strip("/")),
        "USER": urllib.parse.unquote(url.username or ""),
        "PASSWORD": urllib.parse.unquote(url.password or ""),
        "HOST": options.pop("host", None) or urllib.parse.unquote(url.hostname or ""),
        "PORT": str(url.port or options.pop("port", "")),
        "OPTIONS": options,
    }
