# %% [markdown]
"""# Explain texts: word counts, kept sparse.

A linear model reads short reviews of a hotel. You learn which words it relies on, which words made
one review positive, and how to explain a Pipeline with a column of texts beside other columns.
"""

# %%
from __future__ import annotations

import pandas as pd
from sklearn.compose import make_column_transformer
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder

from mlflow_explain import TabularExplainer

POSITIVE = """
The room was clean and quiet, and the bed was comfortable.
Friendly staff, a lovely breakfast and a great view of the harbour.
We loved the garden, and the staff helped us with everything.
A wonderful stay: spacious room, fresh towels every day.
Great location, five minutes from the station, and very quiet at night.
The breakfast was delicious and the coffee was excellent.
Comfortable beds, clean bathroom, friendly people at the desk.
Excellent service from start to finish, we will come again.
The pool was warm and clean, and the children loved it.
Quiet street, lovely old house, and a very helpful owner.
Our room had a great view, and the bathroom was spotless.
The staff was friendly and the dinner was delicious.
A lovely small hotel with a quiet garden and excellent wine.
Check in was quick, the room was ready, the bed was great.
Good value for the price, and a wonderful breakfast on the terrace.
Spotless room, helpful staff, easy parking behind the house.
The view from the terrace was wonderful, and the drinks were good.
We enjoyed every minute, the owner was friendly and helpful.
Very comfortable, very clean, and close to the old town.
The shower was hot and strong, the towels were soft and fresh.
Delicious food, kind waiters, and a fair price for the wine.
A great weekend: good weather, good food, and a spacious room.
The desk helped us to find a doctor at night, excellent people.
Modern, quiet and comfortable, with a good bus to the station.
Lovely breakfast with fresh fruit, and no noise at night.
Not cheap, but the service was excellent and the pool was great.
The lift was slow, but the staff was lovely and the room was clean.
A good bed, a warm room and a friendly welcome after a long day.
"""
NEGATIVE = """
The room was dirty and the bed was broken.
Rude staff, a cold breakfast and noise from the street all night.
We waited an hour at the desk, and nobody helped us.
A terrible stay: tiny room, old towels, no hot water.
Bad location, far from the station, and very loud at night.
The breakfast was cold and the coffee was awful.
Hard beds, dirty bathroom, and unfriendly people at the desk.
Slow service from start to finish, we will not come again.
The pool was cold and dirty, and the children hated it.
Loud street, a damp old house, and a rude owner.
Our room had no view, and the bathroom smelled awful.
The staff was rude and the dinner was cold and late.
An overpriced hotel with a noisy bar under the room.
Check in was slow, the room was not ready, the bed was hard.
Too expensive for a tiny room, and a terrible breakfast.
Dirty carpet, broken heating, and no parking at all.
The noise from the kitchen was terrible, and the drinks were bad.
We hated every minute, the owner was rude and loud.
Very small, very hot, and far from the old town.
The shower was cold and weak, the towels were dirty and damp.
Awful food, slow waiters, and a bad price for the wine.
A bad weekend: broken lift, cold food, and a noisy room.
The desk lost our booking, and we paid for a room we never saw.
Old, damp and noisy, with a smell of smoke in the lift.
Stale bread, weak coffee, and noise at breakfast.
Cheap, but the bed was hard and the walls were thin and dirty.
The view was great, but the room was cold and the staff was rude.
A broken window, a damp bed and an unfriendly welcome after a long day.
"""
texts = [*POSITIVE.strip().split("\n"), *NEGATIVE.strip().split("\n")]
reviews = pd.DataFrame({"text": texts, "guest": ["family", "couple", "business", "friends"] * 14})
labels = ["positive"] * 28 + ["negative"] * 28

# %% [markdown]
# ## Counts of words
#
# Most words are in few texts, so the counts are a sparse matrix. The explainer takes it as it is,
# and never makes the matrix dense; only the importances are.

# %%
vectorizer = CountVectorizer(
    min_df=2, stop_words=["a", "an", "and", "at", "of", "the", "was", "we"]
)
counts = vectorizer.fit_transform(reviews["text"])
model = LogisticRegression().fit(counts, labels)
words = vectorizer.get_feature_names_out()
print(f"{type(counts).__name__} of shape {counts.shape}, {counts.nnz} entries")

explainer = TabularExplainer(model, counts, features=words)
explanation = explainer.explain_global(counts)
print(f"engine: {explainer.method}; values: {explanation.global_measure}\n")
for name, value in explanation.get_feature_importance_dict(top_k=6).items():
    print(f"{name:<10}{value:6.3f}")

# %% [markdown]
# ## Which words made this review positive?
#
# A word that is absent counts, too: no "dirty" is good news. What all absent words give together is
# one number here.

# %%
review = "The room was small and the lift slow, but friendly people, clean beds, a great view!"
row = vectorizer.transform([review])
local = explainer.explain_local(row)
values = local.to_frame("positive").iloc[0].sort_values(ascending=False)
present = values[values.index.isin(words[row.indices])]
print(f"\n{review}\n")
print(f"{'expected value':<16}{local.expected_values[1]:+.3f}")
print(present.map("{:+.3f}".format).to_string())
print(f"{'absent words':<16}{values.drop(present.index).sum():+.3f}")
print(f"{'log-odds':<16}{model.decision_function(row)[0]:+.3f}  {model.predict(row)[0]}")

# %% [markdown]
# ## A column of texts among others
#
# In a Pipeline, name the column in a ColumnTransformer. The raw view has one importance for the
# whole text; the engineered view has one for each word.

# %%
preprocess = make_column_transformer(
    (vectorizer, "text"), (OneHotEncoder(), ["guest"]), verbose_feature_names_out=False
)
pipeline = make_pipeline(preprocess, LogisticRegression()).fit(reviews, labels)
explanation = TabularExplainer(pipeline, reviews).explain_global(reviews)
for title, view in (("raw", explanation), ("engineered", explanation.engineered)):
    print(f"\n{title}:")
    for name, value in view.get_feature_importance_dict(top_k=4).items():
        print(f"  {name:<10}{value:6.3f}")
