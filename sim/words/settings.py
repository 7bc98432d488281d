"""Parameters that shipped scenarios set, in plain words: a sentence for each choice."""

from __future__ import annotations

from typing import Final

SETTINGS: Final = {
    "border.regime": {
        "last_12_observed": "After the last observed month the border stays as in the twelve months before it: as many "
        "of those apprehended are released, sent back or removed as then.",
        "restrictive": "After the last observed month the border is as in December 2020 and January 2021: nearly all "
        "adults and families who are apprehended are sent back at once; children without their family are released.",
        "open_2019": "After the last observed month the border is as from October 2018 to May 2019: families and "
        "children who are apprehended are released to wait for a hearing.",
    }
}
