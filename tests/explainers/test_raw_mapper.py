"""Raw columns from a sklearn-pandas `DataFrameMapper`, known by the name of its class."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import sparse
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import (
    LabelBinarizer,
    LabelEncoder,
    OneHotEncoder,
    OrdinalEncoder,
    StandardScaler,
)

from mlflow_explain import TabularExplainer
from mlflow_explain.errors import UnfittedModelError
from tests.raw_columns import FRAME, NUMBERS, TARGET, check_folded


class DataFrameMapper(BaseEstimator, TransformerMixin):
    """A stand-in with the interface of sklearn-pandas' class of this name."""

    def __init__(self, features, default=False, sparse=False, df_out=False, input_df=False,
                 drop_cols=None):  # fmt: skip
        self.features, self.default, self.sparse = features, default, sparse
        self.df_out, self.input_df, self.drop_cols = df_out, input_df, drop_cols or []
        self.built_default = None
        self.transformed_names_ = []

    def _selected(self, rows, columns):
        return rows[columns] if self.input_df else rows[columns].to_numpy()

    def _parts(self, rows):
        yield from ((columns, part) for columns, part, _ in self.built_features)
        if self.built_default is not False:
            used = {c for chosen, *_ in self.built_features for c in np.atleast_1d(chosen)}
            left = [c for c in rows if c not in used | set(self.drop_cols)]
            yield left, self.built_default

    def fit(self, rows, target=None):
        chain = [f if len(f) == 3 else (*f, {}) for f in self.features]
        self.built_features = [
            (columns, make_pipeline(*part) if isinstance(part, list) else part, options)
            for columns, part, options in chain
        ]
        self.built_default = self.default
        for columns, part in self._parts(rows):
            if part is not None:
                try:
                    part.fit(self._selected(rows, columns), target)
                except TypeError:
                    # Of labels: takes no target.
                    part.fit(self._selected(rows, columns))
        return self

    def transform(self, rows):
        made = []
        self.transformed_names_ = []
        for columns, part in self._parts(rows):
            block = self._selected(rows, columns)
            block = block if part is None else part.transform(block)
            block = block[:, None] if block.ndim == 1 else block
            made.append(block)
            name = columns if isinstance(columns, str) else "_".join(columns)
            self.transformed_names_ += [f"{name}_{i}" for i in range(block.shape[1])]
        if any(sparse.issparse(block) for block in made):
            stacked = sparse.hstack(made).tocsr()
            return stacked if self.sparse else stacked.toarray()
        stacked = np.hstack(made)
        if self.df_out:
            return pd.DataFrame(stacked, columns=self.transformed_names_, index=rows.index)
        return stacked


MAPPERS = {
    "usual": (DataFrameMapper([(NUMBERS, [SimpleImputer(), StandardScaler()]),
                               ("sex", LabelBinarizer()), (["port"], OneHotEncoder())]),
              ["age", "fare", "sex", "port", "port", "port"]),
    "defaults": (DataFrameMapper([("text", CountVectorizer()), (["sex", "port"], OrdinalEncoder())],
                                 default=SimpleImputer(), input_df=True, drop_cols=["unused"]),
                 ["text"] * 4 + ["sex", "port", "age", "fare"]),
    "rest as it is": (DataFrameMapper([("port", LabelEncoder(), {"alias": "harbour"})],
                                      default=None, drop_cols=["text", "sex", "age"], df_out=True),
                      ["port", "fare", "unused"]),
    "sparse": (DataFrameMapper([("text", TfidfVectorizer()), (["fare"], None)], sparse=True),
               ["text"] * 4 + ["fare"]),
}  # fmt: skip


@pytest.mark.parametrize("name", list(MAPPERS))
@pytest.mark.parametrize("as_step", [False, True])
def test_a_dataframe_mapper_in_a_pipeline_or_beside_its_estimator(name, as_step):
    mapper, sources = MAPPERS[name]
    made = mapper.fit(FRAME, TARGET).transform(FRAME)
    model = LogisticRegression(max_iter=2000).fit(made, TARGET)
    if as_step:
        explainer = TabularExplainer(Pipeline([("map", mapper), ("model", model)]), FRAME)
    else:
        explainer = TabularExplainer(model, FRAME, transformations=mapper)
    assert explainer.method == "linear"
    found = explainer.explain_global(FRAME)
    np.testing.assert_array_equal(found.eval_y_predicted_proba, model.predict_proba(made))
    assert len(found.engineered.features) == len(sources)
    check_folded(found, sources)


def test_an_unfitted_member_of_a_mapper_is_named():
    mapper = DataFrameMapper([(NUMBERS, SimpleImputer()), (["sex"], OneHotEncoder())])
    mapper.fit(FRAME)
    mapper.built_features[1] = (["sex"], OneHotEncoder(), {})
    with pytest.raises(UnfittedModelError, match=r"\['sex'\]"):
        TabularExplainer(
            LogisticRegression().fit([[0], [1]], [0, 1]), FRAME, transformations=mapper
        )


def test_an_unfitted_mapper_is_refused():
    mapper = DataFrameMapper([(["age"], StandardScaler())])
    model = LogisticRegression().fit([[0], [1]], [0, 1])
    with pytest.raises(UnfittedModelError, match="an unfitted one"):
        TabularExplainer(model, FRAME, transformations=mapper)
