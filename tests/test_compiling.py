"""Compiled loops on disk: found again by the next process, never after a change anywhere in the package."""

from __future__ import annotations

import importlib.util
import sys

import numpy as np
import pytest
from numba.core.caching import CacheImpl

from sim import compiling

LOOP = """
from sim.compiling import compiled_loop
from {package}_rule import rule

@compiled_loop
def total(values):
    found = 0.0
    for i in range(values.size):
        found += rule(values[i])
    return found
"""
RULE = """
from sim.numerics import compiled

@compiled
def rule(value):
    return value + {add}
"""


@pytest.fixture
def start(tmp_path, monkeypatch):
    """Return a new process in small: it imports rule and loop, runs, says if code came from disk."""

    def run(add):
        name = f"loop_{tmp_path.name}"
        for stem, text in ((f"{name}_rule", RULE), (name, LOOP)):
            path = tmp_path / f"{stem}.py"
            path.write_text(text.format(add=add, package=name))
            spec = importlib.util.spec_from_file_location(stem, path)
            module = importlib.util.module_from_spec(spec)
            monkeypatch.setitem(sys.modules, stem, module)
            spec.loader.exec_module(module)
        return module.total(np.ones(3)), bool(module.total.stats.cache_hits)

    return run, tmp_path


def test_a_loop_is_compiled_again_when_a_rule_in_another_file_changes(start, monkeypatch):
    run, folder = start
    digest = compiling.source_digest.__wrapped__
    monkeypatch.setattr(compiling, "source_digest", lambda: digest(folder))
    assert run(add="1.0") == (6.0, False)
    assert run(add="1.0") == (6.0, True)
    assert run(add="2.0") == (9.0, False)


def test_a_loop_works_where_nothing_can_be_written(start, monkeypatch):
    run, _ = start
    monkeypatch.setattr(CacheImpl, "_locator_classes", [])
    assert run(add="1.0") == (6.0, False)


def test_the_stamp_sees_every_file_and_name(tmp_path):
    digest = compiling.source_digest.__wrapped__
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "a.py").write_text("x = 1")
    first = digest(tmp_path)
    (tmp_path / "rules" / "a.py").write_text("x = 2")
    second = digest(tmp_path)
    (tmp_path / "rules" / "a.py").rename(tmp_path / "a.py")
    assert len({first, second, digest(tmp_path)}) == 3
