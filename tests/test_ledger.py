"""The paired ledger: every journey is in it once, labels are what they say, totals are those of the two worlds."""

from __future__ import annotations

from types import SimpleNamespace

import duckdb
import numpy as np
import pytest
from small_model import BUSY, MANY_PLACES, small_model

from analysis.chance import N_PARTS, jackknife, parts_of
from analysis.ledger import WINDOW, PairLedger
from analysis.ledger_codes import FATES, GROUPS
from analysis.ledger_table import LedgerTable, totals_by_way
from sim.codes import PATHWAYS, month_index
from sim.errors import RequestError, WorkError
from sim.state import QUEUED
from sim.world.geography import DEPARTMENTS, department_country

FIRST = month_index("2026-01")
H2A, REFUGEE = PATHWAYS.index("usa_h2a"), PATHWAYS.index("usa_refugee")
SMUGGLER, OWN, MEXICO = map(PATHWAYS.index, ("irregular_usa_smuggler", "irregular_usa_own", "irregular_mex"))
INSIDE = PATHWAYS.index("internal")


def world(n=1, weight=1, seed=0):
    """Return columns of n households that do nothing."""
    draw = np.random.default_rng(seed)
    return SimpleNamespace(
        id=draw.integers(0, 2**63, n).astype(np.uint64), weight=np.full(n, weight, np.int32),
        department=draw.integers(0, 54, n).astype(np.int8), rural=draw.integers(0, 2, n).astype(np.uint8),
        quintile=draw.integers(1, 6, n).astype(np.uint8), female_head=draw.integers(0, 2, n).astype(np.uint8),
        indigenous=draw.integers(0, 2, n).astype(np.uint8), plan=np.zeros(n, np.uint8),
        plan_month=np.full(n, FIRST, np.int16),
        went=np.zeros(n, np.uint8), went_people=np.zeros(n, np.uint8), barred=np.zeros(n, np.uint8),
    )  # fmt: skip


def in_month(columns, events, barred=(), queued=()):
    """Return the columns of a month with events {row: (way, people)}."""
    month = SimpleNamespace(**vars(columns))
    n = len(columns.id)
    month.went, month.went_people, month.barred, month.plan = (np.zeros(n, np.uint8) for _ in range(4))
    for row, (way, people) in events.items():
        month.went[row], month.went_people[row] = way + 1, people
    for row, *ways in barred:
        month.barred[row] = sum(1 << (way - SMUGGLER) for way in ways)
    month.plan[list(queued)] = QUEUED
    return month


def ledger_of(columns, baseline, scenario, months=60, barred=((), ()), queued=()):
    """Return the closed ledger of two worlds given as {(month, row): (way, people)}; months from January 2026."""
    ledger = PairLedger(columns)
    for month in range(months):
        worlds = (
            in_month(
                columns, {row: event for (at, row), event in events.items() if at == month},
                [row for at, *row in barred[k] if at == month],
                [row for at, row in queued if at == month] if k else (),
            )
            for k, events in enumerate((baseline, scenario))
        )  # fmt: skip
        ledger.month(FIRST + month, *worlds)
    return ledger.close()


def fates(table):
    """Return {(from, to, fate): people}."""
    return {(row["from"], row["to"], row["fate"]): row["people"] for row in table.by_way()}


def one(baseline, scenario, **more):
    """Return the fates of one household's journeys, {month: (way, people)} in each world."""
    worlds = ({(month, 0): event for month, event in events.items()} for events in (baseline, scenario))
    return {key[2]: people for key, people in fates(ledger_of(world(), *worlds, **more)).items()}


def random_worlds(n=300, months=36, seed=1):
    """Return columns and two worlds that differ in a third of their events."""
    draw = np.random.default_rng(seed)
    columns = world(n, seed=seed)
    columns.weight = draw.integers(1, 5, n).astype(np.int32)
    worlds = ({}, {})
    for row in range(n):
        for month in np.flatnonzero(draw.random(months) < 0.15):
            event = (int(draw.integers(0, len(PATHWAYS))), int(draw.integers(1, 4)))
            for events in worlds:
                if draw.random() < 0.8:
                    events[int(month), row] = event
                elif draw.random() < 0.5:
                    events[int(month), row] = (int(draw.integers(0, len(PATHWAYS))), int(draw.integers(1, 4)))
    return columns, *worlds


