"""Make a run, whole or not at all, and find those that were made.

Runs live in runs/<study>/<scenario or a+b>[+<hash8>]/member=central|017/seed=0001 in the current folder. The hash
names overrides beyond the scenarios' own, so that two worlds never share a folder. A run is written into a
folder beside its target and renamed at the end.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np

from sim.codes import month_name
from sim.config import Config, default_config
from sim.csvfile import own_path
from sim.ensemble import MEMBER, base_config, member_name
from sim.errors import RequestError, WorkError, nearest, unreadable
from sim.results import COMPLETE, NEUTRAL, RunResult, digest, identity, own_files, provenance, recorded_hash, write_run
from sim.scenarios import find_scenarios, stack

RUNS = Path("runs")
STUDY = "default"
SIGNALS = (signal.SIGINT, signal.SIGTERM)
"""What stops a run; held back while a stopped run is cleared away."""


def run_folder(config: Config) -> Path:
    """Return the folder of a run: `run.output`, or its place below runs/."""
    if config["run.output"]:
        try:
            folder = own_path(config["run.output"])
            return folder.resolve() if ".." in folder.parts else folder
        except ValueError as error:
            raise RequestError(f"run.output: {config['run.output']}: {error}") from None
    name = "+".join(config.scenarios)
    changed = _changed(config)
    if changed:
        name += f"+{digest(changed)[:8]}"
    return RUNS / STUDY / name / member_folder(config[MEMBER]) / f"seed={config['seed']:04d}"


def member_folder(number: int | None) -> str:
    """Return the name of the folder of a member's runs: member=central, member=017."""
    return f"member={member_name(number)}"


def make_run(config: Config, folder: Path, on_month: Callable[[int], None]) -> RunResult:
    """Run a configuration and write it to a folder; `on_month` is told the index of each month that is done.

    Raises:
        RequestError: the folder cannot be written, or a table of figures is wrong; nothing is written.
        WorkError: the run failed, or the disk is full; nothing is left behind.

    """
    with staged(folder, identity(config)) as stage, (stage / "run.log").open("w", encoding="utf-8", buffering=1) as log:
        from sim.model import run_model

        began = time.monotonic()

        def told(month: int) -> None:
            log.write(f"{time.monotonic() - began:9.2f} s  {month_name(month)}\n")
            on_month(month)

        log.write(f"{config.title}\nconfiguration {identity(config)}\n")
        record, seconds, peak = run_model(config, on_month=told)
        write_run(stage, config, record, seconds, peak)
        log.write(f"{time.monotonic() - began:9.2f} s  written\n")
    return RunResult.open(folder)


def differences(result: RunResult, on_month: Callable[[int], None] = lambda month: None) -> list[str]:
    """Run a recorded configuration again and return one sentence for each table that is not the same."""
    before = result.flows, result.stocks  # a damaged run is told before the long part
    from sim.model import run_model

    record, *_ = run_model(result.config, on_month=on_month)
    found = []
    for name, again, recorded in (
        ("flows", record.flow_rows(), before[0]),
        ("stocks", record.stock_rows(), before[1]),
    ):
        rows = len(recorded["month"]), len(again["month"])
        if rows[0] != rows[1]:
            found.append(f"{name}: {rows[0]} rows recorded, {rows[1]} now")
            continue
        for column, values in recorded.items():
            wrong = np.flatnonzero(values != again[column].astype(values.dtype))
            if len(wrong):
                row = wrong[0]
                place = f"first in row {row}: {values[row]} recorded, {again[column][row]} now"
                found.append(f"{name}: {len(wrong)} of {rows[0]} rows differ in {column}, {place}")
    return found


def as_baseline(config: Config) -> Config:
    """Return the baseline of a run: its overrides, without its policies and the settings of its scenarios."""
    defaults = base_config(config[MEMBER])
    own = {path for scenario in stack(config.scenarios) for path in scenario.settings}
    values = {path: defaults[path] if path in own else value for path, value in config.values.items()}
    return Config(MappingProxyType({**values, "run.output": None}))


def baseline_beside(config: Config) -> RunResult | None:
    """Return the complete baseline of a run (same seed, share, dates), unless it is the run itself."""
    baseline = as_baseline(config)
    folder = run_folder(baseline)
    if identity(baseline) == identity(config) or not is_complete(folder):
        return None
    return RunResult.open(folder) if recorded_hash(folder) == identity(baseline) else None


def made_otherwise(result: RunResult) -> list[str]:
    """Return what made a recorded run that has changed since: 'version', 'commit', 'data'."""
    now = provenance(result.config)
    return [key for key in ("version", "commit", "data") if result.provenance.get(key) != now[key]]


