"""Compiled code: kept on disk, ready before the first request, never in other threads' way."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time

import numpy as np
import pytest
from lightgbm import LGBMRegressor
from sklearn.ensemble import RandomForestRegressor

from mlflow_explain import TabularExplainer, save_model

ROWS = np.random.default_rng(0).normal(size=(400, 6))
TRIES = 10
TARGET = ROWS[:, 0] * ROWS[:, 1] + ROWS[:, 2]

# Loads a served model, then answers one row and many; compilations are counted by numba's events.
SERVE = """
import sys, numpy, pandas
from numba.core import event
import mlflow.pyfunc
model = mlflow.pyfunc.load_model(sys.argv[1])
with event.install_recorder("numba:compile") as compiled:
    for n in (1, 3, 600):
        model.predict(pandas.DataFrame(numpy.zeros((n, 6)), columns=list("abcdef")))
print(len(compiled.buffer))
"""

# No folder can be written to; the last line waits for the background thread.
UNKEPT = """
import sys, tempfile, threading, time, warnings, numpy
def refuse(*args, **options):
    raise PermissionError("read-only")
tempfile.TemporaryFile = refuse
from sklearn.ensemble import RandomForestRegressor
from sklearn.svm import SVR
from mlflow_explain import TreeExplainer, TabularExplainer
from mlflow_explain.engines import compiled
from mlflow_explain.engines.trees import plan
answered, compile_all = threading.Event(), compiled._compile_all
compiled._compile_all = lambda kernels: (answered.wait(), compile_all(kernels))
rows = numpy.random.default_rng(0).normal(size=(60, 4))
forest = RandomForestRegressor(5, random_state=0).fit(rows, rows[:, 0] * rows[:, 1])
machine = SVR().fit(rows, rows[:, 0])
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    explainers = [
        TreeExplainer(forest, rows),
        TreeExplainer(forest, rows, feature_perturbation="interventional"),
        TabularExplainer(machine, rows),
    ]
    early = [e.explain_local(rows).local_importance_values for e in explainers]
    first = plan.is_ready()
    answered.set()
    said = [w for w in caught if "Compiled code cannot be kept" in str(w.message)]
while not plan.is_ready():
    time.sleep(0.1)
late = [e.explain_local(rows).local_importance_values for e in explainers]
worst = max(numpy.abs(a - b).max() for a, b in zip(early, late))
# shap adds up in less than double precision against background rows.
print(first, len(said), worst < 1e-6, "shap" in sys.modules)
"""


def run(code: str, *arguments: str, **environment: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        capture_output=True, text=True, check=False, env=os.environ | environment,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout.strip().splitlines()[-1]


@pytest.mark.parametrize("model", [LGBMRegressor(n_estimators=5, verbose=-1),
                                   RandomForestRegressor(4, random_state=0)])  # fmt: skip
def test_the_first_request_of_a_served_model_compiles_nothing(model, tmp_path):
    import pandas as pd

    rows = pd.DataFrame(ROWS, columns=list("abcdef"))
    model.fit(rows, TARGET)
    save_model(model, tmp_path / "pair", scoring_explainer=TabularExplainer(model, rows))
    assert run(SERVE, str(tmp_path / "pair")) == "0"


def test_where_code_cannot_be_kept_a_library_answers_meanwhile_and_it_is_said_once():
    nowhere = {"XDG_CACHE_HOME": "/dev/null", "NUMBA_CACHE_DIR": ""}
    assert run(UNKEPT, **nowhere) == "False 1 True True"


def test_other_threads_run_while_a_large_explanation_is_computed():
    rows = np.random.default_rng(1).normal(size=(4000, 10))
    forest = RandomForestRegressor(60, n_jobs=2, random_state=0).fit(rows, rows[:, 0] * rows[:, 1])
    engine = TabularExplainer(forest, rows).choice.engine
    stop, ticks, shares = threading.Event(), [], []

    def tick():
        while not stop.is_set():
            ticks.append(time.perf_counter())
            time.sleep(0.001)

    thread = threading.Thread(target=tick)
    thread.start()
    # So few rows are explained in this very thread, by one call of a kernel that takes a while:
    # only a released lock lets the other thread tick meanwhile. On a busy machine it may wait long
    # for its turn.
    try:
        while len(shares) < TRIES and max(shares, default=0.0) < 0.2:
            begin = time.perf_counter()
            engine.explain(rows[:60])
            end = time.perf_counter()
            assert end - begin > 0.02
            inside = sum(begin < moment < end for moment in list(ticks))
            shares.append(inside * 0.001 / (end - begin))
    finally:
        stop.set()
        thread.join()
    assert max(shares) > 0.2, shares
