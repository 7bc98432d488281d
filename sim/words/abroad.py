"""Instruments on the way and abroad, in plain words."""

from __future__ import annotations

from typing import Final

from sim.words.told import Told

ABROAD: Final = {
    "enforcement": Told(
        "more enforcement",
        "the price response of smugglers (when enforcement tripled, prices rose by 17 to 30%) and the longer stays "
        "that followed are published",
        "how long a rise in enforcement lasts before people and smugglers adapt",
        {
            "mexico_removal_multiplier": "The chance of being removed from Mexico is multiplied by {value}.",
            "apprehension_multiplier": "The chance of being apprehended at the border, each time one tries, is "
            "multiplied by {value}.",
            "interior_multiplier": "The chance that a resident without papers is removed is multiplied by {value}.",
        },
    ),
    "consequence": Told(
        "a consequence after apprehension",
        "sanctions at the border lowered the share apprehended again within 18 months by 4.6 to 6.1 points of 24.2%, "
        "among Mexican men",
        "whether families and people from farther away answer in the same way",
        {"gives_up_more": "The chance that someone who was sent back does not try again rises by {value}."},
    ),
}
