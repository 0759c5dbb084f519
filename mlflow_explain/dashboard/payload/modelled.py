"""The model of a page: the model itself, one that follows it, recorded answers, or none."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from mlflow_explain.dashboard import words
from mlflow_explain.dashboard.models.values import Exported
from mlflow_explain.dashboard.payload import about, recorded
from mlflow_explain.dashboard.payload.block import Arrays, packed, zipped
from mlflow_explain.dashboard.payload.numbers import Precision
from mlflow_explain.dashboard.payload.taken import taken
from mlflow_explain.dashboard.worded import words_of
from mlflow_explain.data.kinds import MODEL_ERRORS
from mlflow_explain.data.texts.models import inside
from mlflow_explain.errors import ExplainError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mlflow_explain._typing import IntArray
    from mlflow_explain.dashboard.models.values import NotExported
    from mlflow_explain.dashboard.payload.options import PageOptions
    from mlflow_explain.dashboard.source import Source
    from mlflow_explain.data.predictor import Predictor
    from mlflow_explain.explanation import Explanation

_logger = logging.getLogger(__name__)

WITHOUT_DATA = "The page was made without data, and so without the model."
NO_MODEL = (
    "The page holds no model: none was given when it was made. What-if and ICE need one; pass "
    "`model`."
)
NO_COLUMNS = (
    "The page holds no model: the explanation is of engineered features, and a model in the page "
    "is asked by the columns it takes."
)
TEXTS = (
    "The page holds no model: it reads texts, and words are no columns whose values could be "
    "changed here. Change a text with `mlflow-explain ui --allow-model-load`, or explain it in "
    "Python."
)
NO_ROWS = "The explanation holds no rows for a model in the page to be checked on."
_RECORDED = "Curves of a few rows were computed when the page was made."
_GIVE_IT = (
    "Pass `model` when the page is made, as of `log_explanation(explanation, model=model)`, and it "
    "is asked: for a surrogate that is put in, or for curves of a few rows."
)
# Names of columns in a sentence, at most.
_FEW = 5
# A model that leaves less than half of the page to the rows is left out. The page itself takes
# about so much.
_MOST_SHARE, _OF_THE_PAGE = 0.5, 250_000
# R², and the share of rows with the same class, below which a surrogate would tell flips and
# curves that are not the model's.
_LEAST_FIDELITY = 0.9
# What explains by a surrogate, which is then what is explained.
_MIMIC = "mimic"


@dataclass(frozen=True, eq=False, slots=True)
class Modelled:
    """What a page knows of the model.

    Parameters
    ----------
    exported : Exported or None
        The model in the page.
    curves : list of Curves
        Recorded in its place.
    note : str or None
        Why there is no model, or what it is not: a sentence.
    parameters, versions : mapping
        Of the model, and of the libraries it is made of.
    precisions : mapping
        Column of the raw view -> what may become of its numbers.
    """

    exported: Exported | None = None
    curves: list[recorded.Curves] = field(default_factory=list)
    note: str | None = NO_MODEL
    parameters: Mapping[str, str] = field(default_factory=dict)
    versions: Mapping[str, str] = field(default_factory=dict)
    precisions: Mapping[str, Precision] = field(default_factory=dict)

    def written(self, rows: IntArray, arrays: Arrays) -> dict[str, Any]:
        """Return the model's part of the payload, and add its arrays."""
        made: dict[str, Any] = {"model": None}
        if self.exported is not None:
            arrays.update(self.exported.arrays)
            made["model"] = self.exported.json()
        made["recorded"] = recorded.written(self.curves, rows, arrays)
        return made | ({} if self.note is None else {"modelNote": self.note})


def modelled(
    explanation: Explanation,
    source: Source,
    options: PageOptions,
    rows: IntArray,
    columns: Mapping[str, str],
) -> Modelled:
    """Return what a page knows of a model.

    Parameters
    ----------
    explanation : Explanation
        In raw columns.
    source : Source
        The model, and whether it may be asked.
    options : PageOptions
        What the page holds.
    rows : ndarray
        Positions of the rows that may be embedded: what is exact is checked on each of them.
    columns : mapping
        Name of each column whose cells are shown -> what they are.
    """
    model = source.model
    own = inside(model)
    parameters = about.parameters_of(own, hides=options.hides)
    known = Modelled(parameters=parameters, versions=about.versions_of(own))
    why = _why_none(explanation, source, options)
    if why is not None:
        return replace(known, note=why)
    try:
        found = _model_of(taken(explanation, rows), source, options)
    except (*MODEL_ERRORS, ExplainError) as error:
        # A model may answer anything, and the page is worth having without it.
        _logger.debug("A model was not put into a page.", exc_info=True)
        return replace(known, note=f"The model is not in the page: {type(error).__name__} came up.")
    if isinstance(found, Exported):
        weak = _too_weak(found, source)
        curves = _curves(explanation, model, rows, options) if weak else []
        if curves:
            return replace(known, curves=curves, note=f"{weak} {_RECORDED}")
        return _with_model(known, found, columns, options)
    sentence = f"The model is not in the page: {found.reason}."
    if not source.may_ask:
        return replace(known, note=f"{sentence} {_GIVE_IT}")
    curves = _curves(explanation, model, rows, options)
    return replace(known, curves=curves, note=f"{sentence} {_RECORDED}" if curves else sentence)


