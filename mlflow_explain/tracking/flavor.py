"""The MLflow flavour: the original model and its scoring explainer, logged and served as one.

MLmodel          flavours mlflow_explain and python_function
model/           the original model, in its own flavour (absent for an explainer on its own)
explainer/       the scoring explainer: JSON, arrays, text
preprocess/      fitted transformers, for an explainer on its own
code/            the user's code, and this package where it is on no index
"""

from __future__ import annotations

import functools
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import mlflow
from mlflow.exceptions import MlflowException
from mlflow.models import Model

from mlflow_explain._version import __version__
from mlflow_explain.data.kinds import full_name
from mlflow_explain.data.predictor import Predictor, answers_labels, check_fitted
from mlflow_explain.engines.registry import explains
from mlflow_explain.errors import (
    InvalidInputError,
    ModelLoadError,
    UnsupportedModelError,
)
from mlflow_explain.scoring import store
from mlflow_explain.scoring.explainer import ScoringExplainer
from mlflow_explain.tracking.models import addresses, environment, nested
from mlflow_explain.tracking.models import signature as signatures
from mlflow_explain.tracking.models.nested import MODEL_FOLDER, Serialization
from mlflow_explain.tracking.models.served import ServedExplainer, ServedModel
from mlflow_explain.tracking.pages import registry
from mlflow_explain.tracking.pages import show as pages
from mlflow_explain.tracking.runs.failures import typed, typed_below
from mlflow_explain.tracking.runs.store import connected

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mlflow.models import ModelSignature
    from mlflow.models.model import ModelInfo

    from mlflow_explain.data.pipeline import Split
    from mlflow_explain.explainers.base import Explainer
    from mlflow_explain.tracking.runs.logged import LoggedExplanation

FLAVOR_NAME = nested.FLAVOR_NAME
# Part of the format: MLflow imports it to load a model, so it never moves.
LOADER_MODULE = "mlflow_explain"
_EXPLAINER, _PREPROCESS = nested.EXPLAINER_FOLDER, nested.PREPROCESS_FOLDER


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
    explainer = _scoring(scoring_explainer, model, signature, target)
    folder = Path(path)
    folder.mkdir(parents=True, exist_ok=True)
    saved = mlflow_model or Model()
    requirements = (
        list(pip_requirements)
        if pip_requirements is not None
        else environment.pip_requirements(explainer.engine, extra_pip_requirements, model)
    )
    plain = signatures.plain_signature(signature, explainer, labels=answers_labels(model))
    serialization = Serialization(serialization_format, skops_trusted_types)
    digest = None
    if model is not None:
        nested.save(model, folder / MODEL_FOLDER, serialization, requirements, plain)
        digest = nested.digest_of(folder / MODEL_FOLDER)
    elif explainer.preprocess is not None:
        kept = folder / _PREPROCESS
        nested.save_preprocess(explainer.preprocess, kept, serialization, requirements)
    sealed = store.save(explainer, folder / _EXPLAINER, model_digest=digest)
    saved.signature = signatures.explained_signature(
        plain,
        explainer,
        explain_by_default=explain_by_default,
        with_predictions=model is not None,
    )
    if metadata is not None:
        saved.metadata = metadata
    code = environment.copy_code(folder, code_paths)
    _add_flavors(saved, code, sealed, digest, explain_by_default=explain_by_default)
    environment.write(folder, requirements)
    saved.model_size_bytes = sum(f.stat().st_size for f in folder.rglob("*") if f.is_file())
    saved.save(str(folder / "MLmodel"))


