"""The palette's pages and commands: those the asker may do, each with its key. What needs confirmation opens its own dialog."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext as _

from adms.core import browser, screens
from adms.core.actors import Actor
from adms.core.services import leases
from network.services.control import freezing

EXACT, BEGINS, INSIDE = 0, 1, 2


@dataclass(frozen=True, slots=True)
class Pick:
    """One line to choose: a link, an element of the map (`branch`), or with `is_dialog` an address whose answer is a dialog."""

    kind: str
    name: str
    about: str
    url: str
    rank: int = INSIDE
    branch: int | None = None
    key: str = ""
    is_dialog: bool = False
    is_private: bool = False  # a person's data: not kept among the recent picks of a browser


def rank(text: str, name: str, words: str = "") -> int | None:
    """How well something called so fits what was typed; None where it does not. Words typed after one another all have to occur."""
    wanted, name = text.casefold(), name.casefold()
    if name == wanted:
        return EXACT
    if name.startswith(wanted):
        return BEGINS
    full = f"{name} {words.casefold()}"
    return INSIDE if all(f" {word}" in f" {full}" for word in wanted.split()) else None


def pages(actor: Actor, text: str) -> Iterator[Pick]:
    """Screens, by label or by what else they are looked for."""
    for one in screens.SCREENS:
        fit = rank(text, str(one.label), str(one.words))
        if fit is not None and one.is_open_to(actor):
            yield Pick(_("Page"), str(one.label), "", reverse(one.view, args=one.args), fit, key=one.key)


def commands(request: browser.Request, text: str) -> Iterator[Pick]:
    """What the asker may do from anywhere."""
    for one in (*_of_areas(request), *_of_control(request.actor), *_new(request.actor)):
        fit = rank(text, one.name, one.about)
        if fit is not None:
            yield Pick(one.kind, one.name, one.about, one.url, fit, key=one.key, is_dialog=one.is_dialog)


def _of_areas(request: browser.Request) -> Iterator[Pick]:
    labels = leases.verb_words()
    for held in leases.present(at=request.at):
        for verb in leases.verbs_of(request.actor, held):
            url = reverse("network:control_area", args=[held.area, verb])
            about = held.label or held.holder or _("nobody holds it")
            yield Pick(_("Command"), f"{labels[verb]}: {held.name}", about, url, is_dialog=True)


def _of_control(actor: Actor) -> Iterator[Pick]:
    is_frozen = freezing.present() is not None
    if actor.may(freezing.FREEZE) and not is_frozen:
        url = reverse("network:control_freeze")
        yield Pick(_("Command"), _("Freeze remote control"), "", url, key="ctrl+shift+f", is_dialog=True)
    if actor.may(freezing.UNFREEZE) and is_frozen:
        yield Pick(
            _("Command"), _("Lift the freeze of remote control"), "", reverse("network:control_lift"), is_dialog=True
        )


def _new(actor: Actor) -> Iterator[Pick]:
    for action, label, view in (
        ("enter_call", _("Take a call"), "outages:call_new"),
        ("draft_order", _("Write a switching order"), "outages:order_new"),
        ("request_planned_outage", _("Request a planned outage"), "outages:planned_new"),
        ("publish_model", _("Upload a network model"), "integration:model_upload"),
        ("manage_partners", _("New partner"), "integration:partner_new"),
    ):
        if actor.may(action):
            yield Pick(_("Command"), label, "", reverse(view))
