"""`Original`: the user's model, as it is given to be logged with its explainer.

A fitted object, or a function of rows, is saved by MLflow's flavour of it. A model that is logged
already is copied as it is; of a pair of ours it is the plain model inside.
"""

from __future__ import annotations

import shutil
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mlflow.models import Model

from mlflow_explain.data.functions import is_of_function
from mlflow_explain.data.kinds import full_name, is_a
from mlflow_explain.data.predictor import answers_labels, check_fitted
from mlflow_explain.data.texts import models as texts
from mlflow_explain.engines import registry
from mlflow_explain.engines.deep.recognition import is_network
from mlflow_explain.errors import UnsupportedModelError
from mlflow_explain.tracking.models import environment, flavors, nested
from mlflow_explain.tracking.models.texts import function_of, list_of

if TYPE_CHECKING:
    from pathlib import Path

    from mlflow.models import ModelSignature

    from mlflow_explain.scoring.scorer import Scorer
    from mlflow_explain.tracking.models.flavors import Saving


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class Original:
    """The model a pair is made of.

    Parameters
    ----------
    fitted : object or None
        The fitted object, or a function of rows; None where a logged model has none to give.
    plain : mlflow.pyfunc.PyFuncModel, optional
        A logged model, as MLflow loads it.
    folder : Path, optional
        Its files.
    root : Path, optional
        The folder that was given: that of a pair holds its files.
    config : mlflow.models.Model, optional
        What they say of it.
    uri : str, optional
        Where they come from.
    code : tuple of Path
        The user's own modules that lie outside of its folder.
    """

    fitted: Any
    plain: Any = None
    folder: Path | None = None
    root: Path | None = None
    config: Model | None = None
    uri: str | None = None
    code: tuple[Path, ...] = ()

    @property
    def signature(self) -> ModelSignature | None:
        """What it was logged with."""
        return None if self.config is None else self.config.signature

    @property
    def answers_labels(self) -> bool:
        """Whether it predicts labels if it is a classifier."""
        return answers_labels(self.fitted)

    @property
    def digest(self) -> str | None:
        """Digest of a logged model's files."""
        return None if self.folder is None else nested.digest_of(self.folder)

    def asked_by(self, scorer: Scorer) -> Any:
        """Return what the explainer asks, and is compared with.

        Raises
        ------
        UnsupportedModelError
            There is nothing inside that the explainer explains.
        """
        if self.plain is not None and is_of_function(scorer.model_type):
            return function_of(self.plain, list_of(scorer))
        if self.fitted is None:
            raise UnsupportedModelError(
                f"an explainer of the predictions of {self.uri}, which gives no fitted object",
                f"one of a {scorer.model_type}",
                "Make it from the model as MLflow loads it: "
                "KernelExplainer(mlflow.pyfunc.load_model(...), rows).",
            )
        if is_network(self.fitted) and scorer.engine.name != registry.DEEP.name:
            raise UnsupportedModelError(
                f"an explainer of a network's gradients, to log it with {full_name(self.fitted)}",
                f"one that asks it from outside, by the engine {scorer.engine.name}",
                "Log the network by itself, and make the explainer from what "
                "`mlflow.pyfunc.load_model` answers: it explains its predictions.",
            )
        return self.fitted

    def write(self, saving: Saving) -> None:
        """Write the plain model into its folder: untouched, if it has files already."""
        if self.folder is None:
            flavors.flavor_of(self.fitted).save(saving)
            return
        # What is shown on a model's page, and where it was registered, is no part of it.
        left_out = shutil.ignore_patterns("__pycache__", "registered_model_meta")
        shutil.copytree(self.folder, saving.path, ignore=left_out)
        nested.remove_shown(saving.path)


def of_fitted(model: Any) -> Original:
    """Return a fitted object, or a function of rows, as an original.

    Raises
    ------
    UnsupportedModelError
        MLflow has no flavour for it that we know.
    UnfittedModelError
        It was never fitted.
    """
    flavors.flavor_of(model)
    if not is_network(model):
        check_fitted(model)
    return Original(fitted=model)


def asked_by(scorer: Scorer) -> Original | None:
    """Return the model that an explainer on its own asks, to travel with it; None if it asks none.

    Raises
    ------
    UnsupportedModelError
        MLflow has no flavour for it that we know, or it is a logged model, which is asked by
        MLflow.
    """
    asked = registry.asked_by(scorer.engine)
    if is_a(asked, "mlflow_explain", "NetworkModel"):
        asked = asked.network.module
    asks_function = asked is not None and is_of_function(type(asked).__name__)
    if asks_function or scorer.texts is not None:
        asked = texts.inside(asked)
        if is_a(getattr(asked, "__self__", None), "mlflow", "PyFuncModel"):
            raise UnsupportedModelError(
                "the model beside its explainer, which asks a logged model for predictions",
                "the explainer alone",
                "Pass the logged model, too: both are logged as a pair.",
            )
    return None if asked is None else of_fitted(asked)


def of_folder(folder: Path, uri: str) -> Original:
    """Return a logged model as an original: of a pair of ours the plain model inside.

    Parameters
    ----------
    folder : Path
        Its files, which were verified.
    uri : str
        Its address.

    Raises
    ------
    UnsupportedModelError
        It is an explainer on its own.
    """
    inside = nested.plain_folder(folder)
    code = () if inside == folder else environment.users_code(folder)
    for path in code:
        # As MLflow does where it loads the pair.
        if str(path.parent) not in sys.path:
            sys.path.insert(0, str(path.parent))
    loaded = nested.load(inside)
    return Original(
        fitted=loaded.fitted,
        plain=loaded.plain,
        folder=inside,
        root=folder,
        config=Model.load(str(inside)),
        uri=uri,
        code=code,
    )
