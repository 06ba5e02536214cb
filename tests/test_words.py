"""Every text of the main pages goes through gettext: in a language that marks what it was given, nothing else has words.

What stands in the database is told as it is: names, and what people, the field and prediction wrote down.
"""

import ast
import builtins
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from django.core.management import call_command
from django.utils import translation

from tests import pseudo
from tests.people import Person
from tests.test_query_counts import meter, outage, plan  # noqa: F401 - fixtures

PAGES = (
    "/",
    "/alarms/standing/",
    "/outages/",
    "/outages/?show=all",
    "/outages/side/",
    "/outages/kpis/",
    "/outages/{outage}/",
    "/outages/{outage}/confirm/",
    "/outages/{outage}/cancel/",
    "/outages/{outage}/assign/",
    "/outages/{outage}/etr/",
    "/dispatch/",
    "/calls/",
    "/calls/new/",
    "/orders/",
    "/planned/",
    "/planned/{plan}/",
    "/flisr/",
    "/flisr/feeders/",
    "/shift/",
    "/shift/handovers/",
    "/storm/",
    "/summary/",
    "/reliability/",
    "/reliability/method/",
    "/reliability/restated/",
    "/reliability/reports/",
    "/orders/suggest/",
    "/orders/load-shed/",
    "/planned/calendar/",
    "/planned/new/",
    "/control/",
    "/control/interlocks/",
    "/telemetry/?show=all",
    "/flisr/",
    "/callbacks/",
    "/studies/",
    "/rules/replays/",
    "/models/",
    "/models/story/1/",
    "/models/story/1/?tab=difference",
    "/network/story/device/?mrid=SW1",
    "/network/story/journal/",
    "/network/story/unusual/",
    "/network/story/one-line/SW1/",
    "/network/story/power-flow/",
    "/password/",
)
#: Names of the scene, and what was written down when it happened.
WRITTEN = re.compile(
    r"Tieline|words|\d+ × Hospital|hospital|Meter M\d+( · T\d)?|story( S2?)?|Ida Weber|Wendt-\d+|anna|sue|test|Dias|Trouble 1[12]|All is dark|Pole|\d+ Long Street|T\d customer \d+"
    r"|(CB1|SW1|TIE|F1|F2) position|Network model|model version \d+|model|prediction|machine"
    r"|Outage( \d|: F\d, 9 customers)|(normal|storm), as built in|normal|S source|IEEE 1366|CEMI"
)
#: Figures with their units, hours, days, and abbreviations that are the same in every language.
FIGURES = re.compile(r"[A-Z]{2,5}(?= ·|$|:)|UTC|CSV|ETR|ABC|(SAIDI|SAIFI|CAIDI|MAIFI)|(?<=\d )[a-zA-Z%]{1,3}\b|min")


def left(text: str) -> str:
    """What of a text is neither written down nor a figure."""
    rest = FIGURES.sub("", WRITTEN.sub("", text))
    return rest.strip() if re.search(r"[A-Za-z]{3}", rest) else ""


def test_every_text_of_the_main_pages_goes_through_gettext(outage, plan, meter):  # noqa: F811
    person = Person("SOP", name="words")
    found: set[tuple[str, str]] = set()
    with pseudo.language():
        for page in PAGES:
            answer = person.get(page.format(outage=outage.pk, plan=plan.pk))
            assert answer.status_code == 200, page
            for text in pseudo.unmarked(answer.content.decode()):
                if rest := left(text):
                    found.add((page, rest))
    assert not found, "\n".join(f"{page}: {text}" for page, text in sorted(found))


@pytest.mark.parametrize(
    ("html", "texts"),
    [
        ("<p>⟦Outage⟧ 12</p>", []),
        ("<p>Outage ⟦of⟧</p>", ["Outage"]),
        ('<img alt="A map">', ["A map"]),
        ("<p>⟦%s of ⟦twelve⟧⟧</p>", []),
        ("<script>let words</script>", []),
    ],
)
def test_what_is_not_marked_is_found(html, texts):
    assert pseudo.unmarked(html) == texts


