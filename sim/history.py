"""A history that is lived once and kept: any number of scenarios fork from it, as a slider asks for them.

The model of a baseline stays as it was before the first month that scenarios may change. A scenario copies its columns
and lives the months since then; it is the run alone, to the bit.
"""

from __future__ import annotations

from collections.abc import Callable

from sim.codes import month_index, month_name
from sim.config import Config
from sim.errors import RequestError, refuse
from sim.lockstep import A_YEAR_AHEAD, differ_from, shares_households, timeless, unpaired
from sim.model import MigrationModel
from sim.record import Record

MOST_PATHS = 3
"""Settings that a refusal names."""


class History:
    """The lived past of one configuration. base: its model, which nobody may step; it holds one copy of all columns."""

    def __init__(self, config: Config, start: str, on_month: Callable[[int], None] = lambda month: None) -> None:
        """Live the months before `start` (YYYY-MM): scenarios may differ from it on.

        on_month: told each month that was lived.

        Raises:
            RequestError: `start` is not a month of the run after its first year.

        """
        self.start = start
        if not A_YEAR_AHEAD < month_index(start) <= month_index(config["run.end"]):
            least = month_name(A_YEAR_AHEAD + 1)
            raise RequestError(f"a history cannot end before {start}: {least} to {config['run.end']} (run.end)")
        self.base = MigrationModel(config)
        while self.base.month < month_index(start) - 2:  # prices and draws of places look a month ahead
            self.base.step()
            on_month(self.base.month)

    def fork(self, config: Config) -> MigrationModel:
        """Return the model of a configuration as it stands at the end of the history, to be lived from there.

        Raises:
            RequestError: it is of other households, or differs from the history before `start`.

        """
        known = self.base.config
        refuse(unpaired(known, config))
        name, past = "+".join(config.scenarios), f"the history of {'+'.join(known.scenarios)}"
        if not shares_households(known, config):
            raise RequestError(f"{name} has other households than {past}")
        model = MigrationModel(config, self.base)
        first = differ_from(self.base, model)
        if first <= self.base.month:
            apart = timeless(known, config)
            where = ", ".join(apart[:MOST_PATHS]) if apart else f"from {month_name(max(first + 1, 0))} on"
            raise RequestError(f"{name} and {past} differ before {self.start}: {where}; live it from the beginning")
        model.fork(self.base)
        return model

    def live(self, config: Config) -> Record:
        """Return the record of a configuration, lived to its end from where the history stands.

        Raises:
            RequestError: as `fork`. WorkError: a check of conservation failed.

        """
        model = self.fork(config)
        while model.month < model.end_month:
            model.step()
        model.check()
        return model.record
