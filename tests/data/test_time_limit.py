from __future__ import annotations

import numpy as np
import pytest

from mlflow_explain import KernelExplainer
from mlflow_explain.data import time_limit
from mlflow_explain.errors import OutOfTimeError
from tests import small


class Clock:
    """Seconds that pass only when rows are asked for: one each."""

    def __init__(self) -> None:
        self.now = 0.0
        self.asked: list[int] = []

    def answer(self, rows):
        self.now += len(rows)
        self.asked.append(len(rows))
        return np.asarray(rows)[:, 0]


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(time_limit, "clock", lambda: clock.now)
    return clock


def test_without_a_limit_a_model_is_asked_once(clock):
    assert time_limit.current() is None
    assert np.array_equal(time_limit.asked(clock.answer, small.ROWS), small.ROWS[:, 0])
    assert clock.asked == [90]


@pytest.mark.parametrize("rows", [small.ROWS, small.FRAME])
def test_with_a_limit_it_is_asked_in_parts_whose_size_follows_their_time(clock, rows):
    with time_limit.within(200.0) as limit:
        assert np.array_equal(time_limit.asked(clock.answer, rows), small.ROWS[:, 0])
        assert limit.left == 110.0
    assert clock.asked == [16, 25, 25, 24]
    assert time_limit.current() is None


def test_quick_answers_are_asked_for_in_ever_larger_parts(clock):
    with time_limit.within(1e9):
        time_limit.asked(clock.answer, np.zeros((2000, 1)))
    assert clock.asked == [16, 128, 1024, 832]


def test_a_forecast_ends_it_before_the_time_is_over(clock):
    with time_limit.within(100.0), pytest.raises(OutOfTimeError, match="within 100 seconds"):
        time_limit.asked(clock.answer, np.zeros((10_000, 1)))
    assert clock.now < 50


def test_no_question_is_begun_when_the_time_is_over(clock):
    with time_limit.within(50.0):
        clock.now = 50.0
        with pytest.raises(TimeoutError, match="Allow more seconds"):
            time_limit.asked(clock.answer, small.ROWS[:2])
    assert clock.asked == []


def test_the_rows_reached_are_the_first_and_as_without_a_limit(clock):
    whole = KernelExplainer(clock.answer, small.ROWS).explain_global(small.ROWS)
    clock.now = 0.0
    with time_limit.within(8_000.0):
        part = KernelExplainer(clock.answer, small.ROWS).explain_global(small.ROWS)
    n_rows = part.num_examples
    assert 3 < n_rows < 40
    assert np.array_equal(part.eval_data, small.ROWS[:n_rows])
    assert part.local_importance_values == pytest.approx(whole.local_importance_values[:n_rows])
    with time_limit.within(8_000.0):
        sampled = KernelExplainer(clock.answer, small.ROWS).explain_global(
            small.ROWS, sampling_policy=True
        )
    assert sampled.quality["n_sampled_rows"] == sampled.num_examples
    assert sampled.rows.ids.tolist() == list(range(sampled.num_examples))
