"""What is exported is safe to hand on, the same every time, and opens where it should."""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile
from pathlib import Path
from typing import Any

import pytest
from synthetic_run import PEOPLE, synthetic_run
from test_costs import averting
from test_ledger import ledger_of, random_worlds

from analysis.compare import compare_runs
from analysis.costs import costs
from analysis.disclosure import LEAST, NOTE
from analysis.export import COUNT, Table, to_csv, to_html, to_xlsx
from analysis.tables import cost_table, ledger_tables
from sim.cli import main
from sim.compose import compose
from sim.errors import WorkError

RARE = ("admit", "can_resettlement", "CAN", "single_adult")


def row(country: str, people: float | None, households: int, **more: Any) -> dict[str, Any]:
    return {"outcome": "Admissions", "country": country, "people": people, COUNT: households, **more}


def table(*rows: dict[str, Any], **settings: Any) -> Table:
    given = {"values": ("people",), "within": ("outcome",), "across": ("country",), **settings}
    return Table("admissions", "Admissions by country", rows, **given)


SAFE = table(row("all", 900, 90), row("SLV", 300, 30), row("GTM", 300, 30), row("HND", 300, 30))
FEW = table(row("all", 640, 64), row("SLV", 40, 4), row("GTM", 250.5, 25), row("HND", 350, 35))


def read_csv(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode())))


def cells(page: bytes) -> list[list[str]]:
    """Return the rows of cells of a page."""
    return [re.findall(r"<t[dh][^>]*>(.*?)</t[dh]>", line) for line in page.decode().splitlines() if "<t" in line]


def sheet(content: bytes, number: int = 1) -> str:
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        return book.read(f"xl/worksheets/sheet{number}.xml").decode()


def strings(content: bytes) -> str:
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        return book.read("xl/sharedStrings.xml").decode()


def test_a_cell_on_few_households_is_blank_in_every_format_and_cannot_be_worked_out() -> None:
    blank = [line["country"] for line in read_csv(to_csv(FEW)) if line["people"] == ""]
    assert blank == ["SLV", "GTM"]
    found = {line[1]: line[2:] for line in cells(to_html("Page", [FEW])) if line}
    assert (found["SLV"], found["GTM"], found["HND"]) == (["", ""], ["", ""], ["350", "35"])
    _, *values = re.findall(r'<c r="C\d"[^>]*><v>([\d.]+)</v>', sheet(to_xlsx([FEW])))
    assert values == ["640", "350"]


def test_what_rests_on_enough_households_is_whole() -> None:
    assert [line["people"] for line in read_csv(to_csv(SAFE))] == ["900", "300", "300", "300"]


def test_a_row_of_nobody_is_zero_and_hides_no_other() -> None:
    rows = read_csv(to_csv(table(row("all", 600, 60), row("SLV", 0, 0), row("GTM", 250, 25), row("HND", 350, 35))))
    assert [line["people"] for line in rows] == ["600", "0", "250", "350"]


def test_rows_that_do_not_tell_what_they_rest_on_are_not_exported() -> None:
    bare = {"outcome": "Admissions", "country": "SLV", "people": 3}
    with pytest.raises(WorkError, match="must tell the simulated households"):
        to_csv(table(bare))
    assert read_csv(to_csv(table(bare, on_all=True)))[0]["people"] == "3"


def test_helping_columns_stay_inside() -> None:
    assert "outcome" not in read_csv(to_csv(table(*SAFE.rows, helping=("outcome",))))[0]


def test_the_same_tables_give_the_same_bytes() -> None:
    for made in (lambda: to_csv(FEW), lambda: to_xlsx([FEW])):
        assert made() == made()
    assert to_html("Page", [FEW]) == to_html("Page", [FEW])
    with zipfile.ZipFile(io.BytesIO(to_xlsx([FEW]))) as book:
        assert {info.date_time[0] for info in book.infolist()} == {1980}
        assert "1980-01-01" in book.read("docProps/core.xml").decode()


def test_a_workbook_has_a_sheet_for_each_table_and_one_of_notes() -> None:
    costs = Table("costs", "Costs", [{"payer": "donors", "amount": 2.5}], ("amount",), on_all=True, notes=("US$.",))
    content = to_xlsx([FEW, costs])
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        names = re.findall(r'<sheet name="([^"]+)"', book.read("xl/workbook.xml").decode())
    assert names == ["admissions", "costs", "notes"]
    assert NOTE in strings(content)
    assert "US$." in strings(content)
    with pytest.raises(WorkError, match="names of their own"):
        to_xlsx([FEW, FEW])


