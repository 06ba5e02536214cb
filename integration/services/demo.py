"""The demo utility: a real German 20 kV network (pandapower's mv_oberrhein), synthetic customers, crews, accounts, partners.

Whether it is loaded is a row in the database, so a wiped or foreign database is seen as what it is.
"""

import datetime as dt
import secrets
from collections.abc import Callable
from pathlib import Path

from django.conf import settings
from django.db import transaction

from adms.core import actors
from adms.core.demo import DEMO_PASSWORD, DEMO_USERS
from adms.core.models import ControlArea, Setting
from adms.core.services import accounts
from integration.cim.models import pandapower, pandapower_files
from integration.models import Partner
from integration.services import models, partners
from integration.services.partners import NewPartner
from network.domain import completion
from network.domain.draft import ModelDraft
from network.selectors import equipment
from outages.services.flisr import modes
from workforce.services import crews

LOADER = actors.system("demo")
MARK = "demo.loaded"
SEED = 20
CUSTOMERS = 10_000
MODEL_NAME = "Oberrhein"
Progress = Callable[[str, float], None]

PARTNERS = {
    "hes": NewPartner(
        "AMI head-end (simulated)",
        "HES-SIM",
        ("created EndDeviceEvents", "reply MeterReadings", "created MeterReadings"),
        ("MeterReadings",),
    ),
    "scada": NewPartner(
        "SCADA (simulated)",
        "SCADA-SIM",
        ("changed MeasurementValues",),
        ("UnplannedOutages", "Controls"),
    ),
    "cis": NewPartner(
        "Customer system (simulated)",
        "CIS-SIM",
        (
            "create TroubleTickets",
            "change CustomerMeterDataSet",
            "reply CustomerMeterDataSet",
            "reply PlannedOutageNotifications",
        ),
    ),
    "wfm": NewPartner(
        "Work-force system (simulated)",
        "WFM-SIM",
        ("changed MaintenanceOrders", "changed SwitchingPlans", "changed ServiceOrders"),
        ("MaintenanceOrders", "SwitchingPlans", "ServiceOrders"),
    ),
    "gis": NewPartner("Records system (simulated)", "GIS-SIM", (), ("NetworkChanges",)),
    "billing": NewPartner(
        "Billing (simulated)",
        "BILLING-SIM",
        ("get MeterReadings", "create GenerationContracts"),
        ("NetworkChanges", "ReliabilityIndices", "MeterReadings"),
    ),
    "mdm": NewPartner(
        "Meter data management (simulated)",
        "MDM-SIM",
        (
            "created EndDeviceEvents",
            "reply MeterReadings",
            "create ServiceOrders",
            "created LoadForecasts",
            "created PowerQualitySummaries",
        ),
    ),
    "engine": NewPartner("Load-flow engine (simulated)", "ENGINE-SIM"),
    "aggregator": NewPartner(
        "Aggregator (simulated)",
        "AGGREGATOR-SIM",
        ("changed DERGroupStatuses", "created DERGroupForecasts", "created WeatherReports"),
    ),
}
#: Below the address at which the simulators listen.
ENDPOINTS = {"hes": "/ami", "wfm": "/wfm", "gis": "/gis", "billing": "/billing"}
#: Key, name, kind, who rides with it.
CREWS = (
    ("c11", "Trouble 11", "trouble", ("Omar Nasser", "Eva Lind")),
    ("c12", "Trouble 12", "trouble", ("Lena Fuchs", "Jan Kowal")),
    ("l21", "Line 21", "line", ("Marta Ruiz", "Sam Adeyemi")),
    ("l22", "Line 22", "line", ("Piet Bakker", "Noor Aziz")),
    ("s31", "Service 31", "service", ("Iris Hahn",)),
    ("t41", "Tree 41", "tree", ("Lars Holm", "Ana Costa")),
)


def is_loaded() -> bool:
    """Whether this database has the demo utility."""
    return Setting.objects.filter(key=MARK).exists()


@transaction.atomic
def load(*, at: dt.datetime, progress: Progress, endpoint: str) -> None:
    """Load it whole or not at all."""
    progress("Reading the network", 0.05)
    draft = pandapower.read_pandapower(pandapower_files.load("pandapower:mv_oberrhein"), name=MODEL_NAME)
    progress("Adding protection, transformers, customers and meters", 0.25)
    completion.complete(draft, SEED, customers=CUSTOMERS)
    progress("Compiling and publishing", 0.45)
    models.publish_draft(actor=LOADER, draft=draft, source="pandapower.networks.mv_oberrhein (demo)", at=at)
    progress("Making accounts, crews and partners", 0.85)
    areas = list(ControlArea.objects.order_by("key").values_list("key", flat=True))
    _users(areas, at)
    _crews(draft, areas, at)
    _partners(endpoint, at)
    offered = modes.Wanted("system", "", "manual", "the demo shows what FLISR proposes")
    modes.set_mode(actor=LOADER, wanted=offered, at=at)
    Setting.objects.create(key=MARK, value={"seed": SEED}, changed_by=LOADER.name, changed_at=at)
    progress("Demo network loaded", 1.0)


def _users(areas: list[str], at: dt.datetime) -> None:
    for username, full_name, role, scope in DEMO_USERS:
        area = areas[min(scope, len(areas) - 1)] if scope is not None else None
        accounts.create_user(
            actor=LOADER, username=username, password=DEMO_PASSWORD, full_name=full_name, grants=[(role, area)], at=at
        )


def _crews(draft: ModelDraft, areas: list[str], at: dt.datetime) -> None:
    for number, (key, name, kind, people) in enumerate(CREWS):
        members: list[dict[str, object]] = [{"name": one} for one in people]
        area = areas[number % len(areas)]
        crews.create_crew(
            actor=LOADER, key=key, name=name, kind=kind, area=area, members=members, vehicle=f"V{100 + number}", at=at
        )
        crews.set_shift(actor=LOADER, key=key, shift="off" if key == "t41" else "on", at=at)
        depot = _depot(draft, area, number)
        if depot is not None:
            crews.move_crew(actor=LOADER, key=key, x=depot[0], y=depot[1], at=at)
    crews.link_user(key="c12", username="crew", at=at)


def _depot(draft: ModelDraft, area: str, number: int) -> tuple[float, float] | None:
    """Where a crew's vehicle stands before its first job: at one service transformer of its area or another."""
    own = equipment.published().filter(area__key=area, cim_class="PowerTransformer", is_branch=True)
    transformers = sorted(own.values_list("mrid", flat=True))
    if not transformers:
        return None
    node = draft.nodes[draft.branches[transformers[number * 7 % len(transformers)]].from_node]
    return None if node.x is None or node.y is None else (node.x, node.y)


def _partners(endpoint: str, at: dt.datetime) -> None:
    """Machine accounts of the simulators; their tokens lie in files only the owner may read."""
    folder = Path(settings.VAR_DIR) / "simulators"
    folder.mkdir(parents=True, exist_ok=True)
    for key, partner in PARTNERS.items():
        token = f"tl_{secrets.token_urlsafe(32)}"
        made, _ = partners.create_partner(actor=LOADER, partner=partner, at=at, token=token)
        if partner.subscriptions:
            Partner.objects.filter(pk=made.pk).update(endpoint_url=endpoint + ENDPOINTS.get(key, ""))
        file = folder / f"{key}.token"
        file.write_text(token + "\n")
        file.chmod(0o600)
