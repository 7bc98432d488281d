"""A driver path of the user's own replaces the months it gives, or is refused in one line that says where."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from sim.codes import N_MONTHS, month_index
from sim.data.loader import load_driver_csv
from sim.errors import DataError, RequestError


def driver(tmp_path: Path, *lines: str, header: str = "month,department,value") -> Path:
    path = tmp_path / "mine.csv"
    path.write_text("\n".join((header, *lines)) + "\n", encoding="utf-8")
    return path


def test_a_user_driver_replaces_the_months_it_gives_and_no_other(tmp_path: Path) -> None:
    mine = load_driver_csv(
        driver(tmp_path, "2026-02,SV-SS,8", "2026-01,SV-SS,9", "2026-01,GT-01,30.5"), "violence"
    )
    assert mine.codes == ("SV-SS", "GT-01")
    assert mine.values.shape == (2, N_MONTHS)
    assert mine.values[0, month_index("2026-01") : month_index("2026-03")].tolist() == [9, 8]
    assert np.isfinite(mine.values).sum() == 3


def test_a_user_driver_may_be_given_by_country(tmp_path: Path) -> None:
    rows = [f"{year}-{month:02d},USA,4000" for year in (2026, 2027) for month in range(1, 13)]
    mine = load_driver_csv(driver(tmp_path, *rows, header="month,country,value"), "us_wage")
    assert mine.codes == ("USA",)
    assert np.isfinite(mine.values).sum() == 24


WRONG_DRIVERS: dict[str, tuple[tuple[str, ...], str]] = {
    "a gap": (
        ("2026-01,SV-SS,9", "2026-04,SV-SS,9"),
        r"row 2, column month: then 2026-02 of SV-SS is missing and 1 more",
    ),
    "an unknown department": (
        ("2026-01,SV-SX,9",),
        r"row 2, column department: 'SV-SX' is unknown for violence.*'SV-",
    ),
    "not a number": (("2026-01,SV-SS,9", "2026-02,SV-SS,n/a"), r"row 3, column value: 'n/a' is not a number"),
    "nan": (("2026-01,SV-SS,nan",), r"row 2, column value: 'nan' is not a finite number"),
    "out of range": (
        ("2026-01,SV-SS,-3",),
        r"row 2, column value: -3 is out of range \(0 to 400\), in per 100,000 a year",
    ),
    "twice": (
        ("2026-01,SV-SS,9", "2026-01,SV-SS,8"),
        r"row 3, column month: 2026-01 of SV-SS is given twice \(see row 2\)",
    ),
    "no month": (("Jan 2026,SV-SS,9",), r"row 2, column month: 'Jan 2026' is not a month as YYYY-MM"),
    "beyond the horizon": (
        ("2040-01,SV-SS,9",),
        r"'2040-01' is not a month as YYYY-MM from 2013-01 to 2035-12",
    ),
    "ragged": (("2026-01,SV-SS",), r"row 2: 2 columns, 3 needed"),
    "nothing": ((), "no rows"),
}


@pytest.mark.parametrize("case", WRONG_DRIVERS)
def test_a_wrong_user_driver_is_told_in_one_line_with_file_row_and_column(tmp_path: Path, case: str) -> None:
    lines, message = WRONG_DRIVERS[case]
    with pytest.raises(DataError, match=message) as told:
        load_driver_csv(driver(tmp_path, *lines), "violence")
    assert "mine.csv" in str(told.value)
    assert "\n" not in str(told.value)


def test_a_user_driver_file_that_cannot_be_used_is_told_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(
        DataError, match=r"columns must be month, department or country, value; not month, place"
    ):
        load_driver_csv(driver(tmp_path, header="month,place,value"), "violence")
    with pytest.raises(DataError, match=r"gone\.csv: cannot be read"):
        load_driver_csv(tmp_path / "gone.csv", "violence")
    with pytest.raises(RequestError, match=r"driver has no 'violance'.*'violence'"):
        load_driver_csv(driver(tmp_path, "2026-01,SV-SS,9"), "violance")
    with pytest.raises(DataError, match="'SV-SS' is unknown for us_wage"):
        load_driver_csv(driver(tmp_path, "2026-01,SV-SS,9"), "us_wage")


def test_many_wrong_rows_of_a_user_driver_stay_one_line(tmp_path: Path) -> None:
    rows = [f"2026-01,XX-{number:02d},1" for number in range(30)]
    with pytest.raises(DataError, match="and 25 more") as told:
        load_driver_csv(driver(tmp_path, *rows), "violence")
    assert "\n" not in str(told.value)
