"""Instruments on what is open, in plain words: places of programmes and their terms."""

from __future__ import annotations

from typing import Final

from sim.words.told import Told

PLACES: Final = {
    "labour_places": Told(
        "more labour places",
        "the number of places is what the scenario asks for",
        "how many irregular journeys a place averts: no study of the three countries measures it, and figures on flows "
        "alone cannot tell it; read it only with its interval",
        {
            "places_per_year": "It adds {value}.",
            "targeting": {"none": "Nobody among the applicants is preferred."},
        },
    ),
    "hold_places": Told(
        "places held as they were",
        "the places of past years are counted from visas and permits",
        "what employers and households would have done with fewer places",
        {
            "pathways": "It holds the places of {value}.",
            "at_fiscal_year": "Each later year keeps the places of the programme year {value}.",
        },
    ),
}