def log_model(
    model: Any = None,
    *,
    scoring_explainer: ScoringExplainer | Explainer,
    name: str = "explained-model",
    run_id: str | None = None,
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
    run_id : str, optional
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
    _scoring(scoring_explainer, model, signature, target)
    if explanation is not None:
        registry.check_logged(explanation)
    if model_version is not None:
        with typed(f"show version {model_version[1]} of {model_version[0]}"):
            connected().get_model_version(model_version[0], str(model_version[1]))
    with typed_below(f"take the model {name}"):
        info: ModelInfo = Model.log(
            artifact_path=None,
            name=name,
            flavor=sys.modules[LOADER_MODULE],
            run_id=run_id,
            model_id=None if run_id is None else _begun(name, run_id),
            registered_model_name=registered_model_name,
            metadata=metadata,
            model=model,
            scoring_explainer=scoring_explainer,
            signature=signature,
            explain_by_default=explain_by_default,
            target=target,
            pip_requirements=pip_requirements,
            extra_pip_requirements=extra_pip_requirements,
            code_paths=code_paths,
            serialization_format=serialization_format,
            skops_trusted_types=skops_trusted_types,
        )
    _annotate(info, registered_model_name, explanation, model_version)
    return info


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
        served = _load_pyfunc(path)
    except MlflowException as error:
        raise ModelLoadError(
            "a model that MLflow loads",
            f"{type(error).__name__}: {error}",
            "MLflow's own flavour refused the model inside.",
        ) from error
    if isinstance(served, ServedExplainer):
        return served.explainer
    return ExplainedModel(served.model, served.explainer)


def _load_pyfunc(path: str | Path) -> ServedModel | ServedExplainer:
    """Load the model for `mlflow.pyfunc`; refuse one that is incomplete or damaged."""
    folder = Path(path)
    flavors = Model.load(str(folder)).flavors
    if FLAVOR_NAME not in flavors:
        raise UnsupportedModelError(
            "a model logged by mlflow_explain.log_model",
            f"one of the flavours {', '.join(sorted(flavors))}",
            "Load it with MLflow itself; `explain_model` explains it as it is.",
        )
    config = flavors[FLAVOR_NAME]
    digest = config["explainer_digest"]
    if not config["has_model"]:
        preprocess = nested.load_preprocess(folder / _PREPROCESS)
        alone = store.load(folder / _EXPLAINER, preprocess=preprocess, digest=digest)
        return ServedExplainer(alone)
    inside = nested.checked_model(folder, config)
    # The explainer is verified first: a damaged one stops the start before the model is loaded.
    loaded = functools.cache(lambda: nested.load(inside))
    explainer = store.load(folder / _EXPLAINER, digest=digest, model=lambda: loaded()[1])
    plain, model = loaded()
    parts = explainer.estimator_of(model)
    complete = replace(explainer, preprocess=parts.preprocess)
    estimator = Predictor(parts.estimator, explainer.model_task, explainer.labels)
    return ServedModel(plain, model, estimator, complete, bool(config["explain_by_default"]))


def _scoring(
    given: Any, model: Any, signature: ModelSignature | None, target: str | None
) -> ScoringExplainer:
    """Return the scoring explainer that was given, after checking it against the model."""
    explainer = given if isinstance(given, ScoringExplainer) else None
    if explainer is None and hasattr(given, "create_scoring_explainer"):
        explainer = given.create_scoring_explainer()
    if explainer is None:
        raise InvalidInputError(
            "a ScoringExplainer, or an explainer that makes one",
            full_name(given),
            "Pass `explainer.create_scoring_explainer()`.",
        )
    if model is not None:
        nested.flavor_of(model)
        check_fitted(model)
        _check_explains(explainer, explainer.estimator_of(model))
    elif explainer.asks_model:
        raise InvalidInputError(
            "the model beside its explainer, which explains by asking it",
            "the explainer alone",
            "Pass the model, too: both are logged as a pair.",
        )
    return replace(explainer, target=target or _target_of(signature) or explainer.target)


def _check_explains(explainer: ScoringExplainer, parts: Split) -> None:
    """Refuse the explainer of another model, even of one of the same class."""
    estimator = parts.estimator
    mine = type(estimator).__name__ == explainer.model_type and explains(
        explainer.engine,
        Predictor(estimator, explainer.model_task, explainer.labels),
        explainer.probe_rows(),
    )
    if mine and parts.preprocess is None and explainer.preprocess is not None:
        raise InvalidInputError(
            "a Pipeline of the explainer's transformations and the model",
            f"a {type(estimator).__name__} alone, which would be served rows nobody transforms",
            "Log make_pipeline(transformations, model): both are fitted already.",
        )
    mine = mine and explainer.preprocesses_as(parts.preprocess)
    if not mine:
        raise InvalidInputError(
            f"the explainer of this {type(estimator).__name__}",
            f"one of another {explainer.model_type}",
            "Make it from the model that is logged.",
        )


def _target_of(signature: ModelSignature | None) -> str | None:
    outputs = None if signature is None else signature.outputs
    if outputs is None or not outputs.has_input_names() or len(outputs.input_names()) != 1:
        return None
    return str(outputs.input_names()[0])


def _add_flavors(
    saved: Model, code: str | None, explainer: str, model: str | None, *, explain_by_default: bool
) -> None:
    saved.add_flavor(
        FLAVOR_NAME,
        mlflow_explain_version=__version__,
        has_model=model is not None,
        explain_by_default=explain_by_default,
        explainer_digest=explainer,
        model_digest=model,
        code=code,
    )
    mlflow.pyfunc.add_to_model(
        saved,
        loader_module=LOADER_MODULE,
        conda_env="conda.yaml",
        python_env="python_env.yaml",
        code=code,
    )


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
