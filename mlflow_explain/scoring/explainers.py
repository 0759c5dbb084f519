"""Scoring explainers: what users keep, register and serve to explain new rows.

All are one representation, a `Scorer`. Their classes say which engine they score with, and refuse
others by the table `CLASSES`; `KernelScoringExplainer` takes any.
"""

from __future__ import annotations

import math
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

from mlflow_explain.errors import InvalidInputError
from mlflow_explain.scoring import archive
from mlflow_explain.scoring.making import scorer_of
from mlflow_explain.scoring.reasons import reasons_of
from mlflow_explain.scoring.reply import each_output

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path
    from typing import Self

    from mlflow_explain._typing import OutputSpace
    from mlflow_explain.engines.base import Engine
    from mlflow_explain.explainers.base import Explainer
    from mlflow_explain.scoring.scorer import Scorer

_UNITS = ("bytes", "kB", "MB", "GB")


class ScoringExplainer:
    """A light explainer for rows that arrive one by one, of whatever engine.

    What is saved of it, as JSON and plain arrays, holds no training rows beyond those the engine
    needs: none for trees, the background for engines that ask the model.

    Parameters
    ----------
    original_explainer : explainer
        An explainer of this package that has local values.
    initialization_examples : optional
        Accepted for the original SDK's call: the engine holds the background it was made with.

    Attributes
    ----------
    scorer : Scorer
        The value that scores: engine, names, map.

    Raises
    ------
    InvalidInputError
        It explains with another engine than this class scores with, or is no explainer of ours.
    MissingPartError
        It has no local values, as `PFIExplainer` has none, or has seen no rows yet.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.linear_model import LinearRegression
    >>> from mlflow_explain import LinearScoringExplainer, TabularExplainer
    >>> rows = np.array([[0.0, 0.0], [2.0, 4.0]])
    >>> explainer = TabularExplainer(LinearRegression().fit(rows, [0.0, 10.0]), rows)
    >>> scoring = LinearScoringExplainer(explainer)
    >>> np.round(scoring.explain(rows), 6).tolist()
    [[-1.0, -4.0], [1.0, 4.0]]
    >>> scoring
    <LinearScoringExplainer of LinearRegression: linear, 2 columns, raw, 40 bytes>
    """

    _takes_any: ClassVar[bool] = True

    def __init__(self, original_explainer: Explainer, initialization_examples: Any = None) -> None:
        del initialization_examples
        self.scorer = self._checked(scorer_of(original_explainer))

    @classmethod
    def of(cls, scorer: Scorer) -> Self:
        """Return the scoring explainer of this class around a scorer."""
        made = cls.__new__(cls)
        made.scorer = cls._checked(scorer)
        return made

    @classmethod
    def load(cls, path: str | Path) -> Self:
        """Return what `save` wrote to a file or a folder, verified; nothing is unpickled.

        Parameters
        ----------
        path : str or Path
            What `save` returned, or the directory it was given.

        Returns
        -------
        ScoringExplainer
            Of the class that was saved.

        Raises
        ------
        ArtifactNotFoundError, CorruptArtifactError, FormatVersionError
            Nothing lies there; it is damaged or something else; it is of a newer version.
        InvalidInputError
            It is of another class than the one whose `load` is called.
        """
        scorer, made_as = archive.read(path)
        # Of explainers that were not kept by themselves nothing says the class.
        wanted = _NAMED.get(str(made_as)) or class_of(scorer.engine)
        made = wanted.of(scorer)
        if not isinstance(made, cls):
            raise InvalidInputError(
                f"a {cls.__name__}",
                f"a {type(made).__name__}",
                f"Call {type(made).__name__}.load, or ScoringExplainer.load.",
            )
        return made

    def save(self, path: str | Path, *, exist_ok: bool = False) -> str:
        """Write it to one file, and return the file's path.

        The file is an archive of JSON and plain arrays with the digest of each. Fitted
        transformers, and a model that the engine asks, are in it as skops.

        Parameters
        ----------
        path : str or Path
            A new file.
        exist_ok : bool, default=False
            Replace one that lies there.

        Raises
        ------
        ArtifactExistsError
            The path is taken.
        UnsupportedModelError
            A transformer, or a model that is asked, is nothing that skops holds.
        StoreError
            The disk is full or refuses.
        """
        name = type(self).__name__
        return str(archive.write_file(self.scorer, name, path, exist_ok=exist_ok))

    def __repr__(self) -> str:
        """Say in one line what it explains, how, and its size."""
        scorer = self.scorer
        return (
            f"<{type(self).__name__} of {scorer.model_type}: {scorer.engine.name}, "
            f"{len(scorer.features)} columns, {scorer.output_space}, {size_in_words(self.nbytes)}>"
        )

    @property
    def asks_model(self) -> bool:
        """Whether it explains by asking the model, without which it is of no use."""
        return self.scorer.asks_model

    @property
    def features(self) -> tuple[str, ...]:
        """Names of the raw columns."""
        return self.scorer.features

    @property
    def engineered_features(self) -> tuple[str, ...]:
        """Names of the estimator's inputs, as of ``get_raw=False``."""
        return self.scorer.engineered_features

    @property
    def classes(self) -> tuple[Any, ...] | None:
        """Names of the classes in the order of the outputs; None for a regression."""
        return self.scorer.classes

    @property
    def output_space(self) -> OutputSpace:
        """Unit of the importances."""
        return self.scorer.output_space

    @property
    def expected_values(self) -> list[float]:
        """Base values: one per class or target."""
        return self.scorer.expected_values

    @cached_property
    def nbytes(self) -> int:
        """Bytes of its numbers and texts, without fitted transformers and a model it asks."""
        state = self.scorer.engine.state()
        fold = self.scorer.feature_map
        arrays = [*state.arrays.values(), *(fold.arrays().values() if fold is not None else ())]
        return sum(int(a.nbytes) for a in arrays) + sum(map(len, state.texts.values()))

    def explain(self, evaluation_examples: Any, get_raw: bool | None = None) -> list[Any]:
        """Return importances as nested lists, ready for JSON: those of `explain_local`.

        Parameters
        ----------
        evaluation_examples : DataFrame, Series, array or csr_matrix
            One row or many, in raw columns; engineered columns are accepted where the
            preprocessing was not loaded.
        get_raw : bool, optional
            Importances of raw columns (True) or engineered features (False). By default raw.

        Returns
        -------
        list
            (n_classes, n_rows, n_features) for classification, (n_rows, n_features) for
            regression, of several targets (n_targets, n_rows, n_features). Numbers that are not
            finite are None. Of all columns, also where `explain_subset` keeps some only.
        """
        return self.scorer.explain(evaluation_examples, get_raw)

    @classmethod
    def _checked(cls, scorer: Scorer) -> Scorer:
        """Return a scorer whose engine this class scores with, or say which class does."""
        right = class_of(scorer.engine)
        if cls._takes_any or issubclass(cls, right):
            return scorer
        kinds = " or ".join(name for name, own in CLASSES.items() if issubclass(cls, own))
        raise InvalidInputError(
            f"an explainer whose engine is {kinds}, for a {cls.__name__}",
            f"one of {scorer.model_type} whose engine is {engine_kind(scorer.engine)}",
            f"Use {right.__name__}; `explainer.create_scoring_explainer()` returns it.",
        )


