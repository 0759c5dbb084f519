"""The files that the page's own tests are held against."""

from __future__ import annotations

import json

import numpy as np
import pytest

from mlflow_explain.dashboard.models import twin
from mlflow_explain.dashboard.models.cells import Texts
from mlflow_explain.dashboard.models.values import Core, Exported, Game, Input
from tests import page_golden
from tests.page_golden import CASES, FOLDER, unpacked


def read(name):
    return json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))


def near(value):
    """Return what equals a setting, or numbers like its own."""
    numbers = value if isinstance(value, list) else [value]
    if any(isinstance(number, float) for number in numbers):
        return pytest.approx(value, rel=1e-9, abs=1e-12)
    return value


def exported_of(kept):
    """Return the model of a file, as the page would make it of the file alone."""
    model = kept["model"]
    arrays = {name: unpacked(array) for name, array in kept["arrays"].items()}
    core = Core(model["core"], arrays, model["description"])
    if "outputOf" not in core.settings and core.kind == "trees" and core.settings["outputs"] > 1:
        arrays["model.values"] = arrays["model.values"].reshape(-1, core.settings["outputs"])
    inputs = [Input(**given) for given in model["inputs"]]
    return Exported(
        inputs, model["operations"], model["slots"], core, model["link"], Game("none"), "golden"
    )


def cells_of(kept):
    columns = []
    for given, cells in zip(kept["model"]["inputs"], kept["inputs"], strict=True):
        if given["type"] == "category":
            values = sorted({cell for cell in cells if cell is not None})
            place = {None: -1} | {value: i for i, value in enumerate(values)}
            columns.append(Texts(np.array([place[cell] for cell in cells]), values))
        else:
            columns.append(np.array(cells, dtype=np.float64))
    return twin.Cells(kept["count"], columns)


@pytest.mark.parametrize("name", CASES)
def test_the_files_say_what_the_evaluator_answers(name):
    kept = read(name)
    answer = twin.answers(exported_of(kept), cells_of(kept))
    expected = kept["expected"]
    outputs = unpacked(expected["outputs"]).reshape(kept["count"], -1)
    np.testing.assert_allclose(answer.outputs, outputs, 1e-12, 1e-12)
    np.testing.assert_allclose(answer.values, unpacked(expected["values"]), 1e-12)
    if expected["probabilities"] is not None:
        own = unpacked(expected["probabilities"]).reshape(kept["count"], -1)
        np.testing.assert_allclose(answer.probabilities, own, 1e-6, 1e-6)
    shape = (kept["count"], len(expected["baseValues"]), len(kept["features"]))
    sums = unpacked(expected["attributions"]).reshape(shape).sum(axis=2) + expected["baseValues"]
    is_probability = "rescaled" in kept["model"]["game"]
    explained = answer.probabilities if is_probability else outputs
    np.testing.assert_allclose(sums, explained, 1e-5, 1e-5)


def test_the_files_are_those_that_are_written_now():
    written = {path.stem for path in FOLDER.glob("*.json")}
    assert written == set(CASES)
    for name, case in CASES.items():
        kept = read(name)
        if kept["madeWith"] == page_golden.made_with():
            made = json.loads(json.dumps(page_golden.golden(case())))
            assert made["model"]["inputs"] == kept["model"]["inputs"], name
            assert made["model"]["core"].keys() == kept["model"]["core"].keys(), name
            for setting, value in kept["model"]["core"].items():
                # Fitted numbers: sums of another number of threads differ in the last digits.
                assert made["model"]["core"][setting] == near(value), (name, setting)
            assert made["arrays"].keys() == kept["arrays"].keys(), name


def test_they_are_small():
    assert sum(path.stat().st_size for path in FOLDER.glob("*.json")) < 600_000
