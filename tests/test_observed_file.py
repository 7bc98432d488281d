"""Later counts of a user are scored as the hindcast is, and a wrong file is refused with everything named."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from analysis import forecast
from analysis.observed_file import read_observed
from sim.cli import main
from sim.codes import N_MONTHS, month_index
from sim.errors import RequestError

HEAD = "month,country,measure,encounters\n"


def written(folder: Path, text: str) -> Path:
    path = folder / "counts.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_counts_are_read_by_country_and_party(tmp_path: Path) -> None:
    rows = "2022-01,SLV,encounters_usbp,5000\n2022-02,SLV,encounters_usbp,0\n"
    rows += "2023-12,GTM,encounters_usbp_family_unit,12\n"
    found = read_observed(written(tmp_path, HEAD + rows))
    assert set(found) == {("SLV", ""), ("GTM", "family_unit")}
    assert np.exp(found["SLV", ""][month_index("2022-01")]) == pytest.approx(5000)
    assert np.isfinite(found["SLV", ""]).sum() == 2


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ("2022-13,SLV,encounters_usbp,1", "row 2, column month: '2022-13' is not a month as YYYY-MM from 2019-10 to"),
        ("2019-09,SLV,encounters_usbp,1", "column month: '2019-09' is not a month as YYYY-MM from 2019-10 to 2025-12"),
        ("2031-01,SLV,encounters_usbp,1", "column month"),
        ("2022-01,SVL,encounters_usbp,1", "country: 'SVL' is not allowed; one of SLV, GTM, HND (did you mean 'SLV'?)"),
        ("2022-01,SLV,encounters_cbp,1", "column measure: 'encounters_cbp' is not allowed; one of encounters_usbp, "),
        ("2022-01,SLV,encounters_usbp,-5", "column encounters: -5 is out of range (0 to 1e+07), in events"),
        ("2022-01,SLV,encounters_usbp,many", "column encounters: 'many' is not a number"),
        ("2022-01,SLV,encounters_usbp,nan", "column encounters: 'nan' is not a finite number"),
        ("2022-01,SLV,encounters_usbp,1\n2022-01,SLV,encounters_usbp,2", "row 3, column month: 2022-01 SLV"),
    ],
)  # fmt: skip
def test_a_wrong_row_is_refused_by_row_and_column(tmp_path: Path, row: str, told: str) -> None:
    path = written(tmp_path, HEAD + row + "\n")
    with pytest.raises(RequestError) as error:
        read_observed(path)
    assert told in str(error.value)
    assert str(path) in str(error.value)


def test_all_problems_of_a_file_are_told_at_once_and_end_in_status_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = written(tmp_path, HEAD + "2022-1,SLV,encounters_usbp,1\n2022-02,Guatemala,encounters,-1\n")
    assert main(["validate", "--observed", str(path)]) == 2
    told = capsys.readouterr().err.splitlines()
    assert len(told) == 4
    assert all(line.startswith(f"pathways: {path} row ") for line in told)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("month,country,mesure,encounters\n", "'mesure' is not allowed (did you mean 'measure'?)"),
        ("month,country,encounters\n", "measure is missing"),
        (HEAD, "no rows"),
        ("", "the file is empty"),
        (HEAD + "2022-01,SLV\n", "row 2: 2 columns, 4 needed"),
    ],
)
def test_a_file_of_the_wrong_form_is_refused(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(RequestError) as error:
        read_observed(written(tmp_path, text))
    assert told in str(error.value)


def test_counts_are_scored_beside_rivals(monkeypatch: pytest.MonkeyPatch) -> None:
    def of(ask: forecast.Ask, origin: str = "") -> forecast.Lived:
        months = np.arange(N_MONTHS)
        encounters = np.full((3, N_MONTHS, 3, 3), 900.0) * (1 + months % 12)[None, :, None, None]
        encounters += np.arange(3)[:, None, None, None]
        return forecast.Lived(encounters, np.sin(months / 20)[None], 0.02)

    monkeypatch.setattr(forecast.Lived, "of", of)
    monkeypatch.setattr(forecast, "ORIGINS", ("2016-12", "2017-12"))
    series = np.full(N_MONTHS, np.nan)
    series[month_index("2022-01") : month_index("2022-07")] = np.log(9000)
    found = forecast.judge(forecast.Ask(3), {("GTM", ""): series, ("SLV", "family_unit"): series})
    assert found["table"]["simulator"]["GTM"]["n"] == 6
    assert set(found["party"]["simulator"]) == {"SLV family_unit", "pooled"}
    assert len(found["months"]) == 12
    assert found["months"][0]["observed"] == 9000