def find_run(name: str) -> Path:
    """Return the folder of a complete run, given by its folder or by a scenario's name.

    Raises:
        RequestError: there is none, or several and none of them is the first seed's.

    """
    if not name.isprintable():
        raise RequestError(f"no complete run {name!r}: it has a character that cannot be printed")
    if is_complete(Path(name)):
        return Path(name)
    plain = bool(name) and Path(name).name == name
    below = (RUNS / STUDY / name).glob(f"*/*/{COMPLETE}") if plain else ()
    found = sorted(status.parent for status in below if not status.parent.name.startswith("."))
    first = RUNS / STUDY / name / member_folder(None) / f"seed={default_config()['seed']:04d}"
    if len(found) == 1 or first in found:
        return first if first in found else found[0]
    if found:
        raise RequestError(f"'{name}' has {len(found)} runs; name one: {', '.join(map(str, found))}")
    known = [folder.name for folder in (RUNS / STUDY).iterdir()] if (RUNS / STUDY).is_dir() else []
    names = name.split("+")
    makes = names[0] if len(names) == 1 else f"[{','.join(names)}]"
    hint = f"; make it with: pathways run scenarios={makes}" if all(one in find_scenarios() for one in names) else ""
    where = f" in {RUNS / STUDY}" if plain else ""
    near = [folder for folder in known if folder.startswith(f"{name}+")]
    other = f" (there is: {', '.join(near)})" if near else "" if hint else nearest(name, [*known, *find_scenarios()])
    raise RequestError(f"no complete run '{name}'{where}{other}{hint}")


def _changed(config: Config) -> dict[str, Any]:
    """Return what overrides changed, by path: values (of files the content) and policies but the scenarios' own."""
    expected: dict[str, Any] = dict(base_config(config[MEMBER]).values)
    policies: dict[str, Any] = {}
    for scenario in stack(config.scenarios):
        expected.update(scenario.settings)
        policies.update(scenario.policies)
    changed: dict[str, Any] = {
        path: value
        for path, value in config.values.items()
        if path not in (*NEUTRAL, "seed", MEMBER) and value != expected[path]
    }
    changed.update({path: content for path, content in own_files(config).items() if path in changed})
    if digest(policies) != digest(config.policies):
        changed["policies"] = config.policies
    return changed


def is_complete(folder: Path) -> bool:
    """Return whether a whole run lies in a folder."""
    return (folder / COMPLETE).is_file()


def refuse_folder(folder: Path, config: Config) -> None:
    """Raise RequestError unless this run lies complete in the folder or can be put there."""
    try:
        file = next((place for place in (folder, *folder.parents) if place.exists() and not place.is_dir()), None)
        if file:
            what = "" if file == folder else f"cannot be written: {file} "
            raise RequestError(f"{folder}: {what}is a file, not a folder; name another run.output")
        if is_complete(folder):
            if recorded_hash(folder) != identity(config):
                what = "holds a run of another configuration, or of other parameters of the program"
                raise RequestError(f"{folder}: {what}; move it away or name another run.output")
        elif folder.is_dir() and any(folder.iterdir()):
            raise RequestError(f"{folder}: is not empty and holds no complete run; name another run.output")
        elif folder.is_mount() or folder.resolve() == Path.cwd():
            raise RequestError(f"{folder}: cannot be replaced by a whole run; name a folder inside it")
    except OSError as error:
        raise RequestError(f"{folder}: cannot be used: {unreadable(error)}; name another run.output") from None


@contextlib.contextmanager
def staged(folder: Path, config_hash: str = "") -> Iterator[Path]:
    """Give a folder beside the target to write into; rename it at the end, or remove every trace of it.

    config_hash: of the run; if the same run came to lie in the folder meanwhile, that one stays.

    Raises:
        RequestError: the place cannot be written, or another run was put there meanwhile; nothing is left behind.
        WorkError: writing failed, as on a full disk; nothing is left behind.

    """
    target = folder.resolve()
    made = [parent for parent in target.parents if not parent.exists()]
    stage = target.with_name(f".{target.name}.{os.getpid()}-{time.time_ns():x}")
    try:
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            stage.mkdir()
        except OSError as error:
            raise RequestError(f"{folder}: cannot be written: {unreadable(error)}") from None
        try:
            yield stage
            for path in (*stage.iterdir(), stage):
                _sync(path)
            _put(stage, target, config_hash)
            _sync(target.parent)
        except OSError as error:
            raise WorkError(f"{folder}: the run was not written: {error}") from None
    except BaseException:
        with _undisturbed():
            shutil.rmtree(stage, ignore_errors=True)
            _remove_empty(made)
        raise


@contextlib.contextmanager
def replaced(path: Path) -> Iterator[Path]:
    """Give a file beside the target to write; it takes the target's place when it is whole, or vanishes."""
    begun = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        yield begun
        _sync(begun)
        begun.replace(path)
    finally:
        begun.unlink(missing_ok=True)


def _put(stage: Path, target: Path, config_hash: str) -> None:
    """Rename a whole run to its place, or drop it if the same run was put there meanwhile."""
    try:
        stage.rename(target)  # takes the place of an empty folder
    except OSError:
        if not is_complete(target):
            raise
        if recorded_hash(target) != config_hash:
            raise RequestError(f"{target}: another run was put there meanwhile; name another run.output") from None
        shutil.rmtree(stage)


@contextlib.contextmanager
def _undisturbed() -> Iterator[None]:
    """Hold back what would stop the process, so that what was begun is cleared away whole."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.signal(number, signal.SIG_IGN) for number in SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _remove_empty(folders: list[Path]) -> None:
    """Remove folders made for a run that did not come to be, deepest first, if they are empty."""
    for folder in folders:
        if folder.is_dir() and not any(folder.iterdir()):
            folder.rmdir()