class TreeScoringExplainer(ScoringExplainer):
    """Scores with trees: a model's own, CatBoost's, or those of a mimic explainer's surrogate."""

    _takes_any = False


class LinearScoringExplainer(ScoringExplainer):
    """Scores with sums over features: a model's own, or those of a mimic explainer's surrogate."""

    _takes_any = False


class KernelMachineScoringExplainer(ScoringExplainer):
    """Scores with the support vectors of a kernel machine (SVC, SVR, kernel ridge), exactly."""

    _takes_any = False


class EnsembleScoringExplainer(ScoringExplainer):
    """Scores with the engines of an ensemble's members: voting, stacking, bagging, one-vs-rest."""

    _takes_any = False


class DeepScoringExplainer(ScoringExplainer):
    """Scores with the gradients of a network, which is logged beside it."""

    _takes_any = False


class LIMEScoringExplainer(ScoringExplainer):
    """Scores with linear models of a model's answers around each row."""

    _takes_any = False


class TextScoringExplainer(ScoringExplainer):
    """Scores the tokens of texts, with whichever way `TextExplainer` has chosen.

    It asks the model, which is saved with it or logged beside it; a network of `HANTextExplainer`
    asks none.

    Parameters
    ----------
    original_explainer : TextExplainer or HANTextExplainer
        An explainer of texts.
    initialization_examples : optional
        As of `ScoringExplainer`.

    Examples
    --------
    >>> from sklearn.feature_extraction.text import CountVectorizer
    >>> from sklearn.linear_model import LinearRegression
    >>> from sklearn.pipeline import make_pipeline
    >>> from mlflow_explain import TextExplainer
    >>> texts = ["good phone", "bad phone"]
    >>> model = make_pipeline(CountVectorizer(), LinearRegression()).fit(texts, [1.0, -1.0])
    >>> scoring = TextExplainer(model, texts, method="masking").create_scoring_explainer()
    >>> (found,) = scoring.explain("good phone")
    >>> [(entry["token"], entry["start"], entry["end"])
    ...  for entry in found["local_importance_values"]]
    [('good', 0, 4), ('phone', 5, 10)]
    """

    _takes_any = False

    def explain(self, evaluation_examples: Any, get_raw: bool | None = None) -> list[Any]:
        """Return the importances of the tokens of texts, ready for JSON.

        Parameters
        ----------
        evaluation_examples : str, sequence of str, Series or DataFrame
            One text or many; a table with a column of them where the model takes one.
        get_raw : bool, optional
            Accepted as by other scoring explainers: words have no engineered features apart.

        Returns
        -------
        list
            Per class, of a regression per text, of several targets per target: a list with one
            object per text, as replies have it. ``local_importance_values`` lists the tokens in
            the order of the text, each with ``token``, ``start``, ``end`` (in Unicode code points),
            ``sentence`` and ``importance``, and then columns beside the text, without a place; with
            such columns ``feature`` names each entry's column. ``other_importance`` is what none
            of these is attributed. With `expected_values` they sum to the model's output.

        Raises
        ------
        InvalidInputError
            One of them is no text.
        """
        del get_raw
        reasons = reasons_of(self.scorer, self.scorer.engineered_if_finite(evaluation_examples))
        each = each_output(self.scorer, reasons)
        return each if self.classes is not None or len(each) > 1 else each[0]


