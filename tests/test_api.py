"""The public names: each is there, and asking for one loads nothing else before it is needed."""

import subprocess
import sys

import pytest

import sim


def test_every_public_name_is_what_its_module_defines() -> None:
    from sim.compose import compose
    from sim.config import Config
    from sim.model import MigrationModel, run_model
    from sim.results import RunResult

    found = {name: getattr(sim, name) for name in sim.__all__}
    assert found == {
        "Config": Config, "MigrationModel": MigrationModel, "RunResult": RunResult, "configure": compose,
        "run_model": run_model,
    }  # fmt: skip


def test_a_wrong_name_is_told_what_there_is() -> None:
    with pytest.raises(AttributeError, match="it has Config, MigrationModel, RunResult, configure, run_model"):
        _ = sim.compos


def test_importing_the_package_loads_no_engine() -> None:
    code = "import sim, sys; sys.exit('numba' in sys.modules or 'mesa' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
