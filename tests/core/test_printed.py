"""What is printed: pages that are counted, tables that go over pages, names in any letters the font has."""

import re

import pytest
from reportlab.pdfbase.pdfmetrics import getFont

from adms.core import printed


def pages(file: bytes) -> int:
    return max(int(one) for one in re.findall(rb"/Count (\d+)", file))


@pytest.fixture
def anew(settings):
    """Fonts are looked for once in a process: forget them before and after."""
    yield settings
    printed.fonts.cache_clear()
    printed._style.cache_clear()


def test_a_long_table_goes_over_pages_and_the_same_parts_are_the_same_bytes() -> None:
    def file() -> bytes:
        rows = [[f"Feeder {number:03d}", "1,234"] for number in range(150)]
        return printed.build(
            "Report", [printed.title("Report"), printed.table(["Feeder", "Customers"], rows, numbers=[1])]
        )

    assert pages(file()) > 2
    assert file() == file()


def test_a_long_table_begins_below_its_heading_and_leaves_no_page_empty() -> None:
    rows = [[f"Step {number}", "x"] for number in range(60)]
    table = printed.table(["Step", "Kind"], rows, is_wide=True)
    alone = pages(printed.build("Order", [table], is_wide=True))
    headed = [printed.title("Order"), printed.heading("Steps"), printed.note("as planned"), table]
    assert pages(printed.build("Order", headed, is_wide=True)) == alone


def test_an_empty_table_says_so_and_lines_to_sign_on_stand_together() -> None:
    table = printed.table(["Day", "Kind"], [], numbers=[0, 1])
    told = [cell.text for cell in table._cellvalues[1] if cell]
    assert told == ["none"]
    assert pages(printed.build("Report", [table, printed.signatures(["Hands over", "Takes over"])])) == 1


def test_without_the_font_it_is_printed_all_the_same(anew) -> None:
    anew.PRINT_FONT = "/nowhere/at/all.ttf"
    printed.fonts.cache_clear()
    printed._style.cache_clear()
    assert printed.fonts() == ("Helvetica", "Helvetica-Bold")
    assert printed.build("Łódź", [printed.text("Łódź <b> & more")]).startswith(b"%PDF-")


def test_columns_are_as_wide_as_what_stands_in_them_and_fill_the_page() -> None:
    widths = printed._shared(["a", "b"], [["x", "a much longer cell than the other one"]], 500.0)
    assert sum(widths) == pytest.approx(500.0)
    assert widths[1] > 2 * widths[0]
    assert getFont(printed.fonts()[0])
