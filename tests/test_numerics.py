"""exp, log and quantiles: close to the library's, and the same bits whatever the processor."""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
import sys

import numba
import numpy as np
import pytest
from scipy.special import expit, ndtri

from sim.draws import ATTEMPT, bits, gumbel, normal, two_uniforms
from sim.numerics import exp32, gumbel32, log32, logistic32, quantile32

FUNCTIONS = {f.__name__: f for f in (exp32, log32, logistic32, quantile32, gumbel32)}


def over(function):
    """Return the function over an array, compiled with the function inside."""

    @numba.njit
    def loop(values):
        out = np.empty(values.size, np.float32)
        for i in range(values.size):
            out[i] = function(values[i])
        return out

    return loop


def floats(low, high, n=1_000_000):
    """Return about n float32 from low to high > low > 0, evenly among those that exist."""
    ends = [int(np.float32(end).view(np.uint32)) for end in (low, high)]
    step = max((ends[1] - ends[0]) // n, 1)
    return np.append(np.arange(ends[0], ends[1], step, dtype=np.uint32), np.uint32(ends[1])).view(np.float32)


def ulps(got, exact):
    """Return the largest distance from the exact value, in spacings of float32 there."""
    spacing = np.spacing(np.abs(exact.astype(np.float32))).astype(np.float64)
    return np.max(np.abs(got.astype(np.float64) - exact) / spacing)


def test_exp_is_within_two_ulp_wherever_it_is_a_float():
    positive, negative = floats(1e-45, 88.72283), -floats(1e-45, 103.9)
    for x in (positive, negative):
        assert ulps(over(exp32)(x), np.exp(x.astype(np.float64))) <= 2


def test_exp_saturates_outside():
    assert [exp32(x) for x in (-1e30, -np.inf, -104.0)] == [0, 0, 0]
    assert [exp32(x) for x in (88.73, 1e30, np.inf)] == [np.inf] * 3
    assert exp32(0) == 1
    assert np.isnan(exp32(np.nan))


def test_log_is_within_two_ulp_of_every_positive_float():
    x = floats(1e-45, 3.4e38, 2_000_000)
    near_one = floats(0.5, 2)
    for values in (x, near_one[near_one != 1]):
        assert ulps(over(log32)(values), np.log(values.astype(np.float64))) <= 2
    assert log32(1) == 0


def test_log_of_what_has_none():
    assert log32(0) == -np.inf
    assert log32(np.inf) == np.inf
    assert np.isnan(log32(-1.0))
    assert np.isnan(log32(np.nan))


def test_logistic_is_close_and_stays_a_probability():
    x = np.concatenate([-floats(1e-3, 1000), floats(1e-3, 1000)])
    got = over(logistic32)(x)
    exact = expit(x.astype(np.float64))
    assert got.min() >= 0
    assert got.max() <= 1
    normal = exact > 1.2e-38  # below it a float32 has fewer digits
    assert np.max(np.abs(got[normal] / exact[normal] - 1)) < 3e-7


def test_quantile_is_within_a_millionth_at_every_draw():
    u = ((np.arange(2**23) + 0.5) / 2**23).astype(np.float32)
    z = over(quantile32)(u)
    assert np.max(np.abs(z - ndtri(u.astype(np.float64)))) <= 1e-6
    assert np.all(np.diff(z) >= 0)
    assert np.array_equal(z, -z[::-1])


def test_quantile_between_draws_and_beyond():
    u = floats(2.0**-24, 0.5)
    assert np.max(np.abs(over(quantile32)(u) - ndtri(u.astype(np.float64)))) <= 1e-6
    assert quantile32(0) == quantile32(2.0**-24)
    assert quantile32(1) == quantile32(1 - 2.0**-24)


def test_gumbel_is_minus_log_of_minus_log():
    u = ((np.arange(0, 2**23, 7) + 0.5) / 2**23).astype(np.float32)
    exact = -np.log(-np.log(u.astype(np.float64)))
    assert np.max(np.abs(over(gumbel32)(u) - exact)) <= 2e-6


@pytest.mark.parametrize("name", FUNCTIONS)
def test_compiled_code_is_float32_and_fuses_nothing(name):
    loop = over(FUNCTIONS[name])
    loop(np.full(3, 0.3, np.float32))
    (llvm,) = loop.inspect_llvm().values()
    (assembly,) = loop.inspect_asm().values()
    assert not re.findall(r"= f(?:add|sub|mul|div|ext|ptrunc)\b.*\bdouble\b", llvm)
    assert not re.findall(r"fmuladd|llvm\.fma|\b(?:contract|reassoc|fast) float", llvm)
    assert not re.findall(r"\bv?fn?m(?:add|sub)\w*", assembly)


def digest() -> str:
    """Return the sha256 of many outputs of every function and draw."""
    spread = np.concatenate([floats(1e-45, 1000, 200_000), -floats(1e-45, 1000, 200_000)])
    shares = floats(2.0**-24, 1 - 2.0**-24, 200_000)
    found = hashlib.sha256()
    for name, function in FUNCTIONS.items():
        found.update(over(function)(shares if name in ("quantile32", "gumbel32") else spread).tobytes())

    @numba.njit
    def draws(n):
        words, values = np.empty(n, np.uint64), np.empty((n, 4), np.float32)
        for i in range(n):
            words[i] = bits(7, i, -i, ATTEMPT, i)
            values[i, 0], values[i, 1] = two_uniforms(7, i, 3, ATTEMPT)
            values[i, 2], values[i, 3] = normal(7, i, 3, ATTEMPT), gumbel(7, i, 3, ATTEMPT, 1)
        return words, values

    for array in draws(200_000):
        found.update(array.tobytes())
    return found.hexdigest()


def test_generic_and_native_code_give_the_same_bits():
    environment = {**os.environ, "NUMBA_CPU_NAME": "generic", "NUMBA_CPU_FEATURES": ""}
    generic = subprocess.run(
        [sys.executable, __file__], env=environment, capture_output=True, text=True, check=True
    )
    assert generic.stdout.strip() == digest()


if __name__ == "__main__":
    print(digest())
