# %% [markdown]
"""# Explain a network of PyTorch.

A small network tells benign from malignant tumours. You learn to explain it by its gradients, and
how to see that the values add up to its output.
"""

# %%
from __future__ import annotations

from sklearn.datasets import load_breast_cancer
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

try:
    import torch
except ModuleNotFoundError as missing:
    raise SystemExit("This needs PyTorch: pip install 'mlflow-explain[torch]'") from missing

from mlflow_explain import DeepExplainer

# %% [markdown]
# ## A network
#
# It takes scaled measurements, and answers the log-odds of a benign tumour.

# %%
data = load_breast_cancer(as_frame=True)
x_train, x_test, y_train, y_test = train_test_split(data.data, data.target, random_state=0)
scaler = StandardScaler().set_output(transform="pandas").fit(x_train)
inputs = torch.tensor(scaler.transform(x_train).to_numpy(), dtype=torch.float32)
targets = torch.tensor(y_train.to_numpy(), dtype=torch.float32)

torch.manual_seed(0)
network = torch.nn.Sequential(
    torch.nn.Linear(30, 16), torch.nn.ReLU(), torch.nn.Dropout(0.2), torch.nn.Linear(16, 1)
)
optimizer = torch.optim.Adam(network.parameters(), lr=0.01, weight_decay=0.01)
loss = torch.nn.BCEWithLogitsLoss()
for _ in range(60):
    optimizer.zero_grad()
    loss(network(inputs).squeeze(1), targets).backward()
    optimizer.step()
network.eval()
with torch.no_grad():
    log_odds = network(torch.tensor(scaler.transform(x_test).to_numpy(), dtype=torch.float32))
right = (log_odds.numpy()[:, 0] > 0) == y_test.to_numpy(dtype=bool)
print(f"accuracy on the test rows: {right.mean():.3f}")

# %% [markdown]
# ## What does it rely on?
#
# `transformations=` is the fitted scaler, so that rows and importances are in the columns before
# it. One output can be a regression or a classification: say which.

# %%
explainer = DeepExplainer(
    network,
    x_train,
    classes=data.target_names,
    transformations=scaler,
    model_task="classification",
)
explanation = explainer.explain_global(x_test)
print(f"\nengine: {explainer.method}; values: {explanation.global_measure}\n")
for name, value in explanation.get_feature_importance_dict(top_k=5).items():
    print(f"{name:<22}{value:6.3f}")

# %% [markdown]
# ## How exact is it?
#
# Expected gradients are integrated along lines from background rows, point by point. What the
# values miss of the network's own output is measured on every row.

# %%
error = explanation.quality["additivity_error_max"]
print(f"\nlargest difference from the network's output: {error:.3f}")
print(f"log-odds of the test rows are {log_odds.min():.1f} to {log_odds.max():.1f}")

# %% [markdown]
# ## One tumour
#
# The one the network is least sure of: what speaks for benign, and what against it?

# %%
unsure = int(log_odds.abs().argmin())
local = explainer.explain_local(x_test.iloc[unsure])
values = local.to_frame("benign").iloc[0].sort_values(ascending=False)
print("\nfor benign:", values.head(3).map("{:+.3f}".format).to_string(), sep="\n")
print("\nagainst it:", values.tail(3).map("{:+.3f}".format).to_string(), sep="\n")
print(f"\nexpected value        {local.expected_values[1]:+.3f}")
print(f"all 30 importances    {values.sum():+.3f}")
print(f"network's log-odds    {log_odds[unsure].item():+.3f}")
