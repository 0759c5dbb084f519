"""Engines of texts: attributions of the tokens of a column, and of the columns beside it.

Their rows are tables with a column of texts. Attributions are of columns, as those of other
engines; `LocalImportance.tokens` says what that of the text is made of.

- `terms`, exact: `vectorized` takes the model apart, `estimators` finds the engine of its
  estimator, about the mean of `centring`; `term_values` are few of very many attributions.
- `masking`: `masked_rows` asks the model, and `owen` attributes its answers to the parts of
  `structure`, in `contexts`, for what `wholes` allow; of long texts from `walks`, adjusted by an
  `index_game`, with `null_players` told apart.
- `lime`: local models, fitted to `lime_samples`.
- `capitals`: whether the model that these two ask tells them apart.
- `han/`: a network in the model's place.
- `curves`: how good an order of tokens is, of any of them; `curve_plans` are the texts to ask for.
- `base`: what they share.
"""

from __future__ import annotations
