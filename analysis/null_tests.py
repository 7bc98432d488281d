"""Null tests: what must come out as nothing. Shuffled over departments, violence and dryness lose what goes with them.

`python -m analysis.null_tests share=0.05 shuffles=40` lives a world in which every department of a country has the same
violence (or dryness), and beside it the true one and shuffled ones; docs/null_tests.md keeps what came out. An
association is the slope, over departments and within countries, of ln journeys more than in the even world on the
driver: of the true driver it must be there in the true world and gone in shuffled ones, beside that of the driver as
shuffled, which takes its place (both in one regression, as a shuffle may leave them alike by chance).
"""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

from analysis.experiments_page import DOCS
from analysis.markdown import table
from analysis.recorded import by_department
from analysis.validation import as_command
from sim.codes import COUNTRIES, N_DEPARTMENTS
from sim.compose import compose
from sim.config import Config
from sim.draws import ENSEMBLE, uniform
from sim.errors import RequestError
from sim.model import MigrationModel
from sim.world.geography import department_country

Array = NDArray[np.float64]
Arranged = Callable[[NDArray[np.float32]], NDArray[np.float32]]
PAGE: Final = DOCS / "null_tests.md"
COMMAND: Final = "uv run python -m analysis.null_tests"
DRIVERS: Final = {"violence": ("ln_v", "p_victim", "p_gbv", "p_child_victim"), "dryness": ("dryness",)}
"""Arrays of the world, (54, months), that are shuffled together; the first is the driver."""
UNIT: Final = {"violence": "ln journeys per ln homicides", "dryness": "ln journeys per SD"}
FIRST: Final = "2014-01"
UNTIL: Final = "2017-12"
"""Months counted: the first year is for plans to form."""
TWO_SIDED: Final = 0.975
"""Quantile that leaves 5 % outside on both sides."""
LITTLE: Final = 0.2
"""Part of the true slope that counts as nothing: departments with more farms answer more to what they are given, so a
little of the true driver, which goes with farms, stays behind however it is shuffled."""
LEAST: Final = 1.0
"""Journeys of a department below which it is left out: its logarithm is not known."""


@dataclass(frozen=True)
class Null:
    """Slopes of a driver: `real` of the true one in the true world; then, by shuffle, of the true and the shuffled."""

    driver: str
    real: float
    true: Array
    shuffled: Array

    @property
    def error(self) -> float:
        """Return the standard error of the mean of `true` over shuffles."""
        return float(self.true.std(ddof=1) / np.sqrt(len(self.true)))

    @property
    def chance(self) -> float:
        """Return how far from zero that mean may be by chance: half of its 95 % interval, Student's t."""
        return float(stdtrit(len(self.true) - 1, TWO_SIDED)) * self.error

    @property
    def gone(self) -> bool:
        """Return whether the true driver's association vanishes on average.

        Within chance of zero, or below a fifth of what it is in the true world.
        """
        return abs(float(self.true.mean())) < max(self.chance, LITTLE * self.real)

    @property
    def there(self) -> bool:
        """Return whether there is something to vanish: a real slope above what is left, and that of the shuffled."""
        least = abs(float(self.true.mean())) + self.chance
        return self.real > least and float(self.shuffled.mean()) > least


def shuffled_within_countries(seed: int) -> NDArray[np.int64]:
    """Return (54,) for each department the one of its country whose driver it gets: a random order of each country."""
    order = np.arange(N_DEPARTMENTS)
    draws = np.array([uniform(seed, d, 0, ENSEMBLE) for d in range(N_DEPARTMENTS)])
    for c in range(len(COUNTRIES)):
        mine = np.flatnonzero(department_country == c)
        order[mine] = mine[np.argsort(draws[mine])]
    return order


