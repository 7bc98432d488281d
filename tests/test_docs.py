"""The documentation: what it says of the code is there, and what is generated is fresh."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import sim.baseline
from analysis.parameter_table import COMMAND, DOCS, GROUPS, filled, pages, parameter_block, table
from sim.codes import FLOWS, REGULAR_PATHWAYS, STOCKS
from sim.compose import compose
from sim.config import parameters
from sim.errors import DataError
from sim.households import LAYOUT
from sim.policies import INSTRUMENTS
from sim.scenarios import find_scenarios, read_scenario
from sim.state import ROW, Feedback, Levers, Ways, World

ROOT = Path(__file__).parent.parent
ODD = DOCS / "odd.md"
PAGES = sorted([*DOCS.glob("*.md"), ROOT / "README.md", ROOT / "CHANGELOG.md"])
CODE = re.compile(r"`([^`\n]+)`")
PATH = re.compile(rf"(?:{'|'.join(GROUPS)})(?:\.[\w+-]+)+")
FILES = (".py", ".md", ".csv", ".yaml", ".log", ".po", ".mo")
EQUATION = re.compile(r"```equation\n(.*?)```", re.DOTALL)
NAME = re.compile(r"[A-Za-z_]\w*")
LINK = re.compile(r"\]\(([^)#\s]*)(?:#([\w.-]+))?\)")
RULES = ("behaviour", "party", "livelihood", "journey", "away", "reintegration", "feedbacks", "observation")


def read(path):
    return path.read_text(encoding="utf-8")


def in_code(text):
    """Return what stands between backticks or in a block of commands or YAML."""
    return [*CODE.findall(text), *re.findall(r"```(?:bash|yaml)\n(.*?)```", text, re.DOTALL)]


def first_cells(text):
    """Return the names in the first column of the tables, those in backticks."""
    return {name for line in text.splitlines() if line.startswith("| `") for name in CODE.findall(line.split(" | ")[0])}


def section(text, number):
    """Return one section of odd.md by its number."""
    (start,) = re.finditer(rf"^#+ {re.escape(number)}\.? ", text, re.MULTILINE)
    rest = text[start.end() :]
    end = re.search(rf"^#{{1,{start.group().count('#')}}} ", rest, re.MULTILINE)
    return rest[: end.start()] if end else rest


def missing_parameters(text):
    known = [*parameters(), *(path + "." for path in GROUPS)]
    found = {path for code in in_code(text) for path in PATH.findall(code) if not path.endswith(FILES)}
    return {path for path in found if not any(name == path or name.startswith(path + ".") for name in known)}


def names_of_parameters():
    """Return the names that equations use: what follows the group, without the country."""
    return {path.split(".")[1] for path in parameters() if "." in path}


@pytest.mark.parametrize("path", pages(), ids=lambda path: path.name)
def test_what_is_generated_is_fresh(path):
    assert path.exists(), f"missing; write it with: {COMMAND}"
    assert read(path) == pages()[path], f"out of date; write it with: {COMMAND}"


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_every_parameter_that_is_mentioned_exists(path):
    assert not missing_parameters(read(path))


def test_a_parameter_that_does_not_exist_is_found():
    assert missing_parameters("`behaviour.b_z` and `drivers.py`, `behaviour.b_v`") == {"behaviour.b_z"}


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_links_lead_to_pages_and_sections(path):
    for target, anchor in LINK.findall(read(path)):
        if "://" in target or target.endswith(".png"):
            continue
        page = (path.parent / target).resolve() if target else path
        assert page.exists(), f"{path.name}: {target}"
        if anchor:
            titles = re.findall(r"^#+ (.*)$", read(page), re.MULTILINE)
            anchors = {re.sub(r"[^\w -]", "", title).strip().lower().replace(" ", "-") for title in titles}
            assert anchor in anchors, f"{path.name}: #{anchor}"


def test_every_flow_and_stock_is_described():
    described = first_cells(section(read(ODD), "2.4"))
    assert described == {*FLOWS, *STOCKS}


def test_every_column_of_a_household_is_described():
    assert first_cells(section(read(ODD), "2.2")) == {*LAYOUT, *(ROW.names or ())}


def test_every_array_that_rules_see_is_described():
    text = section(read(ODD), "2.3")
    for kind in (World, Levers, Feedback, Ways):
        (line,) = [line for line in text.splitlines() if line.startswith(f"| `{kind.__name__}`")]
        assert set(CODE.findall(line.split(" | ")[1])) == set(kind._fields), kind.__name__


def test_every_symbol_of_an_equation_is_a_parameter_or_explained():
    text = read(ODD)
    used = {name for equation in EQUATION.findall(text) for name in NAME.findall(equation)}
    explained = first_cells(section(text, "2.5"))
    assert used - explained <= names_of_parameters()
    assert explained <= used, "explained, but in no equation"
    assert not explained & {path.split(".")[1] for path in parameters() if path.split(".")[0] in RULES}


def test_every_parameter_of_the_rules_is_in_the_description():
    text = section(read(ODD), "6")
    listed = first_cells(text)
    for path in parameters():
        if path.split(".")[0] in RULES:
            assert any(path == name or path.startswith(name + ".") for name in listed) or f"`{path}`" in text, path


def test_files_that_are_named_exist():
    for path in PAGES:
        for code in CODE.findall(read(path)):
            if re.fullmatch(r"(?:sim|analysis|tests|configs|docs)/[\w./]+\.\w+", code):
                assert (ROOT / code).exists(), f"{path.name}: {code}"


def test_names_of_code_in_the_description_exist():
    """Every function, class, attribute and column that odd.md names occurs in the source."""
    text = read(ODD)
    source = "\n".join(read(path) for folder in ("sim", "analysis") for path in (ROOT / folder).rglob("*.py"))
    known = set(NAME.findall(source)) | names_of_parameters() | first_cells(section(text, "2.5"))
    for code in CODE.findall(text):
        if re.fullmatch(r"(?:[A-Z]\w*\.)?[A-Za-z]\w*", code):
            assert code.split(".")[-1] in known, code


def test_every_instrument_and_pathway_is_in_the_page_on_scenarios():
    text = read(DOCS / "scenarios.md")
    for name, kind in INSTRUMENTS.items():
        part = text.split(f"### {name}\n")[1].split("\n###")[0]
        assert set(kind.FIELDS) <= first_cells(part), name
    assert set(REGULAR_PATHWAYS) <= set(CODE.findall(text))


@pytest.mark.parametrize("path", [ROOT / "README.md", DOCS / "scenarios.md"], ids=lambda path: path.name)
def test_scenarios_in_the_pages_are_valid(path, tmp_path):
    found = [text for text in re.findall(r"```yaml\n(.*?)```", read(path), re.DOTALL) if "title:" in text]
    assert found
    for number, text in enumerate(found):
        file = tmp_path / f"example_{number}.yaml"
        file.write_text(text, encoding="utf-8")
        scenario = read_scenario(file)
        assert scenario.question
        assert scenario.policies or scenario.settings


def test_runs_in_the_pages_compose():
    """What is written after `pathways run` is accepted, and the scenarios are there."""
    for path in PAGES:
        for line in re.findall(r"pathways run ([^`\n]*)", read(path)):
            words = [word.strip("'\"") for word in line.split("#")[0].split() if "=" in word]
            if any("NAME" in word or "my_idea" in word for word in words):
                continue
            compose(words)


def test_the_page_on_scenarios_lists_those_shipped():
    assert set(find_scenarios()) <= set(CODE.findall(read(DOCS / "scenarios.md")))


def test_a_block_is_filled_and_an_unknown_parameter_is_refused():
    page = "before\n<!-- parameters: behaviour.a behaviour.b_v -->\nold\n<!-- end -->\nafter"
    made = filled(page)
    assert "old" not in made
    assert "| `behaviour.b_v` |" in made
    assert re.search(r"`behaviour.a` \| SLV \S+, GTM \S+, HND ", made)
    assert made.startswith("before\n")
    assert made.endswith("\nafter")
    assert filled(made) == made
    with pytest.raises(DataError, match=r"behaviour\.b_u.*did you mean"):
        parameter_block(["behaviour.b_u"])
    assert "a\\|b" in table(("x",), [("a|b",)])


def test_a_reason_lands_under_the_newest_release(tmp_path, monkeypatch):
    log = tmp_path / "CHANGELOG.md"
    log.write_text(read(ROOT / "CHANGELOG.md"), encoding="utf-8")
    monkeypatch.setattr(sim.baseline, "CHANGELOG", log)
    sim.baseline._tell_changelog("a better figure of rain")
    before, after = read(ROOT / "CHANGELOG.md").splitlines(), read(log).splitlines()
    added = [number for number, line in enumerate(after) if line == "- a better figure of rain"]
    assert len(added) == 1
    assert after[added[0] - 2] == sim.baseline.HEADING
    assert [line for line in after if line != "- a better figure of rain"] == before
    releases = [number for number, line in enumerate(after) if line.startswith("## ")]
    assert releases[0] < added[0]
    assert all(added[0] < later for later in releases[1:])
