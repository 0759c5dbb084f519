"""Plain sentences about an explanation, the same on the page, in the report and in the registry."""

from __future__ import annotations

from math import isfinite
from typing import TYPE_CHECKING

from mlflow_explain.dashboard.worded import words_of
from mlflow_explain.data.evaluated import attributions_to, own_answer, sum_name, total_of
from mlflow_explain.data.texts.worded import ABSENT
from mlflow_explain.data.views import others

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mlflow_explain.explanation import Explanation

CAUTION = (
    "Importances describe what the model does, not what causes the outcome, and many ways to "
    "compute them are approximations. Use them to understand and debug a model; do not base "
    "decisions about people on them alone."
)

_UNITS = {
    "log-odds": "log-odds (natural logarithm of the odds)",
    "probability": "probability",
    "margin": "the model's score before it is turned into a prediction",
    "raw": "unit of the prediction",
}
_SHORT_UNITS = {"margin": "score", "raw": "unit of the prediction"}

KINDS = {"raw": "raw columns", "engineered": "engineered features"}

# Where words of texts are features, too.
_WORDS = "words, and columns beside the text"

GAMES = {
    "tree_path_dependent": "absent features follow the training rows in each node of the trees",
    "interventional": "absent features are replaced by background rows",
}

# A surrogate is explained in the model's place.
SURROGATES = frozenset({"mimic", "text han"})

# What a method's name does not say. Other methods are shown by their names.
_METHODS = {
    "mimic": "mimic: a surrogate fitted to the model's answers is explained in the model's place",
    "text han": (
        "text han: an attention network fitted to the model's answers is explained in the model's "
        "place"
    ),
    "lime": "lime: a linear model is fitted to the model's answers around each row",
    "deep": "deep: expected gradients of the network, integrated numerically",
    "pfi": "pfi: a column is shuffled, and the model's score is computed again",
}

# Figures of `Explanation.quality` -> what they are called, and what they say. Others are shown as
# they are.
QUALITY = {
    "additivity_error_max": (
        "Largest additivity error",
        (
            "{value:.2g} ({unit}), the most by which base value plus attributions differ from the "
            "explained model's own output"
        ),
    ),
    "standard_error_max": (
        "Largest standard error",
        (
            "{value:.2g} ({unit}): attributions are estimated, and with another seed would "
            "differ by about as much"
        ),
    ),
    "integration_error_max": (
        "Integration error",
        (
            "{value:.2g} ({unit}), the most by which integrals missed the network's output on the "
            "background before they were adjusted"
        ),
    ),
    "fidelity_r2": (
        "Fidelity, rows held out",
        (
            "R² {value:.4g}: the share of the variance of the model's output that the surrogate "
            "explains (1: all, 0: no more than its mean)"
        ),
    ),
    "fidelity_r2_train": ("Fidelity, rows fitted to", "R² {value:.4g}"),
    "fidelity_agreement": (
        "Agreement, rows held out",
        "{value:.1%} of the rows are given the same class by model and surrogate",
    ),
    "fidelity_agreement_train": ("Agreement, rows fitted to", "{value:.1%}"),
    "epochs": ("Epochs", "{value:,.0f}, in which the surrogate was fitted"),
    "rescaled": (
        "Scaled",
        "attributions to the model's score were scaled so that they sum to the probability",
    ),
    "baseline_score": (
        "Score with nothing shuffled",
        "{value:.4g}; an importance is the {measure} once the column is shuffled",
    ),
    "deletion_auc": (
        "Deletion curve",
        (
            "mean area {value:.4g}: output as the strongest tokens are taken out first; the lower, "
            "the better they were found"
        ),
    ),
    "deletion_auc_random": ("Deletion curve, at random", "mean area {value:.4g}"),
    "insertion_auc": (
        "Insertion curve",
        (
            "mean area {value:.4g}: output as the strongest tokens are put in first; the higher, "
            "the better they were found"
        ),
    ),
    "insertion_auc_random": ("Insertion curve, at random", "mean area {value:.4g}"),
    "curve_documents": ("Texts of these curves", "{value:,.0f}"),
    "n_repeats": (
        "Repeats",
        ("{value:.0f} per column; an importance is their mean, beside their standard deviation"),
    ),
    "n_evaluation_rows": ("Rows given", "{value:,.0f}"),
    "n_sampled_rows": ("Rows sampled", "{value:,.0f}, explained in place of all"),
    "non_finite_values": ("Attributions that are no numbers", "{value:,.0f}"),
}


def kind(explanation: Explanation) -> str:
    """Return what the features are, in the plural."""
    found = words_of(explanation)
    if found is None or not found.are.any():
        return KINDS[explanation.kind]
    return "words" if found.are.all() else _WORDS


def head(explanation: Explanation) -> str:
    """Return what one feature is, above a list of them."""
    found = words_of(explanation)
    if found is None or not found.are.any():
        return "column"
    return "word" if found.are.all() else "word or column"