def _too_weak(found: Exported, source: Source) -> str | None:
    """Return why a surrogate is not good enough to answer what-if, if so."""
    explains = getattr(source.engine, "name", None) == _MIMIC
    if found.mode == "exact" or explains or not source.may_ask:
        return None
    r2, agreement = (found.fidelity.get(f"fidelity_{name}", 1.0) for name in ("r2", "agreement"))
    if min(r2, agreement) >= _LEAST_FIDELITY:
        return None
    # The first of a surrogate's notes is why it stands in the model's place.
    same = f", and it predicts the same class for {agreement:.0%}" if agreement < 1 else ""
    return (
        f"{found.notes[0]} A surrogate of it is too far from it, and left out: on rows held out "
        f"its R² is {r2:.2f}{same}."
    )


def _why_none(explanation: Explanation, source: Source, options: PageOptions) -> str | None:
    """Return why there is nothing to put into a page, if so."""
    if not options.include_data:
        return WITHOUT_DATA
    if source.refused is not None:
        return source.refused
    if words_of(explanation) is not None:
        return TEXTS
    if source.model is None:
        return NO_MODEL
    if explanation.kind == "engineered":
        return NO_COLUMNS
    return NO_ROWS if explanation.eval_data is None else None


def _model_of(some: Explanation, source: Source, options: PageOptions) -> Exported | NotExported:
    from mlflow_explain.dashboard.models.page import model_for_page

    return model_for_page(some, source, seed=options.seed)


def _with_model(
    known: Modelled, found: Exported, columns: Mapping[str, str], options: PageOptions
) -> Modelled:
    """Return what is known with the model in the page, unless it reads what that does not show."""
    lost = [each.name for each in found.inputs if columns.get(each.name) != each.type]
    if lost:
        names = words.listed(lost) if len(lost) <= _FEW else f"{len(lost):,} columns"
        return replace(
            known,
            note=f"The model is not in the page: it reads {names}, whose cells are not shown.",
        )
    share = zipped_size(found) / _allowed(options)
    if share > _MOST_SHARE:
        return replace(
            known,
            note=f"The model is not in the page: it would take {share:.0%} of the "
            f"{options.max_bytes / 1e6:g} MB that `max_bytes` allows.",
        )
    note = " ".join(found.notes) or None
    return replace(known, exported=found, note=note, precisions=_precisions(found))


def _precisions(found: Exported) -> dict[str, Precision]:
    from mlflow_explain.dashboard.models.thresholds import thresholds_of

    return {
        name: Precision(exact=True) if each is None else Precision(each)
        for name, each in thresholds_of(found).items()
    }


def zipped_size(found: Exported) -> int:
    """Return about how many bytes of a page a model takes."""
    arrays = Arrays()
    arrays.update(found.arrays)
    return len(zipped(packed(found.json(), arrays.known))) * 4 // 3


def _allowed(options: PageOptions) -> int:
    return options.max_bytes - _OF_THE_PAGE


def _curves(
    explanation: Explanation, model: Any, rows: IntArray, options: PageOptions
) -> list[recorded.Curves]:
    predictor = predictor_for(explanation, model)
    if options.hides or predictor is None:
        return []
    step = max(1, len(rows) // recorded.N_ROWS)
    return recorded.recorded(explanation, predictor, rows[::step][: recorded.N_ROWS])


def predictor_for(explanation: Explanation, model: Any) -> Predictor | None:
    """Return a way to ask a model, or a function, for predictions; None where there is none."""
    from mlflow_explain.data.predictor import predictor_of

    try:
        return predictor_of(model, explanation.classes, explanation.model_task)
    except (ExplainError, *MODEL_ERRORS):
        return None


def labels_of(explanation: Explanation, source: Source) -> Sequence[Any] | None:
    """Return what the model itself calls its classes, where that is known."""
    if source.model is None or explanation.classes is None:
        return None
    predictor = predictor_for(explanation, source.model)
    return None if predictor is None else predictor.labels
