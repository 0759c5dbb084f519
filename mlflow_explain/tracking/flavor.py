"""The MLflow flavour: the original model and its scoring explainer, logged and served as one.

MLmodel          flavours mlflow_explain and python_function
model/           the original model, in its own flavour (absent for an explainer on its own)
explainer/       the scoring explainer: JSON, arrays, text
preprocess/      fitted transformers, for an explainer on its own
code/            the user's code, and this package where it is on no index
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, Literal

import mlflow
from mlflow.models import Model

from mlflow_explain.errors import InvalidInputError
from mlflow_explain.tracking.given import original_of
from mlflow_explain.tracking.models import addresses, arguments, checked, written
from mlflow_explain.tracking.models.flavors import Serialization
from mlflow_explain.tracking.models.nested import FLAVOR_NAME
from mlflow_explain.tracking.models.settings import Serving
from mlflow_explain.tracking.models.written import LOADER_MODULE
from mlflow_explain.tracking.pages import registry
from mlflow_explain.tracking.pages import show as pages
from mlflow_explain.tracking.runs.failures import typed, typed_below
from mlflow_explain.tracking.runs.store import connected, run_id_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from mlflow.entities import Run
    from mlflow.entities.model_registry import ModelVersion
    from mlflow.models import ModelSignature
    from mlflow.models.model import ModelInfo

    from mlflow_explain.explainers.base import Explainer
    from mlflow_explain.scoring.explainers import ScoringExplainer
    from mlflow_explain.tracking.runs.logged import LoggedExplanation


def save_model(
    model: Any = None,
    path: str | Path = "",
    *,
    scoring_explainer: ScoringExplainer | Explainer,
    explains: Any = None,
    mlflow_model: Model | None = None,
    signature: ModelSignature | None = None,
    explain_by_default: bool = True,
    format: Literal["dict", "list"] = "dict",  # noqa: A002 - the name users know
    explain_when: str | None = None,
    budget_ms: int = 0,
    max_explained_rows: int | None = None,
    target: str | Sequence[str] | None = None,
    pip_requirements: Sequence[str] | str | None = None,
    extra_pip_requirements: Sequence[str] | str = (),
    code_paths: Sequence[str | Path] = (),
    serialization_format: str | None = None,
    skops_trusted_types: list[str] | None = None,
    metadata: dict[str, Any] | None = None,
) -> None:
    """Save a model with its scoring explainer, or the explainer alone, as an MLflow model.

    Parameters
    ----------
    model : object, str or Path, optional
        The fitted model, a network of PyTorch or Keras, or a function of rows, which MLflow's own
        flavour of it saves. Or a logged model of any flavour: its address (``models:/...``,
        ``runs:/...``), its folder, what `mlflow.pyfunc.load_model` returned, or MLflow's
        `LoggedModel`, `ModelInfo` or `ModelVersion` of it; its files are copied as they are, and
        its signature, requirements, environment, code and metadata are taken over. Without a model
        the explainer is saved on its own.
    path : str or Path
        A new or empty folder.
    scoring_explainer : ScoringExplainer or an explainer
        What explains it.
    explains : object, str or Path, optional
        For an explainer on its own: the logged model it explains, given alike. They are compared,
        and the digest of the model's files is kept with the explainer.
    mlflow_model : mlflow.models.Model, optional
        Set by MLflow when logging.
    signature : ModelSignature, optional
        The plain model's; by default the one it was logged with, or made of the columns of the
        initialization examples.
    explain_by_default : bool, default=True
        False answers requests that do not ask for reasons exactly as the plain model does;
        needed for CSV and parquet requests, which carry no parameters.
    format : {"dict", "list"}
        Importances of a reply as ``{feature: number}``, or as a list in the order of the features.
    explain_when : str, optional
        Only rows whose prediction meets this condition are explained: ``"probability < 0.6"``,
        ``"prediction == 'yes'"``.
    budget_ms : int, default=0
        Milliseconds the explanation of a request may take, 0 for no bound; a request may say so
        itself.
    max_explained_rows : int, optional
        Rows a request with importances may have; by default as many as fit a bound on memory.
    target : str or sequence of str, optional
        Name of a regression's target in replies, or of each of several; by default the names of
        the signature's outputs, else ``"prediction"``, or ``"prediction_0"`` and so on.
    pip_requirements : sequence of str, or str, optional
        All requirements, instead of ours; a text is the path of a file of them.
    extra_pip_requirements : sequence of str, or str
        Requirements beside ours, alike.
    code_paths : sequence of str or Path
        Your own modules the model needs, in the place of those of the same names that a given pair
        has.
    serialization_format, skops_trusted_types
        As of MLflow's scikit-learn flavour. By default skops, trusting the types of scikit-learn,
        LightGBM, XGBoost, CatBoost, numpy, scipy, pandas and Python's collections and partial
        functions that the model is made of; a list given here is all that is trusted. A network of
        PyTorch is kept as ``"pt2"``, or as ``"pickle"``.
    metadata : dict, optional
        Kept in the MLmodel file.

    Raises
    ------
    InvalidInputError
        The explainer explains another model; the model's signature has its columns in another
        order than it was fitted on; the path lies inside the given model; an argument is wrong.
    ArtifactExistsError
        The path is taken.
    ArtifactNotFoundError
        There is no such model, or no file that `code_paths` or requirements name.
    """
    pip, extra = arguments.requirements_given(pip_requirements, extra_pip_requirements)
    serving = Serving(explain_by_default, format, explain_when, budget_ms, max_explained_rows)
    original, explained = original_of(model), original_of(explains)
    folder = arguments.new_folder(path, original, explained)
    code = arguments.code_of(code_paths, folder)
    explainer = checked.scoring_explainer(
        scoring_explainer, original, signature, target, apart=explained
    )
    checked.check_serving(serving, explainer, original)
    saved = mlflow_model or Model()
    if metadata is not None:
        saved.metadata = metadata
    written.write(
        folder,
        saved,
        original,
        explainer,
        explains=None if explained is None else explained.digest,
        plain=arguments.plain_signature_of(signature, original or explained, explainer),
        requirements=arguments.requirements_of(original, explainer, pip, extra),
        code_paths=code,
        serialization=Serialization(serialization_format, skops_trusted_types),
        serving=serving,
    )


def log_model(
    model: Any = None,
    *,
    scoring_explainer: ScoringExplainer | Explainer,
    name: str = "explained-model",
    run_id: Run | str | None = None,
    registered_model_name: str | None = None,
    explanation: LoggedExplanation | None = None,
    model_version: tuple[str, str] | ModelVersion | str | None = None,
    signature: ModelSignature | None = None,
    explain_by_default: bool = True,
    format: Literal["dict", "list"] = "dict",  # noqa: A002 - the name users know
    explain_when: str | None = None,
    budget_ms: int = 0,
    max_explained_rows: int | None = None,
    target: str | Sequence[str] | None = None,
    pip_requirements: Sequence[str] | str | None = None,
    extra_pip_requirements: Sequence[str] | str = (),
    code_paths: Sequence[str | Path] = (),
    serialization_format: str | None = None,
    skops_trusted_types: list[str] | None = None,
    metadata: dict[str, Any] | None = None,
) -> ModelInfo:
    """Log a model with its scoring explainer, or the explainer alone, and register it.

    Parameters
    ----------
    model : object, str or Path, optional
        As of `save_model`. Without it the explainer is logged on its own.
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
    model_version : (name, version), str or ModelVersion, optional
        For an explainer on its own: the registered version it explains, or its address. They are
        compared, the digest of the model's files is kept with the explainer, and both versions are
        tagged with each other.
    signature, explain_by_default, format, explain_when, budget_ms, max_explained_rows, target,
    pip_requirements, extra_pip_requirements, code_paths, serialization_format,
    skops_trusted_types, metadata
        As of `save_model`.

    Returns
    -------
    mlflow.models.model.ModelInfo

    Raises
    ------
    InvalidInputError, ArtifactNotFoundError
        As of `save_model`.
    StoreError
        The store failed, refused or was not reached. What MLflow's own flavour refuses is raised
        as its `MlflowException`.
    """
    if not name:
        raise InvalidInputError("a name for the logged model", "an empty one", "Give it a name.")
    # Refused before MLflow creates anything in the store.
    run_id = None if run_id is None else run_id_of(run_id)
    code = arguments.code_of(code_paths)
    pip, extra = arguments.requirements_given(pip_requirements, extra_pip_requirements)
    linked = None if model_version is None else addresses.version_of(model_version, connected())
    serving = Serving(explain_by_default, format, explain_when, budget_ms, max_explained_rows)
    original = original_of(model)
    # A pair has its own model; the version is there.
    asked = None if linked is None or original else f"models:/{linked[0]}/{linked[1]}"
    explained = original_of(asked)
    explainer = checked.scoring_explainer(
        scoring_explainer, original, signature, target, apart=explained
    )
    checked.check_serving(serving, explainer, original)
    if explanation is not None:
        registry.check_logged(explanation)
    with typed_below(f"take the model {name}"):
        info: ModelInfo = Model.log(
            artifact_path=None, name=name, flavor=sys.modules[LOADER_MODULE], run_id=run_id,
            model_id=None if run_id is None else _begun(name, run_id),
            registered_model_name=registered_model_name, metadata=metadata, model=original,
            scoring_explainer=explainer, explains=explained, signature=signature,
            explain_by_default=explain_by_default, format=format, explain_when=explain_when,
            budget_ms=budget_ms, max_explained_rows=max_explained_rows, target=target,
            pip_requirements=pip, extra_pip_requirements=extra,
            code_paths=code, serialization_format=serialization_format,
            skops_trusted_types=skops_trusted_types,
        )  # fmt: skip
    _annotate(info, registered_model_name, explanation, linked)
    return info


def _begun(name: str, run_id: str) -> str:
    """Begin a logged model in its run's experiment: MLflow would in the current one."""
    run = connected().get_run(run_id)
    begun = mlflow.initialize_logged_model(
        name, run_id, params=run.data.params, experiment_id=run.info.experiment_id
    )
    return str(begun.model_id)


def _annotate(
    info: ModelInfo,
    name: str | None,
    explanation: LoggedExplanation | None,
    linked: tuple[str, str] | None,
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
    if linked is not None:
        with pages.beside(f"The page of version {version} of {name}"):
            ours = info.flavors[FLAVOR_NAME]
            # Of a pair it is that of its own copy.
            digest = None if ours["has_model"] else ours["model_digest"]
            registry.link((name, version), linked, digest)
