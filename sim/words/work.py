"""Instruments on work and government at home, in plain words."""

from __future__ import annotations

from typing import Final

from sim.words.told import Told

GROWTH: Final = "Income at home grows faster by {value}."

WORK: Final = {
    "economic_initiative": Told(
        "an economic initiative",
        "across countries emigration rises by 0.35 to 0.74% for each 1% of income; doubled aid went with 15% less "
        "emigration",
        "which of the two holds here, and whether such an initiative raises growth at all",
        {
            "growth_points": GROWTH,
            "jobs_per_year": "It brings {value} to households that have none.",
            "services": "Better services lower the wish to leave, by {value} in log-odds (1 would cut its odds by "
            "almost two thirds).",
        },
    ),
    "governance": Told(
        "a cleaner government",
        "the sign only: victims of corruption wish to leave more often",
        "every size, and whether wishes turn into journeys",
        {
            "governance_sd": "The governance index rises by {value}.",
            "bribe_reduction": "Bribes asked of households fall by {value}.",
            "bribe_part": "{value} of the victims of crime are taken to be victims of a bribe or of an official's "
            "extortion.",
            "growth_points": GROWTH,
        },
    ),
}
