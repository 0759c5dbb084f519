"""The explainer by a network of attention: fidelity, determinism, storage, odd documents."""

from __future__ import annotations

import subprocess
import sys
import threading
import warnings

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit

from examples import reviews
from mlflow_explain.data.predictor import predictor_of
from mlflow_explain.data.texts.models import of_table
from mlflow_explain.engines import registry
from mlflow_explain.engines.base import EngineState
from mlflow_explain.errors import InvalidInputError, MissingLibraryError, UnsupportedModelError
from mlflow_explain.explainers.han import HANTextExplainer
from mlflow_explain.explainers.text import TextExplainer
from mlflow_explain.surrogates import han as distillation

pytestmark = pytest.mark.networks
torch = pytest.importorskip("torch")

EFFECTS = {"good": 2.0, "great": 3.0, "bad": -2.0, "awful": -3.0}
PLAIN = ["the", "a", "phone", "screen", "box", "it", "was", "and", "very", "my", "this", "old"]


def texts_like(count, seed):
    random = np.random.default_rng(seed)
    found = []
    for _ in range(count):
        sentences = []
        for _ in range(random.integers(1, 4)):
            words = random.choice(PLAIN, size=random.integers(2, 6)).tolist()
            if random.random() < 0.6:
                words[random.integers(len(words))] = str(random.choice(list(EFFECTS)))
            sentences.append(" ".join(words))
        found.append(". ".join(sentences) + ".")
    return found


class Rule:
    """Adds up what words are worth; counts the texts it is asked about."""

    classes_ = np.array(["neg", "pos"])

    def __init__(self):
        self.asked = 0

    def worth(self, texts):
        self.asked += len(texts)
        split = (text.lower().replace(".", "").split() for text in texts)
        return np.array([0.7 + sum(EFFECTS.get(word, 0.0) for word in words) for words in split])

    def predict_proba(self, texts):
        p = expit(self.worth(texts))
        return np.column_stack([1 - p, p])

    def predict(self, texts):
        return self.classes_[(self.worth(texts) > 0).astype(int)]


TRAIN, TEST = texts_like(200, 0), texts_like(60, 1)


def quick(model=None, examples=TRAIN, **options):
    given = {"n_augmentations": 4, "max_epochs": 12, "show_progress": False, "device": "cpu"}
    return HANTextExplainer(model or Rule(), examples, **{**given, **options})


@pytest.fixture(scope="module")
def explainer():
    return quick()


def test_the_network_answers_as_the_model_does(explainer):
    explanation = explainer.explain_global(TEST)
    assert explanation.output_space == "log-odds"
    quality = explanation.quality
    assert quality["fidelity_agreement"] >= 0.9
    assert quality["fidelity_r2"] >= 0.9
    assert quality["epochs"] <= 12
    outputs = explanation.local.outputs()
    truth = Rule().worth(TEST)[:, None]
    assert quality["additivity_error_max"] == pytest.approx(np.abs(outputs - truth).max(), rel=1e-6)
    # The words that count are found, with their signs.
    assert set(explanation.get_ranked_global_names(top_k=4)) == set(EFFECTS)
    tokens = explanation.local.tokens
    places = zip(tokens.row, tokens.start, tokens.end, strict=True)
    words = [TEST[row][start:end] for row, start, end in places]
    found = pd.Series(tokens.values[:, 0]).groupby(words).mean()
    assert all(found[word] * effect > 0 for word, effect in EFFECTS.items())


def test_words_and_sentences_add_up(explainer):
    local = explainer.explain_local(TEST).local
    assert not local.tokens.rest.any()
    np.testing.assert_allclose(
        local.tokens.totals() + local.base_values, local.outputs(), atol=1e-9
    )
    table = explainer.sentences(TEST)
    sums = np.zeros(local.tokens.rest.shape)
    np.add.at(sums, table["row"].to_numpy(), table[["value"]].to_numpy())
    np.testing.assert_allclose(sums, local.tokens.totals(), atol=1e-9)
    np.testing.assert_allclose(table.groupby("row")["attention"].sum(), 1.0)
    first = table.iloc[0]
    assert TEST[0][int(first["start"]) : int(first["end"])].count(".") == 1


