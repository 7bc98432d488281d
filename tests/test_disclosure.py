"""Small cells are blank, and nothing that is shown gives a blank away."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from analysis.disclosure import LEAST, suppress


def table(counts, totals=True, factor=100):
    """Return the rows of a table of counts, (a,) or (a, b), with its totals."""
    counts = np.asarray(counts)
    names = [[*map(str, range(n)), *(["all"] if totals else [])] for n in counts.shape]
    rows = []
    for levels in itertools.product(*names):
        picked = counts[tuple(slice(None) if level == "all" else int(level) for level in levels)]
        keys = dict(zip(("a", "b"), levels, strict=False))
        rows.append({**keys, "people": int(picked.sum()) * factor, "households": int(picked.sum())})
    return rows


def shown(rows):
    return {tuple(row[key] for key in ("a", "b") if key in row): row["people"] for row in rows}


def exposed(before, after, keys):
    """Return the blank cells that the shown ones determine: the least squares of all sums, solved apart."""
    blank = [n for n, row in enumerate(after) if row["people"] is None]
    place = {n: k for k, n in enumerate(blank)}
    equations = []
    for key in keys:
        others = [other for other in keys if other != key]
        for line in {tuple(row[other] for other in others) for row in before}:
            members = [n for n, row in enumerate(before) if tuple(row[o] for o in others) == line]
            equation = np.zeros(len(blank))
            for n in members:
                if n in place:
                    equation[place[n]] = -1 if before[n][key] == "all" else 1
            equations.append(equation)
    matrix = np.array(equations)
    rank = np.linalg.matrix_rank(matrix)
    return [
        n for n, k in place.items()
        if np.linalg.matrix_rank(np.vstack([matrix, np.eye(len(blank))[k]])) == rank
    ]  # fmt: skip


def test_a_cell_on_nine_households_is_blank_and_one_on_ten_is_shown():
    found = suppress(table([9, 10, 40, 5], totals=False), across=["a"], values=["people"])
    assert shown(found) == {("0",): None, ("1",): 1000, ("2",): 4000, ("3",): None}
    assert found[0]["households"] is None
    assert LEAST == 10


def test_nothing_else_is_blank_where_every_cell_rests_on_enough():
    rows = table([[10, 20], [30, 40]])
    assert suppress(rows, across=["a", "b"], values=["people"]) == rows


@pytest.mark.parametrize("totals", [True, False])
def test_a_single_blank_of_a_line_takes_the_next_smallest_with_it(totals):
    found = shown(suppress(table([3, 50, 20, 30], totals), across=["a"], values=["people"]))
    assert [level for (level,), people in found.items() if people is None] == ["0", "2"]


def test_blanks_that_together_rest_on_few_households_take_one_more_with_them():
    found = shown(suppress(table([3, 4, 50, 20]), across=["a"], values=["people"]))
    assert [level for (level,), people in found.items() if people is None] == ["0", "1", "3"]


def test_a_total_that_is_blank_is_not_the_sum_of_what_is_shown():
    rows = table([[30, 40], [3, 2], [60, 50]])
    found = shown(suppress(rows, across=["a", "b"], values=["people"]))
    assert found["1", "all"] is None
    assert found["0", "all"] is None or found["2", "all"] is None
    for a in "012":
        assert found[a, "all"] is not None or None in (found[a, "0"], found[a, "1"])


def test_separate_tables_do_not_cover_for_each_other():
    rows = [{**row, "outcome": o} for o, counts in (("x", [3, 50, 20]), ("y", [30, 50, 4])) for row in table(counts)]
    found = suppress(rows, across=["a"], within=["outcome"], values=["people"])
    blank = [(row["outcome"], row["a"]) for row in found if row["people"] is None]
    assert blank == [("x", "0"), ("x", "2"), ("y", "0"), ("y", "2")]


def test_a_bridge_between_two_squares_of_blanks_is_not_given_away():
    """Each line has two blanks or more, and yet the cell in the middle would follow from all lines together."""
    counts = np.full((4, 4), 50)
    for cell in ((0, 0), (0, 1), (1, 0), (1, 1), (2, 2), (2, 3), (3, 2), (3, 3), (1, 2)):
        counts[cell] = 6
    rows = table(counts)
    simple = [{**row, "people": None} if row["households"] < LEAST else row for row in rows]
    assert exposed(rows, simple, ["a", "b"])
    assert not exposed(rows, suppress(rows, across=["a", "b"], values=["people"]), ["a", "b"])


@pytest.mark.parametrize("seed", range(12))
def test_differencing_one_table_reveals_no_small_cell(seed):
    draw = np.random.default_rng(seed)
    counts = np.exp(draw.normal(3.2, 1.1, (draw.integers(2, 8), draw.integers(2, 7)))).astype(int)
    rows = table(counts)
    found = suppress(rows, across=["a", "b"], values=["people"])
    few = {n for n, row in enumerate(rows) if row["households"] < LEAST}
    assert all(found[n]["people"] is None for n in few)
    assert not few & set(exposed(rows, found, ["a", "b"]))
    for key, other in (("a", "b"), ("b", "a")):
        for line in {row[other] for row in rows}:
            inner = [n for n, row in enumerate(rows) if row[other] == line and row[key] != "all"]
            (total,) = (n for n, row in enumerate(rows) if row[other] == line and row[key] == "all")
            hidden = [n for n in inner if found[n]["people"] is None]
            if found[total]["people"] is not None and hidden:
                assert sum(rows[n]["households"] for n in hidden) >= LEAST
    assert any(row["people"] is not None for row in found)


def test_departments_do_not_give_away_their_country():
    """A country hidden to cover another is not the sum of its departments."""
    rows = [
        {"country": country, "department": department, "people": n * 7, "households": n}
        for country, parts in {"SLV": [4, 3], "GTM": [60, 90], "HND": [80, 70]}.items()
        for department, n in (*((f"{country}-{k}", n) for k, n in enumerate(parts)), ("all", sum(parts)))
    ]
    rows.append({"country": "all", "department": "all", "people": 307 * 7, "households": 307})
    found = suppress(rows, across=["country", "department"], values=["people"])
    told = {(row["country"], row["department"]): row["people"] for row in found}
    assert told["SLV", "all"] is None
    assert told["HND", "all"] is None or told["GTM", "all"] is None
    for country in ("GTM", "HND"):
        if told[country, "all"] is None:
            assert None in (told[country, f"{country}-0"], told[country, f"{country}-1"])


def test_rows_keep_their_order_and_the_rows_given_are_left_alone():
    rows = table([[3, 50], [40, 60]])
    before = [dict(row) for row in rows]
    found = suppress(rows, across=["a", "b"], values=["people"])
    assert rows == before
    assert [(row["a"], row["b"]) for row in found] == [(row["a"], row["b"]) for row in rows]


def test_a_count_that_is_missing_rests_on_nobody():
    (found,) = suppress([{"a": "x", "people": 5, "households": None}], across=["a"], values=["people"])
    assert found["people"] is None


def test_a_large_table_is_done_at_once():
    counts = np.random.default_rng(0).integers(0, 60, (54, 10))
    rows = table(counts)
    found = suppress(rows, across=["a", "b"], values=["people"])
    assert not set(exposed(rows, found, ["a", "b"])) & {n for n, row in enumerate(rows) if row["households"] < LEAST}
