# %% [markdown]
"""# Explain one model with every explainer.

A support vector machine tells benign from malignant tumours by 30 measurements of cell nuclei.
You learn what each explainer is for, how to read what it returns, and how far they agree.
"""

# %%
from __future__ import annotations

import mlflow
import pandas as pd
from sklearn.datasets import load_breast_cancer
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from mlflow_explain import (
    KernelExplainer,
    LGBMExplainableModel,
    LIMEExplainer,
    MimicExplainer,
    PFIExplainer,
    TabularExplainer,
    log_explanation,
)

data = load_breast_cancer()
x_train, x_test, y_train, y_test = train_test_split(
    data.data, data.target, test_size=0.2, random_state=0
)
model = make_pipeline(StandardScaler(), SVC()).fit(x_train, y_train)
print(f"accuracy on the test rows: {model.score(x_test, y_test):.3f}")

# %% [markdown]
# ## The whole model: what does it rely on?
#
# `TabularExplainer` takes a Pipeline apart, and picks the way to explain its model. An SVC with an
# RBF kernel it explains exactly, without asking the model for thousands of answers.

# %%
names = {"features": data.feature_names, "classes": data.target_names}
explainer = TabularExplainer(model, x_train, **names)
explanation = explainer.explain_global(x_test)
print(f"\nengine: {explainer.method}; values: {explanation.global_measure}\n")
for name, value in zip(
    explanation.get_ranked_global_names(top_k=5),
    explanation.get_ranked_global_values(top_k=5),
    strict=True,
):
    print(f"{name:<24}{value:6.3f}")

# %% [markdown]
# ## One row: why this prediction?
#
# Local importances have a sign. They add up, from the average tumour's margin (the expected value)
# to this tumour's: below zero is malignant. Getters return one list per class and row.

# %%
local = explainer.explain_local(x_test[0])
benign = list(data.target_names).index("benign")
print(f"\npredicted: {data.target_names[model.predict(x_test[:1])[0]]}\n")
ranked = pd.Series(
    local.get_ranked_local_values()[benign][0], local.get_ranked_local_names()[benign][0]
)
print("for benign:", ranked.head(3).round(3).to_string(), sep="\n")
print("\nagainst it:", ranked.tail(3).round(3).to_string(), sep="\n")
print(f"\nexpected value     {local.expected_values[benign]:+.3f}")
print(f"all 30 importances {ranked.sum():+.3f}")
print(f"the model's margin {model.decision_function(x_test[:1])[0]:+.3f}")

# %% [markdown]
# ## MimicExplainer: any model, by a surrogate of it
#
# Boosted trees are trained to answer as the model does, and explained in its place. The fidelity,
# the share of the model's variance that they reproduce, says whether to believe them.

# %%
mimic = MimicExplainer(
    model, x_train, LGBMExplainableModel, augment_data=True, max_num_of_augmentations=10, **names
)
explanations = {"tabular": explanation, "mimic": mimic.explain_global(x_test)}
quality = explanations["mimic"].quality
print(f"\nfidelity R2: {quality['fidelity_r2']:.3f} on rows held out,", end=" ")
print(f"{quality['fidelity_r2_train']:.3f} on those it was trained on")
agreement = mimic.get_surrogate_model_replication_measure(x_test)
print(f"same class on {agreement:.1%} of the test rows")

# %% [markdown]
# ## PFIExplainer: what does the score lose?
#
# Each column is shuffled, and what counts is how much worse the model does, by accuracy or another
# metric. That is another question: it needs the true labels, answers for the model as a whole only,
# and thinks little of columns that tell the same as others.

# %%
pfi = PFIExplainer(model, metric="hinge_loss", **names)
explanations["pfi"] = pfi.explain_global(x_test, true_labels=y_test)
print("\npermutation importance:", explanations["pfi"].global_measure)
print(explanations["pfi"].to_frame().head(3).round(4).to_string(index=False))

# %% [markdown]
# ## LIMEExplainer and KernelExplainer: by asking the model
#
# LIME fits a linear model to the answers around each row. The kernel explainer estimates Shapley
# values of any model; it asks a lot, so it gets five rows here. Beside the exact values of the same
# rows one sees how far off the estimates are, and that their standard errors say so.

# %%
explanations["lime"] = LIMEExplainer(model, x_train, **names).explain_global(x_test)
kernel = KernelExplainer(model, x_train, nsamples=500, **names).explain_global(x_test[:5])
explanations["kernel"] = kernel
exact = explanation.local_importance_values[:, :5]
print(f"\nlargest error    {abs(kernel.local_importance_values - exact).max():.4f}")
print(f"standard error   {kernel.quality['standard_error_max']:.4f}")

# %% [markdown]
# ## Do they agree?
#
# Ranks of each column that is among the first five of any explainer; the kernel explainer's are of
# its five rows only. Radius, perimeter and area tell much the same, and no two explainers share it
# out among them in the same way.

# %%
ranks = pd.DataFrame(
    {
        name: pd.Series(found.global_importance_values, found.features)
        .rank(method="min", ascending=False)
        .astype(int)
        for name, found in explanations.items()
    }
)
print("\n", ranks[(ranks <= 5).any(axis=1)].sort_values("tabular").to_string(), sep="")

# %% [markdown]
# ## Keep them with the run
#
# Each has a report of its own under the run's artifacts, in `explanations/`.

# %%
with mlflow.start_run(run_name="every explainer"):
    for name, found in explanations.items():
        log_explanation(found, comment=name, true_y=y_test[: found.num_examples])
