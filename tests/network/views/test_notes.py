"""Notes hang on any equipment, are seen on the map and in the panel, block nothing, and are taken off on record."""

import pytest

from adms.core.models import AuditEntry
from network.models import Tag
from network.selectors import state
from tests import cast
from tests.people import Person, text

pytestmark = pytest.mark.django_db
NOTE = "Nest in the pole top: ring the park office before work"
LINE = "/network/story/tag/L2/"


@pytest.fixture(autouse=True)
def network():
    state.forget()
    return cast.publish()


def branch(mrid: str) -> int:
    return int(state.present("story").grid.branch_index(mrid))


def test_a_note_on_a_line_is_made_seen_by_others_and_removed():
    tom, anna = Person("DSP", name="tom"), Person("OPR", name="anna")
    assert "Note…" in text(tom.fetch("/network/story/device/", branch=branch("L2")))
    form = text(tom.fetch(LINE, target="dialog"))
    assert 'value="note"' in form
    assert 'value="inhibit"' not in form
    assert tom.post(LINE, kind="note", text=NOTE).status_code == 204
    shown = text(anna.get("/network/story/temporary/"))
    assert f'data-branch="{branch("L2")}"' in shown
    assert 'data-word="NOTE"' in shown
    assert f"L2: {NOTE} (tom)" in shown
    assert NOTE in text(anna.fetch("/network/story/device/", branch=branch("L2")))
    row = Tag.objects.get()
    assert tom.post(f"/network/tag/{row.pk}/remove/").status_code == 204
    assert "NOTE" not in text(anna.get("/network/story/temporary/"))
    trail = AuditEntry.objects.filter(object="L2").order_by("pk").values_list("action", "actor")
    assert list(trail) == [("place_tag", "tom"), ("remove_tag", "tom")]


def test_a_note_blocks_no_operation_and_what_blocks_hangs_on_switches_alone():
    anna = Person("OPR", name="anna")
    assert anna.post("/network/story/tag/SW1/", kind="note", text=NOTE).status_code == 204
    assert "Step 1 of 2" in text(anna.fetch("/network/story/operate/SW1/open/", target="dialog"))
    assert "no switch L2" in text(anna.post(LINE, kind="inhibit", text=NOTE))
    assert not Tag.objects.filter(equipment_mrid="L2").exists()


def test_who_may_write_no_note_is_told_why():
    paul = Person("MGR", name="paul")
    panel = text(paul.fetch("/network/story/device/", branch=branch("L2")))
    assert "needs a role of the desk, of the crews or of engineering" in panel
    assert "may not place note" in text(paul.post(LINE, kind="note", text=NOTE))
    assert not Tag.objects.exists()
