"""The end of the demo: the sample data goes and an empty Tieline is left, as a first start without the demo would make it."""

import datetime as dt
import shutil
from dataclasses import dataclass
from pathlib import Path

import redis
from django.conf import settings

from adms.core import bell
from adms.core.demo import DEMO_USERS
from adms.core.errors import Refused
from adms.core.models import User
from adms.core.services import backups
from integration.models import Partner
from integration.services import demo
from network.selectors import versions
from outages.selectors import outages

#: What was made from the sample data beside the database, below var/.
FOLDERS = ("grids", "simulators", "public")


class NoSampleData(Refused):
    """There is no sample data here, or it must not be thrown away by a command."""

    code = "no_sample_data"


@dataclass(frozen=True, slots=True)
class Standing:
    """What would go: models, outages (counts and names), and what is not of the demo among it."""

    models: tuple[str, ...]
    accounts: int
    outages: int
    own_models: tuple[str, ...]
    own_accounts: tuple[str, ...]


def standing() -> Standing:
    """What there is to throw away.

    Raises:
        NoSampleData: the demo is not loaded here, or this is a production.
    """
    if settings.PRODUCTION:
        raise NoSampleData("this is a production: its data is never thrown away by a command")
    if not demo.is_loaded():
        raise NoSampleData("the demo is not loaded in this database: there is no sample data to throw away")
    models = tuple(sorted(versions.versions(state="published").values_list("model__name", flat=True)))
    machines = set(Partner.objects.values_list("user__username", flat=True))
    accounts = set(User.objects.values_list("username", flat=True)) - machines
    return Standing(
        models=models,
        accounts=len(accounts),
        outages=outages.outages(demo.LOADER).count(),
        own_models=tuple(name for name in models if name != demo.MODEL_NAME),
        own_accounts=tuple(sorted(accounts - {name for name, *_ in DEMO_USERS})),
    )


def throw_away(*, at: dt.datetime) -> None:
    """Leave an empty database (to be migrated) and take away the files that were made from the sample data.

    Raises:
        NoSampleData: as `standing`.
        adms.core.services.backups.RestoreRefused: Tieline runs.
    """
    standing()
    backups.begin_empty(at=at)
    for name in FOLDERS:
        shutil.rmtree(Path(settings.VAR_DIR) / name, ignore_errors=True)
    heads = Path(settings.AUDIT_HEADS)
    if heads.exists():  # of an audit trail that is no more: the next one would be held against it
        heads.rename(heads.with_name(f"{heads.name}.before_{at:%Y%m%d%H%M%S}"))
    if settings.EMBEDDED_REDIS:
        try:
            bell.client().flushdb()
        except redis.RedisError:
            return  # it keeps nothing that would count