def evened(array: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return an array (54, months) with each department at the mean of its country."""
    even = array.copy()
    for c in range(len(COUNTRIES)):
        mine = department_country == c
        even[mine] = array[mine].mean(axis=0)
    return even


def _turned(order: NDArray[np.int64], array: NDArray[np.float32]) -> NDArray[np.float32]:
    return array[order]


def journeys(config: Config, base: MigrationModel, driver: str, arranged: Arranged) -> tuple[Array, Array]:
    """Return (54,) irregular journeys and the mean driver of a world in which a driver is arranged anew."""
    model = MigrationModel(config, base)
    model.fork(base)
    for name in DRIVERS[driver]:
        array = getattr(model.engine.world, name)
        array[:] = arranged(array)
    while model.month < model.end_month:
        model.step()
    model.check()
    months = slice(model.record.first, model.end_month + 1)
    mean = getattr(model.engine.world, DRIVERS[driver][0])[:, months].mean(axis=1).astype(np.float64)
    return by_department(model.record, "depart_irregular"), mean


def slopes(more: Array, drivers: Sequence[Array], weight: Array) -> Array:
    """Return the weighted slopes of (54,) values on drivers together, within countries.

    Departments without weight are left out.
    """
    columns = np.stack([more, *drivers]).astype(np.float64)
    for c in range(len(COUNTRIES)):
        mine = (department_country == c) & (weight > 0)
        columns[:, mine] -= np.average(columns[:, mine], axis=1, weights=weight[mine])[:, None]
    scaled = columns[:, weight > 0] * np.sqrt(weight[weight > 0])
    return np.asarray(np.linalg.lstsq(scaled[1:].T, scaled[0], rcond=None)[0])


def null_test(
    config: Config, driver: str, shuffles: int, order: Callable[[int], NDArray[np.int64]] = shuffled_within_countries,
    say: Callable[[str], None] = lambda line: None,
) -> Null:  # fmt: skip
    """Return the slopes of a driver over so many shuffles.

    order: of a number the departments whose driver each gets.

    Raises:
        RequestError: fewer than two shuffles.

    """
    if shuffles < 2:
        raise RequestError(f"shuffles={shuffles}: at least 2, or no error can be told")
    config = config.replace(run__start=FIRST, run__end=UNTIL)
    base = MigrationModel(config)  # never lives: others copy its households
    even, _ = journeys(config, base, driver, evened)
    left, true = journeys(config, base, driver, lambda array: array)

    def association(left: Array, *by: Array) -> Array:
        weight = np.where((left >= LEAST) & (even >= LEAST), even, 0.0)
        return slopes(np.log(np.maximum(left, LEAST) / np.maximum(even, LEAST)), by, weight)

    found = []
    (real,) = association(left, true)
    for number in range(1, shuffles + 1):
        left, given = journeys(config, base, driver, functools.partial(_turned, order(number)))
        found.append(association(left, true, given))
        say(f"{driver}: shuffle {number} of {shuffles}")
    of_true, of_shuffled = np.array(found).T
    return Null(driver, float(real), of_true, of_shuffled)


def text(nulls: Sequence[Null], share: float) -> str:
    """Return the section of the page on natural experiments that tells what came out."""
    head = ("driver", "unit", "slope, true world", "slope on the true driver, shuffled worlds", "standard error",
            "slope on the shuffled driver", "verdict")  # fmt: skip
    rows = [
        (one.driver, UNIT[one.driver], f"{one.real:.3f}", f"{one.true.mean():+.3f}", f"{one.error:.3f}",
         f"{one.shuffled.mean():.3f}", "gone" if one.gone and one.there else "FAILS")
        for one in nulls
    ]  # fmt: skip
    n = len(nulls[0].true)
    return "\n\n".join([
        "## Null tests",
        f"Violence and dryness of the departments of a country, shuffled among them {n} times, at {share:g} of all "
        f"households, journeys of {FIRST} to {UNTIL} (`{COMMAND} share={share:g} shuffles={n}`). A slope is over "
        "departments, within countries, of ln irregular journeys more than in a world where those of a country "
        "are all alike. In the true world journeys go with the driver; in shuffled ones they no longer go with the "
        "true driver but with the shuffled one (both in one regression): what is seen is the driver's doing, no trait "
        "of the places where it is found. Policies at zero, and those that reach nobody, change nothing at all: "
        "`tests/test_null.py`.",
        table(head, rows),
        f"Gone: within chance of zero, or below {LITTLE:g} of the true slope. A remainder of that size is no trait of "
        "the driver: departments differ in how much they answer (farms, what they are used to), and dryness goes with "
        "that.",
    ]) + "\n"  # fmt: skip


def main(argv: Sequence[str]) -> int:
    """Live the shuffles and write what came out.

    Raises:
        RequestError: a word that is none of share=, shuffles=.

    """
    asked = {"share": "0.05", "shuffles": "40"}
    for word in argv:
        key, _, value = word.partition("=")
        if key not in asked or not value:
            raise RequestError(f"'{word}': one of share=, shuffles=")
        asked[key] = value
    config = compose([f"population.share={asked['share']}"])
    nulls = [
        null_test(config, driver, int(asked["shuffles"]), say=lambda line: print(line, file=sys.stderr, flush=True))
        for driver in DRIVERS
    ]
    PAGE.write_text(text(nulls, float(asked["share"])), encoding="utf-8")
    print(f"written: {PAGE}")
    return 0 if all(one.gone and one.there for one in nulls) else 1


if __name__ == "__main__":
    as_command(main)