class KernelScoringExplainer(ScoringExplainer):
    """Scores with the engine of whatever explainer it is given; the name is the original SDK's."""


# Engine -> the class that scores with it. What a mimic explainer scores with is its surrogate.
CLASSES: Mapping[str, type[ScoringExplainer]] = {
    "tree": TreeScoringExplainer,
    "catboost": TreeScoringExplainer,
    "linear": LinearScoringExplainer,
    "kernel machine": KernelMachineScoringExplainer,
    "composed": EnsembleScoringExplainer,
    "deep": DeepScoringExplainer,
    "kernel": KernelScoringExplainer,
    "lime": LIMEScoringExplainer,
    "text terms": TextScoringExplainer,
    "text masking": TextScoringExplainer,
    "text lime": TextScoringExplainer,
    "text han": TextScoringExplainer,
    "mimic by tree": TreeScoringExplainer,
    "mimic by linear": LinearScoringExplainer,
}
_NAMED: Mapping[str, type[ScoringExplainer]] = {
    ScoringExplainer.__name__: ScoringExplainer,
    **{cls.__name__: cls for cls in CLASSES.values()},
}


def engine_kind(engine: Engine) -> str:
    """Return the row of `CLASSES` that an engine is of."""
    inner = getattr(engine, "inner", None) if engine.name == "mimic" else None
    return engine.name if inner is None else f"mimic by {inner.name}"


def size_in_words(n_bytes: int) -> str:
    """Return a size in words.

    Examples
    --------
    >>> size_in_words(999), size_in_words(1_000), size_in_words(1_234_567)
    ('999 bytes', '1.0 kB', '1.2 MB')
    """
    thousands = 0 if n_bytes < 1_000 else min(int(math.log10(n_bytes)) // 3, len(_UNITS) - 1)
    size = n_bytes / 1_000**thousands
    return f"{size:.{int(thousands > 0 and size < 10)}f} {_UNITS[thousands]}"


def class_of(engine: Engine) -> type[ScoringExplainer]:
    """Return the class that scores with an engine."""
    return CLASSES[engine_kind(engine)]


def around(scorer: Scorer) -> ScoringExplainer:
    """Return the scoring explainer around a scorer, of the class of its engine."""
    return class_of(scorer.engine).of(scorer)


def scoring_explainer_of(explainer: Explainer) -> ScoringExplainer:
    """Return the scoring explainer of an explainer, of the class of its engine."""
    return around(scorer_of(explainer))
