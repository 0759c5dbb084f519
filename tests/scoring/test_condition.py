from __future__ import annotations

from contextlib import suppress

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlflow_explain.errors import InvalidInputError
from mlflow_explain.scoring.condition import Answers, Condition

THREE = Answers(
    np.array(["no", "yes", "maybe"], dtype=object),
    np.array([[0.9, 0.1, 0.0], [0.3, 0.5, 0.2], [0.1, 0.2, 0.7]]),
    ("no", "yes", "maybe"),
)
NUMBERS = Answers(np.array([1.5, -2.0, np.nan]), None, ())


@pytest.mark.parametrize(
    ("text", "met"),
    [
        ("probability < 0.6", [False, True, False]),
        ("0.4 < probability <= 0.7", [False, True, True]),
        ("probability['yes'] > 0.15", [False, True, True]),
        ("prediction == 'yes'", [False, True, False]),
        ("'yes' != prediction", [True, False, True]),
        ("prediction == 'yes' or probability > .8", [True, True, False]),
        ("not prediction == 'yes' and probability > .8", [True, False, False]),
        ("probability['no'] < probability['yes']", [False, True, True]),
        ("probability >= 0", [True, True, True]),
    ],
)
def test_rows_of_a_classifier(text, met):
    assert Condition.parsed(text).met(THREE).tolist() == met


def test_rows_of_a_regression():
    assert Condition.parsed("prediction > -1").met(NUMBERS).tolist() == [True, False, False]
    assert Condition.parsed("prediction != 1.5").met(NUMBERS).tolist() == [False, True, True]


ODD = [
    "", "probability", "1 < 2", "probability < limit", "probability + 1 < 2",
    r"prediction == '\d'[0]", "prediction in ('a',)",
    "__import__('os').system('true')", "prediction.real > 1", "probability[0][1] > 0.5",
    "prediction is None", "probability < 0.6;", "lambda: 1", "prediction == None",
    "[1] < prediction",
    "probability < True", "f'{prediction}' == 'a'", "(" * 300 + "probability < 1" + ")" * 300,
    "probability < 0.6 if prediction else 1", "prediction := 1", 0.6, None,
]  # fmt: skip


@pytest.mark.parametrize("text", ODD)
def test_what_is_no_comparison_is_refused(text):
    with pytest.raises(InvalidInputError, match=r"`explain_when` to be a comparison such as"):
        Condition.parsed(text)


@given(st.text(max_size=60))
def test_no_text_runs_or_fails_otherwise(text):
    with suppress(InvalidInputError):
        assert Condition.parsed(text).text == text


@pytest.mark.parametrize(
    ("text", "labels", "has_probabilities", "complaint"),
    [
        ("probability < 0.6", ("no", "yes"), False, "tells no probabilities"),
        ("probability['si'] < 0.6", ("no", "yes"), True, "by the labels 'no', 'yes'; got 'si'"),
        ("probability[2] < 0.6", ("0", "1"), True, "by the labels '0', '1'; got '2'"),
        ("probability < 'a'", ("no", "yes"), True, "with numbers from 0 to 1"),
        ("probability['no'] < 'a'", ("no", "yes"), True, "with numbers from 0 to 1"),
        ("probability > 50", ("no", "yes"), True, "with numbers from 0 to 1"),
        ("prediction == 'maybe'", ("no", "yes"), True, "by the labels 'no', 'yes'; got 'maybe'"),
        ("prediction == 2", ("0", "1"), True, "by the labels '0', '1'; got '2'"),
        ("prediction > '1'", (), False, "with a number"),
    ],
)
def test_conditions_that_this_model_cannot_meet(text, labels, has_probabilities, complaint):
    with pytest.raises(InvalidInputError, match=complaint):
        Condition.parsed(text).check_names(
            labels, predicts="label" if labels else "number", has_probabilities=has_probabilities
        )


def test_labels_that_are_numbers_may_be_written_so():
    answers = Answers(
        np.array(["0", "1"], dtype=object), np.array([[0.9, 0.1], [0.4, 0.6]]), ("0", "1")
    )
    for text in ("prediction == 1", "prediction == '1'", "1 == prediction", "probability[1] > 0.5"):
        condition = Condition.parsed(text)
        condition.check_names(("0", "1"), predicts="label", has_probabilities=True)
        assert condition.met(answers).tolist() == [False, True]


def test_conditions_that_this_model_can_meet():
    good = Condition.parsed("prediction == 'yes' and probability['no'] > 0.2")
    good.check_names(("no", "yes"), predicts="label", has_probabilities=True)
    Condition.parsed("prediction > 2.5").check_names((), predicts="number", has_probabilities=False)
