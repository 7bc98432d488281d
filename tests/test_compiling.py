"""Compiled loops on disk: found again by the next process, never after a change in what they are made of."""

from __future__ import annotations

import errno
import importlib
import os
import sys

import numpy as np
import pytest
from numba.core import event
from numba.core.caching import CacheImpl, IndexDataCacheFile

from sim.compiling import COMPILING, NOWHERE, _imported, compiled, source_digest
from sim.errors import note

LOOP = """
from sim.compiling import compiled_loop
from {package}.rules.rule import rule

@compiled_loop
def total(values):
    found = 0.0
    for i in range(values.size):
        found += rule(values[i])
    return found
"""
RULE = """
from sim.compiling import compiled
from {package} import constants

ADDED = constants.ADDED

@compiled
def rule(value):
    return value + ADDED
"""


@pytest.fixture
def package(tmp_path, monkeypatch):
    """Return a package of four files: a loop, a rule that it calls, a constant in it, and something else."""
    folder = tmp_path / "package_of_a_test"
    (folder / "rules").mkdir(parents=True)
    for name, text in (
        ("__init__.py", ""), ("rules/__init__.py", ""), ("loop.py", LOOP), ("rules/rule.py", RULE),
        ("constants.py", "ADDED = 1.0\n"), ("other.py", ""),
    ):  # fmt: skip
        (folder / name).write_text(text.format(package=folder.name))
    monkeypatch.syspath_prepend(tmp_path)
    yield folder
    forget(folder)


def forget(folder):
    for name in [name for name in sys.modules if name.split(".")[0] == folder.name]:
        del sys.modules[name]
    importlib.invalidate_caches()
    source_digest.cache_clear()
    _imported.cache_clear()


def run(folder):
    """Do in small what a new process does; return the result and whether the code came from disk."""
    forget(folder)
    loop = importlib.import_module(f"{folder.name}.loop")
    return loop.total(np.ones(3)), bool(loop.total.stats.cache_hits)


def test_a_loop_is_compiled_again_when_what_it_is_made_of_changes_in_any_file(package):
    assert run(package) == (6.0, False)
    assert run(package) == (6.0, True)
    (package / "constants.py").write_text("ADDED = 2.0\n")
    assert run(package) == (9.0, False)
    (package / "other.py").write_text("ADDED = 3.0\n")
    assert run(package) == (9.0, True)


@pytest.mark.parametrize(
    "statement",
    [
        "from {0} import other",
        "from {0}.other import ADDED as more",
        "import sys, {0}.other as more",
        "from {0} import (\n    constants,  # (known)\n    other,\n)",
        "def late():\n    from {0} import other",
    ],
)
def test_what_a_loop_is_made_of_is_found_however_it_is_imported(package, statement):
    (package / "constants.py").write_text(statement.format(package.name))
    before = source_digest(package / "loop.py")
    (package / "other.py").write_text("ADDED = 3.0\n")
    forget(package)
    assert source_digest(package / "loop.py") != before


def test_that_it_compiles_is_told_once_and_only_when_it_does(package, caplog):
    note.cache_clear()
    for _ in range(2):
        run(package)
    assert caplog.messages == [f"pathways: {COMPILING}"]
    note.cache_clear()
    run(package)
    assert len(caplog.messages) == 1


def test_a_loop_works_where_nothing_can_be_written_and_says_so(package, monkeypatch, caplog):
    note.cache_clear()
    monkeypatch.setattr(CacheImpl, "_locator_classes", [])
    assert [run(package), run(package)] == [(6.0, False)] * 2
    assert caplog.messages == [f"pathways: {NOWHERE}"]


def test_a_loop_works_where_the_disk_is_full_and_says_so(package, monkeypatch, caplog):
    def full(*_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    note.cache_clear()
    monkeypatch.setattr(IndexDataCacheFile, "save", full)
    assert [run(package), run(package)] == [(6.0, False)] * 2
    assert [NOWHERE in told for told in caplog.messages] == [False, True]


@pytest.mark.parametrize("kind", ["nbi", "nbc"])
def test_half_a_file_of_compiled_code_is_made_anew(package, kind):
    run(package)
    [path] = package.glob(f"__pycache__/*.{kind}")
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    assert [run(package), run(package)] == [(6.0, False), (6.0, True)]


def test_a_rule_is_compiled_once_whatever_constants_it_is_called_with():
    @compiled
    def add(value, constant):
        return value + constant

    @compiled
    def several(value):
        return add(value, 1) + add(value, 2) + add(value, 3)

    with event.install_recorder("numba:compile") as recorder:
        assert several(1) == 9
    begun = [one.data["dispatcher"].py_func for _, one in recorder.buffer if one.is_start]
    assert sum(function is add.py_func for function in begun) == 1