def headline(explanation: Explanation) -> str:
    """Return one sentence that names the most important features, of those that matter at all."""
    model = explanation.model_type
    if explanation.method in SURROGATES:
        model = f"The surrogate of {model}{_fidelity(explanation)}"
    names = _that_matter(explanation)
    if names:
        return f"{model} relies most on {listed(names[:3])}."
    spread = explanation.global_.standard_deviations
    least = "0" if spread is None else "its standard deviation"
    return f"{model} relies on no column: none has an importance above {least}."


def of_row(explanation: Explanation) -> str:
    """Return what became of the only row: its output, or what stands for it, and the base value."""
    values, base, unit, rest = attributions_to(explanation)
    total = total_of(base, values[0], float(rest[0]))
    name = f"{unit[0].upper()}{unit[1:]}"
    if not isfinite(total):
        return f"{name}; the base value is not known."
    what = sum_name(explanation)
    if what == "output":
        return f"{name}: {total:.4g}, where the base value is {base:.4g}."
    kind = what.removeprefix("sum ")
    sentence = f"{name}: base value {base:.4g}, with attributions {total:.4g} {kind}."
    own = own_answer(explanation, 0)
    return f"{sentence} {own[0].upper()}{own[1:]}." if own else sentence


def facts(explanation: Explanation) -> dict[str, str]:
    """Return the settings a reader needs to read the numbers, by name."""
    background, space = explanation.background, explanation.output_space
    game = explanation.feature_perturbation
    rows = f"{explanation.num_examples:,}" if explanation.num_examples else "not kept"
    made = {
        "Model": f"{explanation.model_type} ({explanation.model_task})",
        "Rows explained": rows,
        "Features": f"{_features(explanation)}{_left_out(explanation)}",
        "Importance": explanation.global_measure,
        "Method": _METHODS.get(explanation.method, explanation.method),
    }
    if space is not None:
        made["Unit"] = _UNITS[space]
    if game is not None:
        made["Method"] += f"; {GAMES[game]}"
    if explanation.classes is not None:
        made["Classes"] = ", ".join(str(label) for label in explanation.classes)
    plays_with_it = explanation.local is not None if game is None else game == "interventional"
    if background is not None and plays_with_it:
        made["Background"] = f"{counted(background.n_rows, 'row')} ({background.method})"
    if explanation.local is not None:
        base = [f"{v:.4g}" if isfinite(v) else "not known" for v in explanation.expected_values]
        made["Expected value"] = ", ".join(base)
    made |= _quality(explanation)
    made["Explanation"] = explanation.id
    if explanation.comment:
        made["Comment"] = explanation.comment
    return made


def _features(explanation: Explanation) -> str:
    """Return how many features there are; of texts how many words, and columns beside them."""
    found = words_of(explanation)
    if found is None or not found.are.any():
        return f"{explanation.num_features} {kind(explanation)}"
    pairs = zip(explanation.features, found.are, strict=True)
    n_absent = sum(bool(is_word) and name.endswith(ABSENT) for name, is_word in pairs)
    n_words = int(found.are.sum())
    parts = [counted(n_words - n_absent, "word")]
    if n_words < explanation.num_features:
        parts.append(f"{counted(explanation.num_features - n_words, 'column')} beside the text")
    if n_absent:
        parts.append("one sum of words a text does not have")
    return ", ".join(parts)


def _left_out(explanation: Explanation) -> str:
    n_rest = explanation.num_left_out
    return f"; one sum stands for {others(n_rest)}" if n_rest else ""


def _quality(explanation: Explanation) -> dict[str, str]:
    """Return the figures that tell how far to trust the values, in words."""
    space = explanation.output_space or "unit of the output"
    unit, measure = _SHORT_UNITS.get(space, space), explanation.global_.measure
    made = {}
    figures = explanation.quality
    for name in [*[n for n in QUALITY if n in figures], *[n for n in figures if n not in QUALITY]]:
        called, said = QUALITY.get(name, (name, "{value:.4g}"))
        made[called] = said.format(value=figures[name], unit=unit, measure=measure)
    return made


def _fidelity(explanation: Explanation) -> str:
    share = explanation.quality.get("fidelity_r2")
    return "" if share is None else f" (R² {share:.2f} on rows held out)"


def _that_matter(explanation: Explanation) -> list[str]:
    """Return features above 0, and above the standard deviation of what was measured, in order."""
    spread = explanation.global_.standard_deviations
    return [
        explanation.features[i]
        for i in explanation.global_importance_rank
        if explanation.global_.values[i] > (0.0 if spread is None else max(0.0, spread[i]))
    ]


def counted(count: int, what: str) -> str:
    """Return a number of things: "1 row", "20 rows"."""
    return f"{count:,} {what}{'' if count == 1 else 's'}"


def listed(names: Sequence[str]) -> str:
    """Return names between quotation marks: some are words of a sentence themselves."""
    quoted = [f"“{name}”" for name in names]
    if len(quoted) < 2:
        return "".join(quoted)
    return f"{', '.join(quoted[:-1])} and {quoted[-1]}"
