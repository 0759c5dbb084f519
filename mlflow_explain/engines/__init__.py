"""The numerics: each engine attributes one family of models, exactly and on its own.

The engines of `registry.ENGINES`, and how a value goes through each::

    tree            trees/*_trees.py read a model -> ensemble.TreeEnsemble -> columns.Columns (rows
                    become small integers, each split one comparison) -> paths.Paths (preorder;
                    conditions of one feature merged) -> plan.Plan: tables.Tables for shallow parts;
                    deep leaves by quadrature.Quadrature (path-dependent) or pairs.Pairs
                    (interventional), in one memory bound; machine code, its records: trees/kernels/
    catboost        the library's own contributions
    linear          additive.py, naive_bayes.py: closed form
    kernel machine  kernel_reading.py -> product_kernel.py: exact by quadrature, pruned under a
                    proven bound
    composed        compositions.py: members and weights, each with an engine of its own
    deep            deep/: recognition of a network -> path (background to row) -> torch_network |
                    keras_network (slopes)
    kernel          black_box/: asked (background, answers) -> masking -> coalitions -> asking ->
                    regression, surrogate

On request, and approximate (`tolerance` is infinite; `quality` says how near they are)::

    mimic           surrogates/: augmentation -> distillation (the model's answers on the logit) ->
                    models; then mimic/: encoding of columns -> the surrogate's own exact engine ->
                    fold to columns
    lime            lime/: sampling -> asking -> regression, of all rows at once
    permutation     permutation/: cells (moved by position) -> importance (distinct rows only) ->
                    metrics; no engine
"""

from __future__ import annotations
