"""`TextExplainer`: explains any model of texts by the best way there is."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from mlflow_explain.data.arguments import one_of, shown, whole
from mlflow_explain.engines import registry
from mlflow_explain.engines.base import Options, Refusal
from mlflow_explain.engines.choice import Choice
from mlflow_explain.engines.text import lime, masking, terms
from mlflow_explain.engines.text.centring import is_sum
from mlflow_explain.engines.text.han import engine as han_engine
from mlflow_explain.errors import InvalidInputError
from mlflow_explain.explainers.base import Explainer
from mlflow_explain.explainers.prepare import Request
from mlflow_explain.explanation import Background
from mlflow_explain.surrogates import han

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from mlflow_explain._typing import FeaturePerturbation
    from mlflow_explain.data.table import Table
    from mlflow_explain.engines.base import Engine, EngineRow
    from mlflow_explain.engines.text.terms import Baseline
    from mlflow_explain.explainers.subject import Subject

Method = Literal[
    "auto", "terms", "masking", "lime", "han", "text terms", "text masking", "text lime", "text han"
]


class _Given(NamedTuple):
    """What an engine may be made of."""

    subject: Subject
    examples: Table
    column: str
    options: Options
    baseline: Baseline
    mask: str


class _Way(NamedTuple):
    """A way to explain texts: its engine, the options it reads, and what makes it."""

    row: EngineRow
    reads: frozenset[str]
    made: Callable[[_Given], Engine | Refusal]


def _by_terms(given: _Given) -> Engine | Refusal:
    subject = given.subject
    return terms.made(
        subject.whole, subject.template, given.column, given.options, given.baseline, given.examples
    )


def _by_masking(given: _Given) -> Engine | Refusal:
    subject = given.subject
    return masking.made(subject.whole, subject.template, given.column, given.options, given.mask)


def _by_lime(given: _Given) -> Engine | Refusal:
    subject = given.subject
    return lime.made(subject.whole, subject.template, given.column, given.options, given.mask)


def _by_network(given: _Given) -> Engine | Refusal:
    recipe = han.Recipe(seed=given.options.seed, show_progress=given.options.show_progress)
    return han.made(given.subject.whole, given.examples, given.column, recipe)


WAYS: Mapping[str, _Way] = {
    "terms": _Way(terms.ROW, frozenset({"baseline", "feature_perturbation"}), _by_terms),
    "masking": _Way(masking.ROW, frozenset({"nsamples", "mask"}), _by_masking),
    "lime": _Way(lime.ROW, frozenset({"nsamples", "mask"}), _by_lime),
    "han": _Way(han_engine.ROW, frozenset(), _by_network),
}
# What `explainer.method` says, for what the argument is called.
_SHORT = {way.row.name: name for name, way in WAYS.items()}
# What "auto" tries, in order.
_BEST = ("terms", "masking")


class TextExplainer(Explainer):
    """Explain any model of texts, word by word: exactly where it counts words, else by asking it.

    A linear model of word counts (`CountVectorizer`, `TfidfVectorizer`, `HashingVectorizer`) is
    explained in closed form, trees of them by the tree kernel, folded to the words. Any other
    model is asked for the text without some of its words: sentence by sentence, then word by word
    within each. `explainer.choice` says what was chosen, and why others were not.

    In the result, features are the words of the texts that were explained; the importance of a
    word in a text is the sum over the places it stands in. `Explanation.to_tokens` has each place
    on its own. What a text is attributed and none of its words is, the words that it does not have
    for example, is the feature ``(absent words)``.

    Parameters
    ----------
    model : object
        A fitted model or Pipeline of a list of texts, or of a DataFrame with a column of texts;
        or a function of one of these.
    initialization_examples : sequence of str, Series or DataFrame
        Texts like those the model was trained on, in the form the model takes them. A model that
        begins with a vectoriser is given the column of a DataFrame as a list. All of them count
        where the model is a sum over terms; interventional trees and kernel machines of terms, and
        masking and LIME with columns beside the text, take 100 of them at most, drawn with a fixed
        seed as for tables.
    text_column : str, optional
        Column of the texts; by default the only column of sentences in a DataFrame.
    is_function : bool, default=False
        Call `model` itself, even if it has a `predict`.
    classes, model_task
        As of `KernelExplainer`; a function that answers several numbers for a text, too.
    method : {"auto", "terms", "masking", "lime", "han"}, default="auto"
        ``"terms"``: the exact values of what the vectoriser counts. ``"masking"``: Owen values of
        sentences and words. ``"lime"``: a linear model around each text. ``"auto"``: the first of
        the exact values and masking. ``"han"``: a network that mimics the model, as of
        `HANTextExplainer`, which has options for it. Names as `explainer.method` says them,
        ``"text masking"`` say, are taken as well.
    baseline : {"background", "empty"}, default="background"
        Of ``"terms"``: words are compared with their mean over all initialization examples, so
        that the base value is the mean output, and absent words count; or with a text that has
        none, so that words the text does not have are attributed nothing. Masking and LIME always
        compare with the empty text, trees with their training rows unless ``"empty"`` is asked for.
    feature_perturbation : {"auto", "tree_path_dependent", "interventional"}, default="auto"
        Of trees of terms: as of `TreeExplainer`.
    nsamples : int or "auto", default="auto"
        Texts the model is asked for, per explained text, by masking and LIME; by default 2,048 and
        four per word for masking, up to 8,192, and 5,000 for LIME.
    mask : str, default=""
        What stands for a word that is taken out; by default nothing does.
    show_progress : bool, default=True
        Show a progress bar, on a terminal or in a notebook; elsewhere warn of what takes long.
    seed : int, default=0
        Seed of what is drawn at random, but for the examples.

    Raises
    ------
    InvalidInputError
        There are no texts, or an option is not known.
    UnfittedModelError
        The model was never fitted.
    UnsupportedModelError
        The method asked for does not explain the model, with the reason.

    Notes
    -----
    `explain_global` draws up to 50 texts and asks the model for them while they lose their most
    important words, and gain them: `quality` has the areas under these curves, ``deletion_auc``
    and ``insertion_auc``, beside those of words in random order. A good explanation has a low
    first and a high second one.

    References
    ----------
    Lundberg and Lee 2017, https://doi.org/10.48550/arXiv.1705.07874; Owen 1977, "Values of games
    with a priori unions", https://doi.org/10.1007/978-3-642-45494-3_7

    Examples
    --------
    >>> from sklearn.feature_extraction.text import TfidfVectorizer
    >>> from sklearn.linear_model import LogisticRegression
    >>> from sklearn.pipeline import make_pipeline
    >>> from mlflow_explain import TextExplainer
    >>> texts = ["good value", "bad screen", "good screen", "bad value"]
    >>> model = make_pipeline(TfidfVectorizer(), LogisticRegression()).fit(texts, [1, 0, 1, 0])
    >>> explanation = TextExplainer(model, texts).explain_local("A good screen!")
    >>> found = explanation.to_tokens()
    >>> found[found["importance"] > 0.1]["token"].tolist()
    ['good']
    """

    def __init__(
        self,
        model: Any,
        initialization_examples: Any,
        text_column: str | None = None,
        is_function: bool = False,
        classes: Sequence[Any] | None = None,
        model_task: str = "unknown",
        method: Method = "auto",
        baseline: Baseline = "background",
        feature_perturbation: Literal["auto"] | FeaturePerturbation = "auto",
        nsamples: int | Literal["auto"] = "auto",
        mask: str = "",
        show_progress: bool = True,
        seed: int = 0,
    ) -> None:
        one_of("method", method, ("auto", *WAYS, *_SHORT))
        way = _SHORT.get(method, method)
        one_of("baseline", baseline, ("background", "empty"))
        if not isinstance(mask, str):
            raise InvalidInputError("`mask` to be a text", shown(mask), "Pass a text.")
        is_auto = isinstance(nsamples, str) and nsamples == "auto"
        _check_read(
            way,
            baseline=baseline != "background",
            feature_perturbation=feature_perturbation != "auto",
            nsamples=not is_auto,
            mask=bool(mask),
        )
        request = Request(
            exact=(),
            options=Options(
                feature_perturbation=feature_perturbation,
                n_coalitions=None if is_auto else whole("nsamples, unless 'auto',", nsamples, 2),
                seed=seed,
                show_progress=show_progress,
            ),
            classes=classes,
            model_task=model_task,
            is_function=is_function,
            of_texts=True,
            text_column=text_column,
            choose=partial(_chosen, way, baseline, mask),
        )
        super().__init__(model, initialization_examples, request)


def _check_read(method: str, **given: bool) -> None:
    """Refuse options, by whether they are given, that the method does not read."""
    ways = _BEST if method == "auto" else (method,)
    read = frozenset[str]().union(*(WAYS[way].reads for way in ways))
    unread = [name for name, is_given in given.items() if is_given and name not in read]
    if unread:
        raise InvalidInputError(
            f"options that method={method!r} reads: {', '.join(sorted(read)) or 'none'}",
            ", ".join(unread),
            "Leave them out, or choose another method.",
        )


def _chosen(
    method: str, baseline: Baseline, mask: str, subject: Subject, examples: Table, request: Request
) -> tuple[Subject, Choice]:
    """Return the first engine of the method that explains the model."""
    column = request.text_column
    assert column is not None  # noqa: S101 - `prepared` has found it
    given = _Given(subject, examples, column, request.options, baseline, mask)
    refusals: list[Refusal] = []
    for name in _BEST if method == "auto" else (method,):
        engine = WAYS[name].made(given)
        if not isinstance(engine, Refusal):
            background = _background_of(engine, examples, baseline)
            return subject, Choice(engine, WAYS[name].row, tuple(refusals), background=background)
        refusals.append(engine)
    raise registry.refused(subject.whole, refusals)


def _background_of(engine: Engine, examples: Table, baseline: Baseline) -> Background | None:
    """Return all examples, where an engine's base value is their mean."""
    is_mean = isinstance(engine, terms.TermsEngine) and is_sum(engine.inner)
    is_mean = is_mean and (baseline != "empty" or len(examples.columns) > 1)
    return Background(len(examples), "all") if is_mean else None
