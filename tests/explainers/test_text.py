"""`TextExplainer` and what it returns; its engines have tests of their own."""

from __future__ import annotations

import copy
import pickle

import mlflow
import numpy as np
import pandas as pd
import pytest
from mlflow.models import ModelSignature
from mlflow.types.schema import ColSpec, Schema
from sklearn.compose import make_column_transformer
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from mlflow_explain import SamplingPolicy, TabularExplainer, TextExplainer
from mlflow_explain.errors import (
    FeatureError,
    InvalidInputError,
    MissingPartError,
    UnfittedModelError,
    UnsupportedModelError,
)

TEXTS = [
    "Good phone. I love it!",
    "bad battery, bad screen",
    "great value",
    "awful, awful. Never again",
    "good but bad",
    "love the screen",
]
LABELS = ["pos", "neg", "pos", "neg", "neg", "pos"]


@pytest.fixture(scope="module")
def pipeline():
    return make_pipeline(TfidfVectorizer(), LogisticRegression()).fit(TEXTS, LABELS)


@pytest.fixture(scope="module")
def explainer(pipeline):
    return TextExplainer(pipeline, TEXTS)


def shouting(texts):
    return np.array([sum(word.isupper() for word in text.split()) for text in texts], dtype=float)


def test_words_are_features_and_everything_adds_up(explainer, pipeline):
    explanation = explainer.explain_global(TEXTS)

    assert explanation.features[:3] == ("good", "phone", ".")
    assert explanation.classes == ("neg", "pos")
    assert explanation.is_raw
    assert explanation.is_additive
    np.testing.assert_allclose(
        explanation.expected_values[1] + explanation.local_importance_values[1].sum(axis=1),
        pipeline.decision_function(TEXTS),
        atol=1e-9,
    )
    assert explanation.eval_y_predicted.tolist() == pipeline.predict(TEXTS).tolist()


def test_tokens_stand_where_the_text_says(explainer):
    explanation = explainer.explain_global(TEXTS)
    for row, text in enumerate(TEXTS):
        tokens = explanation.to_tokens(row)
        cut = [text[a:b] for a, b in zip(tokens["start"], tokens["end"], strict=True)]
        assert tokens["token"].tolist() == cut
        by_word = tokens.groupby(tokens["token"].str.lower())["importance"].sum()
        for word, value in by_word.items():
            assert explanation.to_frame()[word].iloc[row] == pytest.approx(value)


def test_sentences_are_the_sums_of_their_tokens(explainer):
    explanation = explainer.explain_local(TEXTS[0])
    sentences = explanation.to_sentences()

    assert sentences["text"].tolist() == ["Good phone.", "I love it!"]
    tokens = explanation.to_tokens()
    assert sentences["importance"].sum() == pytest.approx(tokens["importance"].sum())


def test_a_class_is_chosen_by_its_label(explainer):
    explanation = explainer.explain_local(TEXTS[:2])
    mirrored = explanation.to_tokens(1, "neg")["importance"]

    np.testing.assert_allclose(mirrored, -explanation.to_tokens(1, "pos")["importance"])


def test_one_text_is_explained_as_one_of_many(explainer):
    alone = explainer.explain_local(TEXTS[3]).to_tokens()
    among = explainer.explain_local(TEXTS).to_tokens(3)

    pd.testing.assert_frame_equal(alone, among)


def test_a_linear_model_of_words_is_explained_exactly_and_others_are_asked(explainer):
    assert explainer.method == "text terms"
    assert explainer.choice.refusals == ()

    near = make_pipeline(TfidfVectorizer(), KNeighborsClassifier(2)).fit(TEXTS, LABELS)
    asked = TextExplainer(near, TEXTS)
    assert asked.method == "text masking"
    (refusal,) = asked.choice.refusals
    assert "KNeighborsClassifier" in refusal.reason


def test_a_method_that_does_not_explain_the_model_says_why():
    with pytest.raises(UnsupportedModelError, match="text terms"):
        TextExplainer(shouting, TEXTS, method="terms")


def test_functions_of_texts_are_regressions_unless_classes_are_named():
    number = TextExplainer(shouting, TEXTS).explain_local("SO good")
    assert number.model_task == "regression"
    assert number.to_tokens()["importance"].tolist() == [1.0, 0.0]

    share = TextExplainer(lambda texts: shouting(texts) / 10, TEXTS, classes=["calm", "loud"])
    found = share.explain_local("SO good")
    assert found.classes == ("calm", "loud")
    assert found.to_tokens(0, "calm")["importance"].tolist() == pytest.approx([-0.1, 0.0])


