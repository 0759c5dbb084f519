"""The network of attention: its gradients, its documents, its files, and what it leaves alone."""

from __future__ import annotations

import sys

import numpy as np
import pytest
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.pipeline import make_pipeline
from sklearn.svm import SVC

from examples import reviews
from mlflow_explain.data.texts.segments import tokens_of
from mlflow_explain.engines.text.han import (
    gradients,
    head,
    library,
    network,
    training,
    vectors,
    vocabulary,
)
from mlflow_explain.engines.text.han.attributed import attributed
from mlflow_explain.engines.text.han.perturbation import perturbed, recombined
from mlflow_explain.errors import InvalidInputError, MissingLibraryError

TEXTS = [
    "Good phone. I love it! But the battery is bad.",
    "",
    "one two three four five six seven eight nine ten eleven",
    "😀👍🏽 مرحبا بالعالم. <b>good</b>",
]
WORDS = vocabulary.vocabulary_of(TEXTS, 1)


def read(texts, max_words=4):
    return vocabulary.documents_of(texts, tokens_of(texts), WORDS, max_words)


@pytest.fixture(scope="module")
def net():
    pytest.importorskip("torch")
    sizes = network.Sizes(WORDS.size, 6, 5, 3)
    return network.built(sizes, 3).doubled()


def answer(net, words, sentences):
    """The network's equations again, in numpy: from attention to words and to sentences."""
    import torch

    vectors_ = torch.as_tensor(words)
    read = net.document(vectors_[None], torch.tensor([len(words)]))
    states = net.parts["sentences"](vectors_[None])[0][0].numpy()
    weights = read.attention[0].numpy() if sentences is None else sentences
    output = net.parts["output"]
    return (weights @ states) @ output.weight.numpy().T + output.bias.numpy()


def test_words_are_known_by_their_count_and_others_are_one():
    known = vocabulary.vocabulary_of(["a a b", "A c"], 2)
    assert known.words == ("a",)
    assert known.ids(["A", "b", "zzz"]).tolist() == [2, 1, 1]
    assert vocabulary.Vocabulary.of_text(WORDS.text()).words == WORDS.words


def test_long_sentences_are_cut_and_nothing_is_lost():
    documents = read(TEXTS)
    assert [d.n_sentences for d in documents] == [4, 0, 3, 2 + 2]
    assert documents[2].place.tolist() == [0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2]
    assert [len(d.ids) for d in documents] == np.bincount(tokens_of(TEXTS).row).tolist()
    assert vocabulary.shortened(TEXTS[2], 2, 4).endswith("eight")
    assert vocabulary.shortened(TEXTS[2], 3, 4) == TEXTS[2]
    assert vocabulary.shortened("", 3, 4) == ""


def test_parts_are_bounded_by_the_cells_of_the_padding(monkeypatch):
    monkeypatch.setattr(training, "MAX_CELLS", 40)
    texts = ["a b. " * 4, "c. " * 8, "one two three four five six seven eight", *["d e"] * 6]
    documents = read(texts, max_words=100)
    parts = training.parted(documents)
    assert [document for part in parts for document in part] == documents
    for part in parts:
        batch = network.Batch.of(part)
        assert batch.ids.size <= 40 or len(part) == 1
    assert 1 < len(parts) < len(documents)


@pytest.mark.networks
def test_gradients_of_parts_are_those_of_the_whole(net, monkeypatch):
    documents = read(TEXTS)
    units = head.Head("numbers", np.zeros(3), np.ones(3))
    lessons = training.Lessons(documents, np.arange(12.0).reshape(4, 3))
    found = []
    for n_cells in (10**6, 5):
        monkeypatch.setattr(training, "MAX_CELLS", n_cells)
        taught = net.copied()
        training.tuned(taught, units, lessons, 1e-2, 3)
        found.append(taught.arrays())
    assert len(training.parted(documents)) == 4
    for name, weight in found[0].items():
        np.testing.assert_allclose(found[1][name], weight, atol=1e-4)


def test_copies_lack_words_or_whole_sentences_but_not_all_of_them():
    copies = perturbed(TEXTS, 40, np.random.default_rng(0))
    assert len(copies) == 160
    assert copies[40:80] == [""] * 40
    assert all(len(tokens_of([text]).row) for text in copies[:40] + copies[80:])
    assert {"Good phone. ", "I love it! ", "But the battery is bad."} & set(copies[:40:2])