def people_by_way(columns, events):
    totals = dict.fromkeys(PATHWAYS, 0)
    for (_, row), (way, people) in events.items():
        totals[PATHWAYS[way]] += people * int(columns.weight[row])
    return totals


@pytest.mark.parametrize("seed", range(3))
def test_transitions_add_up_exactly_to_the_totals_of_both_worlds(seed):
    columns, baseline, scenario = random_worlds(seed=seed)
    table = ledger_of(columns, baseline, scenario, 36)
    before, after = people_by_way(columns, baseline), people_by_way(columns, scenario)
    assert table.totals() == {way: (before[way], after[way]) for way in PATHWAYS}
    table.check(before, after)
    cells = fates(table)
    for way in PATHWAYS:
        gained = sum(people for (_, to, _), people in cells.items() if to == way)
        lost = sum(people for (origin, _, _), people in cells.items() if origin == way)
        assert gained - lost == after[way] - before[way]
    assert len({fate for _, _, fate in cells}) > len(FATES) / 2


def test_transitions_add_up_in_every_month_too():
    columns, baseline, scenario = random_worlds()
    table = ledger_of(columns, baseline, scenario, 36)
    for events, way, month in ((baseline, "from", "month"), (scenario, "to", "month_to")):
        for at in range(36):
            here = {key: event for key, event in events.items() if key[0] == at}
            picked = (table.columns[month] == FIRST + at) & (table.columns[way] >= 0)
            assert table.columns["people"][picked].sum() == sum(people_by_way(columns, here).values())


def test_a_table_that_does_not_add_up_is_an_error():
    columns, baseline, scenario = random_worlds()
    before, after = people_by_way(columns, baseline), people_by_way(columns, scenario)
    table = ledger_of(columns, baseline, scenario, 36)
    with pytest.raises(WorkError, match="usa_h2a is"):
        table.check(before, after | {"usa_h2a": after["usa_h2a"] + 1})
    with pytest.raises(WorkError, match="usa_new is no way"):
        table.check(before, after | {"usa_new": 1})


def test_equal_worlds_are_unchanged_and_differ_in_nothing():
    columns, baseline, _ = random_worlds()
    table = ledger_of(columns, baseline, baseline, 36)
    assert {fate for _, _, fate in fates(table)} == {"unchanged"}
    found = table.diversion()
    assert found.ratio is None
    assert found.total.value == found.total.error == found.indirect.value == 0
    assert all(row["irregular"].value == 0 for group in GROUPS for row in table.by(group))


@pytest.mark.parametrize(
    ("baseline", "scenario", "expected"),
    [
        ({5: (SMUGGLER, 1)}, {9: (SMUGGLER, 1)}, {"delayed": 1}),
        ({9: (SMUGGLER, 1)}, {5: (SMUGGLER, 1)}, {"brought_forward": 1}),
        ({5: (SMUGGLER, 1)}, {5: (OWN, 1)}, {"diverted_route": 1}),
        ({5: (SMUGGLER, 1)}, {8: (MEXICO, 1)}, {"diverted_route": 1}),
        ({5: (SMUGGLER, 1)}, {2: (H2A, 1)}, {"diverted_regular": 1}),
        ({5: (SMUGGLER, 1)}, {5: (INSIDE, 1)}, {"diverted_internal": 1}),
        ({5: (H2A, 1)}, {6: (OWN, 1)}, {"regular_to_irregular": 1}),
        ({5: (H2A, 1)}, {6: (REFUGEE, 1)}, {"changed_programme": 1}),
        ({5: (H2A, 1)}, {6: (INSIDE, 1)}, {"regular_to_internal": 1}),
        ({5: (INSIDE, 1)}, {6: (OWN, 1)}, {"internal_to_irregular": 1}),
        ({5: (INSIDE, 1)}, {6: (H2A, 1)}, {"internal_to_regular": 1}),
        ({5: (SMUGGLER, 2)}, {}, {"averted": 2}),
        ({}, {5: (SMUGGLER, 2)}, {"induced": 2}),
        ({5: (H2A, 1)}, {}, {"lost": 1}),
        ({}, {5: (INSIDE, 3)}, {"gained": 3}),
    ],
)
def test_a_journey_gets_the_label_of_what_became_of_it(baseline, scenario, expected):
    assert one(baseline, scenario) == expected


