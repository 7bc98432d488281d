"""Programmes that a scenario brings, in plain words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from sim.words.places import DIVERSION, FILL, PROCESSING
from sim.words.told import Told

TERMS: Final[Mapping[str, str | Mapping[str, str]]] = {
    "places_per_year": "It opens {value}.",
    "fill": FILL,
    "destination": {
        "USA": "It leads to the United States.",
        "MEX": "It leads to Mexico.",
        "CAN": "It leads to Canada.",
    },
    "status": {
        "temporary": "Who arrives has a temporary permit.",
        "resident": "Who arrives becomes a resident.",
    },
    "party": {
        "single_adult": "It is for adults who travel alone.",
        "family_unit": "It is for families who travel together.",
        "any": "Adults may travel alone or with their family.",
    },
    "selection": {
        "lottery": "Places are drawn by lot among those who apply.",
        "first_come": "Who applies first is admitted first.",
        "targeted": "Those most exposed to violence are admitted first.",
    },
    "needs_kin": {
        "yes": "Who applies needs close relatives at the destination.",
        "no": "No relatives at the destination are needed.",
    },
    "needs_exposure": {
        "yes": "Who applies must have been a victim of violence or be exposed to it.",
        "no": "Exposure to violence is not asked for.",
    },
    "needs_farm": {
        "yes": "Only households that live from farming may apply.",
        "no": "Households need not live from farming.",
    },
    "youngest": "Who applies must be {value} or older.",
    "oldest": "Who applies must be {value} or younger.",
    "worker_cost_usd": "A worker pays {value} up front.",
    "processing_months": PROCESSING,
    "contract_months": {"none": "There is no contract: people stay.", "some": "A contract lasts {value}."},
    "rotation": "{value} of the workers are invited back for another season.",
    "overstay": "{value} of the workers stay on without a permit when their contract ends.",
    "max_wait_months": "An application older than {value} is given up.",
    "rounds_per_year": {
        "none": "Losers of the lottery wait on.",
        "some": "Losers of the lottery are refused after each of {value} a year.",
    },
    "pay": "Those admitted earn {value} times what other migrants earn there.",
}

PROGRAMMES: Final = {
    "new_pathway": Told(
        "a new programme",
        "the places and terms are what the scenario asks for",
        DIVERSION,
        {"name": "It is called {value}.", **TERMS},
        ("destination", "status", "party", "worker_cost_usd", "contract_months", "fill"),
    ),
    "climate_pathway": Told(
        "a programme for people in drought",
        "shocks to the harvest explained about a quarter of the moves from rural El Salvador: a ceiling for what it "
        "can reach",
        "whether those who would leave in a drought use a programme, and how long they stay",
        {
            **TERMS,
            "dryness": "A department is in drought when its growing season is drier than usual by more than {value}.",
            "open_months": "Its households may apply during the drought and for {value} after it.",
        },
        ("destination", "dryness", "open_months", "contract_months", "fill"),
    ),
}
