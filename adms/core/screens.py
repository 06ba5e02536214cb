"""The screens of the console in one table: what the palette goes to, what the help of a screen says, and by which key one gets there.

Screens are named by their URL, as in templates; a test holds the keys here and those of the frame (templates/console.html) together.
"""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from adms.core.actors import Actor

SEES = ("see_network",)


@dataclass(frozen=True, slots=True)
class Screen:
    """One screen: `may` are the rights of which one is enough (none: everybody signed in), `words` what else it is looked for by."""

    view: str
    label: str | Promise
    about: str | Promise
    may: tuple[str, ...] = SEES
    key: str = ""
    words: str | Promise = ""
    args: tuple[str, ...] = ()

    def is_open_to(self, actor: Actor) -> bool:
        """Whether the actor may look at it."""
        return not self.may or any(actor.may(action) for action in self.may)


SCREENS: tuple[Screen, ...] = (
    Screen(
        "outages:control_room",
        _("Network"),
        _(
            "The network as it is operated now. Grey is normal; colour is only for what is not. Select a device to see its state, "
            "its supply and what may be done with it. Nothing is operated from the map itself: an operation is selected in the "
            "panel, then executed, and the position shown changes only when the field says so."
        ),
        key="g n",
        words=_("map home control room"),
    ),
    Screen(
        "outages:outage_list",
        _("Outages"),
        _(
            "Every outage of your areas: predicted ones wait for confirmation, confirmed ones for a crew. An outage is over when "
            "supply is back and its meters or a crew have said so."
        ),
        key="g o",
    ),
    Screen(
        "outages:order_list",
        _("Switching orders"),
        _(
            "Orders from draft to done. Who wrote an order never approves it; a step is commanded through the control gate or "
            "instructed to a crew, and is complete when its effect is seen or reported."
        ),
        key="g w",
        words=_("switching safety documents permits"),
    ),
    Screen(
        "outages:dispatch",
        _("Dispatch"),
        _(
            "Outages by priority and waiting time, crews ranked for the selected one, and where every crew is. Assign by button, by "
            "drag or by the command line (:): a 12 c3 assigns crew 3 to outage 12."
        ),
        key="g d",
        words=_("crews board assign"),
    ),
    Screen(
        "outages:storm",
        _("Storm"),
        _("Outages, crews and restoration times by zone while there are too many to take one by one."),
        key="g s",
    ),
    Screen(
        "outages:summary",
        _("Summary"),
        _(
            "The utility at a glance: who is without supply now and where, what the day brought, whether announced times were kept, "
            "SAIDI of the month so far. It renews itself and fits a wall and a phone."
        ),
        key="g y",
        words=_("manager overview live wall"),
    ),
    Screen(
        "outages:call_list",
        _("Calls"),
        _(
            "Trouble calls and what became of them. Two letters of a name, street or account find the customer of a new call."
        ),
        may=("view_customer",),
        key="g c",
        words=_("customers trouble"),
    ),
    Screen(
        "outages:reliability",
        _("Reliability"),
        _(
            "SAIDI, SAIFI and their kin after IEEE 1366, from the interruption ledger alone. Each figure shows how it is calculated "
            "and its rows."
        ),
        may=("read_reliability",),
        key="g r",
        words=_("indices saidi saifi reports"),
    ),
    Screen(
        "alarms",
        _("Alarms"),
        _(
            "What needs a response, after ISA-18.2. Acknowledging covers only what stood when the page was shown. Shelving needs a "
            "reason and an end."
        ),
        key="g a",
        args=("standing",),
        words=_("acknowledge shelved stale journal rates"),
    ),
    Screen(
        "network:control",
        _("Control of areas"),
        _(
            "Who holds which area: one person operates there. Second persons, commands without an answer, what automation did, and the "
            "freeze of remote control."
        ),
        may=("see_network", "break_glass"),
        key="g k",
        words=_("lease authority freeze second person"),
    ),
    Screen(
        "outages:shift_log",
        _("Shift log"),
        _(
            "What happened on the shift: what people wrote, and what Tieline wrote by itself. Nothing is changed or deleted; a "
            "correction is a new version beside the old one. Tick “for the next shift” and it stands on the handover."
        ),
        key="g l",
        words=_("journal notes diary"),
    ),
    Screen(
        "outages:handover_list",
        _("Handover"),
        _(
            "What is open in an area, signed by who leaves and accepted by who comes: always two persons. Authority over the area goes "
            "with it once it is accepted, not before."
        ),
        key="g h",
        words=_("shift change"),
    ),
    Screen(
        "network:point_list",
        _("Telemetry points"),
        _(
            "What telemetry says, how old it is and who told it: the stale first. Engineers set the limits at which a value is an "
            "alarm; they hold at once and outlive a version of the model."
        ),
        words=_("measurements limits stale values scada"),
    ),
    Screen(
        "network:interlocks",
        _("Interlocks"),
        _("Pairs of switches that must not stand in some position together."),
        words=_("rules pairs"),
    ),
    Screen(
        "network:studies",
        _("Studies"),
        _("Private copies of the network to try switching on. Nothing of a study reaches the field."),
        may=("run_study",),
    ),
    Screen(
        "outages:flisr_list",
        _("FLISR"),
        _("Faults located, isolated and restored, by whom and with what result."),
        words=_("fault location restoration automation"),
    ),
    Screen(
        "outages:flisr_feeder_list",
        _("FLISR of feeders"),
        _(
            "What FLISR may do on each feeder, whether or not it has tripped: the lowest mode of system, area and feeder applies. "
            "Senior operators of the area set it, with a reason."
        ),
        words=_("mode automatic manual shadow ready"),
    ),
    Screen(
        "outages:planned_list",
        _("Planned outages"),
        _("Work that takes supply away on purpose: requested, checked, approved, told to its customers."),
        words=_("maintenance work"),
    ),
    Screen("outages:planned_calendar", _("Calendar of planned outages"), _("Planned outages of a month, day by day.")),
    Screen(
        "outages:callback_list",
        _("Call-backs"),
        _("Customers who asked to hear when supply is back."),
        may=("view_customer",),
    ),
    Screen(
        "outages:critical_list",
        _("Critical customers"),
        _("Hospitals, life support and others who come first, and who of them is without supply."),
        may=("view_customer",),
    ),
    Screen(
        "outages:ping_list",
        _("Meters asked"),
        _("Which meters were asked whether they have supply, and what they answered."),
        words=_("pings"),
    ),
    Screen(
        "outages:rules",
        _("Prediction rules"),
        _("How evidence becomes an outage: thresholds, hold times, and the plan by which they change."),
        may=("see_network", "edit_rules"),
    ),
    Screen(
        "integration:message_list",
        _("Messages"),
        _("Every message in and out with its reply; what failed says why."),
        key="g m",
        may=("inspect_messages",),
        words=_("partners inspector cim"),
    ),
    Screen(
        "integration:model_list",
        _("Models"),
        _("Versions of the network model: uploaded, checked, compared, published."),
        may=("publish_model", "inspect_messages"),
        key="g v",
        words=_("import export"),
    ),
    Screen(
        "account_list",
        _("Accounts"),
        _(
            "Who signs in, with which roles in which areas. Nobody changes the rights of their own account, and somebody who may "
            "administer accounts always stays."
        ),
        may=("manage_accounts", "read_audit"),
        key="g u",
        words=_("users administration persons sessions passwords"),
    ),
    Screen(
        "role_list",
        _("Roles"),
        _("Which role may do what: the very table that decides."),
        may=("manage_accounts", "read_audit"),
        words=_("permissions rights"),
    ),
    Screen(
        "audit_trail",
        _("Audit trail"),
        _(
            "Who did what, and who was refused what and why, newest first. Nothing of it can be changed; verify_audit proves it."
        ),
        may=("read_audit",),
        words=_("refusals refused who did"),
    ),
    Screen(
        "setting_list",
        _("Settings"),
        _(
            "What can be changed while Tieline runs, in general or for an area, each with its default. A change needs a reason."
        ),
        may=("change_settings", "read_audit"),
        words=_("administration limits"),
    ),
    Screen(
        "network:areas",
        _("Control areas"),
        _("What lies in each control area, who holds it and how many roles are given there. A rename keeps the key."),
        may=("manage_accounts", "read_audit"),
        words=_("administration areas of authority"),
    ),
    Screen("own_password", _("Your password"), _("A new one, by the old one."), may=(), words=_("change password")),
    Screen(
        "own_second_factor",
        _("Second factor"),
        _("A code of an authenticator app besides the password. Recovery codes are shown once, when it is set up."),
        may=(),
        words=_("totp two factor authenticator"),
    ),
    Screen(
        "outages:crew_page",
        _("My work"),
        _("The jobs of a crew, for the phone."),
        may=("see_own_work",),
        words=_("crew phone"),
    ),
    Screen(
        "api-docs",
        _("API"),
        _("The REST interface, tried out in the browser."),
        may=(),
        words=_("rest openapi swagger"),
    ),
)


def of_view(view: str) -> Screen | None:
    """The screen of a URL name: its own, or the one it belongs to by its beginning (an outage's page to the outages)."""
    exact = next((one for one in SCREENS if one.view == view), None)
    if exact is not None:
        return exact
    stems = {one.view.removesuffix("_list").removesuffix("ies").removesuffix("s"): one for one in SCREENS}
    fits = [stem for stem in stems if view.startswith(stem)]
    return stems[max(fits, key=len)] if fits else None