def test_a_party_is_matched_person_by_person():
    assert one({5: (SMUGGLER, 3)}, {5: (SMUGGLER, 1)}) == {"unchanged": 1, "averted": 2}
    assert one({5: (SMUGGLER, 3)}, {7: (SMUGGLER, 1), 9: (H2A, 1)}) == {
        "delayed": 1, "diverted_regular": 1, "averted": 1,
    }  # fmt: skip
    assert one({5: (SMUGGLER, 1)}, {5: (INSIDE, 4)}) == {"diverted_internal": 1, "gained": 3}


def test_the_same_way_comes_before_another_and_the_nearest_month_before_a_farther_one():
    assert one({5: (SMUGGLER, 1)}, {6: (H2A, 1), 30: (SMUGGLER, 1)}) == {"delayed": 1, "gained": 1}
    assert one({1: (SMUGGLER, 1), 20: (SMUGGLER, 1)}, {1: (H2A, 1), 19: (SMUGGLER, 1)}) == {
        "brought_forward": 1, "diverted_regular": 1,
    }  # fmt: skip


def test_who_is_newly_admitted_does_not_hang_on_irregular_journeys():
    places = ({(5, 0): (H2A, 1)}, {(9, 0): (REFUGEE, 1)})
    for extra in ({}, {(7, 0): (OWN, 1)}):
        for baseline, scenario in ((places[0] | extra, places[1]), (places[0], places[1] | extra)):
            table = ledger_of(world(), baseline, scenario)
            assert "changed_programme" in {fate for _, _, fate in fates(table)}
            assert table.diversion().admitted == 0


def test_who_could_not_pay_in_the_other_world_is_told_apart():
    smuggler, own = [(5, 0, SMUGGLER)], [(5, 0, OWN)]
    assert one({5: (SMUGGLER, 1)}, {}, barred=((), smuggler)) == {"unable": 1}
    assert one({}, {5: (SMUGGLER, 1)}, barred=(smuggler, ())) == {"induced_liquidity": 1}
    assert one({5: (SMUGGLER, 1)}, {}, barred=(smuggler, [(4, 0, SMUGGLER)])) == {"averted": 1}
    both = [(5, 0, SMUGGLER, OWN)]
    assert one({5: (OWN, 1)}, {}, barred=(smuggler, both)) == {"unable": 1}
    assert one({5: (OWN, 1)}, {}, barred=(smuggler, smuggler)) == {"averted": 1}, "a smuggler was too dear in both"
    assert one({}, {5: (OWN, 1)}, barred=(own, smuggler)) == {"induced_liquidity": 1}


def test_journeys_belong_to_the_department_in_which_the_household_lived_at_first():
    columns = world()
    columns.department[0], moved = 3, in_month(columns, {0: (SMUGGLER, 1)})
    ledger = PairLedger(columns)
    moved.department = np.array([0], np.int8)
    columns.department[0] = 0
    ledger.month(FIRST, moved, in_month(columns, {}))
    assert ledger.close().rows()["department"].tolist() == [DEPARTMENTS[3]]


