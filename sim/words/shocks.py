"""Shocks that a user can place, in plain words."""

from __future__ import annotations

from typing import Final

from sim.words.told import Told

SHOCKS: Final = {
    "drought": Told(
        "a drought",
        "families that left rose by 70.7% for each standard deviation of dryness",
        "in Guatemala heat went with fewer departures: where means are short a drought may hold people back",
        {"sd": "Dryness of the growing season changes by {value}, at most down to none."},
    ),
    "hurricane": Told(
        "a hurricane",
        "how many people Eta and Iota affected in 2020 is counted",
        "no clean estimate exists of what a hurricane does to migration from these countries",
        {
            "share": "{value} of the households in the most exposed departments are hit.",
            "path": {
                "eta_iota": "It strikes where Eta and Iota struck in 2020.",
                "everywhere": "It strikes every department of the group alike.",
            },
        },
        ("path",),
    ),
    "us_labour_market": Told(
        "work in the United States",
        "crossings rose by 3.5 to 7.3% for each 10% more vacancies per unemployed person",
        "a later study finds these figures uncertain",
        {
            "tightness": "Vacancies per unemployed person in the United States are multiplied by {value}.",
            "wage": "What migrants earn there is multiplied by {value}.",
            "home_income": "Real income in the three countries is multiplied by {value}.",
        },
    ),
    "violence_shock": Told(
        "a surge or a fall of violence",
        "each homicide went with 0.62 children who left, an elasticity of 0.2 to 0.45",
        "how adults answer, for whom no such figure exists",
        {"homicides": "Homicides are multiplied by {value}, and other violence follows."},
    ),
    "pandemic": Told(
        "a pandemic that closes borders and roads",
        "the closures of 2020-21 are observed",
        "what else a pandemic brings: lost income, illness, closed offices",
        {
            "closed": "Borders and roads close to {value} of what they did in 2020-21.",
            "months": "It repeats the first {value} of that time.",
        },
        ("months",),
    ),
    "coffee_price": Told(
        "the price of coffee",
        "the price is observed every month",
        "how much of a fall reaches small growers, and what they do then",
        {"price": "The price of coffee is multiplied by {value}."},
    ),
}
