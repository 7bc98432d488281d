"""Instruments on safety at home, in plain words."""

from __future__ import annotations

from typing import Final

from sim.words.told import Told

SAFETY: Final = {
    "security": Told(
        "less homicide and extortion",
        "an evaluation of prevention in 2010-14, in whose neighbourhoods reported murders and extortion were 51% "
        "lower; it is contested, and half of it is taken",
        "whether a national programme would do the same, for how long, and at what cost to rights",
        {
            "approach": {
                "prevention": "It works by prevention with communities; the risk to rights is low.",
                "professional": "It works by police and prisons that are professional and accountable; the risk to "
                "rights is moderate.",
                "exception": "It works by a state of exception; the risk to rights is high.",
            },
            "coverage": "{value} of the people of the group live where it works.",
            "homicide_reduction": "Homicides there fall by {value}.",
            "extortion_reduction": "Extortion there falls by {value}, beyond what follows from fewer homicides.",
            "extortion_part": "{value} of the victims of crime are taken to be victims of extortion.",
        },
        ("approach", "coverage"),
    ),
    "protect_women": Told(
        "protection of women",
        "nothing that is measured: a fall of violence by 5 to 20% is assumed",
        "how far services lower violence, and whether journeys hang on it",
        {
            "coverage": "{value} of the women at risk are served.",
            "reduction": "Violence against those served falls by {value}.",
        },
        ("reduction",),
    ),
    "protect_children": Told(
        "protection of children",
        "in the years of the great waves, each homicide went with 0.62 children who left without their family",
        "how much of that protection can change",
        {
            "coverage": "{value} of the children aged 12 to 17 of the group are reached.",
            "reduction": "Violence against those reached falls by {value}.",
            "kept": "Of those reached who would be sent alone, {value} stay at home.",
        },
        ("reduction", "kept"),
    ),
    "internal_relocation": Told(
        "support for moving inside the country",
        "nothing that is measured",
        "how many of those who plan to go abroad would rather move inside their country",
        {
            "support": "Support makes moving inside the country worth more, by {value} in utility (0.6 doubles or "
            "triples such moves).",
            "coverage": "{value} of the people of the group can get it.",
        },
        ("coverage",),
    ),
}
