"""Whatever is asked wrongly is told in a line that names what, where and what is allowed, and leaves no trace."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from fake_model import install, run_model

from sim import config as parameter_table
from sim.cli import main
from sim.compose import compose
from sim.config import Config
from sim.data import loader
from sim.errors import RequestError
from sim.results import identity
from sim.study import run_folder, staged

RUN = ("run", "run.end=2014-03")
MINE = ("run", "scenarios=mine")
T = "# Why?\ntitle: Mine\n"


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    install(monkeypatch)


def everything() -> list[tuple[str, bytes]]:
    return sorted((str(p), p.read_bytes() if p.is_file() else b"") for p in Path.cwd().rglob("*"))


def refused(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    """Return the one line that a wrong request is told in; nothing is printed or written besides."""
    before = everything()
    status = main(words)
    captured = capsys.readouterr()
    assert (status, captured.out) == (2, ""), captured
    assert everything() == before
    (line,) = captured.err.splitlines()
    assert "Error:" not in line
    return line


def mine(text: str | bytes) -> None:
    Path("scenarios").mkdir()
    Path("scenarios/mine.yaml").write_bytes(text if isinstance(text, bytes) else text.encode())


@pytest.mark.parametrize(
    ("words", "part"),
    [
        (("scenarios=[]",), "`pathways list`"),
        (("scenarios=[null]",), "needs a name"),
        (("scenarios=mine.yaml",), "unknown scenario 'mine.yaml'"),
        (("seed=[1,2]",), "seed: [1, 2] is not a number (0 to 2147483647)"),
        (("seed=",), "seed: '' is not a number"),
        (("seed=\n3",), "cannot be read as key=value"),
        (("+seed=3",), "is there already; write seed=..."),
        (("+border=open_2019",), "is there already; write border=..."),
        (("foo=1",), "one of scenarios, policies.*, seed"),
        (("behaviour.a=1",), "did you mean 'behaviour.a.SLV'"),
        (("behaviour.ensemble_member=9999",), "9999 is no member of the ensemble ("),
        (("policies={}",), "by its path, such as policies."),
        (("run.end=2012-12",), "2013-01 to 2035-12"),
        (("run.start=2031-01",), "run.end: 2030-12 is before run.start, 2031-01"),
        (("run.output=1e5",), "quote a text"),
        (("run.output='a\0b'",), "cannot be printed"),
        ((f"run.output={'x' * 300}",), "cannot be used: File name too long"),
        (("run.output=/proc/x",), "/proc/x: cannot be written"),
        (("run.output=/dev/null/x",), "/dev/null is a file"),
        (("run.output=~nobody_of_that_name/x",), "run.output: ~nobody_of_that_name/x"),
        (("scenarios=labour_visas_50k", "policies.labour_places.duration_months=inf"), "duration_months: inf"),
        (("scenarios=labour_visas_50k", "policies.labour_places.places_per_year.usa_h2a=1e300"), "out of range"),
        (("drivers.dryness_file=gone.csv",), "drivers.dryness_file: gone.csv: cannot be read: No such file"),
        (("drivers.dryness_file=.",), "drivers.dryness_file: .: cannot be read: Is a directory"),
    ],
)
def test_a_wrong_override_leaves_no_trace(
    capsys: pytest.CaptureFixture[str], words: tuple[str, ...], part: str
) -> None:
    assert part in refused(capsys, "run", *words)


@pytest.mark.parametrize(
    ("words", "part"),
    [
        (("baseline", "chek"), "did you mean 'check'"),
        (("calibrate", "levle"), "did you mean 'level'"),
        (("explain", "baseline", "x"), "one word too many: 'x'"),
        (("run", "--jso"), "unknown option '--jso'"),
        (("compare", "/", "baseline"), "no complete run '/'"),
        (("compare", "", "baseline"), "no complete run ''"),
        (("verify", "baseline+null_policy"), "run scenarios=[baseline,null_policy]"),
        (("verify", "labour_visas_50k"), "make it with: pathways run scenarios=labour_visas_50k"),
    ],
)
def test_a_wrong_command_leaves_no_trace(capsys: pytest.CaptureFixture[str], words: tuple[str, ...], part: str) -> None:
    assert part in refused(capsys, *words)


@pytest.mark.parametrize(
    ("text", "part"),
    [
        (T + "policies:\n\tenforcement: {}\n", "line 4: malformed YAML: found character '\\t'"),
        ("title: {A\n", "malformed YAML"),
        ("title: A\npolicies:\n  enforcement: {start: 2026-01, start: 2027-01}\n", "line 3: key"),
        ("title: A\npolicies: &p\n  enforcement: *p\n", "&anchors and *aliases are not read"),
        ("title: A\npolicies:\n  enforcement: {end: !!timestamp 2026-01-01}\n", "the tag"),
        ("title: caf\xe9\n".encode("latin-1"), "mine.yaml: cannot be read: not UTF-8 text (byte 11)"),
        (b"title: A\0\n", "malformed YAML"),
        ("", "must be a mapping of keys to values"),
        ("title: A\n---\ntitle: B\n", "another document"),
        ("title: " + "[" * 3000 + "\n", "malformed YAML"),
        ('title: "A\\nB"\n', "a text of one line"),
        (T + "policies: []\n", "line 3: policies: must be a mapping"),
        (T + "settings: false\n", "line 3: settings: must be a mapping"),
        (T + "settings: {border.p_det: 010}\n", "'010' is not a number"),
        (T + "settings: {run.output: /tmp/elsewhere}\n", "belongs to the run"),
        (T + "settings: {seed: 3}\n", "belongs to the run"),
        (T + "policies:\n  enforcement: {start: 2027-01, end: 2026-01}\n", "2026-01 is before start 2027-01"),
        (T + "policies: {drought: {when: {series: tightness, over: 1, of: GTM}}}\n", "is the same everywhere"),
        (T + "policies: {drought: {when: {series: dryness, over: .inf}}}\n", "inf is never passed"),
        (T + "policies: {cash_transfer: {target: {quintile: [6]}}}\n", "unknown '6'; one of 1, 2, 3, 4, 5"),
        (T + "policies: {cash_transfer: {target: {quintile: [true]}}}\n", "unknown 'True'; one of 1, 2, 3, 4, 5"),
        (T + "policies: {cash_transfer: {target: {quintile: [1.0]}}}\n", "unknown '1.0' (did you mean '1'?)"),
        (T + "policies: {drought: {target: {countries: [GTN]}}}\n", "(did you mean 'GTM'?); one of SLV, GTM, HND"),
        (T + "policies: {drought: {target: {departments: [GT-99]}}}\n", "; ISO 3166-2 codes"),
        (T + "policies:\n  enforcement: {_target_: os.system}\n", "_target_: unknown setting"),
    ],
)
def test_a_malformed_scenario_leaves_no_trace(
    capsys: pytest.CaptureFixture[str], text: str | bytes, part: str
) -> None:
    mine(text)
    line = refused(capsys, *MINE)
    assert "scenarios/mine.yaml" in line
    assert part in line


def test_a_scenario_that_is_no_file_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    Path("scenarios/mine.yaml").mkdir(parents=True)
    assert "scenarios/mine.yaml: is not a file" in refused(capsys, *MINE)
    Path("scenarios/other.yml").write_text(T)
    assert "must be named .yaml" in refused(capsys, "run", "scenarios=other")
    os.symlink("nowhere", "scenarios/lost.yaml")
    assert "scenarios/lost.yaml: cannot be read" in refused(capsys, "run", "scenarios=lost")


def test_the_baseline_of_ones_own_sets_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    Path("scenarios").mkdir()
    Path("scenarios/baseline.yaml").write_text(T + "policies: {enforcement: {interior_multiplier: 2}}\n")
    assert "the baseline sets nothing" in refused(capsys, *RUN)


def test_a_scenario_that_hides_a_shipped_one_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    Path("scenarios").mkdir()
    Path("scenarios/null_policy.yaml").write_text(T)
    assert main(["list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line for line in lines if line.endswith("scenarios/null_policy.yaml")] == [
        line for line in lines if line.startswith("null_policy ")
    ]


def test_a_scenario_given_twice_is_given_once() -> None:
    assert compose(["scenarios=[null_policy,null_policy]"]) == compose(["scenarios=null_policy"])


@pytest.mark.parametrize("path", ["with space and ñ", "~/años", "a, b (c)", "trail/", "./x"])
def test_any_path_can_be_given_as_it_is(path: str) -> None:
    assert compose([f"run.output={path}"])["run.output"] == path


def test_common_overrides_compose() -> None:
    asked = ["border=open_2019", "seed=7", "run.threads=2", "engine=agents", "scenarios=labour_visas_50k"]
    config = compose([*asked, "policies.labour_places.start=2027-01"])
    assert [config[key] for key in ("border.regime", "seed", "run.threads", "engine")] == ["open_2019", 7, 2, "agents"]
    assert config.policies["labour_places"]["start"] == "2027-01"


def tables(monkeypatch: pytest.MonkeyPatch, change: Callable[[Path], None]) -> None:
    """Let the loader read a copy of the figures with something changed, and use the real model."""
    shutil.copytree(loader.HERE, "data", ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    change(Path("data"))
    monkeypatch.setattr(loader, "HERE", Path("data").resolve())
    monkeypatch.delitem(sys.modules, "sim.model")


def edited(name: str, old: str, new: str) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        path = folder / name
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new, 1), encoding="utf-8")

    return change


def backwards(folder: Path) -> None:
    head, *rows = (folder / "departments.csv").read_text(encoding="utf-8").splitlines()
    (folder / "departments.csv").write_text("\n".join([head, *reversed(rows)]), encoding="utf-8")


@pytest.mark.parametrize(
    ("change", "part"),
    [
        (lambda folder: (folder / "country_month.csv").unlink(), "country_month.csv: the table is missing"),
        (lambda folder: (folder / "people.csv").write_text(""), "people.csv: the file is empty"),
        (lambda folder: (folder / "places.csv").write_bytes(b"\xff"), "places.csv: cannot be read: not UTF-8"),
        (edited("departments.csv", "13.8592", "north"), "departments.csv row 2, column lat: 'north'"),
        (backwards, "departments.csv: rows must be in the order"),
    ],
)
def test_a_table_that_is_missing_or_corrupt_is_told(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, change: Callable[[Path], None], part: str
) -> None:
    tables(monkeypatch, change)
    assert part in refused(capsys, *RUN)


@pytest.fixture
def _fresh_parameters() -> Iterator[None]:
    parameter_table.parameters.cache_clear()
    yield
    parameter_table.parameters.cache_clear()


@pytest.mark.usefixtures("_fresh_parameters")
@pytest.mark.parametrize(
    ("change", "part"),
    [
        (lambda folder: (folder / "parameters.csv").unlink(), "parameters.csv: cannot be read: No such file"),
        (lambda folder: (folder / "parameters.csv").write_text(""), "parameters.csv: the file is empty"),
        (edited("parameters.csv", "path,default", "path,defualt"), "row 1: columns must be path,default"),
        (edited("parameters.csv", "seed,1,int", "seed,one,int"), "row 2 (seed): column default: 'one' is no int"),
        (edited("parameters.csv", "seed,1,int", "seed,-1,int"), "row 2 (seed): column default: seed: -1 is out of"),
        (edited("parameters.csv", "seed,1,int", "seed,1,itn"), "row 2 (seed): kind 'itn'"),
        (edited("parameters.csv", "run.start,", "seed,"), "path given twice"),
    ],
)
@pytest.mark.parametrize("words", [("list",), RUN])
def test_a_corrupt_table_of_parameters_is_told(
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    words: tuple[str, ...],
    change: Callable[[Path], None],
    part: str,
) -> None:
    Path("data").mkdir()
    shutil.copy(parameter_table.TABLE, "data")
    monkeypatch.setattr(parameter_table, "TABLE", Path("data/parameters.csv").resolve())
    change(Path("data"))
    assert part in refused(capsys, *words)


def test_what_a_file_of_ones_own_holds_is_part_of_a_run() -> None:
    Path("d.csv").write_text("month,department,value\n2026-01,SV-SS,1\n")
    one = compose(["drivers.dryness_file=d.csv"])
    first = identity(one), run_folder(one)
    Path("d.csv").write_text("month,department,value\n2026-01,SV-SS,2\n")
    assert identity(one) != first[0]
    assert run_folder(one) != first[1]


def test_a_wrong_file_of_ones_own_names_its_parameter(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("d.csv").write_text("month,country,value\n2026-01,MEX,1\n")
    monkeypatch.delitem(sys.modules, "sim.model")
    line = refused(capsys, *RUN, "drivers.dryness_file=d.csv")
    assert "drivers.dryness_file: d.csv row 2, column country: 'MEX' is unknown for dryness; one of SLV" in line


def test_a_damaged_run_is_told_before_anything_is_read_from_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*RUN, "run.output=out"]) == 0
    kept = Path("out/flows.parquet").read_bytes()
    capsys.readouterr()
    for name, content, part in (
        ("flows.parquet", kept[:-9], "flows.parquet: the run is damaged: no whole Parquet file"),
        ("provenance.json", b"{", "provenance.json: the run is damaged"),
        ("config.yaml", b"seed: [", "config.yaml line 1: malformed YAML"),
    ):
        before = Path("out", name).read_bytes()
        Path("out", name).write_bytes(content)
        assert part in refused(capsys, *RUN, "run.output=out")
        Path("out", name).write_bytes(before)


def test_a_link_or_an_empty_folder_takes_a_run(capsys: pytest.CaptureFixture[str]) -> None:
    Path("real").mkdir()
    os.symlink("real", "link")
    assert main([*RUN, "run.output=link"]) == 0
    assert (Path("real") / "status.json").is_file()
    assert Path("link").is_symlink()
    assert main([*RUN, "run.output=real/../next"]) == 0
    assert (Path("next") / "status.json").is_file()


def made_while_another_is(folder: str, config_hash: str) -> None:
    """Put a run into a folder while another process, here this one, is at work on the same folder."""
    with staged(Path(folder), config_hash) as late:
        (late / "mine").write_text("late")
        assert main([*RUN, f"run.output={folder}"]) == 0


def test_the_same_run_made_twice_at_once_is_kept_once() -> None:
    made_while_another_is("out", identity(compose(RUN[1:])))
    assert not (Path("out") / "mine").exists()
    with pytest.raises(RequestError, match="another run was put there"):
        made_while_another_is("other", "another")
    assert sorted(path.name for path in Path.cwd().iterdir()) == ["other", "out"]


def test_a_full_disk_fails_and_leaves_nothing(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("sim.study.write_run", full)
    assert main([*RUN, "run.output=out"]) == 1
    assert "out: the run was not written: [Errno 28] No space left" in capsys.readouterr().err
    assert not list(Path.cwd().iterdir())


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_a_run_and_leaves_nothing(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, number: signal.Signals
) -> None:
    def stopped(config: Config, on_month: Callable[[int], None]) -> None:
        try:
            os.kill(os.getpid(), number)
            run_model(config, on_month)
        except KeyboardInterrupt:
            raise RuntimeError("Query interrupted") from None  # as a library may

    before = {each: signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM)}
    install(monkeypatch, stopped)
    try:
        assert main([*RUN, "seed=4"]) == 128 + number
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)
    assert "repeat with: pathways run run.end=2014-03 seed=4" in capsys.readouterr().err
    assert not list(Path.cwd().iterdir())


def test_comparing_what_is_no_pair_or_cannot_be_written_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    to_2026 = ("run", "run.end=2026-01")
    for seed in (1, 2):
        assert main([*to_2026, f"seed={seed}", f"run.output=r{seed}"]) == 0
    assert main([*to_2026, "scenarios=null_policy", "run.output=r3"]) == 0
    capsys.readouterr()
    assert "r2 is no pair of r1: seed is 2, not 1" in refused(capsys, "compare", "r1", "r2")
    both = ("--csv", "a.csv", "--json", "no/b.json")
    for words in (("--csv", "/proc/x"), ("--json", "r1"), both, ("--html", "a\0b")):
        assert "cannot be written" in refused(capsys, "compare", "--quick", "r1", "r3", *words)


@pytest.mark.parametrize(
    ("words", "part"),
    [
        (("--quick", "--seeds", "2"), "leave out it or --seeds"),
        (("--share", "0.01", "--members", "0"), "give one of them"),
        (("--members", "99999"), "the ensemble has"),
        (("--csv", "a", "--html", "./a"), "--csv and --html both name a"),
        (("--xlsx", "no/a"), "the folder no does not exist"),
    ],
)
def test_options_that_cannot_be_met_are_told_before_the_work(
    capsys: pytest.CaptureFixture[str], words: tuple[str, ...], part: str
) -> None:
    assert part in refused(capsys, "compare", "r1", "r2", *words)


def test_a_scenario_beside_those_that_are_asked_for_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    words = ("labour_visas_50k", "policies.labour_places.rotation=0,1", "scenarios=null_policy")
    assert "name the scenarios first" in refused(capsys, "dose", *words)
    assert "leave out scenarios=" in refused(capsys, "check", "--quick", "scenarios=null_policy")
    assert "seed: 'x' is not a number" in refused(capsys, "check", "--quick", "seed=x")


@pytest.mark.parametrize(("name", "part"), [("a\0b", "'a\\x00b'"), ("a\nb", "'a\\nb'")])
def test_a_name_that_cannot_be_printed_is_told_in_one_line(
    capsys: pytest.CaptureFixture[str], name: str, part: str
) -> None:
    assert part in refused(capsys, "compare", name, "baseline")


def test_a_policy_that_begins_after_the_run_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    line = refused(capsys, *RUN, "scenarios=labour_visas_50k")
    assert "scenarios/labour_visas_50k.yaml: policies.labour_places.start: 2026-01 is after run.end, 2014-03" in line
    assert "allowed 2013-01 to 2014-03" in line
    assert main([*RUN, "scenarios=null_policy"]) == 2
    first, second = capsys.readouterr().err.splitlines()
    assert "/null_policy.yaml: policies.regional_coordination.start and 3" in first
    assert "/null_policy.yaml: policies.hold_places.from: 2021-10 is after" in second
    line = refused(capsys, "run", "scenarios=labour_visas_50k", "policies.labour_places.start=2031-01")
    assert line.startswith("pathways: policies.labour_places.start: 2031-01 is after run.end, 2030-12")
    mine(T + "policies: {hold_places: {pathways: [usa_h2a], at_fiscal_year: 2021, from: 2021-10}}\n")
    assert "mine.yaml: policies.hold_places.from: 2021-10" in refused(capsys, *RUN, "scenarios=mine")
    assert main(["run", "run.end=2021-10", "scenarios=mine"]) == 0


def test_runs_with_other_settings_are_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*RUN]) == 0
    capsys.readouterr()
    assert "there is: baseline+" in refused(capsys, "verify", "baseline")


def test_a_reader_that_stops_reading_is_no_failure() -> None:
    code = "from sim.cli import main; raise SystemExit(main(['list']))"
    command = f"{sys.executable} -c \"{code}\" | head -c 1; exit ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True)
    assert done.returncode in (0, 128 + signal.SIGPIPE)
    assert done.stderr == ""


def test_a_terminal_without_the_letters_and_a_folder_that_is_gone() -> None:
    mine(T.replace("Mine", "Años"))
    code = "from sim.cli import main; raise SystemExit(main(['list']))"
    plain = {**os.environ, "LC_ALL": "C", "PYTHONIOENCODING": "ascii", "COLUMNS": "1", "NO_COLOR": "1"}
    done = subprocess.run([sys.executable, "-c", code], env=plain, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    assert "A?os" in done.stdout
    gone = f"import os; os.mkdir('gone'); os.chdir('gone'); os.rmdir('../gone'); {code}"
    done = subprocess.run([sys.executable, "-c", gone], capture_output=True, text=True)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "the current folder cannot be used" in done.stderr
