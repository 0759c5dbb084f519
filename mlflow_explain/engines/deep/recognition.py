"""Which objects are networks, and what their outputs mean."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from mlflow_explain.data.kinds import MODEL_ERRORS, full_name, is_a
from mlflow_explain.engines.deep.cells import are_whole, numbers
from mlflow_explain.engines.deep.keras_network import KerasNetwork
from mlflow_explain.engines.deep.model import NetworkClassifier, NetworkRegressor, checked
from mlflow_explain.engines.deep.torch_network import TorchNetwork
from mlflow_explain.errors import InvalidInputError, UnfittedModelError, UnsupportedModelError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mlflow_explain._typing import FloatArray, Rows
    from mlflow_explain.engines.deep.model import Meaning, Network, NetworkModel

# Outputs of rows asked together and alone differ by no more, as a share of the largest.
ROUNDING = 1e-3
# How many times as far from zero rows are, to tell scores from probabilities.
FAR = 100.0
# Probabilities of single precision add up to one so closely.
CLOSE = 1e-4


def is_network(model: Any) -> bool:
    """Whether the object is a module of PyTorch or a model of Keras 3."""
    return is_a(model, "keras", "Model") or is_a(model, "torch", "Module")


def task_of(model_task: str, is_classifier: bool | None) -> str:
    """Return the task, which is told in one of two ways.

    Parameters
    ----------
    model_task : {"unknown", "classification", "regression"}
        What the network predicts.
    is_classifier : bool, optional
        The same, as the original SDK asks for it.
    """
    if is_classifier is None:
        return model_task
    told = "classification" if is_classifier else "regression"
    if model_task not in {told, "unknown"}:
        raise InvalidInputError(
            "model_task and is_classifier that say the same",
            f"{model_task!r} and {is_classifier}",
            "Leave one of them out.",
        )
    return told


def as_model(model: Any, rows: Rows, *, model_task: str = "unknown") -> Any:
    """Return a network as a model with `predict`; any other object stays what it is.

    One output is a regression, unless the task is said to be a classification: then it is the
    second of two classes', a probability if all answers are between 0 and 1, else log-odds. Several
    outputs are classes, unless the task is said to be a regression: probabilities if they add up to
    one, else logits. Several between 0 and 1 that do not add up are numbers of their own, unless
    the task is said to be a classification.

    Parameters
    ----------
    model : object
        A model.
    rows : DataFrame, ndarray or csr_matrix of shape (n_rows, n_features)
        Rows as the network takes them, to see what it answers.
    model_task : {"unknown", "classification", "regression"}
        What the network predicts.

    Returns
    -------
    NetworkRegressor, NetworkClassifier or the model itself

    Raises
    ------
    InvalidInputError
        The rows are not numbers; the network refuses them, does not answer one line of finite
        numbers per row, or answers a row differently beside others.
    """
    if not is_network(model):
        return model
    network = _tried(model, rows)
    outputs = checked(network, numbers(rows, network.dtype))
    _check_alone(network, rows, outputs)
    meaning = _meaning(network, rows, outputs, model_task)
    return _model(network, meaning, outputs.shape[1])


def restored(model: Any, settings: Mapping[str, Any]) -> Any:
    """Return a network as the model that an engine's stored settings describe.

    Parameters
    ----------
    model : object
        A network, as its library loads it; another object stays what it is.
    settings : mapping
        Of the engine's state.
    """
    if not is_network(model):
        return model
    network = _network(model, takes_indices=False)
    return _model(network, settings["meaning"], settings["n_outputs"])


def libraries_of(model: Any) -> set[str]:
    """Return the packages a network computes with; none of any other object."""
    if is_a(model, "keras", "Model"):
        import keras

        return {"keras", str(keras.backend.backend())}
    return {"torch"} if is_network(model) else set()


def number_type(model: Any) -> Any:
    """Return the type of the numbers a network computes with."""
    return _network(model, takes_indices=False).dtype


def _network(model: Any, *, takes_indices: bool) -> Network:
    of = KerasNetwork if is_a(model, "keras", "Model") else TorchNetwork
    return of(model, takes_indices)


def _tried(model: Any, rows: Rows) -> Network:
    """Return the network, that takes numbers or else indices."""
    if is_a(model, "keras", "Model") and not model.built:
        raise UnfittedModelError(
            "a fitted model", f"a {full_name(model)} that was never built", "Call `fit` first."
        )
    cells = numbers(rows)
    network = _network(model, takes_indices=False)
    try:
        network.answer(cells[:1].astype(network.dtype))
    except MODEL_ERRORS as error:
        indexed = _network(model, takes_indices=True)
        if are_whole(cells) and _answers(indexed, cells):
            return indexed
        raise InvalidInputError(
            f"a network that takes one tensor of {cells.shape[1]} numbers per row",
            f"{type(error).__name__} from {full_name(model)}",
            "See the network's own error; pass the transformer that makes its inputs as "
            "`transformations`, or wrap it in a module that takes the columns as one tensor.",
        ) from error
    return network


def _answers(network: Network, cells: FloatArray) -> bool:
    try:
        network.answer(cells[:1].astype(network.dtype))
    except MODEL_ERRORS:
        return False
    return True


def _check_alone(network: Network, rows: Rows, outputs: FloatArray) -> None:
    """Refuse a network whose answer for a row changes with the rows beside it, or by chance."""
    few = numbers(rows, network.dtype)[: len(outputs) // 2 + 1]
    away = np.abs(checked(network, few) - outputs[: len(few)]).max()
    if away > ROUNDING * float(np.abs(outputs).max()):
        raise UnsupportedModelError(
            "a network that answers each row by itself",
            f"{full_name(network.module)}, whose answers change with the rows beside it, or by "
            "chance",
            "Let the first axis be that of the rows (`batch_first=True`), and draw nothing at "
            "random when it predicts.",
        )


def _meaning(network: Network, rows: Rows, outputs: FloatArray, task: str) -> Meaning:
    one = outputs.shape[1] == 1
    if task == "regression" or (one and task != "classification"):
        return "values"
    if not _are_probabilities(network, rows, outputs):
        return "log-odds" if one else "logits"
    if one:
        return "probability"
    # Probabilities that do not add up are of labels that may hold together, unless the user says
    # that they are of classes, each against the rest.
    return "probabilities" if _add_up(outputs) or task == "classification" else "values"


def _are_probabilities(network: Network, rows: Rows, outputs: FloatArray) -> bool:
    """Whether outputs are between 0 and 1, and stay there far away, where scores do not."""
    if not ((outputs >= 0.0) & (outputs <= 1.0)).all():
        return False
    cells = numbers(rows, network.dtype)
    if network.takes_indices:
        return True
    far = [checked(network, cells * factor) for factor in (-FAR, FAR)]
    return all(bool(((answers >= 0.0) & (answers <= 1.0)).all()) for answers in far)


def _add_up(outputs: FloatArray) -> bool:
    return bool((np.abs(outputs.sum(axis=1) - 1.0) < CLOSE).all())


def _model(network: Network, meaning: Meaning, n_outputs: int) -> NetworkModel:
    if meaning == "values":
        return NetworkRegressor(network, meaning)
    return NetworkClassifier(network, meaning, max(n_outputs, 2))
