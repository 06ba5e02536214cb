"""What the gate says is kept as codes: every code has words, every word is said by somebody, each with what its words take."""

import ast
from pathlib import Path

import pytest

import network
from network.domain.phrases import phrase
from network.selectors import gate_words
from network.services.control.requests import OperationRefused, Refusal
from tests import pseudo

CONTROL = Path(network.__file__).parent / "services" / "control"
#: Made of two parts: "open_first" and "_because"; names of guards and of the way round.
MADE = {
    "open_first", "closed_first", "open_first_because", "closed_first_because", "quality", "size", "rate", "ask_open", "ask_close",
    "by_you", "by_holder", "acted", "acted_by_event", "flisr", "load_shed", "vvo",
}  # fmt: skip


def said_by_the_gate() -> dict[str, set[str]]:
    """Codes of the phrases in the sources of the gate, with their parameters."""
    found: dict[str, set[str]] = {}
    for source in CONTROL.glob("*.py"):
        for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
            is_phrase = isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "phrase"
            if is_phrase and isinstance(node.args[0], ast.Constant):
                found[node.args[0].value] = {str(word.arg) for word in node.keywords}
    return found


def test_every_code_has_words_and_every_word_is_said():
    codes = gate_words.BOOK.codes()
    assert said_by_the_gate().keys() <= codes
    assert codes - said_by_the_gate().keys() == MADE


@pytest.mark.parametrize("code", sorted(said_by_the_gate()))
def test_words_take_what_the_gate_gives(code):
    assert gate_words.BOOK.parameters(code) == said_by_the_gate()[code]


def test_a_refusal_speaks_the_language_of_who_asked():
    refusal = Refusal(phrase("in_local", device="CB1"), "blocked-by-switching-hierarchy", phrase("by_who_stands_there"))
    assert (refusal.words, refusal.lifted_by) == ("CB1 is in local", "who stands at the device")
    with pseudo.language():
        assert refusal.words == "⟦CB1 is in local⟧"
        raised = refusal.raised()
    assert isinstance(raised, OperationRefused)
    assert raised.message == "⟦CB1 is in local⟧"
    assert raised.told == {"code": "in_local", "device": "CB1"}
