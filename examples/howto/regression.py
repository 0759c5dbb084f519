# %% [markdown]
"""# Explain a regression.

Boosted trees predict how far diabetes has progressed a year later, from ten measurements. You learn
what moves the predictions, how one patient's prediction comes about, and how to draw and keep it.
"""

# %%
from __future__ import annotations

import mlflow
from sklearn.datasets import load_diabetes
from sklearn.ensemble import GradientBoostingRegressor
from sklearn.model_selection import train_test_split

from mlflow_explain import TabularExplainer, log_explanation

rows, progression = load_diabetes(return_X_y=True, as_frame=True, scaled=False)
x_train, x_test, y_train, y_test = train_test_split(rows, progression, random_state=0)
model = GradientBoostingRegressor(n_estimators=100, max_depth=2, random_state=0)
model.fit(x_train, y_train)
print(f"R2 on the test rows: {model.score(x_test, y_test):.3f}")

# %% [markdown]
# ## All patients
#
# The values of a regression are in the unit of the target. Columns' names come from the DataFrame.

# %%
explainer = TabularExplainer(model, x_train)
explanation = explainer.explain_global(x_test)
print(f"\nengine: {explainer.method}; values: {explanation.global_measure}\n")
for name, value in explanation.get_feature_importance_dict(top_k=5).items():
    print(f"{name:<6}{value:6.1f}")

# %% [markdown]
# Which values raise the prediction? Each dot is a patient.

# %%
explanation.plot("beeswarm", top_k=5)

# %% [markdown]
# ## One patient
#
# Local importances of a regression are laid out (rows, features). With the expected value, the mean
# prediction, they add up to the patient's prediction.

# %%
patient = x_test.iloc[0]
local = explainer.explain_local(patient)
print(f"\n{'expected value':<18}{local.expected_values[0]:+7.1f}")
for name, value in zip(
    local.get_ranked_local_names()[0], local.get_ranked_local_values()[0], strict=True
):
    print(f"  {name:<4} = {patient[name]:<9.4g}{value:+7.1f}")
print(f"{'prediction':<18}{model.predict(x_test[:1])[0]:+7.1f}")

# %% [markdown]
# ## Keep it with the run
#
# The explanation, the predictions and outcomes go into a report; pictures can be logged beside it.

# %%
with mlflow.start_run(run_name="diabetes"):
    mlflow.log_metric("test_r2", model.score(x_test, y_test))
    kept = log_explanation(explanation, comment="test rows", true_y=y_test)
    mlflow.log_figure(explanation.plot("beeswarm", top_k=5), "beeswarm.png")
    mlflow.log_figure(local.plot("waterfall", top_k=5), "first_patient.png")
print(
    "\nartifacts:", *(a.path for a in mlflow.MlflowClient().list_artifacts(kept.run_id)), sep="\n  "
)
