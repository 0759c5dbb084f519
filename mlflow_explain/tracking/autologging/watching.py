"""What is learnt of a training from MLflow's own events: its model, rows, run and logged model."""

from __future__ import annotations

import threading
import weakref
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import mlflow

from mlflow_explain.data.kinds import full_name, is_a
from mlflow_explain.errors import UnsupportedModelError
from mlflow_explain.tracking.autologging import samples, settings
from mlflow_explain.tracking.autologging.complaints import note
from mlflow_explain.tracking.autologging.matrices import rows_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from mlflow.models.model import ModelInfo

    from mlflow_explain.tracking.autologging.samples import Sample
    from mlflow_explain.tracking.autologging.settings import Settings

_FITS = frozenset({"fit", "fit_transform", "fit_predict"})
_WATCHED = _FITS | {"train", "__init__"}
# What a library's own `train` is given, and where MLflow's flavour takes the model.
_MATRICES = {"lightgbm": "train_set", "xgboost": "dtrain"}
_BOOSTERS = {"lightgbm": "lgb_model", "xgboost": "xgb_model"}


@dataclass(eq=False, slots=True, kw_only=True)
class Training:
    """A training that MLflow autologs, as far as it is known.

    Parameters
    ----------
    session : object
        MLflow's session: the same for all that is called within the training.
    place : tuple
        The patched class or module, and the name of its function.
    call : dict
        The keywords of the outermost call, the very object by which its end is told.
    framework : str
        Whose autologging it is.
    model : object or None
        The estimator; a booster is known when MLflow logs it.
    sample : Sample or Exception
        Rows of the training, or why there are none.
    settings : Settings
        Ours, as they were when it began.
    run_id : str or None
        The run MLflow logs to.
    info : ModelInfo or None
        What MLflow logged the model as.
    registered_name : str or None
        What it registered it as.
    """

    session: Any
    place: tuple[Any, str]
    call: Mapping[str, Any]
    framework: str
    model: Any
    sample: Sample | Exception
    settings: Settings
    run_id: str | None = None
    info: ModelInfo | None = None
    registered_name: str | None = None


@dataclass(eq=False, slots=True)
class Watch:
    """What is known of the trainings that are going on, one a thread, and of boosters' rows.

    Parameters
    ----------
    explain : callable
        Called with each training that has succeeded.
    """

    explain: Callable[[Training], None]
    trainings: dict[int, Training] = field(default_factory=dict)
    matrices: weakref.WeakKeyDictionary[Any, Sample | Exception] = field(
        default_factory=weakref.WeakKeyDictionary
    )

    def began(self, session: Any, where: Any, name: str, args: Any, kwargs: Any) -> None:
        """Take the start of a call that MLflow has patched."""
        if name not in _WATCHED:
            return
        asked = settings.current()
        if asked is None or self._within(session):
            return
        if name == "__init__" and full_name_of(where) in {"lightgbm.Dataset", "xgboost.DMatrix"}:
            self._keep(args, kwargs, asked.max_rows)
            return
        if session.integration not in settings.FRAMEWORKS or not _trains(where, name, args):
            return
        if asked.exclusive and mlflow.active_run() is not None:
            return
        model = args[0] if name in _FITS else None
        self.trainings[threading.get_ident()] = Training(
            session=session,
            place=(where, name),
            call=kwargs,
            framework=session.integration,
            model=model,
            sample=self._sample(where, name, args, kwargs, asked.max_rows),
            settings=asked,
        )

    def runs(self, session: Any) -> None:
        """Take the start of what MLflow has patched, when MLflow's run is there."""
        training = self.trainings.get(threading.get_ident())
        if training is not None and training.session is session and training.run_id is None:
            run = mlflow.active_run()
            training.run_id = None if run is None else run.info.run_id

    def logged(self, keywords: Mapping[str, Any], info: ModelInfo) -> None:
        """Take a model that MLflow has logged."""
        training = self.trainings.get(threading.get_ident())
        if training is None or training.info is not None:
            return
        booster = keywords.get(_BOOSTERS.get(training.framework, ""))
        if training.model is None and is_a(booster, training.framework, "Booster"):
            training.model = booster
        if training.model is not None and any(v is training.model for v in keywords.values()):
            training.info = info
            training.registered_name = keywords.get("registered_model_name")

    def failed(self, session: Any, where: Any, name: str, args: Any) -> None:
        """Forget a training that has failed; failures within it do not end it."""
        training = self.trainings.get(threading.get_ident())
        if training is None or training.session is not session or training.place != (where, name):
            return
        if training.model is None or (len(args) and args[0] is training.model):
            del self.trainings[threading.get_ident()]

    def ended(self, kwargs: Any, *, success: bool) -> None:
        """Take the end of a call; explain the training if it is the outermost one."""
        training = self.trainings.get(threading.get_ident())
        if training is None or training.call is not kwargs:
            return
        del self.trainings[threading.get_ident()]
        if success:
            self.explain(training)

    def _within(self, session: Any) -> bool:
        """Whether a call is within a training, of this thread or of one that waits for it."""
        known = list(self.trainings.items())
        if any(training.session is session for _, training in known):
            return True
        # Of a session that is over: its end was not told.
        self.trainings.pop(threading.get_ident(), None)
        return False

    def _keep(self, args: Any, kwargs: Any, max_rows: int) -> None:
        """Keep rows of a matrix that is made: it may free them when it is trained on."""
        data = args[1] if len(args) > 1 else kwargs.get("data")
        try:
            self.matrices[args[0]] = samples.sample_of(data, None, max_rows)
        except Exception as error:  # noqa: BLE001 - said when it is trained on
            self.matrices[args[0]] = error

    def _sample(
        self, where: Any, name: str, args: Any, kwargs: Any, max_rows: int
    ) -> Sample | Exception:
        try:
            if name in _FITS:
                _check_own(args[0], where, name)
                return samples.of_fit(getattr(args[0], name), args[1:], kwargs, max_rows)
            matrix = args[1] if len(args) > 1 else kwargs.get(_MATRICES[where.__name__])
            return rows_of(matrix, self.matrices, max_rows)
        except Exception as error:  # noqa: BLE001 - said once the training has succeeded
            return error


def full_name_of(where: Any) -> str:
    """Return the library and the name of a patched class or module."""
    name = getattr(where, "__name__", "")
    home = getattr(where, "__module__", None)
    return name if home is None else f"{home.split('.')[0]}.{name}"


def _check_own(model: Any, where: Any, name: str) -> None:
    """Refuse a model whose own class calls the patched function: it may pass it other rows."""
    own = next(each for each in type(model).__mro__ if name in vars(each))
    if own is not where:
        raise UnsupportedModelError(
            f"a model that is trained by {where.__name__}.{name} itself",
            f"{full_name(model)}, whose class has a {name} of its own",
            "Explain it after training.",
        )


def _trains(where: Any, name: str, args: Any) -> bool:
    """Whether a patched call trains what predicts a class, a number or an outlier."""
    if name == "train":
        return full_name_of(where) in _MATRICES
    if name not in _FITS or not args:
        return False
    from sklearn.base import is_classifier, is_outlier_detector, is_regressor

    model = args[0]
    explained: bool = is_classifier(model) or is_regressor(model) or is_outlier_detector(model)
    if not explained:
        note("%s is not explained: it predicts no class and no number", full_name(model))
    return explained
