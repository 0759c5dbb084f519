"""An explanation as a pandas table or a plain dictionary."""

from __future__ import annotations

from math import isfinite
from numbers import Integral
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from mlflow_explain.data.arguments import shown
from mlflow_explain.errors import InvalidInputError, MissingPartError
from mlflow_explain.explanation import layout
from mlflow_explain.explanation._arrays import plain

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mlflow_explain._typing import AnyArray
    from mlflow_explain.explanation import Explanation
    from mlflow_explain.explanation.tokens import TokenImportance


def output_index(explanation: Explanation, output: Any) -> int:
    """Return the position of a class label or the number of a target.

    By default the last of two classes, the first of more; of several targets the first.
    """
    classes = explanation.classes
    if classes is None:
        n_targets = explanation.require_local().n_outputs
        if output is not None and output not in range(n_targets):
            raise InvalidInputError(
                f"the number of a target below {n_targets}", repr(output), "Number the target."
            )
        return 0 if output is None else int(output)
    if output is None:
        return layout.default_output(len(classes))
    labels = [str(label) for label in classes]
    if str(output) not in labels:
        raise InvalidInputError(
            f"one of the classes {', '.join(labels)}", repr(output), "Pass a class label."
        )
    return labels.index(str(output))


def to_frame(explanation: Explanation, output: Any = None) -> pd.DataFrame:
    """Return attributions per row and feature, or importance per feature without local values."""
    if explanation.local is None:
        table = explanation.get_feature_importance_dict()
        made = pd.DataFrame({"feature": list(table), "importance": list(table.values())})
        deviations = explanation.global_.standard_deviations
        if deviations is not None:
            made["standard_deviation"] = deviations[explanation.global_importance_rank]
        return made
    n_classes = None if explanation.classes is None else len(explanation.classes)
    values, _ = layout.of_output(explanation.local, output_index(explanation, output), n_classes)
    index = None if explanation.rows is None else explanation.rows.ids
    return pd.DataFrame(values, columns=list(explanation.features), index=index)


def to_tokens(explanation: Explanation, row: int = 0, output: Any = None) -> pd.DataFrame:
    """Return the tokens of one text with their places and attributions, in the text's order."""
    tokens = _tokens(explanation)
    if not isinstance(row, Integral) or isinstance(row, bool) or not 0 <= row < tokens.n_rows:
        raise InvalidInputError(
            f"`row`, a position from 0 to {tokens.n_rows - 1}", shown(row), "Number a row."
        )
    n_classes = None if explanation.classes is None else len(explanation.classes)
    chosen = output_index(explanation, output)
    values, _, errors = layout.tokens_of_output(explanation.require_local(), chosen, n_classes)
    of = tokens.of_row(int(row))
    start, end = tokens.start[of], tokens.end[of]
    data = explanation.eval_data
    if data is None:
        words = [explanation.features[i] if i >= 0 else None for i in tokens.feature[of].tolist()]
    else:
        text = data[tokens.column].iloc[int(row)]
        words = [text[a:b] for a, b in zip(start.tolist(), end.tolist(), strict=True)]
    made = pd.DataFrame({"token": pd.Series(words, dtype=object), "start": start, "end": end})
    made["sentence"] = tokens.sentence[of]
    made["importance"] = values[of]
    if errors is not None:
        made["standard_error"] = errors[of]
    return made


def to_sentences(explanation: Explanation, row: int = 0, output: Any = None) -> pd.DataFrame:
    """Return the sentences of one text with their places and the sums of their tokens."""
    found = to_tokens(explanation, row, output)
    by = found.groupby("sentence", as_index=False)
    made = by.agg(start=("start", "min"), end=("end", "max"), importance=("importance", "sum"))
    data = explanation.eval_data
    if data is not None:
        text = data[_tokens(explanation).column].iloc[int(row)]
        each = zip(made["start"].tolist(), made["end"].tolist(), strict=True)
        made["text"] = pd.Series([text[a:b] for a, b in each], dtype=object)
    return made