def test_diversion_counts_the_net_journeys_of_24_months_after_admission():
    """A hundred households are newly admitted; of four a journey falls away in the window, of one a new one comes."""
    baseline, scenario = {}, {}
    for row in range(100):
        scenario[10, row] = (H2A, 1)
    for row in range(3):
        baseline[10 + row, row] = (SMUGGLER, 1)
    baseline[10 + WINDOW - 1, 3] = (OWN, 1)
    baseline[10 + WINDOW, 4] = (OWN, 1)  # after the window
    baseline[9, 5] = baseline[7, 8] = (OWN, 1)  # after the application
    baseline[6, 9] = (OWN, 1)  # before it
    scenario[15, 6] = (OWN, 1)
    baseline[11, 7] = scenario[12, 7] = (OWN, 1)  # only delayed
    baseline[20, 120] = (SMUGGLER, 1)  # only waited in a queue
    scenario[21, 121] = (SMUGGLER, 1)  # had nothing to do with it
    columns = world(130, weight=7)
    columns.plan_month[:] = FIRST + 7
    found = ledger_of(columns, baseline, scenario, queued=[(4, 120), (4, 3)]).diversion()
    assert (found.admitted, found.cut, found.households, found.places) == (700, 0, 100, 700)
    assert found.ratio.value == found.per_place.value == pytest.approx(3 / 100)
    assert found.with_wait.value == pytest.approx(5 / 100)
    assert found.direct.value == 3 * 7
    assert found.total.value == 7 * 7
    split = {name: term.value / 7 for name, term in found.split.items()}
    assert split == {"waiting": 2, "before": 1, "after": 1, "elsewhere": 0, "queued": 1, "other": -1}
    assert found.indirect.value == sum(term.value for term in found.split.values()) == 28
    assert found.overall.value == pytest.approx(7 / 100)


def test_diversion_of_some_programmes_leaves_the_newly_admitted_of_others_aside():
    scenario = {(5, row): (H2A if row < 200 else REFUGEE, 1) for row in range(400)}
    baseline = {(8, row): (SMUGGLER, 1) for row in (*range(50), *range(200, 220))}
    table = ledger_of(world(400), baseline, scenario, 40)
    assert table.diversion().ratio.value == pytest.approx(70 / 400)
    found = table.diversion(["usa_h2a"])
    assert found.ratio.value == pytest.approx(50 / 200)
    assert found.split["elsewhere"].value == found.indirect.value == 20
    assert "to other programmes" in table.text(["usa_h2a"])


def test_no_ratio_rests_on_few_households():
    scenario = {(5, row): (H2A, 1) for row in range(99)}
    found = ledger_of(world(99, weight=50), {}, scenario, 40).diversion()
    assert (found.households, found.admitted) == (99, 99 * 50)
    assert found.ratio is found.with_wait is found.per_place is None


def test_admissions_whose_24_months_lie_beyond_the_end_are_cut_from_the_ratio():
    baseline = {(40, 0): (SMUGGLER, 1), (12, 1): (SMUGGLER, 1), (30, 0): (SMUGGLER, 1)}
    scenario = {(60 - WINDOW, 1): (H2A, 1), (60 - WINDOW + 1, 0): (H2A, 1)}
    found = ledger_of(world(2), baseline, scenario).diversion()
    assert (found.admitted, found.cut) == (1, 1)
    assert found.direct.value == 1
    assert found.split["waiting"].value == 2


def test_who_would_have_had_a_place_anyway_is_not_newly_admitted():
    baseline = {(30, 0): (H2A, 1), (5, 1): (H2A, 1)}
    scenario = {(5, 0): (H2A, 1), (9, 1): (REFUGEE, 1), (3, 2): (H2A, 1), (12, 2): (H2A, 1)}
    found = ledger_of(world(3), baseline, scenario).diversion()
    assert found.admitted == 1
    assert found.places == 2


def test_the_ratio_is_per_person_and_has_an_interval_from_twenty_parts():
    n = 4000
    draw = np.random.default_rng(2)
    scenario = {(5, row): (H2A, 1) for row in range(n)}
    baseline = {(8, row): (SMUGGLER, 1) for row in np.flatnonzero(draw.random(n) < 0.3)}
    ratio = ledger_of(world(n), baseline, scenario, 40).diversion().ratio
    assert ratio.value == pytest.approx(len(baseline) / n)
    binomial = np.sqrt(0.3 * 0.7 / n)
    assert 0.6 * binomial < ratio.error < 1.5 * binomial
    assert ratio.low90 < ratio.low50 < ratio.value < ratio.high50 < ratio.high90


