"""Common random numbers: uniform, independent from key to key, and the same from wherever they are asked."""

from __future__ import annotations

import numba
import numpy as np
import pytest
from scipy import stats

from sim import draws
from sim.draws import bits, derive_id, gumbel, mix, normal, two_uniforms, uniform

N = 200_000
LOWEST_P = 1e-4
"""Least probability of what a check sees. Keys are fixed, so a check fails always or never."""

PINNED_WORD = 17311913516470691290

ID, MONTH, PURPOSE, SEED, K = range(5)


@numba.njit
def column(field, step, n):
    """Return two arrays of uniforms: n keys, and the same keys with one field moved by `step`."""
    here, there = np.empty(n, np.float32), np.empty(n, np.float32)
    for i in range(n):
        household, month = i // 50, i % 50
        here[i] = uniform(1, household, month, 2, 0)
        there[i] = uniform(
            1 + step * (field == SEED), household + step * (field == ID), month + step * (field == MONTH),
            2 + step * (field == PURPOSE), step * (field == K),
        )  # fmt: skip
    return here, there


@numba.njit
def along(field, n):
    """Return uniforms along one field, the others fixed."""
    out = np.empty(n, np.float32)
    for i in range(n):
        out[i] = uniform(
            i * (field == SEED),
            i * (field == ID),
            i * (field == MONTH),
            i * (field == PURPOSE),
            i * (field == K),
        )
    return out


def apart(values, step):
    """Return which values to keep so that no two of the pairs (value, value + step) share a member."""
    return values // step % 2 == 0


def chi_square_p(counts):
    return stats.chisquare(counts.ravel()).pvalue


@pytest.mark.parametrize("field", [ID, MONTH, PURPOSE, SEED, K])
def test_draws_along_one_field_are_uniform_and_without_memory(field):
    u = along(field, N)
    assert chi_square_p(np.histogram(u, 100, (0, 1))[0]) > LOWEST_P
    for lag in (1, 2, 12, 50):
        first = np.flatnonzero(apart(np.arange(N - lag), lag))
        pairs = np.histogram2d(u[first], u[first + lag], 20, ((0, 1), (0, 1)))[0]
        assert chi_square_p(pairs) > LOWEST_P


