"""What users pass beside a model and rows: options that cannot be used, columns, class names."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import make_column_transformer
from sklearn.feature_extraction.text import HashingVectorizer, TfidfVectorizer
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline, make_union
from sklearn.preprocessing import OneHotEncoder

from mlflow_explain import (
    DeepExplainer,
    ExplanationAdapter,
    KernelExplainer,
    LGBMExplainableModel,
    LIMEExplainer,
    LinearExplainableModel,
    LinearExplainer,
    MimicExplainer,
    SamplingPolicy,
    TabularExplainer,
    TreeExplainer,
)
from mlflow_explain.errors import InvalidInputError, MissingPartError

ROWS = pd.DataFrame(np.random.default_rng(0).normal(size=(60, 3)), columns=["a", "b", "c"])
NUMBERS = ROWS.to_numpy() @ [1.0, -2.0, 3.0]
LABELS = np.where(NUMBERS > 0, "yes", "no")
LINEAR = LinearRegression().fit(ROWS, NUMBERS)


class Module:
    """Looks like a network of PyTorch, which no test of options asks for an answer."""


Module.__module__ = "torch.nn"


def deep(**options):
    return DeepExplainer(Module(), ROWS, **options)


def mimic(**options):
    return MimicExplainer(LINEAR, ROWS, LinearExplainableModel, **options)


def of(family, model=LINEAR, rows=ROWS, **fixed):
    def make(**options):
        return family(model, rows, **fixed, **options)

    make.__name__ = family.__name__
    return make


tabular, tree, linear = of(TabularExplainer), of(TreeExplainer), of(LinearExplainer)
kernel, lime = of(KernelExplainer), of(LIMEExplainer, nsamples=200)
X_TRAIN = ROWS.to_numpy()

BAD = [
    (tabular, "model_task", "classify"), (tabular, "model_task", None),
    (tabular, "summarise", 0), (tabular, "summarise", 2.5), (tabular, "summarise", True),
    (tabular, "allow_all_transformations", "yes"), (tabular, "explain_subset", []),
    (tabular, "explain_subset", ["a", "a"]), (tabular, "explain_subset", ["a", 0]),
    (tabular, "explain_subset", "a"), (tabular, "explain_subset", 1),
    (tabular, "explain_subset", [True]), (tabular, "explain_subset", [-1]),
    (tabular, "explain_subset", [["a"]]), (tabular, "explain_subset", X_TRAIN),
    (tree, "feature_perturbation", "causal"), (tree, "feature_perturbation", X_TRAIN),
    (tree, "shap_values_output", "odds"), (linear, "feature_perturbation", None),
    (deep, "feature_perturbation", "nonsense"), (deep, "nclusters", 0), (deep, "nclusters", "10"),
    (deep, "is_classifier", "yes"), (deep, "model_task", "nonsense"),
    (kernel, "seed", -1), (kernel, "seed", True), (kernel, "seed", 2**32), (kernel, "seed", 0.5),
    (kernel, "nsamples", 1), (kernel, "nsamples", True), (kernel, "nsamples", "many"),
    (kernel, "nclusters", 0), (kernel, "nclusters", True), (kernel, "is_function", X_TRAIN),
    (kernel, "show_progress", "no"),
    (lime, "nclusters", "rubbish"), (lime, "seed", -1), (lime, "seed", True),
    (lime, "verbose", 1), (lime, "discretize_continuous", "yes"), (lime, "is_function", X_TRAIN),
    (lime, "kernel_width", True), (lime, "categorical_features", "a"),
    (of(LIMEExplainer), "nsamples", 7), (of(LIMEExplainer), "nsamples", True),
    (mimic, "seed", -1), (mimic, "seed", True), (mimic, "augment_data", ROWS),
    (mimic, "max_num_of_augmentations", True), (mimic, "categorical_features", [3]),
    (SamplingPolicy, "seed", -1), (SamplingPolicy, "seed", True),
    (SamplingPolicy, "max_dim_clustering", True), (SamplingPolicy, "allow_eval_sampling", None),
    (ExplanationAdapter, "classification", "no"), (ExplanationAdapter, "output_space", "logit"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("make", "option", "bad"), BAD, ids=lambda item: getattr(item, "__name__", str(item)[:20])
)
def test_options_that_cannot_be_used_are_named(make, option, bad):
    with pytest.raises(InvalidInputError, match=option) as raised:
        make(**{option: bad})
    # No row's values: an argument in another's place may be all of them.
    assert str(X_TRAIN[0, 0])[:5] not in str(raised.value)


@pytest.mark.parametrize("option", ["batch_size", "include_local"])
@pytest.mark.parametrize("bad", ["3", 1.5, 0, None])
def test_options_of_explaining_are_named(option, bad):
    with pytest.raises(InvalidInputError, match=option):
        linear().explain_global(ROWS, **{option: bad})
    with pytest.raises(InvalidInputError, match=option):
        ExplanationAdapter().create_global(X_TRAIN, **{option: bad})


def test_too_few_samples_name_the_least_that_works():
    with pytest.raises(InvalidInputError, match="nsamples of at least 8, for 3 features; got 7"):
        LIMEExplainer(LINEAR, ROWS, nsamples=7)
    assert LIMEExplainer(LINEAR, ROWS, nsamples=8).method == "lime"


def test_numpys_own_numbers_and_truths_are_taken():
    explainer = KernelExplainer(
        LINEAR,
        ROWS,
        is_function=np.bool_(False),
        nclusters=np.int64(7),
        seed=np.uint8(3),
        explain_subset=np.array(["b", "a"]),
    )
    assert explainer.background.n_rows == 7
    assert explainer.explain_local(ROWS.head(1)).features == ("b", "a")


def test_positions_count_the_columns_of_the_examples():
    swapped = ROWS.assign(d=0.0)[["d", "c", "b", "a"]]
    found = LinearExplainer(LINEAR, swapped, explain_subset=[1, "a"]).explain_local(ROWS.head(2))
    assert found.features == ("c", "a")
    whole = LinearExplainer(LINEAR, ROWS).explain_local(ROWS.head(2)).local.values
    np.testing.assert_allclose(found.local.values, whole[:, [2, 0]], atol=1e-12)
    for given in (["d"], [0]):
        with pytest.raises(InvalidInputError, match=r"explain_subset among .* fitted on: a, b, c"):
            LinearExplainer(LINEAR, swapped, explain_subset=given)


@pytest.mark.parametrize(
    ("family", "options"),
    [(LIMEExplainer, {}), (MimicExplainer, {"explainable_model": LinearExplainableModel})],
)
def test_categories_the_model_does_not_take_are_refused_by_all(family, options):
    with_more = ROWS.assign(d=0.0)
    for given in (["d"], [3]):
        with pytest.raises(InvalidInputError, match=r"categorical_features among .*; got d"):
            family(LINEAR, with_more, categorical_features=given, **options)


def test_class_names_of_a_function_of_one_number_make_it_a_probability():
    def chance(rows):
        return 1 / (1 + np.exp(-rows["a"].to_numpy()))

    explainer = KernelExplainer(chance, ROWS, classes=["no", "yes"])
    found = explainer.explain_local(ROWS.head(4))
    assert (found.model_task, found.classes) == ("classification", ("no", "yes"))
    np.testing.assert_allclose(
        found.expected_values[1] + found.local.values[:, :, 1].sum(axis=1), chance(ROWS.head(4))
    )
    with pytest.raises(InvalidInputError, match="labels among `classes`, or probabilities"):
        KernelExplainer(lambda rows: 3 * chance(rows), ROWS, classes=["no", "yes"])
    with pytest.raises(InvalidInputError, match="2 class names"):
        KernelExplainer(chance, ROWS, classes=["no", "yes", "maybe"])
    numbered = KernelExplainer(
        lambda rows: 2 * (rows["a"] > 0).astype(int), ROWS, classes=[0, 2]
    ).explain_local(ROWS.head(4))
    assert numbered.classes == (0, 2)
    np.testing.assert_allclose(
        numbered.expected_values[1] + numbered.local.values[:, :, 1].sum(axis=1),
        ROWS["a"].head(4) > 0,
        atol=1e-12,
    )


@pytest.mark.parametrize("task", ["unknown", "regression"])
@pytest.mark.parametrize("make", [TabularExplainer, LinearExplainer, KernelExplainer])
def test_class_names_of_a_regression_are_refused_with_both_ways_out(make, task):
    with pytest.raises(InvalidInputError, match=r"Leave `classes` out, .*'classification'"):
        make(LINEAR, ROWS, classes=["no", "yes"], model_task=task)


TEXTS = ["good film", "bad film", "a fine day", "an awful day"] * 5
SOUNDS = [1, 0, 1, 0] * 5
FORMS = [
    pd.Series(TEXTS), TEXTS, np.array(TEXTS), np.array(TEXTS)[:, None], pd.DataFrame({"t": TEXTS}),
    pd.DataFrame({"t": TEXTS[:1]}),
]  # fmt: skip


@pytest.mark.parametrize("rows", FORMS, ids=["series", "list", "array", "2d", "frame", "one row"])
def test_a_model_of_texts_says_how_its_column_is_named(rows):
    models = [
        make_pipeline(TfidfVectorizer(), LogisticRegression()),
        make_pipeline(None, make_pipeline(HashingVectorizer(n_features=8)), LogisticRegression()),
        make_pipeline(make_union(TfidfVectorizer()), LogisticRegression()),
        GridSearchCV(make_pipeline(TfidfVectorizer(), LogisticRegression()), {}, cv=2),
    ]
    for model in models:
        for family in (TabularExplainer, KernelExplainer):
            with pytest.raises(InvalidInputError, match="name the column in a ColumnTransformer"):
                family(model.fit(TEXTS, SOUNDS), rows)


def test_a_models_own_module_is_not_its_type():
    class Wrapper(LinearRegression):
        module = "anything"

    found = LinearExplainer(Wrapper().fit(ROWS, NUMBERS), ROWS).explain_local(ROWS.head(1))
    assert found.model_type == "Wrapper"


def test_a_function_is_tried_on_the_columns_that_transformations_make():
    words = pd.DataFrame({"word": ["a", "b", "c"] * 5})
    encode = make_column_transformer((OneHotEncoder(sparse_output=False), ["word"])).fit(words)
    explainer = KernelExplainer(
        lambda rows: rows @ [1.0, 2.0, 3.0], words, is_function=True, transformations=encode
    )
    values = explainer.explain_local(words.head(3)).local.values
    np.testing.assert_allclose(values[:, 0, 0], [-1.0, 0.0, 1.0], atol=1e-12)


def test_replication_of_no_rows_is_a_missing_part():
    classifier = LogisticRegression().fit(ROWS, LABELS)
    for model in (LINEAR, classifier):
        explainer = MimicExplainer(model, ROWS, LGBMExplainableModel)
        with pytest.raises(MissingPartError, match="got 0 rows"):
            explainer.get_surrogate_model_replication_measure(ROWS[:0])
