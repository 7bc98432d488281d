"""What is made from a configuration serves every other that has the same values of those that were read."""

from __future__ import annotations

import numpy as np
import pytest

from sim.assemble import Origin
from sim.config import Config, default_config
from sim.reuse import part

CONFIG = default_config(demography__projection_share=0.0002)


def read_some(config: Config) -> tuple[object, ...]:
    """Return what three ways of reading a configuration give."""
    smaller = config.replace(population__share=0.5)
    return config["seed"], config.group("costs"), config.by_country("behaviour.a"), smaller["population.share"]


def test_only_what_was_read_counts() -> None:
    known = part(read_some, CONFIG)
    assert known.made == read_some(CONFIG)
    same = CONFIG.replace(journey__p_death=0.001, population__share=0.1)
    assert part(read_some, same, known) is known
    for changed in ({"seed": 2}, {"costs__discount_rate": 0.01}, {"behaviour__a__HND": -1.0}):
        other = CONFIG.replace(**changed)
        assert part(read_some, other, known).made == read_some(other)


@pytest.mark.parametrize(
    ("values", "shared"),
    [
        ({"behaviour__b_v": 0.6}, [True, True, True, True]),
        ({"seed": 2}, [False, True, True, True]),
        ({"border__smuggler_price": 9000}, [True, False, True, True]),
        ({"demography__net_emigration__HND": 1}, [True, True, False, True]),
        ({"pathways__cost_factor": 2}, [True, True, True, False]),
        ({"population__kin_alpha": 2.5}, [True, True, False, True]),
    ],
)
def test_origins_share_the_parts_that_would_be_the_same(values: dict[str, float], shared: list[bool]) -> None:
    first = Origin.build(CONFIG)
    other = CONFIG.replace(**values)
    second, alone = Origin.build(other, first), Origin.build(other)
    assert [mine is theirs for mine, theirs in zip(first.parts, second.parts, strict=True)] == shared
    for name, array in alone.world._asdict().items():
        assert np.array_equal(array, getattr(second.world, name)), name