class AtImport(ast.NodeVisitor):
    """Calls of gettext that are made when a module is imported: what they give is in the language of that moment for ever."""

    def __init__(self, tree: ast.Module) -> None:
        imports = [
            one
            for one in ast.walk(tree)
            if isinstance(one, ast.ImportFrom) and one.module == "django.utils.translation"
        ]
        self.names = {
            name.asname or name.name for one in imports for name in one.names if name.name in {"gettext", "ngettext"}
        }
        self.lines: list[int] = []
        self.visit(tree)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        for part in (*node.decorator_list, *node.args.defaults, *filter(None, node.args.kw_defaults)):
            self.visit(part)

    def visit_Lambda(self, node: ast.Lambda) -> None:
        """What is in it is called later."""

    def visit_Call(self, node: ast.Call) -> None:
        if isinstance(node.func, ast.Name) and node.func.id in self.names:
            self.lines.append(node.lineno)
        self.generic_visit(node)


def test_no_text_is_translated_when_a_module_is_imported():
    assert AtImport(
        ast.parse("from django.utils.translation import gettext as _\nA = _('a')\ndef f(b=_('b')): return _('c')")
    ).lines == [2, 3]
    root = Path(__file__).resolve().parents[1]
    found = [
        f"{path.relative_to(root)}:{line}"
        for app in ("adms", "network", "metering", "workforce", "outages", "integration")
        for path in sorted((root / app).rglob("*.py"))
        for line in AtImport(ast.parse(path.read_text())).lines
    ]
    assert not found


@pytest.mark.skipif(shutil.which("xgettext") is None, reason="needs the gettext tools")
def test_one_command_gathers_the_texts_of_templates_of_the_domain_of_alarms_and_of_the_gate(settings, tmp_path):
    settings.LOCALE_PATHS = [str(tmp_path)]
    ignored = [".venv/*", "tests/*", "benchmarks/*", "var/*"]
    call_command("makemessages", locale=["eo"], ignore_patterns=ignored, no_location=True, verbosity=0)
    gathered = (tmp_path / "eo" / "LC_MESSAGES" / "django.po").read_text(encoding="utf-8")
    for text in ("Crew board", "Load-break switch", "Unexpected OPEN", "%(device)s is in local"):
        assert f'msgid "{text}"' in gathered


#: Literals of scripts that nobody reads: names of keys, headers, classes and events, fonts, colours, and what is thrown at developers.
CODE = re.compile(
    r"(Arrow\w+|Enter|Escape|Shift|Control|Alt|Meta|Home|End|Page\w+|X-[\w-]+|HX-[\w-]+|Content-Type|Accept|Worker|OffscreenCanvas|BroadcastChannel)"
    r"|.*system-ui.*|color-mix.*|[a-z]+(-[a-z]+)*( [a-z]+-[a-z]+)+( [a-z]+)*|muted wide|muted map-list-note|note row no-print|use strict|the tile ends too early|this browser cannot draw on a canvas"
)
SPEAKS = re.compile(r"[A-Z][a-z]|[a-z]{2,} [a-z]{2,}|# [a-z]{2,}")


def unmarked_literals(script: str) -> list[str]:
    """What looks like words for people and does not go through gettext."""
    bare = re.sub(r"(?m)(?<!:)//.*$", "", re.sub(r"/\*.*?\*/", "", script, flags=re.DOTALL))
    bare = re.sub(r"n?gettext\((\"[^\"]*\"(, )?)+", "gettext(", bare)
    found = []
    for double, template in re.findall(r'"((?:[^"\\\n]|\\.)*)"|`((?:[^`\\]|\\.)*)`', bare):
        text = re.sub(r"\$\{[^}]*\}", "#", double or template)
        if (
            SPEAKS.search(text)
            and not CODE.fullmatch(text)
            and not re.search(r"\[data|htmx:|^\.{1,2}/|^[a-z]+[A-Z]\w*$|@|[a-z]\(", text)
        ):
            found.append(text)
    return found


def test_every_text_of_the_scripts_goes_through_gettext():
    assert unmarked_literals('say("Not this"); say(gettext("But this")); say(`${n} left over`); // "Nor this"') == [
        "Not this",
        "# left over",
    ]
    scripts = Path(__file__).resolve().parents[1] / "static" / "js"
    found = {path.name: unmarked_literals(path.read_text()) for path in sorted(scripts.rglob("*.js"))}
    assert {name: texts for name, texts in found.items() if texts} == {}


