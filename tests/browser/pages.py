"""Pages of every kind of model and data, small and quick to make; each is made when asked for."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from lightgbm import LGBMClassifier
from scipy import sparse
from sklearn.compose import make_column_transformer
from sklearn.datasets import load_diabetes, load_iris
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import OneHotEncoder

from examples import mortgage as applications
from mlflow_explain import ExplanationDashboard, MimicExplainer, PFIExplainer, TabularExplainer
from mlflow_explain.dashboard.page import render
from mlflow_explain.dashboard.payload.options import PageOptions
from mlflow_explain.dashboard.source import Source
from mlflow_explain.surrogates.models import LGBMExplainableModel
from tests import made_texts

if TYPE_CHECKING:
    from collections.abc import Callable

# Names that would do harm if they were ever read as HTML, as a template, or as script.
HOSTILE = (
    "</script><img src=x onerror=\"window.__hit='img'\">",
    '"><svg onload="window.__hit=\'svg\'">',
    "{{7*7}}${7*7}<%= 7*7 %>",
    "line\u2028and\u2029paragraph",
    "\u202eright to left \u05d0\u05d1\u05d2",
    "\U0001f469\u200d\U0001f52c <b>emoji</b> \U0001f1f3\U0001f1f1",
    "<!--<script>window.__hit='comment'</script>-->",
    "javascript:window.__hit='link'",
    "' onfocus='window.__hit=1' autofocus x='",
    "__proto__",
)


@dataclass(frozen=True)
class Explained:
    """A model, rows it was explained on, and what was observed."""

    model: Any
    rows: Any
    labels: Any
    explanation: Any

    def dashboard(self, **options: Any) -> ExplanationDashboard:
        return ExplanationDashboard(self.explanation, self.model, self.rows, self.labels, **options)

    def page(self, **options: Any) -> str:
        return self.dashboard(**options).html


@functools.cache
def mortgage() -> Explained:
    """Two classes; a Pipeline, so that there are raw and engineered features."""
    data = applications.load()
    model = applications.pipeline(60, 0.1, 15, seed=0).fit(data.train, data.train_y)
    explanation = TabularExplainer(model, data.train).explain_global(data.test)
    return Explained(model, data.test, data.test_y, explanation)


@functools.cache
def iris() -> Explained:
    """Three classes."""
    rows, numbers = load_iris(return_X_y=True, as_frame=True)
    labels = numbers.map(dict(enumerate(["setosa", "versicolor", "virginica"])))
    model = LGBMClassifier(n_estimators=20, num_leaves=5, verbose=-1, random_state=0)
    model.fit(rows, labels)
    return Explained(model, rows, labels, TabularExplainer(model, rows).explain_global(rows))


@functools.cache
def diabetes() -> Explained:
    """Regression."""
    rows, values = load_diabetes(return_X_y=True, as_frame=True, scaled=False)
    model = RandomForestRegressor(15, min_samples_leaf=5, random_state=0).fit(rows, values)
    return Explained(model, rows, values, TabularExplainer(model, rows).explain_global(rows))


@functools.cache
def neighbours() -> Explained:
    """A model that cannot be in a page: a surrogate is."""
    it = iris()
    model = KNeighborsClassifier(5).fit(it.rows, it.labels)
    explainer = MimicExplainer(model, it.rows, LGBMExplainableModel)
    return Explained(model, it.rows, it.labels, explainer.explain_global(it.rows))


def permutation() -> str:
    """Global importance alone."""
    it = iris()
    explainer = PFIExplainer(it.model, show_progress=False)
    return ExplanationDashboard(explainer.explain_global(it.rows, it.labels)).html


def alone() -> str:
    """Nothing beside the explanation, which knows its rows."""
    return ExplanationDashboard(mortgage().explanation, model=False).html


def hostile() -> str:
    """Names that would do harm, wherever a name may stand."""
    generator = np.random.default_rng(0)
    ids = [f"{HOSTILE[i % len(HOSTILE)]} {i}" for i in range(80)]
    rows = pd.DataFrame(generator.normal(size=(80, len(HOSTILE))), columns=HOSTILE, index=ids)
    rows[HOSTILE[0]] = generator.choice(HOSTILE, 80)
    classes = np.array(HOSTILE[:3])
    labels = classes[(rows[HOSTILE[1]] > 0).astype(int) + (rows[HOSTILE[2]] > 0.5).astype(int)]
    forest = type(HOSTILE[0], (RandomForestClassifier,), {})(8, max_depth=4, random_state=0)
    encoded = make_column_transformer((OneHotEncoder(), [HOSTILE[0]]), remainder="passthrough")
    model = Pipeline([("encoded", encoded), ("forest", forest)]).fit(rows, labels)
    explanation = TabularExplainer(model, rows).explain_global(rows)
    others = pd.DataFrame({"group": generator.choice(HOSTILE, 80)}, index=ids)
    cohorts = [
        {"name": name, "filter": {"of": {"feature": HOSTILE[1]}, "is": ">", "value": 0}}
        for name in HOSTILE
    ]
    whole = ExplanationDashboard(explanation, model, rows, labels, cohort_data=others).explanation
    options = PageOptions(run_id=HOSTILE[0], model_uri=HOSTILE[0], title=HOSTILE[0])
    return render(whole, Source(model), cohorts=cohorts, options=options)


def gaps() -> str:
    """NaN, infinities, None, and columns with nothing in them."""
    generator = np.random.default_rng(0)
    numbers = generator.normal(size=(120, 3))
    numbers[::5, 0] = np.nan
    numbers[1::7, 1] = np.inf
    numbers[2::7, 1] = -np.inf
    rows = pd.DataFrame(numbers, columns=["holes", "endless", "plain"])
    rows["nothing"] = np.nan
    rows["same"] = 1.0
    rows["label"] = pd.Categorical(generator.choice(["a", "b"], 120))
    rows.loc[::4, "label"] = None
    labels = np.where(np.nan_to_num(rows["plain"]) > 0, "yes", "no").astype(object)
    model = LGBMClassifier(n_estimators=5, min_child_samples=5, verbose=-1).fit(rows, labels)
    explanation = TabularExplainer(model, rows).explain_global(rows)
    labels[::6] = None
    return ExplanationDashboard(explanation, model, rows, labels).html


def table(n_rows: int) -> tuple[pd.DataFrame, np.ndarray[Any, Any]]:
    """Return rows of 30 columns of mixed numbers, and labels of two classes."""
    generator = np.random.default_rng(0)
    numbers = generator.normal(size=(n_rows, 30))
    numbers[:, 10:18] = numbers[:, 10:18].round(2)
    numbers[:, 18:24] = np.floor(np.exp(numbers[:, 18:24]))
    numbers[:, 24:] = numbers[:, 24:] > 0.5
    score = numbers[:, 0] + np.sin(2 * numbers[:, 1]) + numbers[:, 12] * numbers[:, 25] - 0.3
    labels = np.where(score + generator.normal(size=n_rows) > 0, "yes", "no")
    return pd.DataFrame(numbers, columns=[f"column {i}" for i in range(30)]), labels


@functools.cache
def large(n_rows: int) -> Explained:
    rows, labels = table(n_rows)
    model = LGBMClassifier(n_estimators=100, verbose=-1, random_state=0)
    model.fit(rows.iloc[:20_000], labels[:20_000])
    explanation = TabularExplainer(model, rows.iloc[:100]).explain_global(rows)
    return Explained(model, rows, labels, explanation)


def sampled() -> str:
    """More rows than the page may hold: a sample."""
    return large(100_000).page(max_bytes=3_000_000)


def wide() -> str:
    """A thousand features in a sparse matrix."""
    generator = np.random.default_rng(0)
    rows = sparse.random(200, 1000, 0.02, "csr", random_state=generator)
    labels = np.asarray(rows[:, :3].sum(axis=1)).ravel() > 0
    model = LogisticRegression().fit(rows, np.where(labels, "yes", "no"))
    explainer = TabularExplainer(model, rows, features=[f"word {i}" for i in range(1000)])
    return ExplanationDashboard(explainer.explain_global(rows), model, rows).html


# What each of these says first: the tests know it.
TEXTS = (
    "Good phone. I love it! Great value",
    "bad battery, bad screen",
    "",
    "\u05d8\u05d5\u05d1 good \u05e8\u05e2 bad \u05d7\u05e8\u05d0. \u05de\u05d0\u05d5\u05d3",
    "\U0001f469\u200d\U0001f52c good \U0001f600 bad \U0001f1f3\U0001f1f1 great",
    *(f"{name} good {name}" for name in HOSTILE),
    "unseen words",
)
LONG = 50_000


def texts() -> str:
    """Texts whose importances are known; some would do harm if they were ever read as HTML."""
    observed = ["pos", "neg"] * (len(TEXTS) // 2)
    return ExplanationDashboard(made_texts.explained(TEXTS), model=False, true_y=observed).html


def long_text() -> str:
    """A text of 50,000 words beside a short one."""
    words = list(made_texts.WEIGHTS) + [f"word{i}" for i in range(94)]
    drawn = np.random.default_rng(0).choice(words, LONG)
    drawn[11::12] = np.char.add(drawn[11::12], ".")
    return ExplanationDashboard(made_texts.explained(["good", " ".join(drawn)]), model=False).html


COHORTS = [
    {
        "name": "High debt",
        "filter": {"of": {"feature": "dir"}, "is": ">", "value": 0.4},
    },
]

PAGES: dict[str, Callable[[], str]] = {
    "mortgage": lambda: mortgage().page(cohorts=COHORTS),
    "iris": lambda: iris().page(),
    "diabetes": lambda: diabetes().page(),
    "neighbours": lambda: neighbours().page(),
    "permutation": permutation,
    "alone": alone,
    "hostile": hostile,
    "gaps": gaps,
    "wide": wide,
    "5k": lambda: large(5_000).page(),
    "50k": lambda: large(50_000).page(),
    "sampled": sampled,
    "texts": texts,
    "long text": long_text,
}
# Those that every tab is looked at, at every width and in every theme.
EXAMPLES = ("mortgage", "iris", "diabetes", "neighbours", "permutation", "alone")
