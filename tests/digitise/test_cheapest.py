"""The cheapest ways through ink: compiled and as written, over holes and round crossings."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from ecgpage.digitise.tracing import cheapest, courses
from ecgpage.digitise.tracing.cheapest import CHOICES, NEVER, Steps
from ecgpage.digitise.tracing.compiled import compiled
from ecgpage.digitise.tracing.courses import Field, find_courses


def steps_of(heights: list[list[int | None]]) -> Steps:
    """One row whose choices are runs of one pixel at these heights, column by column."""
    columns = len(heights)
    top = np.full((1, columns, CHOICES), -1, np.int32)
    for c, runs in enumerate(heights):
        for k, at in enumerate(runs):
            if at is not None:
                top[0, c, k] = at
    own = np.where(top >= 0, 0.0, NEVER)
    lane = np.array([[0.0, 40.0]])
    return Steps(
        top, top.copy(), own, np.full((1, columns), 1.0), np.full((1, columns), 0.5),
        lane, lane, np.zeros((1, columns), bool),
    )  # fmt: skip


def test_a_level_line_is_kept_beside_a_nearer_scrap() -> None:
    picked, spent = cheapest.cheapest(steps_of([[20], [20], [12, 20], [20], [20]]), -1.0)
    assert picked[0].tolist() == [0, 0, 1, 0, 0]
    assert spent[0, -1] == 0.0


def test_a_hole_costs_what_its_columns_cost_and_no_leap() -> None:
    heights: list[list[int | None]] = [[20], [20], [30], [20], [20]]
    over, cost = cheapest.cheapest(steps_of(heights), 2.0)
    assert over[0].tolist() == [0, 0, CHOICES, 0, 0]
    assert cost[0, -1] == 1.0


def some_ink(rng: np.random.Generator) -> tuple[Steps, NDArray[np.int32], NDArray[np.float64]]:
    top = rng.integers(-1, 30, (1, 60, CHOICES)).astype(np.int32)
    top[rng.random(top.shape) < 0.5] = -1
    bottom = np.where(top >= 0, top + rng.integers(0, 6, top.shape), -1).astype(np.int32)
    own = np.where(top >= 0, rng.normal(0.0, 1.0, top.shape), NEVER)
    lane = np.array([[5.0, 25.0]])
    breaks = np.zeros((1, 60), bool)
    breaks[0, 30] = True
    steps = Steps(
        top, bottom, own, np.full((1, 60), 0.7), np.full((1, 60), 0.3), lane, lane, breaks
    )
    return steps, np.full(60, CHOICES, np.int32), np.zeros(60)


def test_compiled_ways_are_those_of_the_code_as_written() -> None:
    steps, picked, spent = some_ink(np.random.default_rng(5))
    cheapest._walk(
        steps.top[0], steps.bottom[0], steps.own[0], steps.miss[0], steps.price[0],
        steps.anew[0], steps.start[0], steps.breaks[0], 2.0, picked, spent,
    )  # fmt: skip
    found, cost = cheapest.cheapest(steps, 2.0)
    assert found[0].tolist() == picked.tolist()
    np.testing.assert_allclose(cost[0], spent)
    assert (picked >= CHOICES).any()
    assert (picked < CHOICES).any()


def test_compiled_courses_are_those_of_the_code_as_written() -> None:
    rng = np.random.default_rng(6)
    cost = rng.random((12, 20)).astype(np.float32)
    across = rng.random((12, 20)).astype(np.float32)
    worth = rng.random((1, 12, 20)).astype(np.float32)
    edge = np.zeros((1, 20), np.float32)
    edge[0, 1:] = 50.0
    spent, spans = find_courses(Field(cost, across, cost > 0.5), worth, edge, edge, 0.3)
    plain = np.zeros((2, 12), np.int64)
    assert np.isclose(
        spent[0],
        courses._walk(cost, across, worth[0], edge[0], edge[0], np.float32(0.3), plain),
        atol=1e-4,
    )
    assert spans[0].tolist() == plain.tolist()
    assert spans[0, 0, 0] == 0
    assert spans[0, 0, -1] == 0


def test_what_is_compiled_is_compiled_once() -> None:
    assert compiled(courses._walk) is compiled(courses._walk)


def test_where_nothing_can_be_kept_it_is_compiled_all_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    import numba

    def njit(cache: bool = False, **given: object) -> object:
        if cache:
            raise RuntimeError("cannot cache function: no locator available")
        return lambda function: function

    monkeypatch.setattr(numba, "njit", njit)

    def double(x: int) -> int:
        return 2 * x

    assert compiled(double)(4) == 8