def logits(texts):
    love = np.array([text.lower().count("love") for text in texts], dtype=float)
    return np.column_stack([3.0 * love, np.full(len(texts), -1.0), -2.0 * love])


@pytest.mark.parametrize(
    ("method", "classes"),
    [("masking", None), ("lime", ["joy", "rain", "rage"]),
     pytest.param("han", None, marks=pytest.mark.networks)],
)  # fmt: skip
def test_logits_of_classes_are_margins_and_no_probabilities(method, classes):
    # As many texts as a network has some of held out.
    texts = [f"{text} {i}" for i in range(4) for text in TEXTS]
    explainer = TextExplainer(logits, texts, method=method, classes=classes, show_progress=False)
    found = explainer.explain_global(["I love it", "bad"])

    assert (found.output_space, found.model_task) == ("margin", "classification")
    assert found.classes == tuple(classes or range(3))
    assert found.eval_y_predicted_proba is None
    assert found.eval_y_predicted.tolist() == [found.classes[0]] * 2
    if method != "han":
        np.testing.assert_allclose(found.local.outputs()[0], [3, -1, -2], atol=1e-6)
        love = found.to_frame(found.classes[2])["love"]
        assert love.tolist() == pytest.approx([-2, 0], abs=1e-6)
        assert found.quality["deletion_auc"] < found.quality["insertion_auc"]


@pytest.fixture(scope="module")
def beside():
    rows = pd.DataFrame({"price": [9.0, 1.0, 5.0, 2.0, 3.0, 8.0], "review": TEXTS})
    columns = make_column_transformer((CountVectorizer(), "review"), (StandardScaler(), ["price"]))
    return make_pipeline(columns, Ridge()).fit(rows, [1.0, 0, 1, 0, 0, 1]), rows


def test_columns_beside_the_text_keep_their_names_and_values(beside):
    model, rows = beside
    explanation = TextExplainer(model, rows).explain_global(rows)
    table = TabularExplainer(model, rows).explain_global(rows)

    assert explanation.features[0] == "price"
    assert explanation.features[1] == "review: good"
    frame = explanation.to_frame()
    np.testing.assert_allclose(frame["price"], table.to_frame()["price"])
    words = frame.drop(columns="price").sum(axis=1)
    np.testing.assert_allclose(words, table.to_frame()["review"], atol=1e-12)


def test_rows_are_matched_by_the_names_of_their_columns(beside):
    model, rows = beside
    explainer = TextExplainer(model, rows)
    turned = explainer.explain_local(rows[["review", "price"]].assign(more=1))

    np.testing.assert_array_equal(
        turned.local_importance_values, explainer.explain_local(rows).local_importance_values
    )
    with pytest.raises(FeatureError, match="column review"):
        explainer.explain_local(rows[["price"]])
    with pytest.raises(FeatureError, match="price"):
        explainer.explain_local(rows[["review"]])


def test_a_row_by_name_is_one_row(beside):
    model, rows = beside
    explainer = TextExplainer(model, rows)

    assert explainer.explain_local(rows.iloc[1]).to_tokens()["token"].tolist()[0] == "bad"


def test_a_series_keeps_its_index_and_name(pipeline):
    texts = pd.Series(TEXTS, index=list("abcdef"), name="review")
    explanation = TextExplainer(pipeline, texts).explain_global(texts)

    assert explanation.rows.ids.tolist() == list("abcdef")
    assert explanation.eval_data.columns.tolist() == ["review"]


def test_absent_words_are_a_feature_of_their_own(explainer):
    explanation = explainer.explain_local(["", "zzz"])

    assert explanation.features == ("zzz", "(absent words)")
    frame = explanation.to_frame()
    assert frame["zzz"].tolist() == [0.0, 0.0]
    assert frame["(absent words)"].iloc[0] == frame["(absent words)"].iloc[1] != 0
    assert explanation.to_tokens(0).empty


def test_texts_without_words_and_without_a_difference_are_explained_by_their_column():
    explanation = TextExplainer(shouting, TEXTS).explain_global(["", " "])

    assert explanation.features == ("text",)
    assert not explanation.local_importance_values.any()


