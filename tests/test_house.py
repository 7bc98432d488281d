"""The house: who may import whom, what a module may hold, what is in the wheel, what stays out of git."""

from __future__ import annotations

import ast
import os
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
MAX_LINES, MAX_DOCSTRING_LINES = 400, 10

LAYERS = (
    (
        "errors", "codes", "config", "compiling", "cache", "numerics", "draws", "csvfile", "aligned", "data",
        "yamlfile", "language", "words", "reuse",
    ),
    ("world", "households", "population", "margins", "composition", "census_check", "start", "state", "rows", "limits"),
    ("rules",),
    (
        "blocks", "engine", "counters", "assemble", "pathways", "programmes", "schedule", "selection", "terms",
        "feedbacks", "policies",
    ),
    ("scenarios", "compose", "ensemble", "progress"),
    ("observation", "outcomes", "results"),
    ("model", "agents", "record", "panel", "conditions", "lockstep", "history", "beside"),
    ("study", "baseline"),
    ("cli", "commands", "explain", "sentences"),
)
"""A module of sim imports from its own layer and from those before it, never from one after it."""
SLOW = {"numba", "mesa", "hydra", "omegaconf", "scipy", "matplotlib", "duckdb", "pandas"}
IMPORTED_AS = {"hydra-core": "hydra", "mesa[network]": "mesa", "scikit-learn": "sklearn", "salib": "SALib"}
COME_ALONG = {"omegaconf", "yaml", "llvmlite", "joblib"}
"""With Hydra, numba and scikit-learn, which pin what they work with."""

SOURCES = {
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path
    for folder in ("sim", "analysis")
    for path in sorted((ROOT / folder).rglob("*.py"))
}
TREES = {name: ast.parse(path.read_text(encoding="utf-8")) for name, path in SOURCES.items()}
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def imported(tree, late=True):
    """Return the modules that a tree imports; `from a import b` gives both a and a.b.

    late: those imported only within functions, or only to check types, as well.
    """
    found = set()
    if isinstance(tree, ast.Import):
        found.update(alias.name for alias in tree.names)
    elif isinstance(tree, ast.ImportFrom):
        found.update({tree.module, *(f"{tree.module}.{alias.name}" for alias in tree.names)})
    for child in ast.iter_child_nodes(tree):
        typing_only = isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test)
        if late or not (typing_only or isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef)):
            found |= imported(child, late)
    return found


def loaded_with(name, seen=None):
    """Return the top-level packages that importing one of our modules loads, ours followed to the end."""
    seen = set() if seen is None else seen
    outside = set()
    for module in imported(TREES[name], late=False):
        if module.split(".")[0] not in ("sim", "analysis"):
            outside.add(module.split(".")[0])
        elif module in TREES and module not in seen:
            seen.add(module)
            outside |= loaded_with(module, seen)
    return outside


def layer(name):
    part = name.split(".")[1]
    places = [place for place, names in enumerate(LAYERS) if part in names]
    assert places, f"{name}: give it a place in LAYERS"
    return places[0]


def of_sim():
    return [name for name in TREES if name.startswith("sim.")]


def tracked():
    """Return the text files under version control, or skip where there is none."""
    if not (ROOT / ".git").exists():
        pytest.skip("not a checkout")
    names = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True)
    paths = [ROOT / name for name in names.stdout.split("\0") if name]
    return [path for path in paths if path.is_file() and b"\0" not in path.read_bytes()[:1024]]


@pytest.mark.parametrize("name", of_sim())
def test_imports_go_one_way(name):
    for module in imported(TREES[name]) & set(TREES):
        if module.startswith("sim."):
            assert layer(module) <= layer(name), f"{name} imports {module}"


def test_only_commands_reach_for_analysis():
    for name in (*of_sim(), "sim"):
        if name.startswith("sim.commands"):
            continue
        reached = {m for m in imported(TREES[name]) if m.startswith("analysis")}
        assert not reached, f"{name} imports {reached}"


def test_rules_know_nothing_of_the_framework():
    for name in TREES:
        if name.startswith("sim.rules"):
            assert not loaded_with(name) & {"mesa", "hydra", "omegaconf", "pandas"}, name


def test_the_command_starts_without_the_slow_libraries():
    for name in ("sim", "sim.cli"):
        if name in TREES:
            assert not loaded_with(name) & SLOW, name


def test_nothing_that_decides_draws_in_another_way():
    for name in (*of_sim(), "sim"):
        modules = {
            m for m in imported(TREES[name]) if m.split(".")[0] in ("random", "secrets") or "random" in m
        }
        attributes = {node.attr for node in ast.walk(TREES[name]) if isinstance(node, ast.Attribute)}
        assert not modules | attributes & {"random", "rng", "default_rng", "RandomState"}, name