@pytest.mark.skipif(shutil.which("xgettext") is None, reason="needs the gettext tools")
def test_the_same_command_gathers_the_texts_of_scripts(settings, tmp_path):
    settings.LOCALE_PATHS = [str(tmp_path)]
    ignored = [".venv/*", "tests/*", "benchmarks/*", "var/*"]
    call_command(
        "makemessages", locale=["eo"], domain="djangojs", ignore_patterns=ignored, no_location=True, verbosity=0
    )
    gathered = (tmp_path / "eo" / "LC_MESSAGES" / "djangojs.po").read_text(encoding="utf-8")
    for text in (
        "Recloser",
        "Request %(id)s.",
        "What is shown may be old.",
        "as it was known here",
        "%(count)s customers without supply",
    ):
        assert f'"{text}"' in gathered


@pytest.mark.skipif(shutil.which("msgfmt") is None, reason="needs the gettext tools")
def test_scripts_are_given_their_texts_in_the_language_of_the_utility(db, settings, tmp_path, client):
    place = tmp_path / "eo" / "LC_MESSAGES"
    place.mkdir(parents=True)
    (place / "djangojs.po").write_text(
        'msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\n"\n\nmsgid "Close"\nmsgstr "Fermi"\n'
    )
    subprocess.run(["msgfmt", "-o", place / "djangojs.mo", place / "djangojs.po"], check=True)
    assert "words.js" not in client.get("/login/").content.decode()
    settings.LOCALE_PATHS, settings.LANGUAGE_CODE = [str(tmp_path)], "eo"
    with translation.override("eo"):
        page, script = client.get("/login/").content.decode(), client.get("/words.js")
    assert '<script defer src="/words.js"></script>' in page
    assert page.index("words.js") < page.index("js/app")
    assert '"Close": "Fermi"' in script.content.decode()
    assert "max-age" in script["Cache-Control"]


#: What is said on the command line to who keeps the installation.
FOR_ADMINISTRATORS = ("backups.py",)


def unspoken(tree: ast.AST) -> list[int]:
    """Lines of refusals whose words no translator sees; those of built-in errors are for whoever reads the log."""
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    return sorted({line for scope in (*functions, tree) for line in _unspoken(scope)})


def _unspoken(scope: ast.AST) -> list[int]:
    """Those said in the refusal itself, or by a name that such words were given in the same function."""
    given = {
        target.id
        for node in ast.walk(scope)
        if isinstance(node, ast.Assign) and isinstance(scope, ast.FunctionDef) and _is_said_untold(node.value)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    return [
        node.lineno
        for node in ast.walk(scope)
        if isinstance(node, ast.Raise)
        and isinstance(node.exc, ast.Call)
        and isinstance(node.exc.func, ast.Name)
        and not hasattr(builtins, node.exc.func.id)
        and node.exc.args
        and (_is_said_untold(said := node.exc.args[0]) or (isinstance(said, ast.Name) and said.id in given))
    ]


def _is_said_untold(said: ast.AST) -> bool:
    if isinstance(said, ast.IfExp):
        return _is_said_untold(said.body) or _is_said_untold(said.orelse)
    return isinstance(said, ast.JoinedStr) or (isinstance(said, ast.Constant) and " " in str(said.value))


def test_every_refusal_goes_through_gettext():
    assert unspoken(
        ast.parse("raise A('no way')\nraise A(f'{b}')\nraise A(_('no way'))\nraise KeyError('no way')\nraise A('code')")
    ) == [1, 2]
    assert unspoken(ast.parse("def f():\n    a = f'{b} is'\n    raise A(a)\ndef g(a):\n    raise A(a)")) == [3]
    root = Path(__file__).resolve().parents[1]
    found = [
        f"{path.relative_to(root)}:{line}"
        for app in ("adms", "network", "metering", "workforce", "outages")
        for path in sorted((root / app).rglob("*.py"))
        if {"services", "selectors", "views"} & set(path.parts) and path.name not in FOR_ADMINISTRATORS
        for line in unspoken(ast.parse(path.read_text()))
    ]
    assert not found