def test_space_that_a_vectoriser_puts_around_words_is_theirs():
    count = CountVectorizer(analyzer="char_wb", ngram_range=(1, 5))
    model = make_pipeline(count, LogisticRegression()).fit(TEXTS, LABELS)
    explanation = TextExplainer(model, TEXTS, baseline="empty").explain_local(TEXTS)

    assert "(absent words)" not in explanation.features
    assert explanation.is_additive


def test_what_is_made_of_a_text_and_is_no_word_is_told_with_absent_words():
    def length(texts):
        return np.array([[float(len(text))] for text in texts])

    rows = pd.DataFrame({"text": TEXTS})
    both = make_column_transformer(
        (CountVectorizer(), "text"), (FunctionTransformer(length), "text")
    )
    model = make_pipeline(both, Ridge()).fit(rows, np.arange(6.0))
    explanation = TextExplainer(model, rows, baseline="empty").explain_local(rows)

    assert explanation.method == "text terms"
    found = explanation.to_frame()["(absent words)"]
    np.testing.assert_allclose(found, model[-1].coef_[-1] * length(TEXTS).ravel())


@pytest.mark.parametrize("method", ["masking", "lime"])
def test_a_function_is_given_python_strings_whatever_was_passed(method):
    kinds = set()

    def model(texts):
        kinds.update(map(type, texts))
        return shouting(texts)

    explainer = TextExplainer(model, np.array(TEXTS), method=method, nsamples=50)
    explainer.explain_global(np.array(TEXTS[:2]))
    explainer.explain_local(np.str_("bad AND good"))
    assert kinds == {str}


@pytest.mark.parametrize("method", ["masking", "lime"])
def test_words_of_any_script_are_whole(method):
    texts = ["यह फोन अच्छा है।", "यह बुरा है।"]

    def praise(texts):
        return np.array([float("अच्छा" in text) - float("बुरा" in text) for text in texts])

    explanation = TextExplainer(praise, texts, method=method).explain_local(texts)
    assert set(explanation.get_ranked_global_names(2)) == {"अच्छा", "बुरा"}
    assert explanation.to_tokens(0)["token"].tolist() == ["यह", "फोन", "अच्छा", "है", "।"]


def test_no_texts_give_an_empty_explanation(explainer):
    explanation = explainer.explain_global([])

    assert explanation.num_examples == 0
    assert explanation.local.tokens.n_tokens == 0


def test_top_k_keeps_words_and_sums_the_others(explainer):
    whole = explainer.explain_global(TEXTS)
    cut = whole.top(3)

    assert cut.num_features == 3
    np.testing.assert_allclose(cut.local.outputs(), whole.local.outputs())
    for row in range(len(TEXTS)):
        # What a text's tokens are attributed does not depend on how many words are features.
        for told in ("to_tokens", "to_sentences"):
            pd.testing.assert_frame_equal(getattr(cut, told)(row), getattr(whole, told)(row))


def test_more_words_than_are_kept_are_summed(explainer, monkeypatch):
    monkeypatch.setattr("mlflow_explain.data.texts.worded.worded.__kwdefaults__", {"most": 4})
    explanation = explainer.explain_global(TEXTS)

    assert explanation.num_features == 5
    assert explanation.num_left_out > 0
    assert explanation.is_additive


def test_batches_and_global_only_give_the_same_importance(explainer):
    whole = explainer.explain_global(TEXTS)
    parts = explainer.explain_global(TEXTS, batch_size=2)
    alone = explainer.explain_global(TEXTS, include_local=False)

    np.testing.assert_array_equal(parts.local.values, whole.local.values)
    np.testing.assert_array_equal(parts.local.tokens.start, whole.local.tokens.start)
    assert alone.local is None
    assert alone.get_feature_importance_dict() == whole.get_feature_importance_dict()


def test_sampled_texts_are_some_of_them_with_their_ids(explainer):
    policy = SamplingPolicy(allow_eval_sampling=True, sampling_method="random")
    explanation = explainer.explain_global(TEXTS * 100, sampling_policy=policy)

    assert explanation.num_examples == 500


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({"method": "magic"}, "method"),
        ({"baseline": "zero"}, "baseline"),
        ({"mask": 3}, "mask"),
        ({"nsamples": 0}, "nsamples"),
        ({"text_column": 3}, "text_column"),
        ({"seed": "a"}, "seed"),
    ],
)
def test_odd_options_are_named(pipeline, options, named):
    with pytest.raises(InvalidInputError, match=named):
        TextExplainer(pipeline, TEXTS, **options)


