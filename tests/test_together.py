"""A ledger that is kept beside a run is used while it is whole and of this pair, and made again if it is not."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from synthetic_run import synthetic_run
from test_ledger import ledger_of, random_worlds

from analysis import together
from sim.compose import compose
from sim.errors import WorkError


def cut(folder: Path) -> None:
    whole = (folder / together.LEDGER).read_bytes()
    (folder / together.LEDGER).write_bytes(whole[:-50])


def of_another_pair(folder: Path) -> None:
    ledger_of(*random_worlds(50), 24).write(folder / together.LEDGER)


def gone(folder: Path) -> None:
    (folder / together.LEDGER).unlink()


def unreadable_note(folder: Path) -> None:
    (folder / together.OF).write_text("[")


def of_other_runs(folder: Path) -> None:
    note = json.loads((folder / together.OF).read_text())
    (folder / together.OF).write_text(json.dumps({**note, "reference": "another"}))


def a_folder(folder: Path) -> None:
    gone(folder)
    (folder / together.LEDGER).mkdir()


def test_a_ledger_that_cannot_be_kept_is_used_all_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ledger, said = ledger_of(*random_worlds(50), 24), []

    def refused(self: object, path: Path) -> None:
        raise WorkError("Operation not permitted")

    monkeypatch.setattr(together, "meetings", lambda configs, on_month: [SimpleNamespace(ledger=ledger)])
    monkeypatch.setattr(type(ledger), "write", refused)
    reference = synthetic_run(tmp_path / "baseline", compose([]))
    run = synthetic_run(tmp_path / "null", compose(["scenarios=null_policy"]))
    assert together.recorded_ledgers(reference, [run], said.append, lambda month: None) == [ledger]
    assert said[-1].endswith("null: the ledger is not kept: Operation not permitted")


@pytest.mark.parametrize(
    ("damage", "passes"),
    [(None, 1), (cut, 2), (of_another_pair, 2), (gone, 2), (unreadable_note, 2), (of_other_runs, 2), (a_folder, 2)],
)
def test_a_ledger_is_made_once_unless_it_is_damaged_or_of_another_pair(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, damage: Callable[[Path], None] | None, passes: int
) -> None:
    ledger, made, said = ledger_of(*random_worlds(100), 36), [], []

    def meetings(configs: Sequence[Any], on_month: Any) -> list[Any]:
        made.append(len(configs))
        return [SimpleNamespace(ledger=ledger) for _ in configs[1:]]

    monkeypatch.setattr(together, "meetings", meetings)
    reference = synthetic_run(tmp_path / "baseline", compose([]))
    run = synthetic_run(tmp_path / "null", compose(["scenarios=null_policy"]))
    together.recorded_ledgers(reference, [run], said.append, lambda month: None)
    if damage:
        damage(run.folder)
    (again,) = together.recorded_ledgers(reference, [run], said.append, lambda month: None)
    assert made == [2] * passes
    for name, values in ledger.columns.items():
        assert sorted(np.asarray(values).tolist()) == sorted(np.asarray(again.columns[name]).tolist())
    assert any("not kept" in sentence for sentence in said) == (damage is a_folder)