def _tokens(explanation: Explanation) -> TokenImportance:
    local = explanation.require_local()
    if local.tokens is None and explanation.method.startswith("text "):
        raise MissingPartError(
            "an explanation with the places of its tokens",
            "one that was kept without its texts, and so without them",
            "Keep the rows: `include_data=True`.",
        )
    if local.tokens is None:
        raise MissingPartError(
            "an explanation of texts",
            f"one of {explanation.num_features} features of a table",
            "Explain texts with TextExplainer, or LIMEExplainer and its `text_column=`.",
        )
    return local.tokens


def to_dict(explanation: Explanation) -> dict[str, Any]:
    """Return names, values and settings as plain Python objects; NaN and infinity become None."""
    local = explanation.local
    deviations = explanation.global_.standard_deviations
    errors, rest = (None, None) if local is None else (local.standard_errors, local.rest)
    n_classes = None if explanation.classes is None else len(explanation.classes)
    return {
        "id": explanation.id,
        "kind": explanation.kind,
        "method": explanation.method,
        "model_task": explanation.model_task,
        "model_type": explanation.model_type,
        "output_space": explanation.output_space,
        "feature_perturbation": explanation.feature_perturbation,
        "comment": explanation.comment,
        "features": list(explanation.features),
        "classes": plain_labels(explanation.classes),
        "quality": {name: finite(value) for name, value in explanation.quality.items()},
        "global_measure": explanation.global_measure,
        "global_importance_values": listed(explanation.global_importance_values),
        "global_standard_deviations": (
            None if deviations is None else listed(np.asarray(deviations))
        ),
        "num_left_out": explanation.num_left_out,
        "other_importance": (
            None if explanation.other_importance is None else finite(explanation.other_importance)
        ),
        "expected_values": None if local is None else listed(explanation.expected_values),
        "local_importance_values": (
            None if local is None else listed(explanation.local_importance_values)
        ),
        "other_importance_values": (
            None if rest is None else listed(layout.rest_per_class(rest, n_classes))
        ),
        "standard_errors": (
            None if errors is None else listed(layout.errors_per_class(errors, n_classes))
        ),
    }


def others(n_rest: int) -> str:
    """Return what the features are called whose importances are one sum."""
    return f"{n_rest} other{'s' if n_rest != 1 else ''}"


def is_plain(value: Any) -> bool:
    """Whether strict JSON holds a label: text of whole characters, a finite number, None."""
    if isinstance(value, str):
        return not any("\ud800" <= char <= "\udfff" for char in value)
    return value is None or isinstance(value, int) or (isinstance(value, float) and isfinite(value))


def plain_labels(labels: Sequence[Any] | None, what: str = "class labels") -> list[Any] | None:
    """Return labels as Python's own types, fit for JSON.

    Raises
    ------
    InvalidInputError
        A label is neither text that UTF-8 holds nor a finite number, a truth value or None.
    """
    if labels is None:
        return None
    found = [plain(label) for label in labels]
    odd = [shown(label) for label in found if not is_plain(label)]
    if odd:
        raise InvalidInputError(
            f"{what} of text in UTF-8, finite numbers or truth values",
            ", ".join(odd[:3]),
            "Convert them to text, and leave out broken characters.",
        )
    return found


def finite(value: float) -> float | None:
    """Return the number, or None where strict JSON has none for it."""
    return float(value) if isfinite(value) else None


def listed(values: AnyArray) -> list[Any]:
    """Return an array of numbers as nested lists, with None for NaN and infinity."""
    if np.isfinite(values).all():
        nested: list[Any] = values.tolist()
        return nested
    cells = values.astype(object)
    cells[~np.isfinite(values)] = None
    with_gaps: list[Any] = cells.tolist()
    return with_gaps
