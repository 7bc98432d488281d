"""The code lists everything else speaks in: countries, destinations, pathways, parties, flows, stocks, months.

A code is a position in one of these tuples; files on disk carry the names, compiled rules the positions.
Months count from January 2013, the first simulated month.
"""

from __future__ import annotations

import re
from typing import Final

FIRST_YEAR: Final = 2013
LAST_YEAR: Final = 2035
MONTHS_A_YEAR: Final = 12
N_MONTHS: Final = (LAST_YEAR - FIRST_YEAR + 1) * MONTHS_A_YEAR

COUNTRIES: Final = ("SLV", "GTM", "HND")
N_DEPARTMENTS: Final = 54
DESTINATIONS: Final = ("USA", "MEX", "CAN")

PARTIES: Final = ("single_adult", "family_unit", "unaccompanied_child")
SINGLE_ADULT, FAMILY_UNIT, UNACCOMPANIED_CHILD = range(3)

LIVELIHOODS: Final = ("agriculture", "informal", "formal")
AGRICULTURE, INFORMAL, FORMAL = range(3)

ADULT_BANDS: Final = ("18-29", "30-44", "45-64", "65+")
CHILD_BANDS: Final = ("0-4", "5-11", "12-17")
SEXES: Final = ("female", "male")
N_ADULT_CELLS: Final = len(SEXES) * len(ADULT_BANDS)
"""Columns of `Households.adults`: female 18-29, 30-44, 45-64, 65+, then male."""

REGULAR_PATHWAYS: Final = (
    "usa_h2a", "usa_h2b", "usa_refugee", "usa_parole", "usa_family", "usa_port_asylum",
    "mex_border_worker", "mex_asylum", "mex_relocation", "can_agriculture", "can_other", "can_resettlement",
)  # fmt: skip
IRREGULAR_PATHWAYS: Final = ("irregular_usa_smuggler", "irregular_usa_own", "irregular_mex")
PATHWAYS: Final = (*REGULAR_PATHWAYS, *IRREGULAR_PATHWAYS, "internal")

FLOWS: Final = (
    "aspire", "plan", "offer", "apply", "admit", "refuse", "withdraw", "depart_irregular", "encounter_mx",
    "encounter_us", "release", "expelled", "removed", "deter", "arrive_irregular", "arrive_regular",
    "return_voluntary", "contract_end", "overstay", "remigrate", "move_internal", "displaced_internal", "death",
)  # fmt: skip
STOCKS: Final = (
    "away_regular", "away_irregular", "queue", "returned_12m", "displaced", "aspiring", "planning",
    "receiving_remittances",
)  # fmt: skip

THEORIES: Final = ("random_utility", "planned_behaviour", "threshold", "imitation")
"""Theories of behaviour (docs/theories.md); the first is the model of docs/odd.md."""

TARGET_BITS: Final = {"rural": 5, "indigenous": 7, "female_head": 9, "kin_abroad": 11}
"""First bit of each pair no, yes in the mask of a target group; bits 0 to 4 are the quintiles."""


def month_index(text: str) -> int:
    """Return months since 2013-01 of 'YYYY-MM'."""
    year, month = text.split("-")
    return (int(year) - FIRST_YEAR) * 12 + int(month) - 1


def is_month(text: object) -> bool:
    """Return whether the text is a month 'YYYY-MM' from 2013-01 to 2035-12."""
    return (
        isinstance(text, str)
        and re.fullmatch(r"\d{4}-(0[1-9]|1[0-2])", text, re.ASCII) is not None
        and 0 <= month_index(text) < N_MONTHS
    )


def month_name(index: int) -> str:
    """Return 'YYYY-MM' of months since 2013-01."""
    return f"{FIRST_YEAR + index // 12:04d}-{index % 12 + 1:02d}"


def fiscal_year(index: int) -> int:
    """Return the US fiscal year (October to September) of a month."""
    return FIRST_YEAR + (index + 3) // 12
