# %% [markdown]
"""# Explain texts: which words, which sentences.

A model reads product reviews, a few sentences each, and says whether they praise. You learn which
words and sentences made it say so, how to judge that, and that the same explainer takes any model
of texts. Readers have rated every sentence, so there is a truth to compare with, which no model was
shown.
"""

# %%
from __future__ import annotations

from textwrap import fill

import mlflow
import numpy as np
import pandas as pd
from scipy.stats import spearmanr
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.pipeline import make_pipeline
from sklearn.svm import SVC

from examples import reviews
from mlflow_explain import TextExplainer, log_explanation, log_model

data = reviews.load()
model = reviews.model().fit(data.train, data.train_y)
print(f"{len(data.train)} reviews to learn from, {len(data.test)} to test on")
print(f"accuracy on the test reviews: {model.score(data.test, data.test_y):.3f}")

# %% [markdown]
# ## The whole model: which words does it rely on?
#
# The model is linear in its words' weights, so their importances are exact. What the words that a
# review does *not* have are worth is a feature of its own.

# %%
explainer = TextExplainer(model, data.train)
explanation = explainer.explain_global(data.test)
print(f"\nengine: {explainer.method}; values: {explanation.global_measure}\n")
importance = explanation.get_feature_importance_dict(top_k=8)
print(pd.Series(importance).round(3).to_string())

# %% [markdown]
# ## One review: token by token
#
# Importances have a sign: above zero speaks for praise. Each token has its place in the text, and
# its sentence.

# %%
chosen = int(np.argmax([len(ratings) for ratings in data.test_ratings]))
review = data.test[chosen]
print(f"\n{fill(review)}\n")
tokens = explanation.to_tokens(chosen)
strongest = tokens.reindex(tokens["importance"].abs().sort_values(ascending=False).index)
print(strongest.head(6).round(3).to_string(index=False))

absent = explanation.to_frame()["(absent words)"].iloc[chosen]
print(f"\nexpected value      {explanation.expected_values[1]:+.3f}")
print(f"its words           {tokens['importance'].sum():+.3f}")
print(f"words it has not    {absent:+.3f}")
print(f"the model's margin  {model.decision_function([review])[0]:+.3f}")

# %% [markdown]
# ## Sentence by sentence, beside what readers say
#
# The importance of a sentence is the sum of its tokens'. Readers rated the same sentences from -4
# to 4.

# %%
# The reviews are put together of sentences whose places are known.
spans = data.test_spans[chosen]
inside = [tokens[(tokens["start"] >= a) & (tokens["end"] <= b)]["importance"] for a, b in spans]
table = pd.DataFrame(
    {
        "sentence": [review[a:b][:60] for a, b in spans],
        "importance": [part.sum() for part in inside],
        "readers": data.test_ratings[chosen],
    }
)
print("\n", table.round(2).to_string(index=False), sep="")

own, read = [], []
for row, (places, ratings) in enumerate(zip(data.test_spans, data.test_ratings, strict=True)):
    found = explanation.to_tokens(row)
    for (a, b), rating in zip(places, ratings, strict=True):
        own.append(found["importance"][(found["start"] >= a) & (found["end"] <= b)].sum())
        read.append(rating)
print(f"\nrank correlation over all {len(own)} sentences: {spearmanr(own, read).statistic:.2f}")

# %% [markdown]
# ## Is the order of the words any good?
#
# Reviews lose their most important words first, and gain them first; the model is asked at every
# step. The area under its probability should be small while words go, and large while they come.
# Beside it stands the same with words in random order.

# %%
quality = explanation.quality
for name in ("deletion", "insertion"):
    by_chance = quality[f"{name}_auc_random"]
    print(f"{name:<10}{quality[f'{name}_auc']:.3f}  (in random order {by_chance:.3f})")

# %% [markdown]
# ## Any other model: by asking it
#
# A support vector machine is no sum of its words. `choice` says why it is asked instead, for the
# review without some of its sentences and words: Owen values, exact for short texts, with standard
# errors for longer ones.

# %%
machine = make_pipeline(TfidfVectorizer(min_df=2), SVC(random_state=0))
machine.fit(data.train, data.train_y)
asked = TextExplainer(machine, data.train, show_progress=False)
print(f"\nengine: {asked.method}; not {asked.choice.refusals[0].engine}")
found = asked.explain_local(review).to_tokens()
strongest = found.reindex(found["importance"].abs().sort_values(ascending=False).index)
print(strongest.head(4).round(3).to_string(index=False))

# %% [markdown]
# ## Keep it, and serve it
#
# The page of the explanation shows the reviews with their words coloured. The registered model
# answers predictions with the importance of every token.

# %%
with mlflow.start_run(run_name="reviews"):
    log_explanation(explanation, true_y=data.test_y, model=model)
    info = log_model(model, scoring_explainer=explainer.create_scoring_explainer())

(reply,) = (
    mlflow.pyfunc.load_model(info.model_uri)
    .predict(pd.DataFrame({"text": ["A great little camera."]}))[
        ["prediction", "local_importance_values"]
    ]
    .to_dict(orient="records")
)
print(f"\nprediction: {reply['prediction']}")
for token in reply["local_importance_values"]:
    print({name: token[name] for name in ("token", "start", "end", "importance")})
