# %% [markdown]
"""# Explain in raw columns: a ColumnTransformer.

Models of mortgage applications see scaled numbers, bins and one-hot columns; people know columns.
You learn to explain an estimator in the columns before its transformations, and a Pipeline whole.
"""

# %%
from __future__ import annotations

import mlflow
import pandas as pd
from lightgbm import LGBMClassifier
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.metrics import roc_auc_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import KBinsDiscretizer, OneHotEncoder, StandardScaler

from examples import mortgage
from mlflow_explain import TabularExplainer, log_explanation

data = mortgage.load()
numbers = ["dir", "hir", "lvr", "mcs", "uria"]
words = ["pbcr", "dmi", "self", "single"]
print(data.train[[*numbers[:3], "ccs", *words]].head(3).to_string(index=False))

# %% [markdown]
# ## Transformations, and an estimator behind them
#
# Numbers are imputed and scaled, the credit score `ccs` is cut into bins, words become one-hot
# columns, and what is left over passes through.

# %%
transformations = ColumnTransformer(
    [
        ("numbers", make_pipeline(SimpleImputer(), StandardScaler()), numbers),
        ("score", KBinsDiscretizer(3, strategy="uniform"), ["ccs"]),
        (
            "words",
            make_pipeline(SimpleImputer(strategy="most_frequent"), OneHotEncoder(drop="if_binary")),
            words,
        ),
    ],
    remainder="passthrough",
    verbose_feature_names_out=False,
)
engineered = transformations.fit_transform(data.train)
model = LGBMClassifier(n_estimators=60, num_leaves=7, random_state=0, verbose=-1)
model.fit(engineered, data.train_y)
print(f"{data.train.shape[1]} raw columns, {engineered.shape[1]} engineered ones")

# %% [markdown]
# ## Explain the estimator in raw columns
#
# With `transformations=`, the explainer takes raw rows. Engineered importances are summed along the
# fitted transformers, row by row; the global importance is computed anew from those sums.

# %%
explainer = TabularExplainer(model, data.train, transformations=transformations)
explanation = explainer.explain_global(data.test)
print(f"\nengine: {explainer.method}; values: {explanation.global_measure}")
for title, view in (("raw", explanation), ("engineered", explanation.engineered)):
    print(f"\n{title}:")
    for name, value in view.get_feature_importance_dict(top_k=6).items():
        print(f"  {name:<10}{value:6.3f}")

# %% [markdown]
# ## One application
#
# The bins of `ccs` are three engineered features, and one raw column.

# %%
application = data.test.iloc[0]
local = explainer.explain_local(application)
reasons = pd.DataFrame({"value": application, "log-odds of denial": local.to_frame().iloc[0]})
order = reasons["log-odds of denial"].abs().sort_values(ascending=False).index
print("\n", reasons.loc[order].head(4).to_string(float_format="{:.3f}".format), sep="")
bins = local.engineered.to_frame().filter(like="ccs").iloc[0]
print("\nthe bins of ccs:", bins.round(3).to_string(), f"sum       {bins.sum():.3f}", sep="\n")

# %% [markdown]
# ## A Pipeline is explained whole
#
# It is taken apart for you, and the values are the same. Both views are kept with the run.

# %%
pipeline = make_pipeline(transformations, model)
whole = TabularExplainer(pipeline, data.train).explain_global(data.test)
difference = abs(whole.local_importance_values - explanation.local_importance_values).max()
print(f"\nlargest difference: {difference:.1g}")
with mlflow.start_run(run_name="mortgage"):
    denied = pipeline.predict_proba(data.test)[:, 1]
    mlflow.log_metric("test_roc_auc", roc_auc_score(data.test_y == "yes", denied))
    kept = log_explanation(whole, comment="test rows", true_y=data.test_y).explanation
print(f"views kept: {kept.kind} and {kept.engineered.kind}")
