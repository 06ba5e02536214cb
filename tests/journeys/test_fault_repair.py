"""The fault-repair chain, from one system to the next, each speaking HTTP only (X10, X03, X04, C02).

head-end: last gasps              -> the outage is located at a fuse
customer system                   <- asked who is behind it; its telephone numbers are the ones shown from then on
a customer calls                  -> the ticket gets the outage's expected time, and is closed with it
work-force system                 <- work order; it sends a crew, reports each step, then the repair with its cause
                                  -> restored, completed; the order is closed there, the ticket at customer service
"""

import datetime as dt
import json

import pytest

from tests.journeys.console import Desk
from tests.journeys.partners import Partner, power_events
from tests.journeys.people import enter
from tests.journeys.systems import business_system
from tests.journeys.world import World
from tests.live import LiveSystem

pytestmark = pytest.mark.slow
SECOND = dt.timedelta(seconds=1)


def fuse_with_customers(world: World) -> dict:
    """The fuse with the most customers behind it."""
    return max(world.of_class("Fuse"), key=lambda one: (len(world.meters_below(one["mrid"])), one["mrid"]))


def the_outage(desk: Desk, customers: int) -> dict | None:
    """The one outage there is, once it holds everybody who is dark."""
    found = desk.get("outages", is_going_on=True)["results"]
    return found[0] if len(found) == 1 and found[0]["customers_out"] >= customers else None


def test_a_fault_goes_from_the_meters_alarm_to_the_crews_report(live_system: LiveSystem) -> None:
    system = live_system
    system.manage("generate_network", "--customers", 400, "--seed", 3, "--json")
    told = system.manage("create_partner", "HES", "--allow", "created EndDeviceEvents", "--json").stdout
    hes = Partner(system.base_url, "HES", json.loads(told)["token"])
    world = World(hes.get("api/v1/simulation/world"))
    fuse = fuse_with_customers(world)
    meters = world.meters_below(fuse["mrid"])
    cis_allowed = ("create TroubleTickets", "reply CustomerMeterDataSet")
    wfm_allowed = ("changed MaintenanceOrders",)
    with (
        enter(system, "anna", "OPR") as anna,
        business_system(
            system, "cis", allow=cis_allowed, subscribe=("CustomerMeterDataSet", "UnplannedOutages")
        ) as cis,
        business_system(system, "wfm", allow=wfm_allowed, subscribe=("MaintenanceOrders",), rate=4) as wfm,
    ):
        # Alarm and location.
        off = dt.datetime.now(dt.UTC) - dt.timedelta(minutes=30)
        answer = hes.post(
            "EventMessage", "created", "EndDeviceEvents", power_events([m["number"] for m in meters], off)
        )
        assert answer.status_code == 200, answer.text
        outage = system.wait_until(lambda: the_outage(anna, len(meters)))
        path = f"outages/{outage['id']}"
        assert outage["customers_out"] == len(meters)

        # Customer data.
        system.wait_until(lambda: cis.system.told >= len(meters))
        caller = meters[0]["usage_point"]
        found = system.wait_until(
            lambda: [
                one
                for one in anna.get("customers/search", q=caller)["results"]
                if one["account_number"] == f"CIS-{caller}" and one["phone"].startswith("+49 7221 ")
            ]
        )
        assert found[0]["meter_number"] == meters[0]["number"]

        # A call becomes a ticket of this outage.
        ticket = cis.system.tickets[cis.system.call(caller, "Everything is dark")]
        system.wait_until(lambda: anna.get(path)["evidence"] and ticket.outage == outage["mrid"])
        assert not ticket.is_closed

        # The work order waits at the field force until there is a crew.
        job = system.wait_until(lambda: next(iter(wfm.system.jobs.values()), None))
        assert job.title
        assert job.crew == ""
        system.manage("create_crew", "c1", "--area", outage["area"], "--on-shift", "--json")

        # Its report is the end of the outage.
        done = system.wait_until(lambda: (now := anna.get(path))["state"] == "completed" and now)
        assert done["customers_out"] == 0
        assert done["cause"] in {"equipment", "tree", "weather", "animal"}
        assert job.reported == ["dispatched", "enroute", "onSite", "completed"]
        system.wait_until(lambda: job.ended == "close")
        system.wait_until(lambda: ticket.is_closed)
        assert done["etr_source"] == "crew"
        assert abs(dt.datetime.fromisoformat(ticket.expected) - dt.datetime.fromisoformat(done["etr_at"])) < SECOND
        (work,) = anna.get("assignments", subject=f"outage:{outage['id']}")["results"]
        assert (work["crew"], work["state"]) == ("c1", "completed")
        rows = system.rows(
            "SELECT sum(customers), min(began_at), min(ended_at) = max(ended_at) FROM outages_interruption"
            " WHERE outage_id = %s AND superseded_at IS NULL",
            [outage["id"]],
        )
        assert rows[0][0] == len(meters)
        assert rows[0][2] is True
        assert abs(rows[0][1] - off) < SECOND
