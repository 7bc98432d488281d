"""Instruments on what is open, in plain words: places of programmes and their terms."""

from __future__ import annotations

from typing import Final

from sim.words.told import Told

FILL: Final = {
    "immediate": "All places can be taken from the first day.",
    "ramp": "Employers have to be found and procedures set up first: a part of the places stays empty at the "
    "beginning, and the part that is filled grows over some three years.",
}
PROCESSING: Final = "An application takes {value} until the first admission."
DIVERSION: Final = (
    "how many irregular journeys a place averts: no study of the three countries measures it, and figures on flows "
    "alone cannot tell it; read it only with its interval"
)

PLACES: Final = {
    "labour_places": Told(
        "more labour places",
        "the number of places is what the scenario asks for; how fast new places fill is known from the slow start of "
        "visas set aside for the three countries",
        DIVERSION,
        {
            "places_per_year": "It adds {value}.",
            "targeting": {
                "none": "Nobody among those who apply is preferred.",
                "target": "The places are kept for the group named below.",
                "aspirants": "The places are drawn among all households that wish to leave, not only among those that "
                "plan to.",
                "everyone": "The places are drawn among all households, whether they wish to leave or not.",
            },
            "fill": FILL,
            "fees_usd": "A worker pays {value} up front.",
            "contract_months": "A contract lasts {value}.",
            "rotation": "{value} of the workers are invited back for another season.",
            "overstay": "{value} of the workers stay on without a permit when their contract ends.",
            "stays": {
                "yes": "The places are permanent: who is admitted becomes a resident.",
                "no": "The places are temporary: workers come home when their contract ends.",
            },
        },
        ("fill",),
    ),
    "protection_places": Told(
        "more protection places",
        "the parole of 2023-24 for four other nationalities: places were taken up at some 30,000 a month, and their "
        "encounters between ports of entry fell by two thirds",
        "whether people of these three countries would answer as those nationalities did, whose fall came together "
        "with other measures",
        {
            "places_per_month": "It adds {value}.",
            "fill": FILL,
            "processing_months": PROCESSING,
            "eligibility": {
                "none": "Who may apply stays as it is today.",
                "exposure": "Those who are exposed to violence may apply, also without relatives there.",
                "kin": "Those who have close relatives there may apply, also without exposure to violence.",
                "exposure_and_kin": "Only those who are exposed to violence and have close relatives there may apply.",
                "anybody": "Anybody may apply.",
            },
        },
    ),
    "family_reunification": Told(
        "family reunification",
        "the immigrant visas issued every year are counted",
        "whether relatives who arrive bring others to leave, or spare them an irregular journey",
        {
            "places_per_year": "It adds {value}.",
            "fill": FILL,
            "processing_months": PROCESSING,
            "fees_usd": "A household pays {value} up front.",
        },
    ),
    "mexico_asylum_capacity": Told(
        "asylum and relocation in Mexico",
        "the asylum claims registered in Mexico are counted, and the relocation of some 30,000 people in 2016-23",
        "how many of those protected in Mexico would have gone further, or go on later",
        {
            "asylum_places_per_year": "It adds {value} of asylum in Mexico.",
            "relocation_places_per_year": "It adds {value} of relocation to jobs in the north of Mexico.",
            "fill": FILL,
            "processing_months": PROCESSING,
            "pay": "Those protected earn {value} times what other migrants earn in Mexico.",
        },
    ),
    "processing_capacity": Told(
        "quicker or slower offices",
        "nothing that is measured: the months that an application takes today are assumed for most programmes",
        "how many more would apply if the wait were shorter",
        {
            "pathways": "It concerns {value}.",
            "processing": "The months from application to admission are multiplied by {value}.",
            "longest_wait": "The months after which an application is given up are multiplied by {value}.",
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
    "close_places": Told(
        "programmes closed",
        "the places that are closed are counted from visas and permits, or assumed for smaller programmes",
        "how many of those shut out leave without papers instead",
        {
            "pathways": "It closes places of {value}.",
            "closed": "{value} of their places are closed.",
        },
        ("closed",),
    ),
}
