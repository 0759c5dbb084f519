"""Terms found in texts are the vectoriser's own, and stand where they were found."""

from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.feature_extraction.text import (
    CountVectorizer,
    HashingVectorizer,
    TfidfVectorizer,
)

from mlflow_explain.data.texts.occurrences import Terms
from mlflow_explain.data.texts.segments import tokens_of

TEXTS = [
    "Good phone, GOOD price. It's not bad!",
    "",
    "   \n ",
    "\u0130stanbul'da \u0130yi \u0130\u015f, caf\u00e9 e\u0301t\u00e9",
    "\U0001f600\U0001f468\u200d\U0001f469\u200d\U0001f467 fine \U0001f44d\U0001f3fd",
    "\u05d8\u05d5\u05d1 \u05de\u05d0\u05d5\u05d3, \u0645\u0631\u062d\u0628\u0627 \u0628\u0643",
    "<script>alert('x')</script> <b>bold</b>&nbsp;text",
    "\u4e2d\u6587\u5f88\u597d a b c",
    "\u039f\u0394\u039f\u03a3 \u03a3\u0391\u03a3",
]


def chars_of(text):
    return [text[i : i + 2] for i in range(0, len(text), 2)]


def stems(text):
    return [re.sub("(ing|ed|s)$", "", word) for word in text.split()]


VECTORIZERS = {
    "words": CountVectorizer(),
    "upper case": CountVectorizer(lowercase=False),
    "pattern": CountVectorizer(token_pattern=r"\S+"),  # noqa: S106 - a regular expression
    "group": CountVectorizer(token_pattern=r"(\w)\w*"),  # noqa: S106
    "stop words": CountVectorizer(stop_words=["it", "not"], ngram_range=(1, 3)),
    "pairs": TfidfVectorizer(ngram_range=(2, 2)),
    "many": CountVectorizer(ngram_range=(1, 4), strip_accents="unicode"),
    "ascii": CountVectorizer(strip_accents="ascii"),
    "char": CountVectorizer(analyzer="char", ngram_range=(1, 4), strip_accents="unicode"),
    "char of one length": CountVectorizer(analyzer="char", ngram_range=(3, 3)),
    "char_wb": TfidfVectorizer(analyzer="char_wb", ngram_range=(1, 5)),
    "hashed": HashingVectorizer(n_features=16),
    "hashed chars": HashingVectorizer(analyzer="char_wb", ngram_range=(2, 3), n_features=64),
    "split": CountVectorizer(tokenizer=str.split, token_pattern=None),
    "chars of two": CountVectorizer(tokenizer=chars_of, token_pattern=None),
    "stems": CountVectorizer(tokenizer=stems, token_pattern=None, ngram_range=(1, 2)),
    "analyzer": CountVectorizer(analyzer=stems),
    "unordered": CountVectorizer(analyzer=lambda text: sorted(stems(text))),
    "preprocessor": CountVectorizer(preprocessor=lambda text: text.replace("&nbsp;", " ").upper()),
}


@pytest.mark.parametrize("name", VECTORIZERS)
def test_terms_are_those_the_vectorizer_counts(name):
    vectorizer = VECTORIZERS[name].fit(TEXTS)
    vocabulary = Terms(vectorizer)
    assert vocabulary.reason_against(TEXTS) is None
    for text in TEXTS:
        found = vocabulary.grams(text)
        assert sorted(found.terms) == sorted(vectorizer.build_analyzer()(text))
        whole = np.bincount(found.gram, weights=found.weight, minlength=len(found.terms))
        np.testing.assert_allclose(whole, 1.0)
        assert (found.start <= found.end).all()
        assert (found.end <= len(text)).all()
        if not isinstance(vectorizer, HashingVectorizer):
            known = vocabulary.occurrences(found, *places(text)).terms
            np.testing.assert_array_equal(known, np.unique(vectorizer.transform([text]).indices))


def places(text):
    tokens = tokens_of([text])
    return tokens.start, tokens.end


@pytest.mark.parametrize(
    "name", ["words", "upper case", "pattern", "many", "ascii", "char", "char_wb", "hashed chars"]
)
def test_a_term_stands_where_it_is_written(name):
    vectorizer = VECTORIZERS[name].fit(TEXTS)
    prepare = vectorizer.build_preprocessor()
    for text in TEXTS:
        found = Terms(vectorizer).grams(text)
        for gram, start, end in zip(found.gram, found.start, found.end, strict=True):
            written = re.sub(r"\s+", " ", prepare(text[start:end])).strip()
            # A sigma is another letter where it is read alone; a character may end within a letter
            # that is two in lower case.
            written = written.replace("\u03c2", "\u03c3").replace("i\u0307", "i")
            term = found.terms[gram].replace("\u03c2", "\u03c3").replace("i\u0307", "i")
            # The space around a word stands on all of it.
            assert written in term.replace("\u0307", "i") or not term.strip()


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=40), st.sampled_from(["words", "char", "char_wb", "many", "pattern"]))
def test_any_text_is_found_whole(text, name):
    vectorizer = VECTORIZERS[name].fit(TEXTS)
    vocabulary = Terms(vectorizer)
    found = vocabulary.grams(text)
    assert found is not None
    shares = vocabulary.occurrences(found, *places(text)).shares
    whole = np.asarray(shares.sum(axis=0)).ravel()
    assert (whole <= 1 + 1e-12).all()
    if name in {"words", "many", "char_wb"}:
        np.testing.assert_allclose(whole, 1.0)