def test_1_an_unfitted_pipeline_is_refused():
    with pytest.raises(UnfittedModelError):
        TextExplainer(make_pipeline(TfidfVectorizer(), LogisticRegression()), TEXTS)


def test_a_missing_text_is_refused_by_row(explainer):
    with pytest.raises(InvalidInputError, match="first in row 1"):
        explainer.explain_local(["fine", None])


def test_a_table_has_no_tokens():
    rows = np.array([[0.0], [1.0]])
    explanation = TabularExplainer(Ridge().fit(rows, [0.0, 1.0]), rows).explain_local(rows)

    with pytest.raises(MissingPartError, match="TextExplainer"):
        explanation.to_tokens()


@pytest.mark.parametrize("row", [-1, 6, "a", 1.5, True])
def test_a_row_that_is_not_there_is_refused(explainer, row):
    with pytest.raises(InvalidInputError, match="from 0 to 5"):
        explainer.explain_global(TEXTS).to_tokens(row)


def test_texts_given_to_an_explainer_of_tables_say_what_takes_them(pipeline):
    with pytest.raises(InvalidInputError, match="TextExplainer"):
        TabularExplainer(pipeline, TEXTS)


@pytest.mark.parametrize("kind", ["bar", "beeswarm", "waterfall"])
def test_pictures_of_words(explainer, kind):
    explanation = explainer.explain_global([*TEXTS, "<b> $x$ 👍 שלום"])

    assert explanation.plot(kind).axes


def test_a_logged_pipeline_is_explained_as_the_one_inside(pipeline, tmp_path):
    types = ["sklearn.feature_extraction.text.TfidfVectorizer"]
    mlflow.sklearn.save_model(pipeline, tmp_path / "model", skops_trusted_types=types)
    loaded = mlflow.pyfunc.load_model(str(tmp_path / "model"))
    explainer = TextExplainer(loaded, pd.DataFrame({"text": TEXTS}))

    assert explainer.method == "text terms"
    np.testing.assert_array_equal(
        explainer.explain_local(TEXTS).local_importance_values,
        TextExplainer(pipeline, TEXTS).explain_local(TEXTS).local_importance_values,
    )


@pytest.mark.filterwarnings("ignore:.*(input example|type hint):UserWarning")
def test_a_pyfunc_of_a_column_takes_a_list_for_it(tmp_path):
    class Shouting(mlflow.pyfunc.PythonModel):
        def predict(self, context, model_input: pd.DataFrame, params=None):
            return shouting(model_input["ticket"])

    schema = Schema([ColSpec("string", "ticket")])
    mlflow.pyfunc.save_model(
        tmp_path / "model", python_model=Shouting(), signature=ModelSignature(schema)
    )
    loaded = mlflow.pyfunc.load_model(str(tmp_path / "model"))
    explainer = TextExplainer(loaded, ["So GOOD"])

    assert explainer.explain_local("VERY good").to_tokens()["importance"].tolist() == [1.0, 0.0]


def test_half_an_emoji_is_a_token_like_any_other(explainer):
    tokens = explainer.explain_local("bad \ud83d good").to_tokens()

    assert tokens["token"].tolist() == ["bad", "\ud83d", "good"]


def test_columns_with_the_same_label_are_refused(pipeline):
    rows = pd.DataFrame([["a b", "c d"]], columns=["t", "t"])

    with pytest.raises(FeatureError, match="t more than once"):
        TextExplainer(pipeline, rows, text_column="t")


def test_labels_that_are_no_text_are_refused(pipeline):
    with pytest.raises(InvalidInputError, match="labels are text"):
        TextExplainer(pipeline, pd.DataFrame({0: TEXTS}))


def test_a_column_that_is_called_like_a_word_stays_apart(beside):
    _, rows = beside
    renamed = rows.rename(columns={"price": "review: good"})
    columns = make_column_transformer(
        (CountVectorizer(), "review"), (StandardScaler(), ["review: good"])
    )
    made = make_pipeline(columns, Ridge()).fit(renamed, [1.0, 0, 1, 0, 0, 1])
    features = TextExplainer(made, renamed).explain_local(renamed).features

    assert len(set(features)) == len(features)
    assert features[:2] == ("review: good", "review': good")


def test_many_texts_of_many_words_keep_the_largest(explainer, monkeypatch):
    monkeypatch.setattr("mlflow_explain.data.texts.worded.MAX_VALUES", 5 * len(TEXTS))
    explanation = explainer.explain_global(TEXTS)

    assert explanation.num_features == 6
    assert explanation.is_additive


