"""Which device is meant."""

import re

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from adms.core.errors import NotFound
from network.models import HEAVY, Equipment


def find_switch(model: str, mrid: str) -> Equipment:
    """The switch in the published version of a model.

    Raises:
        NotFound: there is none.
    """
    found = _published(model, mrid).filter(is_switch=True).first()
    if found is None:
        raise NotFound(
            _("no switch %(mrid)s in network %(model)s") % {"mrid": mrid, "model": model}, equipment=mrid, model=model
        )
    return found


def find_device(model: str, mrid: str) -> Equipment:
    """Any piece of equipment in the published version of a model.

    Raises:
        NotFound: there is none.
    """
    found = _published(model, mrid).first()
    if found is None:
        raise NotFound(
            _("no equipment %(mrid)s in network %(model)s") % {"mrid": mrid, "model": model},
            equipment=mrid,
            model=model,
        )
    return found


def _published(model: str, mrid: str) -> QuerySet[Equipment]:
    rows = Equipment.objects.select_related("area", "version").defer(*HEAVY)
    return rows.filter(version__model__key=model, version__state="published", mrid=mrid)


def digits_to_type(name: str) -> str:
    """What a person types to prove which device is meant: the last digits of its name, else its last four characters.

    >>> digits_to_type("SW 4203-17"), digits_to_type("Tie")
    ('17', 'Tie')
    """
    numbers = re.findall(r"\d+", name)
    return numbers[-1][-4:] if numbers else name[-4:]