def test_the_jackknife_of_a_sum_is_the_error_of_a_sum_of_parts():
    parts = np.random.default_rng(0).integers(0, 100, (1, N_PARTS))
    found = jackknife(parts)
    assert found.value == parts.sum()
    assert found.error == pytest.approx(np.sqrt(N_PARTS) * parts.std(ddof=1))
    assert jackknife(np.zeros((2, N_PARTS), np.int64), lambda sums: sums[0] / sums[1]) is None


def test_households_fall_evenly_into_the_parts_wherever_they_live():
    counts = np.bincount(parts_of(np.arange(100_000, dtype=np.uint64)), minlength=N_PARTS)
    assert len(counts) == N_PARTS
    assert abs(counts - 5000).max() < 350


@pytest.mark.parametrize("group", GROUPS)
def test_the_groups_of_who_benefits_add_up_to_the_difference(group):
    columns, baseline, scenario = random_worlds()
    table = ledger_of(columns, baseline, scenario, 36)
    before, after = people_by_way(columns, baseline), people_by_way(columns, scenario)
    rows = table.by(group)
    for kind, ways in (("irregular", PATHWAYS[SMUGGLER : MEXICO + 1]), ("regular", PATHWAYS[:SMUGGLER])):
        assert sum(row[kind].value for row in rows) == sum(after[way] - before[way] for way in ways)
        assert sum(row[f"baseline_{kind}"] for row in rows) == sum(before[way] for way in ways)


def test_households_are_told_by_what_they_ever_did_in_each_world():
    baseline = {(1, 0): (H2A, 1), (2, 0): (OWN, 1), (3, 1): (INSIDE, 2), (4, 2): (OWN, 1)}
    scenario = {(1, 0): (H2A, 1), (3, 1): (INSIDE, 2), (9, 1): (REFUGEE, 2), (4, 2): (OWN, 1)}
    ever = ledger_of(world(5, weight=3), baseline, scenario).ever[0]
    expected = np.zeros((4, 4), int)
    expected[3, 2], expected[1, 2], expected[3, 3], expected[0, 0] = 3, 3, 3, 6
    assert np.array_equal(ever, expected)


def test_a_ledger_read_back_says_the_same(tmp_path):
    columns, baseline, scenario = random_worlds()
    table = ledger_of(columns, baseline, scenario, 36)
    path = tmp_path / "seed=0001" / "ledger.parquet"
    path.parent.mkdir()
    table.write(path)
    again = LedgerTable.read(path)
    assert again.text() == table.text()
    assert again.diversion() == table.diversion()
    assert again.by_way() == table.by_way()
    rows, told = table.rows(), again.rows()
    assert all(np.array_equal(rows[name], told[name]) for name in rows)
    assert {"month", "country", "department", "quintile", "head", "from", "to", "people"} <= set(rows)
    assert rows["month"].dtype.kind == "M"


def test_a_ledger_of_nothing_is_written_and_read(tmp_path):
    table = ledger_of(world(), {}, {}, 3)
    table.write(tmp_path / "ledger.parquet")
    assert LedgerTable.read(tmp_path / "ledger.parquet").text() == table.text()


def test_a_file_that_is_no_ledger_is_refused(tmp_path):
    path = tmp_path / "ledger.parquet"
    path.write_bytes(b"PAR1 not PAR1")
    with pytest.raises(RequestError, match="no ledger"):
        LedgerTable.read(path)
    with pytest.raises(RequestError, match="no ledger"):
        LedgerTable.read(tmp_path / "nowhere.parquet")


def test_a_ledger_with_words_it_does_not_know_is_refused(tmp_path):
    table = ledger_of(world(), {(1, 0): (SMUGGLER, 1)}, {}, 3)
    good, bad = tmp_path / "good.parquet", tmp_path / "bad.parquet"
    table.write(good)
    with duckdb.connect() as connection:
        (note,) = connection.execute("SELECT value FROM parquet_kv_metadata(?)", [str(good)]).fetchone()
        query = "COPY (SELECT * REPLACE ('vanished' AS fate) FROM read_parquet(?)) TO ? (KV_METADATA {ledger: ?})"
        connection.execute(query, [str(good), str(bad), note.decode()])
    with pytest.raises(RequestError, match="unknown fate"):
        LedgerTable.read(bad)


