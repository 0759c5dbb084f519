"""`autolog`: explains what MLflow autologs, as it is trained."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from mlflow.utils.autologging_utils import autologging_integration

from mlflow_explain.tracking.autologging import frameworks as mlflows
from mlflow_explain.tracking.autologging.complaints import warn
from mlflow_explain.tracking.autologging.explaining import explain
from mlflow_explain.tracking.autologging.hooks import Hooks
from mlflow_explain.tracking.autologging.settings import (
    FRAMEWORKS,
    MAX_ROWS,
    MAX_SECONDS,
    NAME,
    Settings,
    frameworks_of,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_lock = threading.RLock()
_installed: list[Hooks] = []


def autolog(
    disable: bool = False,
    silent: bool = False,
    exclusive: bool = False,
    max_rows: int = MAX_ROWS,
    max_seconds: float = MAX_SECONDS,
    log_dashboard: bool = True,
    register_scoring_explainer: bool = True,
    explainer: str = "auto",
    frameworks: Sequence[str] | None = None,
) -> None:
    """Explain each model that MLflow autologs, and keep the explanation in the run it logs to.

    One call before training is enough: MLflow's autologging of scikit-learn, LightGBM and XGBoost
    is turned on where you have not configured it. Each outermost ``fit`` of a classifier,
    regressor or outlier detector, and each ``lightgbm.train`` and ``xgboost.train``, is then
    explained on its own training rows once it has succeeded. The run gets the explanation with
    its report, metrics ``explain/...`` and the scoring explainer as a logged model named
    ``scoring-explainer``; one that explains by asking the model is logged together with it, as
    ``explained-model``. If MLflow's ``registered_model_name`` registers the model, its version is
    described, the explainer is registered as ``<name>-explainer``, and both are linked.

    Training and its result, and what MLflow logs, are the same as without. What fails here, or
    takes too long, costs you a warning. Calls compose with `mlflow.autolog`,
    `mlflow.sklearn.autolog` and the like in any order; calling it again replaces the settings.
    `mlflow.autolog(disable=True)` stops MLflow's events, and so the explanations, too. Models whose
    library MLflow does not autolog (CatBoost say) are not seen.

    While a model is explained in one thread, MLflow's autologging is off in all threads of the
    process, as in MLflow's own `disable_autologging`: what another thread trains then is not seen.
    A model whose class has a ``fit`` of its own that calls a patched one is not explained either,
    as it may train on other rows than it takes: a warning says so.

    Parameters
    ----------
    disable : bool, default=False
        Undo it: MLflow is as it was before the first call, but for what you configured since.
    silent : bool, default=False
        No warnings and no log lines, also of MLflow's autologging that is turned on here.
    exclusive : bool, default=False
        Leave runs alone that you opened with `mlflow.start_run`.
    max_rows : int, default=1000
        Training rows to explain; of more, a sample drawn with a fixed seed. Row ids are kept, and
        the explanation's comment and ``quality`` hold the counts. A copy of the sample is taken
        before training.
    max_seconds : float, default=30.0
        Seconds to spend on explaining one model, without the logging. Nothing is interrupted:
        rows are explained in parts whose size follows the time the part before took, and the
        model is asked in such parts, too; one part may end late. Rows that were reached are kept.
    log_dashboard : bool, default=True
        Keep the report, ``report.html``, with the explanation.
    register_scoring_explainer : bool, default=True
        Log the scoring explainer with the run; register it where the model is registered.
    explainer : {"auto", "tree", "linear", "kernel", "mimic", "lime"}, default="auto"
        What explains: `TabularExplainer`, or the explainer of this name.
    frameworks : sequence of {"sklearn", "lightgbm", "xgboost"}, optional
        Those whose autologging is turned on, now or when they are first imported; by default all.
        An empty one turns on none: what you turn on yourself is explained.

    Raises
    ------
    InvalidInputError
        An argument is not of its kind or out of bounds.

    Examples
    --------
    >>> import mlflow, mlflow_explain, tempfile
    >>> from sklearn.datasets import load_diabetes
    >>> from sklearn.linear_model import Ridge
    >>> X, y = load_diabetes(return_X_y=True, as_frame=True)
    >>> before = mlflow.get_tracking_uri()
    >>> mlflow.sklearn.autolog(log_models=False, silent=True)  # optional: the next line does it
    >>> mlflow_explain.autolog(silent=True)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     mlflow.set_tracking_uri(f"sqlite:///{folder}/mlflow.db")
    ...     experiment = mlflow.create_experiment("ridge", f"file://{folder}/artifacts")
    ...     with mlflow.start_run(experiment_id=experiment) as run:
    ...         _ = Ridge().fit(X, y)
    ...     client = mlflow_explain.ExplanationClient.from_run(run)
    ...     client.download_model_explanation().get_ranked_global_names(top_k=2)
    ['bmi', 's5']
    >>> mlflow_explain.autolog(disable=True)
    >>> mlflow.sklearn.autolog(disable=True)
    >>> mlflow.set_tracking_uri(before)
    """
    asked = Settings(
        silent=silent,
        exclusive=exclusive,
        max_rows=max_rows,
        max_seconds=max_seconds,
        log_dashboard=log_dashboard,
        register_scoring_explainer=register_scoring_explainer,
        explainer=explainer,
        frameworks=frameworks_of(frameworks),
    )
    with _lock:
        if disable:
            _remove()
        _configured(disable=disable, silent=silent, settings=asked)


def _configure(
    disable: bool = False,  # noqa: ARG001 - where it is true, MLflow does not call this
    silent: bool = False,  # noqa: ARG001 - MLflow keeps and heeds it
    settings: Settings = Settings(),  # noqa: B008 - frozen
) -> None:
    """Install the hooks; MLflow has kept the settings."""
    if not _installed or not _installed[0].are_on_top():
        _remove_hooks()
        _installed.append(Hooks(explain))
    mlflows.turn_on(settings.frameworks)
    if set(mlflows.off()) == set(FRAMEWORKS):
        warn("explains nothing: you have disabled MLflow's autologging. Enable it, too.")


# MLflow keeps what this is called with among the settings of its own integrations.
_configured: Callable[..., None] = autologging_integration(NAME)(_configure)  # type: ignore[no-untyped-call]


def _remove() -> None:
    _remove_hooks()
    mlflows.turn_off()


def _remove_hooks() -> None:
    while _installed:
        _installed.pop().remove()
