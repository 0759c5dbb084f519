# %% [markdown]
"""# Explain a model of several classes.

A forest tells three wines of Piedmont apart by 13 measurements. You learn what matters for all
classes together and for each of them, and why one bottle, a single row, is taken for one of them.
"""

# %%
from __future__ import annotations

import pandas as pd
from sklearn.datasets import load_wine
from sklearn.ensemble import RandomForestClassifier
from sklearn.model_selection import train_test_split

from mlflow_explain import TabularExplainer

data = load_wine()
wines = ["Barolo", "Grignolino", "Barbera"]  # scikit-learn calls them class_0, class_1, class_2
x_train, x_test, y_train, y_test = train_test_split(data.data, data.target, random_state=0)
model = RandomForestClassifier(100, random_state=0).fit(x_train, y_train)
print(f"accuracy on the test rows: {model.score(x_test, y_test):.3f}")

# %% [markdown]
# ## All classes, and each class
#
# Local importances are laid out (classes, rows, features). The importance for a class is their mean
# absolute value over the rows; the global importance is the mean over the classes.

# %%
explainer = TabularExplainer(model, x_train, features=data.feature_names, classes=wines)
explanation = explainer.explain_global(x_test)
print("\nlocal importances:", explanation.local_importance_values.shape)
print("values:", explanation.global_measure, end="\n\n")
table = pd.DataFrame(explanation.per_class_values.T, explanation.features, explanation.classes)
table.insert(0, "all", explanation.global_importance_values)
print(table.sort_values("all", ascending=False).head(6).round(3).to_string())

# %% [markdown]
# The same, ranked for each class by itself:

# %%
print()
for wine, names, values in zip(
    wines,
    explanation.get_ranked_per_class_names(top_k=3),
    explanation.get_ranked_per_class_values(top_k=3),
    strict=True,
):
    print(f"{wine:<12}", *(f"{n} {v:.3f}" for n, v in zip(names, values, strict=True)), sep="  ")

# %% [markdown]
# ## One bottle
#
# Take the one the model is least sure of; a one-dimensional row will do. A forest's values are
# probabilities: for each class, the expected value and the importances add up to its probability.

# %%
probabilities = model.predict_proba(x_test)
unsure = probabilities.max(axis=1).argmin()
local = explainer.explain_local(x_test[unsure])
values = pd.DataFrame(local.local_importance_values[:, 0].T, local.features, local.classes)
likeliest, second = (wines[i] for i in probabilities[unsure].argsort()[:-3:-1])
values = values.sort_values(likeliest, ascending=False)
values.loc["expected value"] = local.expected_values
values.loc["sum: probability"] = values.sum()
print(f"\npredicted: {likeliest}\n", values.map("{:+.3f}".format).to_string(), sep="\n")

# %% [markdown]
# ## Why this class and not that one?
#
# Importances for two classes can be subtracted: what is left explains the difference between the
# two probabilities.

# %%
difference = (values[likeliest] - values[second])[list(local.features)]
difference = difference.sort_values(ascending=False).map("{:+.3f}".format)
print(f"\nfor {likeliest} rather than {second}:", difference.head(3).to_string(), sep="\n")
print(f"\nagainst it:\n{difference.tail(3).to_string()}")
