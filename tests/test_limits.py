"""What the machine lacks is told before the start: memory with the share that fits, threads beyond its cores."""

from __future__ import annotations

import re

import pytest
from small_model import small_config

from sim import limits
from sim.cli import main
from sim.commands import WRONG
from sim.composition import build_tables
from sim.config import default_config
from sim.data.loader import load
from sim.errors import RequestError, note
from sim.limits import BYTES_A_HOUSEHOLD, FIXED_BYTES, HOUSEHOLDS, check_machine, cores, free_memory
from sim.lockstep import run_together
from sim.model import MigrationModel

GROUP, FIRST = "sys/fs/cgroup", "sys/fs/cgroup/memory"
AVAILABLE = 3000 * 1024
MEMINFO = {"proc/meminfo": "MemTotal:       9000 kB\nMemAvailable:   3000 kB\n"}


@pytest.mark.parametrize(("files", "free"), [
    ({}, None),
    (MEMINFO, AVAILABLE),
    ({**MEMINFO, "proc/self/cgroup": "0::/\n", f"{GROUP}/memory.max": "2000\n"}, 2000),
    ({"proc/self/cgroup": "0::/a/b\n", f"{GROUP}/a/memory.max": "1000\n", f"{GROUP}/memory.max": "2000"}, 1000),
    ({**MEMINFO, "proc/self/cgroup": "0::/a\n", f"{GROUP}/a/memory.max": "max\n"}, AVAILABLE),
    ({**MEMINFO, "proc/self/cgroup": "5:cpu:/\n4:memory:/a\n", f"{FIRST}/memory.limit_in_bytes": "700"}, 700),
    ({**MEMINFO, "proc/self/cgroup": "4:memory:/a\n", f"{FIRST}/a/memory.limit_in_bytes": f"{2**63}"}, AVAILABLE),
])  # fmt: skip
def test_free_memory_is_that_of_the_machine_or_of_the_control_group(tmp_path, files, free):
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    assert free_memory(tmp_path) == free


def test_too_little_memory_is_told_with_the_share_that_fits(monkeypatch):
    monkeypatch.setattr(limits, "free_memory", lambda: FIXED_BYTES + HOUSEHOLDS * BYTES_A_HOUSEHOLD // 3)
    with pytest.raises(RequestError, match=r"population\.share=1 needs .* GB .*; population\.share=0\.333 fits"):
        check_machine(default_config(population__share=1))
    check_machine(default_config(population__share=0.333))
    with pytest.raises(RequestError, match=r"share=0\.333 .* 3 worlds .*share=0\.111 fits"):
        check_machine(default_config(population__share=0.333), 3)
    monkeypatch.setattr(limits, "free_memory", lambda: FIXED_BYTES)
    with pytest.raises(RequestError, match="free some memory"):
        check_machine(default_config())
    monkeypatch.setattr(limits, "free_memory", lambda: None)
    check_machine(default_config(population__share=1))


def test_a_run_that_does_not_fit_is_refused_before_it_begins(monkeypatch, tmp_path, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(limits, "free_memory", lambda: 10**9)
    assert main(["run", "population.share=1"]) == WRONG
    assert re.search(r"population\.share=0\.\d+ fits", capsys.readouterr().err)
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(RequestError, match="2 worlds"):
        run_together([default_config(population__share=0.5)] * 2)


def test_the_memory_told_is_that_of_the_households_and_of_what_a_month_changes():
    number = build_tables(default_config(), load(), 0).number
    assert number.sum() == pytest.approx(HOUSEHOLDS, rel=0.001)
    rows = MigrationModel(small_config()).engine.columns
    assert sum(column.nbytes for column in rows) == BYTES_A_HOUSEHOLD * len(rows.id)


def test_more_threads_than_cores_are_noted_and_fewer_than_none_refused(monkeypatch, caplog):
    note.cache_clear()
    check_machine(default_config(run__threads=cores()))
    assert caplog.messages == []
    check_machine(default_config(run__threads=cores() + 1))
    assert f"run.threads={cores() + 1}" in caplog.text
    with pytest.raises(RequestError, match=r"run\.threads: -1 is out of range"):
        default_config(run__threads=-1)
    monkeypatch.delattr("os.sched_getaffinity", raising=False)
    assert cores() >= 1
