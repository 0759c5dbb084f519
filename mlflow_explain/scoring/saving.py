"""`save` and `load`: a scoring explainer in a folder of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlflow_explain.data.arguments import shown
from mlflow_explain.errors import InvalidInputError
from mlflow_explain.scoring import archive
from mlflow_explain.scoring.explainers import ScoringExplainer

if TYPE_CHECKING:
    from pathlib import Path


def save(
    scoring_explainer: ScoringExplainer, directory: str | Path = ".", *, exist_ok: bool = False
) -> str:
    """Write a scoring explainer to a folder `scoring_explainer` in a directory.

    Parameters
    ----------
    scoring_explainer : ScoringExplainer
        What to write.
    directory : str or Path, default="."
        Made where it is missing; what else lies in it stays.
    exist_ok : bool, default=False
        Replace a scoring explainer that lies there.

    Returns
    -------
    str
        The folder; `load` takes it, and the directory too.

    Raises
    ------
    ArtifactExistsError, UnsupportedModelError, StoreError
        As of `ScoringExplainer.save`, which writes one file.

    Examples
    --------
    >>> import tempfile
    >>> import mlflow_explain
    >>> from sklearn.datasets import load_diabetes
    >>> from sklearn.linear_model import Ridge
    >>> X, y = load_diabetes(return_X_y=True)
    >>> scoring = mlflow_explain.TabularExplainer(Ridge().fit(X, y), X).create_scoring_explainer(X)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = mlflow_explain.save(scoring, directory=folder)
    ...     again = mlflow_explain.load(folder)
    >>> again.explain(X[0]) == scoring.explain(X[0])
    True
    """
    if not isinstance(scoring_explainer, ScoringExplainer):
        raise InvalidInputError(
            "a scoring explainer",
            shown(scoring_explainer),
            "Pass `explainer.create_scoring_explainer()`.",
        )
    name = type(scoring_explainer).__name__
    folder = archive.write_folder(scoring_explainer.scorer, name, directory, exist_ok=exist_ok)
    return str(folder)


def load(path: str | Path) -> ScoringExplainer:
    """Return the scoring explainer that `save` or `ScoringExplainer.save` wrote.

    Parameters
    ----------
    path : str or Path
        A file, a folder, or the directory given to `save`.

    Returns
    -------
    ScoringExplainer
        Of the class that was saved.

    Raises
    ------
    ArtifactNotFoundError, CorruptArtifactError, FormatVersionError
        As of `ScoringExplainer.load`.
    """
    return ScoringExplainer.load(path)
