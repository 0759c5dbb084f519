"""The MLflow flavour: the original model and its scoring explainer, logged and served as one.

MLmodel          flavours mlflow_explain and python_function
model/           the original model, in its own flavour (absent for an explainer on its own)
explainer/       the scoring explainer: JSON, arrays, text
preprocess/      fitted transformers, for an explainer on its own
code/            the user's code, and this package where it is on no index
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import mlflow
from mlflow.exceptions import MlflowException
from mlflow.models import Model

from mlflow_explain.data.predictor import answers_labels
from mlflow_explain.errors import InvalidInputError, ModelLoadError
from mlflow_explain.tracking.models import addresses, checked, environment, loaded, written
from mlflow_explain.tracking.models import signature as signatures
from mlflow_explain.tracking.models.nested import FLAVOR_NAME, Serialization
from mlflow_explain.tracking.models.served import ServedExplainer
from mlflow_explain.tracking.models.written import LOADER_MODULE
from mlflow_explain.tracking.pages import registry
from mlflow_explain.tracking.pages import show as pages
from mlflow_explain.tracking.runs.failures import typed, typed_below
from mlflow_explain.tracking.runs.store import connected, run_id_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mlflow.entities import Run
    from mlflow.models import ModelSignature
    from mlflow.models.model import ModelInfo

    from mlflow_explain.explainers.base import Explainer
    from mlflow_explain.scoring.explainer import ScoringExplainer
    from mlflow_explain.tracking.runs.logged import LoggedExplanation


@dataclass(frozen=True, eq=False, slots=True)
class ExplainedModel:
    """A loaded pair.

    Parameters
    ----------
    model : object
        The original fitted model.
    explainer : ScoringExplainer
        Its explainer.
    """

    model: Any
    explainer: ScoringExplainer


def save_model(
    model: Any = None,
    path: str | Path = "",
    *,
    scoring_explainer: ScoringExplainer | Explainer,
    mlflow_model: Model | None = None,
    signature: ModelSignature | None = None,
    explain_by_default: bool = True,
    target: str | None = None,
    pip_requirements: Sequence[str] | None = None,
    extra_pip_requirements: Sequence[str] = (),
    code_paths: Sequence[str] = (),
    serialization_format: str | None = None,
    skops_trusted_types: list[str] | None = None,
    metadata: dict[str, Any] | None = None,
) -> None:
    """Save a model with its scoring explainer, or the explainer alone, as an MLflow model.

    Parameters
    ----------
    model : object, optional
        The fitted model. Without it the explainer is saved on its own.
    path : str or Path
        A new folder.
    scoring_explainer : ScoringExplainer or an explainer
        What explains it.
    mlflow_model : mlflow.models.Model, optional
        Set by MLflow when logging.
    signature : ModelSignature, optional
        The plain model's; by default made of the columns of the initialization examples.
    explain_by_default : bool, default=True
        False answers requests that do not ask for reasons exactly as the plain model does;
        needed for CSV and parquet requests, which carry no parameters.
    target : str, optional
        Name of a regression's target in replies; by default the signature's output name, else
        ``"prediction"``.
    pip_requirements : sequence of str, optional
        All requirements, instead of ours.
    extra_pip_requirements : sequence of str
        Requirements beside ours.
    code_paths : sequence of str
        Your own modules the model needs.
    serialization_format, skops_trusted_types
        As of MLflow's scikit-learn flavour. By default skops, trusting the types of scikit-learn,
        LightGBM, XGBoost, CatBoost, numpy, scipy, pandas and Python's collections and partial
        functions that the model is made of; a list given here is all that is trusted.
    metadata : dict, optional
        Kept in the MLmodel file.

    Raises
    ------
    InvalidInputError
        The explainer explains another kind of model.
    """
    if not str(path):
        raise InvalidInputError("a path", "none", "Name a new folder.")
    explainer = checked.scoring_explainer(scoring_explainer, model, signature, target)
    if pip_requirements is None:
        needed = environment.pip_requirements(explainer.engine, extra_pip_requirements, model)
    else:
        needed = list(pip_requirements)
    saved = mlflow_model or Model()
    if metadata is not None:
        saved.metadata = metadata
    written.write(
        Path(path),
        saved,
        model,
        explainer,
        plain=signatures.plain_signature(signature, explainer, labels=answers_labels(model)),
        requirements=needed,
        code_paths=code_paths,
        serialization=Serialization(serialization_format, skops_trusted_types),
        explain_by_default=explain_by_default,
    )


def log_model(
    model: Any = None,
    *,
    scoring_explainer: ScoringExplainer | Explainer,
    name: str = "explained-model",
    run_id: Run | str | None = None,
    registered_model_name: str | None = None,
    explanation: LoggedExplanation | None = None,
    model_version: tuple[str, str] | None = None,
    signature: ModelSignature | None = None,
    explain_by_default: bool = True,
    target: str | None = None,
    pip_requirements: Sequence[str] | None = None,
    extra_pip_requirements: Sequence[str] = (),
    code_paths: Sequence[str] = (),
    serialization_format: str | None = None,
    skops_trusted_types: list[str] | None = None,
    metadata: dict[str, Any] | None = None,
) -> ModelInfo:
    """Log a model with its scoring explainer, or the explainer alone, and register it.

    Parameters
    ----------
    model : object, optional
        The fitted model. Without it the explainer is logged on its own.
    scoring_explainer : ScoringExplainer or an explainer
        What explains it.
    name : str, default="explained-model"
        Name of the logged model.
    run_id : Run or str, optional
        The run; by default the active one, if there is one.
    registered_model_name : str, optional
        Register a version under this name.
    explanation : LoggedExplanation, optional
        What `log_explanation` returned; shown on the pages of the logged model and its version.
    model_version : (name, version), optional
        For an explainer on its own: the registered version it explains. Both are tagged with
        each other.
    signature, explain_by_default, target, pip_requirements, extra_pip_requirements, code_paths,
    serialization_format, skops_trusted_types, metadata
        As of `save_model`.

    Returns
    -------
    mlflow.models.model.ModelInfo

    Raises
    ------
    InvalidInputError
        The explainer explains another kind of model.
    StoreError
        The store failed, refused or was not reached. What MLflow's own flavour refuses is raised
        as its `MlflowException`.
    """
    if not name:
        raise InvalidInputError("a name for the logged model", "an empty one", "Give it a name.")
    # Refused before MLflow creates anything in the store.
    run_id = None if run_id is None else run_id_of(run_id)
    checked.scoring_explainer(scoring_explainer, model, signature, target)
    _check_pages(explanation, model_version)
    with typed_below(f"take the model {name}"):
        info: ModelInfo = Model.log(
            artifact_path=None, name=name, flavor=sys.modules[LOADER_MODULE], run_id=run_id,
            model_id=None if run_id is None else _begun(name, run_id),
            registered_model_name=registered_model_name, metadata=metadata, model=model,
            scoring_explainer=scoring_explainer, signature=signature,
            explain_by_default=explain_by_default, target=target,
            pip_requirements=pip_requirements, extra_pip_requirements=extra_pip_requirements,
            code_paths=code_paths, serialization_format=serialization_format,
            skops_trusted_types=skops_trusted_types,
        )  # fmt: skip
    _annotate(info, registered_model_name, explanation, model_version)
    return info


def _check_pages(
    explanation: LoggedExplanation | None, model_version: tuple[str, str] | None
) -> None:
    """Refuse what the pages of the logged model could not show."""
    if explanation is not None:
        registry.check_logged(explanation)
    if model_version is not None:
        with typed(f"show version {model_version[1]} of {model_version[0]}"):
            connected().get_model_version(model_version[0], str(model_version[1]))


def _begun(name: str, run_id: str) -> str:
    """Begin a logged model in its run's experiment: MLflow would in the current one."""
    run = connected().get_run(run_id)
    begun = mlflow.initialize_logged_model(
        name, run_id, params=run.data.params, experiment_id=run.info.experiment_id
    )
    return str(begun.model_id)


