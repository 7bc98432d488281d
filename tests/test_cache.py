"""Promises of what is kept between processes: it is what was made, never half of it, never too much, never needed."""

from __future__ import annotations

import os
import shutil
from concurrent.futures import ThreadPoolExecutor
from types import MappingProxyType

import numpy as np
import pytest
from small_model import small_config

from sim import cache
from sim.config import Config, default_config
from sim.data.loader import load
from sim.errors import note
from sim.households import LAYOUT
from sim.model import MigrationModel
from sim.population import SETTINGS, synthesise
from sim.start import households_at_start
from sim.world.demography import project

ARRAYS = {
    "small": np.arange(12, dtype=np.int16).reshape(4, 3),
    "by column": np.asfortranarray(np.arange(12, dtype=np.uint8).reshape(4, 3)),
    "large": np.linspace(0, 1, 3 * cache.PAGE // 8 + 5),
    "none": np.zeros(0, np.uint8),
}


@pytest.fixture
def place(tmp_path, monkeypatch):
    """Return the folder of the cache, which does not exist yet; everything is worth keeping."""
    monkeypatch.setenv(cache.VARIABLE, str(tmp_path / "cache"))
    monkeypatch.setattr(cache, "WORTH_SECONDS", -1)
    note.cache_clear()
    return tmp_path / "cache"


class Maker:
    """Makes the arrays, and counts how often."""

    times = 0

    def __call__(self):
        self.times += 1
        return {name: array.copy(order="K") for name, array in ARRAYS.items()}


def kept(make, **made_of):
    found = cache.kept("thing", __file__, made_of, make)
    assert found.keys() == ARRAYS.keys()
    for name, array in ARRAYS.items():
        assert found[name].dtype == array.dtype
        assert np.array_equal(found[name], array)
        assert found[name].flags.f_contiguous == array.flags.f_contiguous
    return found


def test_what_was_made_is_found_again_and_by_nothing_else_that_it_is_made_of(place):
    make = Maker()
    for _ in range(3):
        kept(make, share=1)
    assert make.times == 1
    kept(make, share=2)
    assert make.times == 2


def test_writing_to_what_is_kept_changes_no_file(place):
    make = Maker()
    kept(make)
    kept(make)["large"][:] = 7
    kept(make)
    assert make.times == 1


@pytest.mark.parametrize("damage", [
    lambda whole: b"", lambda whole: whole[:-1], lambda whole: whole[: len(whole) // 2], lambda whole: whole + b"0",
    lambda whole: whole.replace(b'"small"', b'"smell"'), lambda whole: b"[]\n" + whole,
    lambda whole: whole[:-100] + b"\1" + whole[-99:], lambda whole: whole[:-9000] + bytes(500) + whole[-8500:],
])  # fmt: skip
def test_a_damaged_file_is_seen_and_made_anew(place, damage):
    make = Maker()
    kept(make)
    [path] = place.iterdir()
    whole = path.read_bytes()
    path.write_bytes(damage(whole))
    assert path.read_bytes() != whole
    kept(make)
    assert make.times == 2
    assert path.read_bytes() == whole


def test_what_is_made_in_no_time_is_not_kept(place, monkeypatch):
    monkeypatch.setattr(cache, "WORTH_SECONDS", 60)
    kept(Maker())
    assert not place.exists()


def test_what_was_used_longest_ago_goes_when_the_folder_is_full(place, monkeypatch):
    make = Maker()
    kept(make, number=0)
    [first] = place.iterdir()
    monkeypatch.setattr(cache, "MOST_BYTES", 2 * first.stat().st_size)
    (place / ".thing-of-a-killed-process.columns.1-2").write_bytes(bytes(10))
    for path in place.iterdir():
        os.utime(path, (0, 0))
    kept(make, number=1)
    kept(make, number=0)  # used again, though the oldest
    kept(make, number=2)
    assert len(list(place.iterdir())) == 2
    assert make.times == 3
    kept(make, number=0)
    assert make.times == 3
    monkeypatch.setattr(cache, "MOST_BYTES", 100)
    kept(make, number=3)
    assert len(list(place.iterdir())) == 2


@pytest.mark.parametrize("hindrance", ["a file is in the way", "the disk is full"])
def test_a_folder_that_cannot_be_written_is_told_once_and_the_work_goes_on(place, hindrance, monkeypatch, caplog):
    if hindrance == "the disk is full":
        monkeypatch.setattr(shutil, "disk_usage", lambda path: shutil._ntuple_diskusage(100, 100, 0))
    else:
        place.write_bytes(b"")
    make = Maker()
    kept(make)
    kept(make, share=2)
    assert make.times == 2
    [told] = caplog.messages
    assert str(place) in told
    assert cache.VARIABLE in told


def test_it_can_be_switched_off(place, monkeypatch, tmp_path):
    monkeypatch.setenv(cache.VARIABLE, cache.OFF)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    make = Maker()
    kept(make)
    kept(make)
    assert make.times == 2
    assert list(tmp_path.iterdir()) == []


def test_the_folder_is_among_the_users_caches_unless_named(monkeypatch, tmp_path):
    monkeypatch.delenv(cache.VARIABLE)
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")
    assert cache.folder() == tmp_path / ".cache" / cache.PROJECT
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "other"))
    assert cache.folder() == tmp_path / "other" / cache.PROJECT
    monkeypatch.setenv(cache.VARIABLE, "~/mine")
    assert cache.folder() == tmp_path / "mine"


def test_several_at_once_leave_one_whole_file(place):
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda _: kept(Maker()), range(32)))
    assert len(list(place.iterdir())) == 1


def test_households_and_rates_depend_on_no_setting_but_those_they_are_known_by():
    values = default_config(population__share=0.001).values
    read = {path: value for path, value in values.items() if path.startswith(SETTINGS) or path == "run.threads"}
    config = Config(MappingProxyType(read))  # refuses any other
    synthesise(config, load())
    project(config, load(), emigrating=True)


def test_households_kept_are_those_that_were_made_and_a_run_does_not_change_them(place):
    config = small_config(run__end="2013-04")
    made, counted = households_at_start(config, load())
    model = MigrationModel(config)
    while model.month < model.end_month:
        model.step()
    assert not np.array_equal(model.engine.columns.savings, made.savings)
    found, again = households_at_start(config, load())
    for name in LAYOUT:
        assert np.array_equal(getattr(made, name), getattr(found, name)), name
    assert counted.keys() == again.keys()
    assert all(np.array_equal(counted[name], again[name]) for name in counted)
    other, _ = households_at_start(config.replace(run__end="2014-04"), load())
    assert len(other) > len(found)
