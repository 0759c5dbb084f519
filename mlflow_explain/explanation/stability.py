"""How much a global importance depends on the rows it was computed from."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from mlflow_explain.explanation.agreement import kendall_tau

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mlflow_explain._typing import FloatArray
    from mlflow_explain.explanation.importance import LocalImportance

N_RESAMPLES = 100
# Cells of one block: of absolute values, and of weights. Both are 16 MiB.
_CELLS = 1 << 21
# Equal features must tie, whatever the order in which a matrix product adds.
_DIGITS = 12


def stability(
    local: LocalImportance, n_resamples: int = N_RESAMPLES, seed: int = 0
) -> float | None:
    """Return how well the order of features survives a resampling of the explained rows.

    Bootstrap: as many rows are drawn with replacement, the global importance is computed anew, and
    its order is compared with that of all rows. The figure is the mean of Kendall's tau-b over the
    resamples, 1 where the order never changes. One that orders nothing agrees in nothing, 0.

    Parameters
    ----------
    local : LocalImportance
        Attributions of the rows.
    n_resamples : int, default=100
        Resamples.
    seed : int, default=0
        Seed of the draws.

    Returns
    -------
    float or None
        None with fewer than two rows or features, and where all features are as important.
        Features with attributions that are no numbers are left out.

    Notes
    -----
    On two idle cores 0.1 s for 100,000 rows of 30 features, 0.9 s for 1,000,000 rows of 100. For
    any number of rows memory stays below 80 MiB and the resamples' importances.

    References
    ----------
    P. Hall and H. Miller, "Using the bootstrap to quantify the authority of an empirical ranking",
    Ann. Statist. 37 (2009), https://doi.org/10.1214/09-AOS699.

    Examples
    --------
    >>> import numpy as np
    >>> from mlflow_explain.explanation import LocalImportance
    >>> values = np.random.default_rng(0).normal(size=(50, 3)) * [1.0, 3.0, 9.0]
    >>> stability(LocalImportance(values[:, :, None], np.zeros(1)))
    1.0
    """
    if local.n_rows < 2:
        return None
    whole, resampled = _resampled(local, n_resamples, seed)
    known = np.isfinite(whole)
    if known.sum() < 2 or not np.ptp(whole[known]) > 0:
        return None
    scale = whole[known].max()
    whole, resampled = (np.round(part[..., known] / scale, _DIGITS) for part in (whole, resampled))
    agreement = kendall_tau(whole, resampled)
    return None if not np.ptp(whole) > 0 else float(np.nan_to_num(agreement).mean())


def importance_blocks(local: LocalImportance) -> Iterator[FloatArray]:
    """Yield blocks of rows of |attribution|, mean over outputs: (n_block, n_features)."""
    n_rows, n_features, n_outputs = local.values.shape
    step = block_rows(n_features * n_outputs)
    for start in range(0, n_rows, step):
        yield np.abs(local.values[start : start + step]).mean(axis=2)


def block_rows(n_cells: int) -> int:
    """Return how many rows of so many cells make a block."""
    return max(1, _CELLS // max(n_cells, 1))


def _resampled(
    local: LocalImportance, n_resamples: int, seed: int
) -> tuple[FloatArray, FloatArray]:
    """Return the importance of all rows, and of each resample (n_resamples, n_features)."""
    n_rows, n_features, n_outputs = local.values.shape
    rng = np.random.default_rng(seed)
    step = min(block_rows(n_features * n_outputs), block_rows(n_resamples))
    starts = range(0, n_rows, step)
    sizes = [min(step, n_rows - start) for start in starts]
    # How many rows each resample draws of each block; then which ones.
    of_blocks = rng.multinomial(n_rows, np.divide(sizes, n_rows), size=n_resamples)
    sums = np.zeros((n_resamples + 1, n_features))
    for number, (start, size) in enumerate(zip(starts, sizes, strict=True)):
        drawn = rng.integers(size, size=int(of_blocks[:, number].sum()))
        drawn += np.repeat(np.arange(n_resamples) * size, of_blocks[:, number])
        weights = np.ones((n_resamples + 1, size))
        weights[1:] = np.bincount(drawn, minlength=n_resamples * size).reshape(-1, size)
        # Columns that are no numbers stay so, in silence.
        with np.errstate(invalid="ignore"):
            sums += weights @ np.abs(local.values[start : start + size]).mean(axis=2)
    return sums[0] / n_rows, sums[1:] / n_rows