def test_errors_name_what_the_user_passed(pipeline):
    def broken(texts):
        raise ValueError(len(texts))

    with pytest.raises(InvalidInputError, match="a function that takes a list of texts"):
        TextExplainer(broken, TEXTS)
    near = make_pipeline(TfidfVectorizer(), KNeighborsClassifier(2)).fit(TEXTS, LABELS)
    with pytest.raises(UnsupportedModelError, match=r"sklearn\.pipeline\.Pipeline"):
        TextExplainer(near, TEXTS, method="terms")


def test_a_dependence_is_one_of_columns(explainer):
    with pytest.raises(MissingPartError, match="a word of texts"):
        explainer.explain_global(TEXTS).plot("dependence", feature="good")


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({"method": "terms", "nsamples": 7}, "nsamples"),
        ({"method": "terms", "mask": "UNK"}, "mask"),
        ({"method": "masking", "baseline": "empty"}, "baseline"),
        ({"method": "lime", "feature_perturbation": "interventional"}, "feature_perturbation"),
        ({"method": "han", "nsamples": 7}, "nsamples"),
    ],
)
def test_options_that_a_method_does_not_read_are_refused_by_name(pipeline, options, named):
    with pytest.raises(InvalidInputError, match=f"reads: .*got {named}"):
        TextExplainer(pipeline, TEXTS, **options)


@pytest.mark.parametrize("how", ["pickle", "deepcopy"])
@pytest.mark.parametrize(
    "method",
    ["terms", "masking", "lime", pytest.param("han", marks=pytest.mark.networks)],
)
def test_a_pickled_explainer_explains_alike(pipeline, method, how):
    texts = [f"{text} {i}" for i in range(4) for text in TEXTS]
    explainer = TextExplainer(pipeline, texts, method=method, show_progress=False)
    ways = {"pickle": lambda e: pickle.loads(pickle.dumps(e)), "deepcopy": copy.deepcopy}  # noqa: S301 - our own
    again = ways[how](explainer)
    assert again.subject.whole.model is not explainer.subject.whole.model
    first, second = (each.explain_local(TEXTS) for each in (explainer, again))
    assert first.features == second.features
    np.testing.assert_array_equal(first.local.tokens.values, second.local.tokens.values)
    np.testing.assert_array_equal(first.local.values, second.local.values)
    assert repr(again) == repr(explainer)


@pytest.mark.parametrize("kind", ["of a table", "without its vectoriser"])
def test_a_model_that_takes_no_texts_is_sent_to_tables_or_to_its_pipeline(kind):
    rows = np.arange(12.0).reshape(6, 2) if kind == "of a table" else None
    given = TfidfVectorizer().fit_transform(TEXTS) if rows is None else rows
    model = LogisticRegression().fit(given, [0, 1] * (given.shape[0] // 2))
    with pytest.raises(
        InvalidInputError, match=r"a DataFrame with.* TabularExplainer.*Pipeline"
    ) as raised:
        TextExplainer(model, TEXTS)
    assert "missing values" not in str(raised.value)


@pytest.mark.parametrize("explains", [TextExplainer, TabularExplainer])
@pytest.mark.parametrize(
    ("model", "named"),
    [(None, "NoneType"), ("models:/x/1", r"Load a logged model first, mlflow\.pyfunc\.load_model")],
)
def test_what_is_no_model_is_named_and_an_address_is_to_be_loaded(explains, model, named):
    examples = TEXTS if explains is TextExplainer else np.zeros((4, 2))
    with pytest.raises(UnsupportedModelError, match=named):
        explains(model, examples)


def test_a_function_of_one_label_is_told_what_to_return():
    with pytest.raises(UnsupportedModelError, match=r"probabilities, \(n_rows, n_classes\)") as e:
        TextExplainer(lambda texts: ["good"] * len(texts), TEXTS)
    assert "FunctionLabels" not in str(e.value)
    assert "Train" not in str(e.value)


@pytest.mark.parametrize("name", ["text terms", "text masking", "text lime"])
def test_a_method_may_be_called_what_the_explainer_says_it_is(pipeline, name):
    explainer = TextExplainer(pipeline, TEXTS, method=name, show_progress=False)
    assert explainer.method == name


def test_a_method_by_its_long_name_reads_the_same_options(pipeline):
    with pytest.raises(InvalidInputError, match="reads: mask, nsamples"):
        TextExplainer(pipeline, TEXTS, method="text masking", baseline="empty")