@pytest.mark.parametrize("field", [ID, MONTH, PURPOSE, SEED, K])
@pytest.mark.parametrize("step", [1, 2, 256, 65536])
def test_keys_that_differ_in_one_field_are_independent(field, step):
    here, there = column(field, step, N)
    assert stats.pearsonr(here, there).pvalue > LOWEST_P
    moved = {ID: np.arange(N) // 50, MONTH: np.arange(N) % 50}.get(field, np.zeros(N, int))
    kept = apart(moved, step)
    assert chi_square_p(np.histogram2d(here[kept], there[kept], 16, ((0, 1), (0, 1)))[0]) > LOWEST_P


def test_low_and_high_bits_are_balanced():
    words = np.array([bits(3, i, 5, 7) for i in range(20_000)], np.uint64)
    ones = [int((words >> np.uint64(b) & np.uint64(1)).sum()) for b in range(64)]
    assert np.max(np.abs(np.array(ones) - 10_000)) < 4.5 * np.sqrt(5_000)


def test_flipping_one_bit_of_any_field_flips_half_of_the_hash():
    def flipped(key, other):
        return (bits(*key) ^ bits(*other)).bit_count()

    keys = [(5, 1_000_003 * i, i % 276, 11, 0) for i in range(300)]
    for field in range(5):
        for bit in (0, 1, 7, 20):
            moved = [tuple(v ^ (1 << bit) if j == field else v for j, v in enumerate(key)) for key in keys]
            assert np.mean([flipped(*pair) for pair in zip(keys, moved, strict=True)]) == pytest.approx(
                32, abs=1.2
            )


def test_finaliser_gives_the_published_sequence():
    # splitmix64 from state 1234567 and from state 0 (test vectors of the reference implementation)
    golden = 0x9E3779B97F4A7C15
    states = [(1234567 + golden * i) % 2**64 for i in (1, 2, 3)]
    assert [mix(np.uint64(s)) for s in states] == [
        6457827717110365317,
        3203168211198807973,
        9817491932198370423,
    ]
    assert mix(np.uint64(golden)) == 0xE220A8397B1DCDAF


@pytest.mark.parametrize(("word", "share"), [(0, 0.5 / 2**23), (2**23 - 1, 1 - 0.5 / 2**23)])
def test_a_uniform_is_never_zero_or_one(word, share):
    assert draws._centred(np.uint64(word)) == share
    assert 0 < share < 1


def test_two_uniforms_are_independent_and_the_first_is_the_uniform():
    pairs = np.array([two_uniforms(1, i, 0, 3) for i in range(50_000)])
    assert pairs[7, 0] == uniform(1, 7, 0, 3)
    assert chi_square_p(np.histogram2d(*pairs.T, 16, ((0, 1), (0, 1)))[0]) > LOWEST_P


def test_normals_are_normal():
    z = np.array([normal(1, i, 0, 3) for i in range(50_000)])
    assert stats.kstest(z, "norm").pvalue > LOWEST_P


def test_argmax_of_gumbel_tastes_chooses_as_the_softmax():
    utility = np.array([0.0, 1.0, -0.5, 2.0])
    choice = [np.argmax([v + gumbel(1, i, 4, draws.CHOICE_NEST, j) for j, v in enumerate(utility)])
              for i in range(40_000)]  # fmt: skip
    expected = np.exp(utility) / np.exp(utility).sum() * len(choice)
    assert stats.chisquare(np.bincount(choice, minlength=4), expected).pvalue > LOWEST_P


def test_improving_one_alternative_moves_nobody_between_two_others():
    utility, better = np.array([0.0, 1.0, 0.5]), np.array([0.0, 1.6, 0.5])
    taste = np.array([[gumbel(1, i, 4, draws.CHOICE_NEST, j) for j in range(3)] for i in range(5_000)])
    before, after = (utility + taste).argmax(1), (better + taste).argmax(1)
    assert np.any(before != after)
    assert np.all(after[before != after] == 1)


@numba.njit
def from_compiled_code(seed, household, month, purpose, k):
    return bits(seed, household, month, purpose, k), uniform(seed, household, month, purpose, k)


# Python callers give ids as np.uint64: numba takes any int of Python's own for an int64
KEYS = ((1, 2**63 + 5, -3, 4, 7), (-1, 0, 275, 0, 0), (2**31 - 1, 12345, -400, 31, 2**32 - 1))


def typed(key, seed=np.int64, month=np.int64, purpose=np.int64, k=np.int64):
    return seed(key[0]), np.uint64(key[1]), month(key[2]), purpose(key[3]), k(key[4])


@pytest.mark.parametrize("key", KEYS)
def test_the_kind_of_integer_and_of_caller_does_not_matter(key):
    expected = bits(*typed(key)), uniform(*typed(key))
    for other in (typed(key, np.int32, np.int16, np.int8, np.uint32), typed(key, int, int, int, int)):
        assert (bits(*other), uniform(*other)) == expected
        assert from_compiled_code(*other) == expected


def test_the_hash_is_that_of_whole_number_arithmetic():
    def mixed(z):
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9 % 2**64
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB % 2**64
        return z ^ (z >> 31)

    for key in KEYS:
        state = 0
        for field in (*key[:3], key[3] * 2**32 + key[4]):
            state = mixed((state + (field + 1) * 0x9E3779B97F4A7C15) % 2**64)
        assert bits(*typed(key)) == state


def test_derived_ids_do_not_meet():
    ids = {derive_id(parent, label) for parent in range(2_000) for label in range(50)}
    assert len(ids) == 100_000
    assert derive_id(1, 2) != derive_id(2, 1)
    assert derive_id(np.uint64(2**63 + 1), 2) == derive_id(2**63 + 1, np.int16(2))


def test_no_two_purposes_share_a_number():
    numbers = [v for name, v in vars(draws).items() if name.isupper() and isinstance(v, int)]
    assert sorted(numbers) == list(range(len(numbers)))


def test_draws_are_those_of_the_first_release():
    """A change here changes every run: it needs a new version and a "Results changed" line."""
    assert bits(1, 2, 3, 4) == PINNED_WORD
    assert uniform(1, 2, 3, 4) == np.float32(PINNED_WORD // 2**41 + 0.5) / np.float32(2**23)
    assert (draws.LIVELIHOOD, draws.ASPIRE, draws.KIN, draws.SYNTHESIS) == (0, 2, 17, 31)