def test_the_same_seed_gives_the_same_values_and_the_generators_stay(explainer):
    state, threads = torch.get_rng_state(), torch.get_num_threads()
    numbers = np.random.get_state()[1].copy()  # noqa: NPY002 - the user's own
    torch.set_grad_enabled(False)
    try:
        again = quick()
        found = again.explain_local(TEST).local
        assert not torch.is_grad_enabled()
    finally:
        torch.set_grad_enabled(True)
    np.testing.assert_array_equal(found.values, explainer.explain_local(TEST).local.values)
    assert torch.equal(torch.get_rng_state(), state)
    assert torch.get_num_threads() == threads
    np.testing.assert_array_equal(np.random.get_state()[1], numbers)  # noqa: NPY002
    other = quick(seed=1).explain_local(TEST).local
    assert np.abs(other.tokens.values - found.tokens.values).max() > 0


def test_a_stored_engine_gives_the_same_values(explainer):
    engine = explainer.choice.engine
    state = engine.state()
    assert all(array.dtype.kind in "fi" for array in state.arrays.values())
    again = registry.restore(engine.name, EngineState(state.settings, state.arrays, state.texts))
    rows = pd.DataFrame({"text": np.array(TEST, dtype=object)})
    np.testing.assert_array_equal(again.explain(rows).values, engine.explain(rows).values)
    np.testing.assert_array_equal(again.base_values, engine.base_values)
    with torch.device("meta"):
        elsewhere = registry.restore(engine.name, state)
        np.testing.assert_array_equal(elsewhere.explain(rows).values, engine.explain(rows).values)
    assert again.quality == engine.quality
    assert not any(text in part for text in TRAIN for part in state.texts.values())


def test_the_model_it_was_distilled_from_is_told_from_another(explainer):
    class Other(Rule):
        def worth(self, texts):
            return super().worth(texts) + 0.01 * np.array([len(text) for text in texts])

    rows = pd.DataFrame({"text": np.array(TEST[:2], dtype=object)})
    engine = explainer.choice.engine
    assert registry.explains(engine, predictor_of(of_table(Rule(), "text")), rows)
    assert not registry.explains(engine, predictor_of(of_table(Other(), "text")), rows)
    assert registry.asked_by(engine) is None


@pytest.mark.parametrize(
    "text",
    ["", "   ", "zzz qqq", "😀 👍🏽 🇫🇷", "مرحبا بالعالم. שלום", "<script>alert(1)</script> good"],
)
def test_odd_documents_are_explained(explainer, text):
    local = explainer.explain_local([text, TEST[0]]).local
    assert np.isfinite(local.values).all()
    engine = explainer.choice.engine
    rows = pd.DataFrame({"text": np.array([text], dtype=object)})
    np.testing.assert_allclose(engine.explain(rows).outputs(), local.outputs()[:1], atol=1e-9)
    if not text.strip():
        np.testing.assert_allclose(local.outputs()[0], engine.base_values)


def test_a_long_document_is_explained_whole(explainer):
    engine = explainer.choice.engine
    texts = ["good phone and very " * 12_500, "it was. " * 1_000]
    rows = pd.DataFrame({"text": np.array(texts, dtype=object)})
    local = engine.explain(rows)
    assert np.bincount(local.tokens.row).tolist() == [50_000, 3_000]
    assert np.isfinite(local.tokens.values).all()
    np.testing.assert_allclose(local.tokens.rest, 0.0, atol=1e-9)


def test_attention_alone_has_the_sign_of_the_output():
    explainer = quick(importance="attention", max_epochs=2)
    tokens = explainer.explain_local(TEST).local.tokens
    assert all(len(set(np.sign(tokens.values[tokens.of_row(i), 0]))) == 1 for i in range(60))
    np.testing.assert_allclose(tokens.rest, 0.0, atol=1e-9)


def test_fine_tuning_brings_the_network_nearer_and_asks_the_model():
    rough = quick(max_epochs=2)
    model = Rule()
    tuned = quick(model, max_epochs=2, fine_tune_steps=30)
    before = rough.explain_local(TEST[:8]).quality["additivity_error_max"]
    asked = model.asked
    explanation = tuned.explain_local(TEST[:8])
    assert explanation.quality["additivity_error_max"] < before
    # 32 copies and the document itself, besides predictions.
    assert 8 * 33 <= model.asked - asked <= 8 * 40
    again = tuned.explain_local(TEST[:8])
    np.testing.assert_array_equal(again.local.values, explanation.local.values)
    # What is stored has no model to ask, and explains without.
    stored = registry.restore(tuned.method, tuned.choice.engine.state())
    rows = pd.DataFrame({"text": np.array(TEST[:8], dtype=object)})
    np.testing.assert_allclose(
        stored.explain(rows).values, rough.choice.engine.explain(rows).values
    )