def load_model(model_uri: str | Path) -> ExplainedModel | ScoringExplainer:
    """Load what `log_model` or `save_model` wrote.

    Parameters
    ----------
    model_uri : str or Path
        ``models:/name/version``, ``models:/id``, ``runs:/...`` or a local path.

    Returns
    -------
    ExplainedModel or ScoringExplainer
        The pair; or the explainer that was logged on its own.

    Raises
    ------
    ArtifactNotFoundError
        The registry has no such model, version or alias, or its files are gone.
    CorruptArtifactError
        A file is not what was logged, or what the version was registered with. (MLflow's own
        `mlflow.pyfunc.load_model` does not ask the registry: it verifies the files only among
        themselves.)
    InvalidInputError
        It is no address that MLflow knows.
    ModelLoadError
        A setting of MLflow, or its flavour, refuses the model inside.
    StoreError
        The registry or the store of artifacts failed, or refused.
    """
    path = registry.verified(addresses.resolved(model_uri, connected()))
    try:
        served = loaded.load(path)
    except MlflowException as error:
        raise ModelLoadError(
            "a model that MLflow loads",
            f"{type(error).__name__}: {error}",
            "MLflow's own flavour refused the model inside.",
        ) from error
    if isinstance(served, ServedExplainer):
        return served.explainer
    return ExplainedModel(served.model, served.explainer)


def _annotate(
    info: ModelInfo,
    name: str | None,
    explanation: LoggedExplanation | None,
    model_version: tuple[str, str] | None,
) -> None:
    """Bind the logged model, and its version, to the files; show the explanation on their pages."""
    client = connected()
    digests = registry.digests_of(info.flavors[FLAVOR_NAME])
    with typed(f"tag the model {info.model_id}"):
        known = {key: value for key, value in digests.items() if value is not None}
        client.set_logged_model_tags(info.model_id, known)
    if explanation is not None:
        with pages.beside(f"The page of the model {info.model_id}"):
            pages.show_in_model(client, info.model_id, explanation)
    if name is None:
        return
    version = str(info.registered_model_version)
    registry.tag_version(name, version, digests)
    if explanation is not None:
        with pages.beside(f"The page of version {version} of {name}"):
            registry.describe_version(name, version, explanation)
    if model_version is not None:
        with pages.beside(f"The page of version {version} of {name}"):
            registry.link((name, version), (model_version[0], str(model_version[1])))
