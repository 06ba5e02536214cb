"""Business systems around the control system, each of which can be started alone: `manage.py simulate NAME`.

Like the rest of the simulators they know nothing of Tieline but its addresses, write their XML themselves and read what comes in
with a reader of their own. Each keeps its own state in memory.
"""

from integration.simulators.systems.accounts import AccountingSystem
from integration.simulators.systems.aggregator import Aggregator
from integration.simulators.systems.base import System
from integration.simulators.systems.customers import CustomerSystem
from integration.simulators.systems.engine import LoadFlowEngine
from integration.simulators.systems.meter_data import MeterDataSystem
from integration.simulators.systems.records import RecordsSystem
from integration.simulators.systems.workforce import WorkforceSystem

SYSTEMS: dict[str, type[System]] = {
    "aggregator": Aggregator,
    "billing": AccountingSystem,
    "cis": CustomerSystem,
    "engine": LoadFlowEngine,
    "gis": RecordsSystem,
    "mdm": MeterDataSystem,
    "wfm": WorkforceSystem,
}
