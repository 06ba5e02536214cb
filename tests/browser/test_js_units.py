"""The plain JavaScript modules, tested in the browser they are for: no Node is needed."""

from pathlib import Path

import pytest

pytestmark = pytest.mark.browser
FILES = sorted((Path(__file__).resolve().parents[1] / "js").glob("*.test.js"))


@pytest.mark.parametrize("name", [file.name for file in FILES])
def test_module_does_what_its_tests_say(page, name):
    page.goto("/login/")
    results = page.evaluate(
        f"import('/static/tests/harness.js').then((harness) => harness.runAll(['/static/tests/{name}']))"
    )
    assert results, "no tests were found"
    assert [result for result in results if result["error"]] == []
