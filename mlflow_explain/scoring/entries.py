"""What the manifest of a scoring explainer says, checked: one that was edited is refused."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from mlflow_explain.data.kinds import MODEL_ERRORS
from mlflow_explain.data.texts.reading import TextColumn
from mlflow_explain.data.views import is_plain
from mlflow_explain.errors import ArtifactError, CorruptArtifactError
from mlflow_explain.explanation import layout

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping


def complete(manifest: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a manifest, or say what it lacks, or which of its entries is something else.

    Raises
    ------
    CorruptArtifactError
        It is not as `store.save` writes it.
    """
    missing = set(_ENTRIES) - set(manifest)
    if missing:
        raise odd("all its entries", f"one without {', '.join(sorted(missing))}")
    wrong = [name for name, is_right in _ENTRIES.items() if not is_right(manifest[name])]
    wrong += [name for name, is_right in _LATER.items() if not is_right(manifest.get(name))]
    if wrong:
        raise odd("entries as they are saved", f"other kinds of {', '.join(sorted(wrong))}")
    _check_labels(manifest)
    return manifest


def check_outputs(manifest: Mapping[str, Any], n_outputs: int) -> None:
    """Refuse classes, or targets, that are not as many as what the engine explains.

    Parameters
    ----------
    manifest : mapping
        What `complete` returned.
    n_outputs : int
        Outputs of the engine.
    """
    classes, target = manifest["classes"], manifest["target"]
    if classes is not None:
        if len(classes) != n_outputs and not layout.is_mirrored(n_outputs, len(classes)):
            raise odd(f"classes for {n_outputs} outputs", f"{len(classes)} classes")
    elif not isinstance(target, str) and len(target) != n_outputs:
        raise odd(f"names of {n_outputs} targets", f"{len(target)} names")


def text_column(manifest: Mapping[str, Any]) -> TextColumn | None:
    """Return which column the texts are, of what `complete` returned; None for other models."""
    noted = manifest.get("texts")
    if noted is None:
        return None
    if noted["name"] not in manifest["features"]:
        raise odd("the column of texts among its columns", "another one")
    if noted["as_list"] and len(manifest["features"]) != 1:
        raise odd("one column, of texts", f"{len(manifest['features'])}")
    return TextColumn(**noted)


@contextmanager
def as_saved(what: str) -> Iterator[None]:
    """Say of whatever fails that it was not saved so."""
    try:
        yield
    except ArtifactError:
        raise
    except MODEL_ERRORS as error:
        raise odd(what, f"what raises {type(error).__name__}") from error


def odd(expected: str, got: str) -> CorruptArtifactError:
    """Return the error that a scoring explainer is not as it was saved."""
    return CorruptArtifactError(
        f"a scoring explainer's manifest with {expected}",
        got,
        "It was edited, or is damaged; log or save it again.",
    )


def _check_labels(manifest: Mapping[str, Any]) -> None:
    """Refuse labels where there are no classes, and others than there are classes."""
    classes, labels = manifest["classes"], manifest["labels"]
    classifies = manifest["model_task"] == "classification"
    if classifies in {classes is None, labels is None}:
        raise odd("classes and labels of a classification", "those of another task")
    if classifies and len(classes) != len(labels):
        raise odd("one label per class", f"{len(labels)} for {len(classes)}")


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_text_or_none(value: Any) -> bool:
    return value is None or isinstance(value, str)


def _are_texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(each, str) for each in value)


def _are_distinct(value: Any) -> bool:
    return _are_texts(value) and len(set(value)) == len(value)


def _are_labels(value: Any) -> bool:
    return value is None or (isinstance(value, list) and bool(value) and all(map(is_plain, value)))


def _is_target(value: Any) -> bool:
    return isinstance(value, str) or (_are_texts(value) and bool(value))


def _is_object(value: Any) -> bool:
    return isinstance(value, dict)


def _is_background(value: Any) -> bool:
    return (
        isinstance(value, dict)
        and {"n_rows", "method"} <= set(value) <= {"n_rows", "method", "seed"}
        and isinstance(value["n_rows"], int)
        and isinstance(value["method"], str)
        and isinstance(value.get("seed"), int | None)
    )


def _is_text_column(value: Any) -> bool:
    return value is None or (
        isinstance(value, dict)
        and set(value) == {"name", "as_list"}
        and isinstance(value["name"], str)
        and isinstance(value["as_list"], bool)
    )


_ENTRIES: Mapping[str, Callable[[Any], bool]] = {
    "engine": _is_text,
    "engine_settings": _is_object,
    "engine_texts": _are_texts,
    "features": _are_distinct,
    "engineered_features": _are_texts,
    "classes": _are_labels,
    "labels": _are_labels,
    "model_task": lambda value: value in ("classification", "regression"),
    "model_type": _is_text,
    "background": _is_background,
    "template": _is_object,
    "target": _is_target,
}
# What the first versions did not write.
_LATER: Mapping[str, Callable[[Any], bool]] = {
    "made_as": _is_text_or_none,
    "model_digest": _is_text_or_none,
    "texts": _is_text_column,
}
