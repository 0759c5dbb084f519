# %% [markdown]
"""# Explain in raw columns: a list of tuples.

Transformers are sometimes fitted one by one, and their outputs put side by side by hand. You learn
to explain the model behind them in raw columns, without building a ColumnTransformer first.
"""

# %%
from __future__ import annotations

import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import KBinsDiscretizer, OneHotEncoder, StandardScaler

from examples import mortgage
from mlflow_explain import TabularExplainer

data = mortgage.load()
train = data.train.dropna()
labels = data.train_y[train.index]
test = data.test.dropna()

# %% [markdown]
# ## What is done to which columns
#
# Each tuple names columns and the transformer fitted on them; None passes columns on as they are.
# The model's inputs are the outputs, in the order of the list.

# %%
transformations = [
    (["dir", "hir", "lvr"], StandardScaler().fit(train[["dir", "hir", "lvr"]])),
    (["ccs"], KBinsDiscretizer(3, strategy="uniform", encode="onehot-dense").fit(train[["ccs"]])),
    *(
        ([name], OneHotEncoder(sparse_output=False).fit(train[[name]]))
        for name in ("pbcr", "dmi", "self", "single")
    ),
    (["mcs", "uria", "comdominiom"], None),
]


def engineered(rows: pd.DataFrame) -> np.ndarray:
    """Return rows as the model takes them."""
    parts = [
        rows[columns] if transformer is None else transformer.transform(rows[columns])
        for columns, transformer in transformations
    ]
    return np.hstack(parts)


model = LogisticRegression(max_iter=1000).fit(engineered(train), labels)
print(f"{train.shape[1]} raw columns, {engineered(train).shape[1]} engineered ones")

# %% [markdown]
# ## Explain it in raw columns
#
# The same list is what the explainer is given; rows are raw ones from here on.

# %%
explainer = TabularExplainer(model, train, transformations=transformations)
explanation = explainer.explain_global(test)
print(f"\nengine: {explainer.method}; values: {explanation.global_measure}")
for title, view in (("raw", explanation), ("engineered", explanation.engineered)):
    print(f"\n{title}:")
    for name, value in view.get_feature_importance_dict(top_k=5).items():
        print(f"  {name:<10}{value:6.3f}")

# %% [markdown]
# ## One application
#
# Raw importances are sums of engineered ones, and add up to the model's own log-odds.

# %%
application = test.iloc[0]
local = explainer.explain_local(application)
reasons = pd.DataFrame({"value": application, "log-odds of denial": local.to_frame().iloc[0]})
order = reasons["log-odds of denial"].abs().sort_values(ascending=False).index
print("\n", reasons.loc[order].head(5).to_string(float_format="{:.3f}".format), sep="")
total = local.expected_values[1] + reasons["log-odds of denial"].sum()
print(f"\nexpected value + all importances {total:+.3f}")
print(f"the model's log-odds             {model.decision_function(engineered(test[:1]))[0]:+.3f}")
