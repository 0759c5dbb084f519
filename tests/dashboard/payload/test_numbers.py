from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlflow_explain.dashboard.payload.numbers import Precision, encoded, extent, is_whole, ranks


def decoded(array, dictionary):
    if dictionary is None:
        return array.astype(np.float64)
    missing = array == np.iinfo(array.dtype).max
    return np.where(
        missing, np.nan, np.append(dictionary, 0.0)[np.where(missing, len(dictionary), array)]
    )


@pytest.mark.parametrize(("distinct", "dtype"), [(255, np.uint8), (256, np.uint16)])
def test_few_distinct_numbers_are_codes_without_loss(rng, distinct, dtype):
    values = rng.normal(size=distinct)[rng.integers(0, distinct, 5000)]
    values[:distinct] = np.sort(values)[:distinct]
    values = np.concatenate([values, np.full(5, np.nan)])
    array, dictionary = encoded(values, Precision())
    assert array.dtype == (dtype if len(dictionary) == distinct else np.uint8)
    np.testing.assert_array_equal(decoded(array, dictionary), values)


def test_a_dictionary_of_255_values_leaves_a_code_for_missing():
    values = np.concatenate([np.tile(np.arange(255.0) / 7, 20), [np.nan]])
    array, dictionary = encoded(values, Precision())
    assert array.dtype == np.uint8
    assert len(dictionary) == 255
    assert array[-1] == 255
    np.testing.assert_array_equal(decoded(array, dictionary), values)


def test_many_distinct_numbers_are_single_where_no_model_calculates_with_them(rng):
    values = rng.normal(size=1000)
    array, dictionary = encoded(values, Precision())
    assert dictionary is None
    assert array.dtype == np.float32
    exact, dictionary = encoded(values, Precision(exact=True))
    assert exact.dtype == np.float64
    assert dictionary is None
    np.testing.assert_array_equal(exact, values)


def test_numbers_beyond_single_precision_are_kept_as_they_are(rng):
    values = rng.normal(size=1000) * 1e300
    assert encoded(values, Precision())[0].dtype == np.float64
    with_infinity = np.append(rng.normal(size=1000), [np.inf, -np.inf, np.nan])
    array, _ = encoded(with_infinity, Precision())
    assert array.dtype == np.float32
    np.testing.assert_array_equal(array[-3:], [np.inf, -np.inf, np.nan])


def test_no_number_crosses_a_threshold(rng):
    values = rng.normal(size=2000)
    # Thresholds as near to the numbers as they can be, on either side.
    thresholds = np.sort(np.concatenate([
        values[:300], np.nextafter(values[300:600], -np.inf), np.nextafter(values[600:900], np.inf),
    ]))  # fmt: skip
    rounded = values.astype(np.float32)
    assert (ranks(rounded, thresholds) != ranks(values, thresholds)).sum() > 100
    array, dictionary = encoded(values, Precision(thresholds))
    assert array.dtype == np.float32
    assert dictionary is None
    np.testing.assert_array_equal(ranks(array, thresholds), ranks(values, thresholds))
    np.testing.assert_allclose(array, values, rtol=3e-7)


def test_thresholds_too_near_for_single_precision_keep_double(rng):
    values = np.append(rng.normal(size=1000), 0.5)
    thresholds = np.array([np.nextafter(0.5, 0), 0.5])
    array, _ = encoded(values, Precision(thresholds))
    assert array.dtype == np.float32
    inside = 0.1
    tight = np.array([np.nextafter(inside, 0), inside])
    array, _ = encoded(np.append(values, inside), Precision(tight))
    assert array.dtype == np.float64


def test_a_model_that_rounds_itself_sees_the_rounded_numbers():
    # The model goes left: it rounds 0.1000000001 to the threshold itself.
    threshold = float(np.float32(0.1))
    values = np.append(np.linspace(0.2, 0.9, 500), threshold + 1e-10)
    array, _ = encoded(values, Precision(np.array([threshold]), float32=True))
    assert array[-1] == np.float32(threshold)
    np.testing.assert_array_equal(array, values.astype(np.float32))


@given(
    st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=60),
    st.lists(st.floats(-1e6, 1e6), max_size=20),
)
def test_ranks_are_the_same_for_any_numbers_and_thresholds(numbers, limits):
    values = np.concatenate([np.array(numbers), np.array(numbers) / 3])
    thresholds = np.unique(np.array(limits))
    array, dictionary = encoded(values, Precision(thresholds))
    read = decoded(array, dictionary)
    np.testing.assert_array_equal(ranks(read, thresholds), ranks(values, thresholds))


def test_whole_numbers_and_extent():
    assert is_whole(np.array([1.0, np.nan, 3.0]))
    assert not is_whole(np.array([1.0, 2.5]))
    assert not is_whole(np.array([np.nan]))
    assert extent(np.array([np.nan, 2.0, -np.inf, 1.0])) == [1.0, 2.0]
    assert extent(np.array([np.nan, np.inf])) is None