def test_more_classes_have_margins_and_regressions_numbers():
    def three(texts):
        worth = Rule().worth(texts)
        e = np.exp(np.column_stack([worth, -worth, np.zeros(len(texts))]) / 2)
        return e / e.sum(axis=1, keepdims=True)

    explanation = quick(three, is_function=True).explain_local(TEST)
    assert explanation.output_space == "margin"
    np.testing.assert_allclose(explanation.local.outputs().sum(axis=1), 0.0, atol=1e-9)
    assert explanation.quality["fidelity_r2"] > 0.8

    def number(texts):
        return 1e4 + 1e3 * Rule().worth(texts)

    explanation = quick(number, is_function=True).explain_local(TEST)
    assert explanation.output_space == "raw"
    assert explanation.quality["fidelity_r2"] > 0.8
    assert "fidelity_agreement" not in explanation.quality


def test_few_documents_hold_none_out():
    with pytest.warns(UserWarning, match="all of 2 distinct documents|does not follow"):
        explainer = quick(examples=["good phone.", "bad phone."] * 15, max_epochs=1, min_count=1)
    quality = explainer.choice.engine.quality
    assert "fidelity_r2" not in quality
    assert "fidelity_r2_train" in quality


def test_no_document_held_out_is_like_one_that_is_learnt():
    texts = [text for text in TRAIN[:40] for _ in range(5)]
    parts = distillation._split(texts, 0)
    learnt, checked, held = map(set, (parts.learnt, parts.checked, parts.held))
    assert not held & (learnt | checked)
    assert not learnt & checked
    assert sorted(parts.learnt + parts.checked + parts.held) == sorted(texts)


@pytest.mark.parametrize(("wanted", "count"), [(8, 2), (2, 3), (0, 10)])
def test_of_many_documents_some_copies_are_learnt(monkeypatch, wanted, count):
    monkeypatch.setattr(distillation, "MAX_DOCUMENTS", 10)
    parts = distillation._Parts([str(i) for i in range(12)], ["a"], ["b"])
    recipe = distillation.Recipe(n_augmentations=wanted)
    assert len(distillation._bounded(parts, recipe).learnt) == count