def test_no_text_becomes_a_formula_or_markup() -> None:
    evil = Table("evil", "<b>", [{"name": '=HYPERLINK("x")', "text": "<script>", COUNT: 99}], ())
    assert b"'=HYPERLINK" in to_csv(evil)
    assert "<f>" not in sheet(to_xlsx([evil]))
    page = to_html("<i>", [evil]).decode()
    assert "<script>" not in page
    assert "&lt;script&gt;" in page
    assert "<i>" not in page


def test_a_page_needs_no_other_file() -> None:
    page = to_html("Page", [FEW]).decode()
    assert not re.search(r"src=|href=|@import|url\(", page)
    assert page.count("<html") == page.count("</html>") == 1


@pytest.fixture
def folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Two runs in which six simulated households of each country are resettled, and eighteen in the second."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("synthetic_run.PEOPLE", {**PEOPLE, RARE: 1})
    made = [
        synthetic_run(Path("one"), compose(["population.share=0.1"]), {}),
        synthetic_run(Path("two"), compose(["scenarios=null_policy", "population.share=0.1"]), {RARE: 2}),
    ]
    return [str(result.folder) for result in made]


def test_compare_exports_everything_but_what_rests_on_few(folders: list[str]) -> None:
    rows = read_csv(to_csv(compare_runs([Path(folder) for folder in folders]).exported()))
    rare = {line["country"]: line for line in rows if line["outcome"] == "Admissions, can_resettlement"}
    common = {line["country"]: line for line in rows if line["outcome"] == "Admissions, usa_h2a"}
    whole = {line["country"]: line for line in rows if line["outcome"] == "Admissions"}
    assert rare["SLV"]["difference"] == ""  # 60 months of one household, a tenth of them simulated
    assert rare["all"]["difference"] == "72"
    assert whole["all"]["difference"] == "72"
    assert "" in {common["SLV"]["value"], whole["SLV"]["value"]}, "it could be had by subtraction"
    assert all(line["value"] for line in rows if line["outcome"] == "Irregular journeys")


def test_compare_writes_the_files_it_is_asked_for(folders: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    files = ("--csv", "c.csv", "--xlsx", "c.xlsx", "--html", "c.html", "--json", "c.json")
    assert main(["compare", *folders, "--members", "0", *files]) == 0
    assert "compared to Baseline" in capsys.readouterr().out
    assert {path.name for path in Path.cwd().glob("c.*")} == {"c.csv", "c.xlsx", "c.html", "c.json"}
    told = json.loads(Path("c.json").read_text())
    assert len(told) == len(read_csv(Path("c.csv").read_bytes()))
    assert all(line["difference"] is not None for line in told), "JSON is complete"
    assert min(line[COUNT] for line in told) < LEAST
    assert main(["compare", *folders, "--members", "0", "--json", "-"]) == 0
    assert json.loads(capsys.readouterr().out) == told


def test_a_file_that_cannot_be_written_leaves_none(folders: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["compare", *folders, "--xlsx", "c.xlsx", "--html", "no/c.html"]) == 2
    assert "no/c.html: cannot be written" in capsys.readouterr().err
    assert not Path("c.xlsx").exists()


def test_a_ledger_is_exported_with_its_small_cells_blank() -> None:
    tables = ledger_tables(ledger_of(*random_worlds(300), 36))
    names = ["journeys", "journeys by way", "households", "who benefits"]
    assert [one.name for one in tables] == names
    assert len(zipfile.ZipFile(io.BytesIO(to_xlsx(tables))).namelist()) > len(names)
    for one in tables:
        rows = read_csv(to_csv(one))
        few = [line for line in rows if line[COUNT] and int(line[COUNT]) < LEAST]
        assert not any(float(line[one.values[0]] or 0) for line in few)
        assert any(line[COUNT] == "" for line in rows), f"{one.name}: 300 households fill every cell"
    benefits = {(line["group"], line["level"]): line for line in read_csv(to_csv(tables[-1]))}
    country = benefits["country", "GTM"]
    assert float(country["irregular_low90"]) <= float(country["irregular"]) <= float(country["irregular_high90"])
    blank = [line for line in benefits.values() if line[COUNT] == ""]
    assert blank
    assert {line[name] for line in blank for name in ("irregular", "irregular_low90", "regular_high50")} == {""}


def test_costs_are_exported_as_they_are() -> None:
    table = cost_table(costs([averting(20)]))
    rows = read_csv(to_csv(table))
    assert {line["table"] for line in rows} == {"payer", "item", "effect", "ratio"}
    assert len(rows) == len(table.rows)
    assert "destination_government" in to_html("Costs", [table]).decode()