def shares_of(vectorizer, text):
    """Return {term: [(token, share)]} of a fitted CountVectorizer."""
    vocabulary = Terms(vectorizer)
    start, end = places(text)
    found = vocabulary.occurrences(vocabulary.grams(text), start, end)
    names = vectorizer.get_feature_names_out()
    table = found.shares.toarray()
    return {
        str(names[term]): [
            (text[start[i] : end[i]], float(table[i, j])) for i in np.flatnonzero(table[:, j])
        ]
        for j, term in enumerate(found.terms)
    }


def test_a_term_is_shared_among_its_occurrences_and_an_ngram_among_its_words():
    text = "Not good, not bad"
    found = shares_of(CountVectorizer(ngram_range=(1, 2)).fit([text]), text)
    assert found["not"] == [("Not", 0.5), ("not", 0.5)]
    assert found["not good"] == [("Not", 0.5), ("good", 0.5)]
    assert found["good not"] == [("good", 0.5), ("not", 0.5)]


def test_an_ngram_of_characters_is_shared_by_characters():
    text = "abc de"
    found = shares_of(CountVectorizer(analyzer="char", ngram_range=(4, 4)).fit([text]), text)
    assert found["abc "] == [("abc", 1.0)]
    assert found["bc d"] == [("abc", 2 / 3), ("de", 1 / 3)]


def test_the_space_around_a_word_is_the_words():
    text = "ab, cde"
    found = shares_of(CountVectorizer(analyzer="char_wb", ngram_range=(1, 2)).fit([text]), text)
    assert found[" "] == [("ab", 1 / 3), (",", 1 / 6), ("cde", 1 / 2)]
    assert found[" a"] == [("ab", 1.0)]


def test_space_between_words_is_no_tokens():
    text = "ab cd"
    found = shares_of(CountVectorizer(analyzer="char").fit([text]), text)
    assert found[" "] == []


def test_a_word_of_several_tokens_is_shared_by_characters():
    text = "a-bcd!"
    found = shares_of(VECTORIZERS["pattern"].fit([text]), text)
    assert found["a-bcd!"] == [("a", 1 / 6), ("-", 1 / 6), ("bcd", 3 / 6), ("!", 1 / 6)]


def test_a_bucket_is_shared_among_all_terms_in_it():
    vocabulary = Terms(HashingVectorizer(n_features=1, alternate_sign=False))
    text = "one two two"
    found = vocabulary.occurrences(vocabulary.grams(text), *places(text))
    np.testing.assert_allclose(found.shares.toarray(), [[1 / 3]] * 3)


def test_buckets_are_those_of_the_vectorizer():
    vectorizer = HashingVectorizer(n_features=2**20)
    vocabulary = Terms(vectorizer)
    text = "many different words in many buckets"
    found = vocabulary.occurrences(vocabulary.grams(text), *places(text))
    np.testing.assert_array_equal(found.terms, np.sort(vectorizer.transform([text]).indices))


def test_stems_stand_on_their_words():
    text = "He walked, talking"
    vectorizer = CountVectorizer(
        tokenizer=lambda t: [w[:4][::-1] for w in re.findall(r"\w+", t)], token_pattern=None
    ).fit([text])
    found = shares_of(vectorizer, text)
    assert found["klaw"] == [("walked", 1.0)]
    assert found["klat"] == [("talking", 1.0)]


@pytest.mark.parametrize(
    ("vectorizer", "part"),
    [
        (CountVectorizer(analyzer=lambda text: [text[::-1], str(len(text))]), "analyzer"),
        (CountVectorizer(tokenizer=lambda t: [t[::-1]], token_pattern=None),
         "tokenizer"),
        (CountVectorizer(analyzer="char", preprocessor=lambda t: t[::-1].strip()),
         "preprocessor"),
        (CountVectorizer(input="filename"), "files"),
    ],
)  # fmt: skip
def test_a_refusal_says_which_part_cannot_be_followed(vectorizer, part):
    reason = Terms(vectorizer).reason_against(["some words of a text", "others of it"])
    assert part in reason