def test_threads_train_and_explain_as_one_does_and_draw_nothing(explainer):
    state, n_threads = torch.get_rng_state(), torch.get_num_threads()
    # Of other lengths, so that they end in another order than they began.
    counts = [3, 40, 11, 25]
    found = dict.fromkeys(range(6))

    def trained(at):
        found[at] = quick(examples=TRAIN[:40], max_epochs=2).explain_local(TEST[:5])

    def explained(at):
        for _ in range(3):
            found[at] = explainer.explain_local(TEST[: counts[at - 2]])

    threads = [threading.Thread(target=trained, args=(at,)) for at in (0, 1)]
    threads += [threading.Thread(target=explained, args=(at,)) for at in range(2, 6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert torch.equal(torch.get_rng_state(), state)
    assert torch.get_num_threads() == n_threads
    alone = quick(examples=TRAIN[:40], max_epochs=2).explain_local(TEST[:5]).local
    for at in (0, 1):
        np.testing.assert_array_equal(found[at].local.tokens.values, alone.tokens.values)
    for at, count in enumerate(counts, start=2):
        expected = explainer.explain_local(TEST[:count]).local.tokens.values
        np.testing.assert_array_equal(found[at].local.tokens.values, expected)


def test_a_seed_of_numpy_is_a_seed(explainer):
    found = quick(seed=np.int64(0), examples=TRAIN[:40], max_epochs=1).explain_local(TEST[:5])
    same = quick(examples=TRAIN[:40], max_epochs=1).explain_local(TEST[:5])
    np.testing.assert_array_equal(found.local.tokens.values, same.local.tokens.values)
    with pytest.raises(InvalidInputError, match="seed"):
        quick(seed=-1)


def test_vectors_of_words_from_a_file(tmp_path):
    path = tmp_path / "vectors.txt"
    path.write_text("\n".join(f"{word} {i} 1 0.5" for i, word in enumerate(EFFECTS)))
    explainer = quick(word_vectors=path, max_epochs=1)
    assert explainer.choice.engine.network.parts["embedding"].embedding_dim == 3
    path.write_text("good 1 2\nbad x 3\n")
    with pytest.raises(InvalidInputError, match="line 2"):
        quick(word_vectors=path, max_epochs=1)
    model = Rule()
    with pytest.raises(InvalidInputError, match="path of a file"):
        quick(model, word_vectors=tmp_path / "none.txt")
    # Once, to see what it answers.
    assert model.asked < len(TRAIN)


def test_the_meta_explainer_takes_it_on_request():
    explainer = TextExplainer(Rule(), TRAIN[:30], method="han", show_progress=False)
    assert explainer.method == "text han"


def test_columns_beside_the_text_are_refused():
    rows = pd.DataFrame({"text": TRAIN[:30], "number": range(30)})

    def model(rows):
        return np.asarray(rows["number"], dtype=float)

    with pytest.raises(UnsupportedModelError, match="others: number"):
        quick(model, rows, is_function=True, text_column="text")


@pytest.mark.parametrize(
    "options", [{"importance": "other"}, {"device": "tpu"}, {"max_epochs": 0}, {"min_count": -1}]
)
def test_options_out_of_bounds_are_refused(options):
    with pytest.raises(InvalidInputError, match=next(iter(options))):
        quick(**options)


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a CUDA device")
def test_a_device_that_is_not_there_is_refused():
    with pytest.raises(InvalidInputError, match="CUDA"):
        quick(device="cuda")


@pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no CUDA device")
def test_cuda_trains_as_well_and_its_network_explains_on_the_cpu():
    explainer = quick(device="cuda")
    engine = explainer.choice.engine
    assert engine.network.device == "cuda"
    assert engine.quality["fidelity_agreement"] >= 0.9
    rows = pd.DataFrame({"text": np.array(TEST, dtype=object)})
    again = registry.restore(engine.name, engine.state())
    np.testing.assert_allclose(again.explain(rows).values, engine.explain(rows).values, atol=1e-8)


def test_without_torch_the_extra_is_named_when_made_and_when_restored(explainer, monkeypatch):
    engine = explainer.choice.engine
    state = engine.state()
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(MissingLibraryError, match=r"mlflow-explain\[torch\]"):
        quick()
    with pytest.raises(MissingLibraryError, match=r"mlflow-explain\[torch\]"):
        registry.restore(engine.name, state)


def test_the_table_of_engines_imports_no_torch():
    code = "import sys, mlflow_explain.explainers.han as h; print('torch' in sys.modules)"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "False"


def test_on_real_reviews_it_follows_the_model_and_its_order_of_words_is_no_accident():
    data = reviews.load()
    model = reviews.model().fit(data.train, data.train_y)
    explainer = HANTextExplainer(model, data.train, show_progress=False, device="cpu")
    explanation = explainer.explain_global(data.test)
    quality = explanation.quality

    assert quality["fidelity_agreement"] >= 0.9
    assert quality["deletion_auc"] < quality["deletion_auc_random"] - 0.25
    assert quality["insertion_auc"] > quality["insertion_auc_random"] + 0.1
    # The model itself was not shown these; the network never saw them either.
    own = model.predict_proba(data.test)
    agree = own.argmax(axis=1) == (explanation.local.outputs()[:, 0] > 0)
    assert agree.mean() >= 0.9


def test_a_network_that_does_not_follow_the_model_says_so_once_when_it_is_made():
    with pytest.warns(UserWarning, match="does not follow the model") as caught:
        explainer = quick(examples=TRAIN[:40], max_epochs=1)
    (told,) = caught
    assert told.filename == __file__
    quality, text = explainer.choice.engine.quality, str(told.message)
    assert f"R² is {quality['fidelity_r2']:.2f}" in text
    assert f"{quality['fidelity_agreement']:.0%}" in text
    assert "held out" in text
    for what in ("initialization_examples", "n_augmentations", "max_epochs", "masking"):
        assert what in text
    # Once: not where it explains. Warnings are errors here.
    explainer.explain_local(TEST[:2])


def test_a_network_that_follows_the_model_says_nothing():
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        quick()
    assert not caught


def test_a_poor_network_of_few_documents_tells_of_those_it_learnt_and_of_no_classes():
    def number(texts):
        return Rule().worth(texts)

    with pytest.warns(UserWarning, match="network") as caught:
        quick(number, TRAIN[:10], is_function=True, max_epochs=1)
    few, poor = (str(each.message) for each in caught)
    assert "all of 10 distinct" in few
    assert "trained on" in poor
    assert "class" not in poor
