"""The split recovers the parts of a variance that is known, and says what was not varied."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.split import Split, split


def drawn(
    rng: np.random.Generator, members: list[int], seeds: int, deviations: tuple[float, float, float, float]
) -> dict[tuple[str, int | None, int], float]:
    """Return effects of theories with so many members each; deviations: theory, parameters, seed, the rest."""
    theory, parameters, seed, rest = deviations
    of_seed = rng.normal(0, seed, seeds) if seed else np.zeros(seeds)
    found: dict[tuple[str, int | None, int], float] = {}
    for t, n in enumerate(members):
        middle = rng.normal(100, theory) if theory else 100.0
        for m in range(n):
            value = middle + rng.normal(0, parameters)
            for s in range(seeds):
                found[f"theory {t}", m, s] = float(value + of_seed[s] + rng.normal(0, rest))
    return found


def mean_of(parts: list[Split], name: str) -> float:
    return float(np.mean([getattr(one, name) for one in parts]))


def test_known_parts_are_recovered_with_one_theory_and_seeds_that_all_share() -> None:
    rng = np.random.default_rng(1)
    parts = [split(drawn(rng, [20], 3, (0, 3, 2, 1))) for _ in range(800)]
    assert mean_of(parts, "parameters") == pytest.approx(9, rel=0.05)
    assert mean_of(parts, "chance") == pytest.approx(5, rel=0.12)
    assert parts[0].theories is None
    assert parts[0].n == (1, 20, 3)
    assert "theories not varied" in parts[0].line()


def test_known_parts_are_recovered_with_unequal_theories() -> None:
    rng = np.random.default_rng(2)
    parts = [split(drawn(rng, [4, 10, 6, 20, 5, 5], 2, (4, 3, 0, 2))) for _ in range(600)]
    assert mean_of(parts, "theories") == pytest.approx(16, rel=0.1)
    assert mean_of(parts, "parameters") == pytest.approx(9, rel=0.06)
    assert mean_of(parts, "chance") == pytest.approx(4, rel=0.06)
    assert sum(parts[0].shares.values()) == pytest.approx(100)


def test_seeds_of_their_own_are_taken_as_nested() -> None:
    rng = np.random.default_rng(3)
    parts = []
    for _ in range(400):
        effects = drawn(rng, [15], 3, (0, 3, 0, 2))
        parts.append(split({(t, m, 100 * (m or 0) + s): value for (t, m, s), value in effects.items()}))
    assert mean_of(parts, "parameters") == pytest.approx(9, rel=0.07)
    assert mean_of(parts, "chance") == pytest.approx(4, rel=0.05)


def test_one_seed_does_not_pretend_to_know_chance() -> None:
    found = split({("utility", m, 1): float(m) for m in range(5)})
    assert found.mixed
    assert found.chance is None
    assert "parameters and chance together 100 %" in found.line()
    assert "chance not told apart (--seeds 2)" in found.line()


def test_seeds_of_the_central_member_alone_are_chance() -> None:
    found = split({("utility", None, seed): float(seed) for seed in (1, 2, 3)})
    assert found.shares == {"chance": 100}
    assert found.line() == "of the variance: parameters not varied, theories not varied, chance 100 %"


def test_a_negative_part_is_zero_and_the_intervals_are_those_of_all_pairs() -> None:
    effects: dict[tuple[str, int | None, int], float] = {
        ("a", m, s): float((-1) ** (m + s)) for m in range(4) for s in range(2)
    }
    found = split(effects)
    assert found.parameters == 0
    assert found.estimate.low90 < found.estimate.low50 < 0 < found.estimate.high50 < found.estimate.high90
    assert split({("a", m, 1): 5.0 for m in range(3)}).line() == "of the variance: nothing varies"