def test_compiled_code_calls_no_library_for_its_arithmetic():
    """exp, log and powers of a library differ in their last bits between machines; ours are in `numerics`."""
    plain = {"sqrt", "rint", "float32", "float64", "empty", "zeros", "flatnonzero"}
    plain |= {f"{sign}int{size}" for sign in ("", "u") for size in (8, 16, 32, 64)}
    for name, tree in TREES.items():
        for function in ast.walk(tree):
            marks = {ast.unparse(mark) for mark in getattr(function, "decorator_list", ())}
            if not marks & {"compiled", "compiled_inside", "compiled_loop"}:
                continue
            for node in ast.walk(function):
                of = (
                    getattr(getattr(node, "value", None), "id", None)
                    if isinstance(node, ast.Attribute)
                    else None
                )
                assert of != "math", f"{name}.{function.name}: math.{node.attr}"
                assert of != "np" or node.attr in plain, f"{name}.{function.name}: np.{node.attr}"
                assert not isinstance(node, ast.Pow), f"{name}.{function.name}: **"


def test_every_library_in_use_is_declared_and_explained():
    declared = {re.split(r"[<>=~ ]", text)[0] for text in PROJECT["project"]["dependencies"]}
    used = {m.split(".")[0] for tree in TREES.values() for m in imported(tree)}
    outside = used - {"sim", "analysis"} - set(sys.stdlib_module_names)
    assert outside <= {IMPORTED_AS.get(name, name) for name in declared} | COME_ALONG
    table = (ROOT / "docs" / "dependencies.md").read_text(encoding="utf-8")
    for name in (*declared, *COME_ALONG - {"yaml"}, "pyyaml"):
        assert f"`{name}`" in table, f"docs/dependencies.md says nothing of {name}"


def test_every_library_has_one_exact_version_and_no_address():
    pins = PROJECT["tool"]["uv"]["constraint-dependencies"]
    assert all(re.fullmatch(r"[a-z0-9-]+==[0-9.]+", pin) for pin in pins)
    pinned = {pin.split("==")[0] for pin in pins}
    groups = PROJECT["dependency-groups"].values()
    wanted = [*PROJECT["project"]["dependencies"], *(text for group in groups for text in group)]
    assert {re.split(r"[\[<>=~ ]", text)[0] for text in wanted} <= pinned
    assert "://" not in (ROOT / "pyproject.toml").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", SOURCES)
def test_a_module_says_what_it_is_for_and_stays_short(name):
    text = SOURCES[name].read_text(encoding="utf-8")
    assert len(text.splitlines()) <= MAX_LINES
    if text.strip():
        assert len((ast.get_docstring(TREES[name]) or "").splitlines()) in range(1, MAX_DOCSTRING_LINES)


def test_nothing_is_left_to_do_and_no_machine_is_named():
    left = re.compile(r"\bTO" + r"DO\b|\bFIX" + r"ME\b")
    machine = re.compile(
        r"(?<![\w.])/(?:root|home|Users|work)/\w|://(?:localhost|127\.|10\.|192\.168\.|[^/\s]*pypi)|\.\./shared"
    )
    for path in tracked():
        if path == Path(__file__):
            continue
        for number, line in enumerate(
            path.read_text(encoding="utf-8", errors="replace").splitlines(), start=1
        ):
            found = left.search(line) or machine.search(line)
            assert not found, f"{path.relative_to(ROOT)}:{number}: {found.group()}"


def test_no_lock_file_no_run_and_no_compiled_file_is_tracked():
    names = [path.relative_to(ROOT).as_posix() for path in tracked()]
    assert not [name for name in names if re.search(r"uv\.lock$|^runs/|__pycache__|\.nb[ci]$|\.pyc$", name)]


def test_the_wheel_holds_code_figures_configurations_and_scenarios(tmp_path):
    uv = os.environ.get("UV") or shutil.which("uv")
    if uv is None:
        pytest.skip("uv, which builds the wheel, is not installed")
    build = [
        uv,
        "build",
        "--wheel",
        "--quiet",
        "--python",
        sys.executable,
        "--out-dir",
        str(tmp_path),
        str(ROOT),
    ]
    subprocess.run(build, check=True, stdin=subprocess.DEVNULL)
    (wheel,) = tmp_path.glob("*.whl")
    held = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    wanted = {path.relative_to(ROOT).as_posix() for path in SOURCES.values()}
    wanted |= {f"sim/data/{path.name}" for path in (ROOT / "sim" / "data").glob("*.csv")}
    wanted |= {path.relative_to(ROOT).as_posix() for path in (ROOT / "sim" / "locale").rglob("*.po")}
    for folder in ("configs", "scenarios"):
        files = (path for path in (ROOT / folder).rglob("*") if path.is_file())
        wanted |= {f"sim/_shipped/{path.relative_to(ROOT).as_posix()}" for path in files}
    assert wanted <= held
    assert all(name.startswith(("sim/", "analysis/")) for name in held)
    assert not [name for name in held if "__pycache__" in name or name.endswith((".nbi", ".nbc"))]
