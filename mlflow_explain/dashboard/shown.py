"""`ExplanationDashboard`: the page of an explanation in a notebook, a browser or a file."""

from __future__ import annotations

import html
import sys
import tempfile
import webbrowser
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mlflow_explain.dashboard import given, page
from mlflow_explain.errors import ArtifactExistsError, InvalidInputError

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
        Groups of rows to begin with: ``{"name": mask or positions}``, or a list of
        ``{"name": ..., "filter": ...}`` as the page's "Copy as JSON" writes them.
    cohort_data : DataFrame of n_rows rows, optional
        Columns the model never sees, to compare groups of rows by.
    include_data : bool, default=True
        Embed cells, predictions and outcomes of the rows, and the model.
    drop_columns, mask : sequence of str
        Columns whose cells are left out; and whose numbers are shown as ranges only. With either
        of a column that the model reads, the page holds no model.
    max_bytes : int, default=20_000_000
        Size of the page; above it a sample of the rows is embedded, while figures and global
        importances stay those of all rows.
    seed : int, default=0
        Of that sample.
    top_k : int, optional
        How many features have attributions per row; those of the others are summed.
    title : str, optional
        Of the page.
    height : int, default=860
        Of the cell of a notebook, in pixels.
    dataset, trueY : optional
        Other names of `datasetX` and `true_y`.
    classes, features : sequence of str, optional
        Other names for the classes and features.
    port, locale, public_ip, with_credentials, use_cdn : optional
        Accepted, and without effect: there is no server, and numbers follow the reader's browser.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from sklearn.datasets import load_diabetes
    >>> from sklearn.linear_model import Ridge
    >>> from mlflow_explain import ExplanationDashboard, TabularExplainer
    >>> X, y = load_diabetes(return_X_y=True, as_frame=True)
    >>> model = Ridge().fit(X, y)
    >>> explanation = TabularExplainer(model, X).explain_global(X)
    >>> dashboard = ExplanationDashboard(explanation, model, X, true_y=y)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     dashboard.save_html(Path(folder) / "page.html").stat().st_size < 1_000_000
    True
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
        max_bytes: int = 20_000_000,
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
        from mlflow_explain.dashboard.payload.options import PageOptions
        from mlflow_explain.dashboard.source import Source

        del port, locale, public_ip, with_credentials, use_cdn
        if not isinstance(height, int) or height < _LEAST_HEIGHT:
            raise InvalidInputError(
                f"height: a whole number of at least {_LEAST_HEIGHT} pixels",
                repr(height)[:40],
                "Leave it out.",
            )
        first, *beside = given.explanations_of(explanation)
        options = PageOptions(
            include_data=include_data, drop_columns=drop_columns, mask=mask, max_bytes=max_bytes,
            seed=seed, top_k=top_k, title=title,
        )  # fmt: skip
        source = Source.of(first.id, model)
        whole = given.completed(
            first,
            source.model if source.may_ask else None,
            given.one_of({"datasetX": datasetX, "dataset": dataset}),
            given.one_of({"true_y": true_y, "trueY": trueY}),
            cohort_data,
        )
        self.explanation = given.renamed(whole, classes, features)
        self.height = height
        self._title = title or f"Explanation of {first.model_type}"
        self._html = page.render(
            self.explanation, source, cohorts=cohorts, beside=beside, options=options,
            labels=whole.classes,
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
            Something is there, and may not be replaced.
        """
        target = Path(path)
        if target.is_dir() or (target.exists() and not exist_ok):
            raise ArtifactExistsError(
                "the path of a file" if target.is_dir() else "a path where nothing is",
                str(target),
                "Name a file, or pass exist_ok=True.",
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