def test_the_country_of_a_row_is_that_of_its_department():
    columns, baseline, scenario = random_worlds()
    rows = ledger_of(columns, baseline, scenario, 36).rows()
    code = np.array([DEPARTMENTS.index(name) for name in rows["department"]])
    assert np.array_equal(rows["country"], np.array(["SLV", "GTM", "HND"])[department_country[code]])


def test_months_in_disorder_and_other_households_are_refused():
    columns = world(3)
    ledger = PairLedger(columns)
    ledger.month(FIRST, in_month(columns, {}), in_month(columns, {}))
    with pytest.raises(WorkError, match="does not follow"):
        ledger.month(FIRST + 2, in_month(columns, {}), in_month(columns, {}))
    with pytest.raises(WorkError, match="same households"):
        ledger.month(FIRST + 1, in_month(columns, {}), in_month(world(4), {}))


def test_a_pathway_that_a_scenario_adds_is_a_regular_one():
    columns = world()
    ledger = PairLedger(columns, (*PATHWAYS, "usa_climate"))
    ledger.month(FIRST, in_month(columns, {0: (SMUGGLER, 1)}), in_month(columns, {0: (len(PATHWAYS), 1)}))
    assert fates(ledger.close()) == {("irregular_usa_smuggler", "usa_climate", "diverted_regular"): 1}


def test_totals_by_way_are_read_from_a_flow_table():
    flows = {
        "month": np.array(["2026-01", "2026-02", "2026-02", "2025-12"], "datetime64[M]").astype("datetime64[D]"),
        "flow": np.array(["depart_irregular", "arrive_regular", "move_internal", "depart_irregular"]),
        "pathway": np.array(["irregular_mex", "usa_h2a", "", "irregular_mex"]), "people": np.array([3, 4, 5, 100]),
    }  # fmt: skip
    assert totals_by_way(flows, FIRST, FIRST + 1) == {"irregular_mex": 3, "usa_h2a": 4, "internal": 5}


def test_the_text_tells_table_ratio_and_who_and_hides_what_rests_on_few():
    scenario = {(5, row): (H2A, 1) for row in range(400)}
    baseline = {(8, row): (SMUGGLER, 1) for row in range(100)} | {(9, 500): (H2A, 1)}
    text = ledger_of(world(600), baseline, scenario, 40).text()
    assert "by a regular pathway instead                        100" in text
    assert "per person newly admitted  0.25 (90 %:" in text
    assert "El Salvador" in text
    assert "Regular journeys of the baseline, in the scenario\n  -\n" in text


def test_the_ledger_of_two_models_adds_up_to_what_they_counted():
    settings = {path.replace(".", "__"): value for path, value in BUSY.items()} | {"run__end": "2013-10"}
    base, scenario = small_model(**settings), small_model(MANY_PLACES, **settings)
    ledger = PairLedger(base.engine.columns)
    while base.month < base.end_month:
        base.step()
        scenario.step()
        ledger.month(base.month, base.engine.columns, scenario.engine.columns)
    table = ledger.close()
    table.check(*(totals_by_way(model.record.flow_rows(), 0, base.end_month) for model in (base, scenario)))
    transitions = {row["fate"]: row["people"] for row in table.transitions()}
    assert {"unchanged", "diverted_regular", "averted", "gained"} <= set(transitions)
    assert table.diversion().cut > 0


def test_a_household_is_not_barred_from_the_way_it_went():
    model = small_model(**{path.replace(".", "__"): value for path, value in BUSY.items()})
    seen = 0
    for _ in range(6):
        model.step()
        columns = model.engine.columns
        for bit, way in enumerate((SMUGGLER, OWN, MEXICO)):
            assert not (columns.barred[columns.went == way + 1] & (1 << bit)).any()
        seen += (columns.barred > 0).sum()
    assert seen