def test_texts_are_put_together_of_pieces_of_all():
    # Each word says which text it is from, and where it stood.
    texts = [" ".join(f"t{row}w{at}" for at in range(25)) for row in range(4)]
    made = recombined(["", *texts], 40, np.random.default_rng(0))
    assert made[:40] == [""] * 40
    words = [text.split() for text in made[40:]]
    assert {len(of_one) for of_one in words[::2]} == {25}
    counts = [len(of_one) for of_one in words[1::2]]
    assert min(counts) >= 1
    assert max(counts) <= 25
    assert 10 < np.mean(counts) < 16
    everything = " ".join(texts).split()
    place = {word: at for at, word in enumerate(everything)}
    for of_one in words:
        for first in range(0, len(of_one), 10):
            steps = np.diff([place[word] for word in of_one[first : first + 10]]) % len(place)
            assert (steps == 1).all()
    assert len({word[:2] for of_one in words[::2] for word in of_one[:1]}) == 4
    assert recombined(["", *texts], 40, np.random.default_rng(0)) == made
    assert recombined(texts, 0, np.random.default_rng(0)) == []
    assert recombined(["", " "], 2, np.random.default_rng(0)) == ["", "", " ", " "]


def test_a_model_is_no_surer_of_texts_put_together_than_of_those_it_was_not_fitted_to():
    data = reviews.load()
    model = make_pipeline(TfidfVectorizer(min_df=2, sublinear_tf=True), SVC(C=10.0))
    model.fit(data.train, data.train_y)

    def spread(texts):
        return model.decision_function(texts).std()

    random = np.random.default_rng(0)
    unseen, learnt = spread(data.test), data.train[:150]
    assert 0.5 < spread(recombined(learnt, 2, random)) / unseen < 1.0
    # What is left of a document is still known by heart.
    assert spread(perturbed(learnt, 2, random)) > 1.4 * unseen


@pytest.mark.networks
def test_attention_sums_to_one_over_sentences_and_documents(net):
    documents = read(TEXTS)
    found = gradients.importances(net, documents)
    batch = network.Batch.of(documents)
    words = np.bincount(batch.sentence_of_words, found.word_attention)
    np.testing.assert_allclose(words, 1.0)
    sentences = np.bincount(batch.where[0], found.sentence_attention, minlength=4)
    np.testing.assert_allclose(sentences, [1.0, 0.0, 1.0, 1.0])


@pytest.mark.networks
def test_slopes_are_finite_differences_of_the_output_by_attention(net):
    import torch

    document = read(TEXTS[:1])[0]
    found = gradients.importances(net, [document])
    batch = network.Batch.of([document])
    with torch.no_grad():
        states, weights = (
            part.numpy() for part in net.words(*net.tensors(batch.ids, batch.n_words))
        )
        np.testing.assert_allclose(
            answer(net, np.einsum("st,sth->sh", weights, states), None), found.outputs[0]
        )
        at = 0
        for sentence in range(document.n_sentences):
            for word in range(batch.n_words[sentence]):
                ends = []
                for step in (1e-5, -1e-5):
                    moved = weights.copy()
                    moved[sentence, word] += step
                    ends.append(answer(net, np.einsum("st,sth->sh", moved, states), None))
                slope = (ends[0] - ends[1]) / 2e-5
                np.testing.assert_allclose(found.word_slopes[at], slope, rtol=1e-5, atol=1e-9)
                at += 1
        for sentence in range(document.n_sentences):
            ends = []
            for step in (1e-5, -1e-5):
                moved = found.sentence_attention.copy()
                moved[sentence] += step
                ends.append(answer(net, np.einsum("st,sth->sh", weights, states), moved))
            slope = (ends[0] - ends[1]) / 2e-5
            np.testing.assert_allclose(found.sentence_slopes[sentence], slope, rtol=1e-5, atol=1e-9)
    assert at == len(document.ids)


@pytest.mark.networks
@pytest.mark.parametrize("how", ["attention_gradient", "attention"])
@pytest.mark.parametrize("kind", ["classes", "numbers"])
def test_words_add_up_to_sentences_and_these_to_the_output(net, how, kind):
    documents = read(TEXTS)
    units = head.Head(kind, np.array([1.0, 2.0, 3.0]), np.array([2.0, 1.0, 0.5]))
    bias = net.parts["output"].bias.numpy()
    found = attributed(gradients.importances(net, documents), documents, units, bias, how)
    batch = network.Batch.of(documents)
    words, sentences = np.zeros_like(found.sentences), np.zeros_like(found.outputs)
    np.add.at(words, batch.sentence_of_words, found.words)
    np.testing.assert_allclose(words, found.sentences, atol=1e-12)
    np.add.at(sentences, batch.where[0], found.sentences)
    np.testing.assert_allclose(sentences + units.outputs(bias), found.outputs, atol=1e-12)


@pytest.mark.networks
def test_documents_are_read_alike_alone_and_in_a_batch(net):
    documents = read(TEXTS)
    together = gradients.importances(net, documents)
    alone = [gradients.importances(net, [document]) for document in documents]
    for name in ("outputs", "word_attention", "word_slopes", "sentence_slopes"):
        parts = np.concatenate([getattr(part, name) for part in alone])
        np.testing.assert_allclose(getattr(together, name), parts, atol=1e-12)


