"""`HANTextExplainer`: a network of attention in the place of a model of texts."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Literal, cast

from mlflow_explain.data.arguments import one_of, seed_of, whole
from mlflow_explain.engines import registry
from mlflow_explain.engines.base import Options, Refusal
from mlflow_explain.engines.choice import Choice
from mlflow_explain.engines.text.han import engine as han
from mlflow_explain.engines.text.han.library import DEVICES, torch_library
from mlflow_explain.explainers.base import Explainer
from mlflow_explain.explainers.prepare import Request
from mlflow_explain.surrogates import han as distillation

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import pandas as pd

    from mlflow_explain.data.table import Table
    from mlflow_explain.explainers.subject import Subject


class HANTextExplainer(Explainer):
    """Explain a model of texts by a hierarchical attention network that was taught by it.

    The network reads words, then sentences, in both directions, with attention to both. It is
    trained on the model's own answers, probabilities of classes where it has them, for the
    initialization examples and for documents put together of pieces of them. What explains is
    the network, so the values are as good as it is near to the model: see ``quality``, with its
    fidelity on documents held out (``fidelity_r2``, ``fidelity_agreement``), and
    ``quality["additivity_error_max"]``, which is how far it is from the model on the documents
    explained. `TextExplainer` has no such gap.

    Needs PyTorch: ``pip install mlflow-explain[torch]``.

    Parameters
    ----------
    model : object
        A classifier or a regression of texts: what takes a list of them, a table with a column of
        them, or a function.
    initialization_examples : sequence of str, Series or DataFrame
        Documents to train on, some hundreds or more; of more than 50,000, a sample. A fifth of
        the distinct ones are held out and never trained on, if there are 20; a tenth of the others
        tell when training ends.
    text_column : str, optional
        Name of the column of texts. No other is explained: a model that needs one is refused.
    is_function : bool, default=False
        Call `model` itself, even if it has a `predict`.
    classes : sequence, optional
        Names of the classes, in the order of the model's outputs.
    model_task : {"unknown", "classification", "regression"}, default="unknown"
        As of `KernelExplainer`.
    importance : {"attention_gradient", "attention"}, default="attention_gradient"
        How words are valued, see Notes.
    fine_tune_steps : int, default=0
        Steps in which a copy of the network is trained on each document explained, and on 32 copies
        of it, which the model is asked about: 20 make it follow the model there. A scoring
        explainer that was saved has no model to ask, and explains without.
    n_augmentations : int, default=16
        Made-up documents for each one, put together of pieces of all, which the model is asked
        about, too. There are 50,000 documents at most, with those made up: of more than some 3,000
        there are fewer made up, but 4 for each (or as many as asked for, if fewer), and of more
        than 10,000 a sample is trained on.
    max_epochs : int, default=6
        Times that all documents are trained on, at most.
    patience : int, default=3
        Epochs without a gain, after which training ends.
    min_count : int, default=2
        Times that a word stands in the documents before it is known. All others are one word.
    max_sentences : int, default=50
        Sentences of a document that are trained on, the first ones. It is explained as a whole.
    max_words : int, default=50
        Words of a sentence; a longer one counts as several.
    word_vectors : str or Path, optional
        Text file with a word and its numbers on each line, as those of GloVe: where training
        begins. Words that are not in it begin at random. A header of two whole numbers, as that of
        word2vec and fastText, is passed over.
    device : {"auto", "cpu", "cuda"}, default="auto"
        Where the network is trained; ``"auto"`` takes CUDA if there is some. What was saved
        explains on the CPU.
    show_progress : bool, default=True
        Show a progress bar, on a terminal.
    seed : int, default=0
        Seed of all that is drawn at random. The same seed gives the same values on one machine's
        CPU.

    Notes
    -----
    Importances are in the model's output space: log-odds of two classes, logarithms of the
    probabilities of more, less their mean, else the model's numbers: of a function of logits, say,
    which it follows as a regression does. Return their softmax, and it learns probabilities, by
    cross entropy. The base value is what the
    network answers for a text without words.

    With attention a to a word in its sentence, and b to a sentence, a sentence is attributed
    ``b * dy/db`` of an output y, and these sum to the output less the base value. A word is
    attributed ``a * (dy/da - m) + a * b * dy/db``, with m the mean of dy/da over its sentence,
    weighted by attention: its slope along weights that sum to one, and its share in the sentence.
    The words of a sentence sum to what it is attributed.

    Attention alone (``importance="attention"``) shares the output out by ``a * b``. It says where
    the network looked, not for what: all words of a document have one sign.

    Raises
    ------
    MissingLibraryError
        PyTorch is not installed.
    InvalidInputError
        An option is not known or out of bounds, or the file of vectors is not there, or a line of
        it is malformed.
    UnsupportedModelError
        The model needs other columns beside the text.

    Warns
    -----
    UserWarning
        Fewer than 20 documents are distinct: none are held out, and ``quality`` tells of those
        trained on only, ``fidelity_r2_train``.
    UserWarning
        The network does not follow the model: its R² on documents held out is below 0.5. Where
        warnings are errors this is logged.

    References
    ----------
    Yang et al. 2016, "Hierarchical attention networks for document classification",
    https://doi.org/10.18653/v1/N16-1174

    Serrano and Smith 2019, "Is attention interpretable?", https://doi.org/10.18653/v1/P19-1282
    """

    def __init__(
        self,
        model: Any,
        initialization_examples: Any,
        text_column: str | None = None,
        is_function: bool = False,
        classes: Sequence[Any] | None = None,
        model_task: str = "unknown",
        importance: Literal["attention_gradient", "attention"] = "attention_gradient",
        fine_tune_steps: int = 0,
        n_augmentations: int = 16,
        max_epochs: int = 6,
        patience: int = 3,
        min_count: int = 2,
        max_sentences: int = 50,
        max_words: int = 50,
        word_vectors: str | Path | None = None,
        device: Literal["auto", "cpu", "cuda"] = "auto",
        show_progress: bool = True,
        seed: int = 0,
    ) -> None:
        torch_library()
        seed = seed_of(seed)
        recipe = distillation.Recipe(
            importance=cast("han.Importance", one_of("importance", importance, han.IMPORTANCES)),
            fine_tune_steps=whole("fine_tune_steps", fine_tune_steps, 0),
            n_augmentations=whole("n_augmentations", n_augmentations, 0),
            max_epochs=whole("max_epochs", max_epochs, 1),
            patience=whole("patience", patience, 1),
            min_count=whole("min_count", min_count, 1),
            max_sentences=whole("max_sentences", max_sentences, 1),
            max_words=whole("max_words", max_words, 1),
            word_vectors=word_vectors,
            device=one_of("device", device, DEVICES),
            seed=seed,
            show_progress=show_progress,
        )
        request = Request(
            exact=(),
            options=Options(seed=seed, show_progress=show_progress),
            classes=classes,
            model_task=model_task,
            is_function=is_function,
            of_texts=True,
            text_column=text_column,
            choose=partial(_chosen, recipe),
        )
        super().__init__(model, initialization_examples, request)

    def sentences(self, evaluation_examples: Any) -> pd.DataFrame:
        """Return what each sentence of some documents is attributed.

        Parameters
        ----------
        evaluation_examples : str, sequence of str, Series or DataFrame
            Documents.

        Returns
        -------
        DataFrame
            A row per sentence: `row`, the document; `sentence`, its number there; `start` and
            `end`, from one character to before the other; `attention`, which sums to one over a
            document; and its attribution, a column per output: `value` if there is one, else
            `value_0`, `value_1` and so on, in the order of the classes.
        """
        texts = self._prepared.texts
        assert texts is not None  # noqa: S101 - the request is one of texts
        engine = cast("han.HanEngine", self.choice.engine)
        return engine.sentences(texts.table(evaluation_examples))


def _chosen(
    recipe: distillation.Recipe, subject: Subject, examples: Table, request: Request
) -> tuple[Subject, Choice]:
    """Return the engine, distilled with all initialization examples."""
    column = request.text_column
    assert column is not None  # noqa: S101 - `prepared` has found it
    engine = distillation.made(subject.whole, examples, column, recipe)
    if isinstance(engine, Refusal):
        raise registry.refused(subject.whole, [engine])
    return subject, Choice(engine, han.ROW, ())
