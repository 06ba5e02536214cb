"""A recorded period predicted once more, at the command (X06)."""

import json
from io import StringIO

import pytest
from django.core.management import call_command

from adms.core.commands import BadInput
from network.selectors import state
from tests.cast import NOON, after, gasp, meters_at, publish
from tests.outages.services.acting import settle

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def night() -> None:
    state.forget()
    publish()
    gasp(meters_at("T1", "T2"), NOON)
    settle(40)


def replay(*words: str) -> str:
    out = StringIO()
    call_command("replay_predictions", "--from", NOON.isoformat(), "--to", after(60).isoformat(), *words, stdout=out)
    return out.getvalue()


def test_the_document_has_both_sides_and_by_what_it_was_played():
    told = json.loads(replay("--json", "--engine", "likelihood"))
    assert (told["model"], told["rules"], told["engine"], told["same"]) == (
        "story",
        "normal, as built in",
        "likelihood",
        1,
    )
    (one,) = told["outages"]
    assert one["replayed"]["device"] == one["recorded"]["device"] == "F1"
    assert one["replayed"]["first_predicted_at"] == after(30).isoformat()
    assert one["replayed"]["customer_minutes"] == one["recorded"]["customer_minutes"] == 9.0
    assert "F1 (9, moved 0 times) | outage" in replay()


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--rules", "nobody"), "no rule set 'nobody'"),
        (("--rules-version", "3"), "normal has no version 3"),
        (("--model", "other"), "no network model 'other'"),
        (("--to", "noon"), "'noon' is no time"),
        (("--area", "nowhere"), "no control area 'nowhere'"),
        (("--step", "0"), "--step"),
    ],
)
def test_wrong_input_is_named(words, told):
    with pytest.raises(BadInput, match=told):
        replay(*words)