@pytest.mark.networks
def test_stored_weights_give_the_same_outputs(net):
    again = network.of_arrays(net.arrays())
    documents = read(TEXTS)
    np.testing.assert_array_equal(again(documents).numpy(), net(documents).numpy())


def test_vectors_of_a_file_take_their_places(tmp_path):
    path = tmp_path / "vectors.txt"
    path.write_text("good 1 2\nat me 5 6\nbad -0.5 3e-1\ngood 7 8\nunused 0 0\n", encoding="utf-8")
    found = vectors.vectors_of(path, WORDS)
    assert found.shape == (WORDS.size, 2)
    good, bad = WORDS.ids(["good", "bad"])
    assert found[good].tolist() == [1, 2]
    assert found[bad].tolist() == [-0.5, 0.3]
    assert np.isfinite(found).all(axis=1).sum() == 2


@pytest.mark.parametrize(
    ("lines", "number"),
    [
        ("good 1 2\nbad 1\n", 2),
        ("good 1 2\nother 1 2\nbad 1 secret\n", 3),
        ("good 1 2\nbad 1 2 3\n", 2),
        ("good 1 nan\n", 1),
        ("good\n", 1),
        ("good 1 2\n\nbad 1 2\n", 2),
        ("2 2\ngood 1 2\nbad 1\n", 3),
        ("2 0\ngood\n", 2),
        ("\ngood 1 2\n", 1),
    ],
)
def test_a_malformed_line_is_named_but_not_shown(tmp_path, lines, number):
    path = tmp_path / "vectors.txt"
    path.write_text(lines, encoding="utf-8")
    with pytest.raises(InvalidInputError, match=f"another line {number}") as caught:
        vectors.vectors_of(path, WORDS)
    assert "secret" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_no_file_of_vectors(tmp_path):
    for path in (tmp_path / "none.txt", tmp_path, "a\0b", 5):
        with pytest.raises(InvalidInputError, match="path of a file"):
            vectors.vectors_of(path, WORDS)
    empty, bad = tmp_path / "empty.txt", tmp_path / "latin.txt"
    empty.write_bytes(b"")
    bad.write_bytes(b"caf\xe9 1 2\n")
    with pytest.raises(InvalidInputError, match="an empty file"):
        vectors.vectors_of(empty, WORDS)
    with pytest.raises(InvalidInputError, match="UTF-8"):
        vectors.vectors_of(bad, WORDS)


@pytest.mark.parametrize("form", ["3 2\n{}", "{}\n\n \n", "\ufeff{}", "\ufeff3 2\n{}\n"])
def test_headers_marks_and_blank_lines_in_the_end_are_no_words(tmp_path, form):
    path = tmp_path / "vectors.txt"
    path.write_text(form.format("good 1 2 \nbad 3 4\nzzz 5 6"), encoding="utf-8")
    found = vectors.vectors_of(path, WORDS)
    assert found[WORDS.ids(["good", "bad"])].tolist() == [[1, 2], [3, 4]]


@pytest.mark.parametrize("number", ["1e39", "-1e300", "2e6"])
def test_vectors_that_a_network_cannot_learn_from_are_refused(tmp_path, number):
    path = tmp_path / "vectors.txt"
    path.write_text(f"good 1 2\nbad 1 {number}\n", encoding="utf-8")
    with pytest.raises(InvalidInputError, match="a larger one in line 2"):
        vectors.vectors_of(path, WORDS)


@pytest.mark.networks
def test_known_vectors_begin_the_training():
    torch = pytest.importorskip("torch")
    given = np.full((WORDS.size, 6), np.nan)
    given[4] = np.arange(6)
    begun = network.built(network.Sizes(WORDS.size, 6, 5, 1), 0, "cpu", given)
    weights = begun.parts["embedding"].weight.detach()
    assert weights[4].tolist() == list(range(6))
    assert torch.isfinite(weights).all()
    assert weights[5].abs().sum() > 0


@pytest.mark.networks
def test_the_users_settings_stay():
    torch = pytest.importorskip("torch")
    threads, state = torch.get_num_threads(), torch.get_rng_state()
    with torch.no_grad(), library.apart():
        network.built(network.Sizes(9, 6, 5, 1), 0)
        assert torch.is_grad_enabled()
        assert torch.get_num_threads() == 1
    assert torch.get_num_threads() == threads
    assert torch.equal(torch.get_rng_state(), state)


def test_without_torch_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(MissingLibraryError, match=r"mlflow-explain\[torch\]"):
        library.torch_library()
