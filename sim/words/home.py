"""Instruments on life at home and after return, in plain words."""

from __future__ import annotations

from typing import Final

from sim.words.told import Told

HOME: Final = {
    "reintegration": Told(
        "help after return",
        "how many go without help today: 72.5% of those returned to Honduras in 2019",
        "whether help keeps people from leaving again: no causal estimate exists, and the effect assumed may also be "
        "zero or against it",
        {
            "coverage": "{value} of those who return get help.",
            "package_usd": "The help is worth {value} to a household.",
            "debt_relief": "{value} of their debt is forgiven.",
            "job": "A job makes good {value} of the income that is lost after a return.",
            "help_months": "Help works for {value}.",
        },
    ),
}
