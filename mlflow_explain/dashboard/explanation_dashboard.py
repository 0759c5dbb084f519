"""`ExplanationDashboard`: the page of an explanation in a notebook, a browser or a file."""

from __future__ import annotations

import html
import sys
import tempfile
import webbrowser
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mlflow_explain.dashboard import contradicted, given, page
from mlflow_explain.dashboard.payload.options import MAX_BYTES, MAX_ROWS, PageOptions
from mlflow_explain.dashboard.source import Source
from mlflow_explain.data.arguments import whole
from mlflow_explain.errors import ArtifactExistsError, ArtifactNotFoundError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mlflow_explain._typing import Rows
    from mlflow_explain.explanation import Explanation

HEIGHT = 860
_LEAST_HEIGHT = 300
_UNTRUSTED = (
    "The page of an explanation is shown in notebooks that are trusted. Trust this notebook, if "
    "you know whose it is, or run the cell: in JupyterLab by the command Trust Notebook."
)


class ExplanationDashboard:
    """The page of an explanation: importances, cohorts, performance, what-if, in one file.

    It needs no server, no kernel and no network: a notebook cell that shows it still works when
    the notebook is opened again later.

    Parameters
    ----------
    explanation : Explanation or list of Explanation
        What to show; of a list the first, with the importances of the others beside it.
    model : object, optional
        The model it explains. It goes into the page, so that what-if, ICE and partial dependence
        are computed there: trees, linear models and the usual preprocessing exactly, any other
        model by a surrogate that says how near it is. By default the model that made the
        explanation, as long as it is there.
    datasetX : DataFrame, array or csr_matrix of shape (n_rows, n_columns), optional
        The explained rows, where the explanation does not hold them, or holds others.
    true_y : array-like of shape (n_rows,), optional
        Observed outcomes; a Series in another order is put right by its index.
    cohorts : list of dict or dict, optional
        Groups of rows to begin with: ``{"name": rows}``, where rows are truth values of shape
        (n_rows,), one per explained row, or whole numbers, their positions from 0; or a list of
        ``{"name": ..., "filter": ...}`` as the page's "Copy as JSON" writes them.
    cohort_data : DataFrame of n_rows rows, optional
        Columns the model never sees, to compare groups of rows by.
    include_data : bool, default=True
        Embed cells, predictions and outcomes of the rows, and the model.
    drop_columns, mask : sequence of str, default=()
        Columns whose cells are left out; and whose numbers are shown as ranges only. With either
        of a column that the model reads, the page holds no model.
    max_bytes : int, default=20_000_000
        Size of the whole page, in bytes, at least 300,000; above it a sample of the rows is
        embedded, while figures and global importances stay those of all rows.
    max_rows : int, default=200_000
        Rows that are embedded at most, however small they are: a browser draws all of them.
    seed : int, default=0
        Of that sample, from 0.
    top_k : int, optional
        How many features, at least 1, have attributions per row; those of the others are summed.
    title : str, optional
        Of the page.
    height : int, default=860
        Of the cell of a notebook, in pixels, at least 300.
    dataset, trueY : optional
        Other names of `datasetX` and `true_y`.
    classes, features : sequence of str, optional
        Other names for the classes and features.
    port, locale, public_ip, with_credentials, use_cdn : optional
        Accepted, and without effect: there is no server, and numbers follow the reader's browser.

    Attributes
    ----------
    explanation : Explanation
        What is shown, with all that was given of its rows and with the names that were given.
    height : int
        Of the cell of a notebook, in pixels.
    html : str
        The page.

    Raises
    ------
    InvalidInputError
        An argument is not what it should be; the classes below are kinds of it.
    FeatureError
        `drop_columns` or `mask` names a column that is not there.
    LengthMismatchError
        Rows, outcomes, cohort columns or truth values of a cohort are not one per explained row.
    MissingPartError
        `true_y` or `cohort_data` is given, and neither the explanation nor `datasetX` has rows.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> import pandas as pd
    >>> from sklearn.datasets import load_diabetes
    >>> from sklearn.linear_model import Ridge
    >>> from mlflow_explain import ExplanationDashboard, TabularExplainer
    >>> X, y = load_diabetes(return_X_y=True, as_frame=True)
    >>> model = Ridge().fit(X, y)
    >>> explanation = TabularExplainer(model, X).explain_global(X)
    >>> beside = pd.DataFrame({"patient": range(1000, 1442)})
    >>> dashboard = ExplanationDashboard(
    ...     explanation, model, X, true_y=y, cohorts={"Heavy": X["bmi"] > 0.05, "First": [0, 1, 2]},
    ...     cohort_data=beside, mask=["patient"],
    ... )
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = dashboard.save_html(Path(folder) / "page.html")
    ...     file.name, file.stat().st_size < 1_000_000
    ('page.html', True)
    """

    def __init__(  # noqa: PLR0913 - the original's arguments, and ours
        self,
        explanation: Explanation | Sequence[Explanation],
        model: Any = None,
        datasetX: Rows | None = None,  # noqa: N803 - the original's name
        true_y: Any = None,
        cohorts: Any = None,
        *,
        cohort_data: Rows | None = None,
        include_data: bool = True,
        drop_columns: Sequence[str] = (),
        mask: Sequence[str] = (),
        max_bytes: int = MAX_BYTES,
        max_rows: int = MAX_ROWS,
        seed: int = 0,
        top_k: int | None = None,
        title: str | None = None,
        height: int = HEIGHT,
        dataset: Rows | None = None,
        trueY: Any = None,  # noqa: N803 - the original's name
        classes: Sequence[Any] | None = None,
        features: Sequence[str] | None = None,
        port: int | None = None,
        locale: str | None = None,
        public_ip: str | None = None,
        with_credentials: bool = False,
        use_cdn: bool | None = None,
    ) -> None:
        del port, locale, public_ip, with_credentials, use_cdn
        self.height = whole("height", height, _LEAST_HEIGHT)
        first, *beside = given.explanations_of(explanation)
        options = PageOptions(
            include_data=include_data, drop_columns=drop_columns, mask=mask, max_bytes=max_bytes,
            max_rows=max_rows, seed=seed, top_k=top_k, title=title,
        )  # fmt: skip
        source = Source.of(first.id, given.model_of(model)).of_tables(first)
        placed = given.completed(
            first,
            source.model if source.may_ask else None,
            given.one_of({"datasetX": datasetX, "dataset": dataset}),
            given.one_of({"true_y": true_y, "trueY": trueY}),
            cohort_data,
        )
        completed = placed.explanation
        source = source.unwrapped(completed.eval_data)
        if source.may_ask:
            contradicted.check(completed, source)
        given.check_outcomes(completed, source, classes)
        self.explanation = given.renamed(completed, classes, features)
        self._title = title or f"Explanation of {first.model_type}"
        self._html = page.render(
            self.explanation, source, cohorts=placed.cohorts(cohorts), beside=beside,
            options=options, labels=None if classes is None else completed.classes,
        )  # fmt: skip

    @property
    def html(self) -> str:
        """The page."""
        return self._html

    def __repr__(self) -> str:
        """Say what it shows."""
        return f"<ExplanationDashboard of {self.explanation!r}, {len(self._html):,} characters>"

    def _repr_html_(self) -> str:
        """Return the page in a frame of its own: it may run its script, and nothing else.

        Where no frame is shown, as in notebooks of others, what stands behind it says why.
        """
        return (
            f'<div style="max-height:{self.height}px;overflow:hidden">'
            f'<iframe sandbox="allow-scripts" title="{html.escape(self._title)}" '
            f'srcdoc="{html.escape(self._html)}" width="100%" height="{self.height}" '
            f'style="border:0;display:block"></iframe><p>{_UNTRUSTED}</p></div>'
        )

    def save_html(self, path: str | Path, *, exist_ok: bool = True) -> Path:
        """Write the page to a file.

        Parameters
        ----------
        path : str or Path
            Where to.
        exist_ok : bool, default=True
            Write over a file that is there.

        Returns
        -------
        Path
            The file.

        Raises
        ------
        ArtifactExistsError
            A folder is there, or a file that may not be replaced.
        ArtifactNotFoundError
            The folder to write it to is not there.
        """
        target = Path(path)
        if target.is_dir():
            raise ArtifactExistsError(
                "the path of a file", f"{target}, a folder", "Name a file in that folder."
            )
        if target.exists() and not exist_ok:
            raise ArtifactExistsError(
                "a path where nothing is",
                f"{target}, which is there",
                "Name another, or pass exist_ok=True to write over it.",
            )
        if not target.parent.is_dir():
            raise ArtifactNotFoundError(
                "a file in a folder that is there",
                f"one in {target.parent}",
                "Make the folder first.",
            )
        target.write_text(self._html, encoding="utf-8")
        return target

    def show(self) -> None:
        """Show the page: in the notebook this runs in, else in the default browser."""
        if _in_notebook():
            from IPython.display import display

            display(self)  # type: ignore[no-untyped-call]
            return
        folder = Path(tempfile.mkdtemp(prefix="mlflow-explain-page-"))
        webbrowser.open(self.save_html(folder / "explanation.html").as_uri())


def _in_notebook() -> bool:
    """Whether a notebook's kernel runs this: its shell is known only where it was started."""
    ipython = sys.modules.get("IPython")
    shell = None if ipython is None else ipython.get_ipython()
    return hasattr(shell, "kernel")
