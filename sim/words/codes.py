"""Plain names of codes: programmes, units, target groups, what a condition watches, grades.

Each is part of a sentence, so it begins with a small letter unless it is a name.
"""

from __future__ import annotations

from typing import Final

GRADES: Final = {
    "V": "verified in a source",
    "D": "derived from verified figures",
    "A": "assumed",
    "R": "recalled, not read again",
    "T": "from a throw-away trial",
}

PATHWAYS: Final = {
    "usa_h2a": "seasonal farm work in the United States (H-2A visas)",
    "usa_h2b": "seasonal work outside farms in the United States (H-2B visas)",
    "usa_refugee": "refugee resettlement in the United States",
    "usa_parole": "entry on parole, of minors and relatives, into the United States",
    "usa_family": "immigrant visas of the United States, most of them for relatives",
    "usa_port_asylum": "entry at ports of entry of the United States, most of it to ask for asylum",
    "mex_border_worker": "border worker cards of Mexico",
    "mex_asylum": "asylum in Mexico",
    "mex_relocation": "moves of recognised refugees to jobs in the north of Mexico",
    "can_agriculture": "seasonal farm work in Canada",
    "can_other": "other low-wage work in Canada",
    "can_resettlement": "resettlement in Canada of people in danger",
}
"""Every regular programme."""

UNITS: Final = {
    "2021 US$": "US$ {number} (prices of 2021)",
    "2021 US$ a month": "US$ {number} a month (prices of 2021)",
    "people": "{number} people",
    "places": "{number} places",
    "places a year": "{number} places a year",
    "places a month": "{number} places a month",
    "years of age": "{number} years old",
    "rounds a year": "{number} rounds",
    "SD": "{number} SD (standard deviations)",
    "people a year": "{number} people a year",
    "jobs a year": "{number} formal jobs a year",
    "percentage points": "{number} pp (percentage points)",
    "percentage points a year": "{number} pp a year (percentage points)",
}
"""How a number in a unit is written; shares are written in percent, months as a duration, the rest as numbers."""

PARTIES: Final = {
    "single_adult": "single adults",
    "family_unit": "families",
    "unaccompanied_child": "children without their family",
}

GROUPS: Final = {
    "rural": {True: "live in the countryside", False: "live in a town"},
    "indigenous": {True: "are indigenous", False: "are not indigenous"},
    "female_head": {True: "have a woman as head of the household", False: "have a man as head of the household"},
    "kin_abroad": {True: "have close relatives abroad", False: "have no close relatives abroad"},
}
"""Target groups that are told by yes or no: what holds of their households."""

PAYERS: Final = {
    "origin_government": "the government of the country of origin",
    "destination_government": "the government of the country of destination",
    "donors": "donors",
    "employers": "employers",
    "households": "the households themselves",
    "insurers": "insurers",
}

SERIES: Final = {
    "dryness": "the dryness of the growing season, in standard deviations,",
    "disaster": "the share of households hit by a disaster within a month",
    "homicides": "the number of homicides per 100,000 people a year",
    "tightness": "the number of vacancies per unemployed person in the United States, relative to 2014-19,",
    "coffee": "the logarithm of the coffee price relative to 2013-19",
    "encounters": "the number of apprehensions at the United States border within twelve months",
    "departures": "the number of irregular departures within twelve months",
}
"""What a condition can watch."""
