"""Sampling of evaluation rows: fewer rows that stand for all of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from mlflow_explain.data.arguments import one_of, seed_of, truth, whole
from mlflow_explain.data.clusters import as_numbers, drawn, kmeans, n_clustered
from mlflow_explain.data.kinds import full_name, is_sparse
from mlflow_explain.data.unlogged import unlogged
from mlflow_explain.errors import InvalidInputError

if TYPE_CHECKING:
    from mlflow_explain._typing import AnyArray, IntArray
    from mlflow_explain.data.table import Table

METHODS = ("kmeans", "random")

# Evaluation rows that are kept; no fewer rows are sampled.
MAX_SAMPLED = 500
# Numbers of clusters that are tried, and rows whose silhouettes choose among them.
TRIED = (2, 4, 8, 16, 32)
SILHOUETTE_ROWS = 1_000


@dataclass(frozen=True, slots=True)
class SamplingPolicy:
    """How evaluation rows are sampled before they are explained.

    Up to 500 rows are all explained. Of more, 500 real rows are, with their own ids.
    ``"kmeans"`` draws from each cluster in proportion to its size, and always the row nearest to
    its centre: a stratified sample, whose mean is that of all rows with less noise than a plain
    one. The number of clusters is the one of 2, 4, 8, 16 and 32 with the largest mean silhouette.
    Of more than 5,000 rows, 5,000 drawn at random are clustered. ``"random"`` draws rows with equal
    chances.

    Parameters
    ----------
    allow_eval_sampling : bool, default=False
        Whether to sample at all.
    max_dim_clustering : int, default=50
        Principal components that rows of more numbers are clustered in.
    sampling_method : {"kmeans", "random"}, default="kmeans"
        How rows are drawn.
    seed : int, default=0
        Seed of all that is drawn.

    Raises
    ------
    InvalidInputError
        An option is none of these.

    References
    ----------
    Rousseeuw 1987, "Silhouettes", https://doi.org/10.1016/0377-0427(87)90125-7;
    Cochran 1977, "Sampling techniques", chapter 5 (stratified sampling).

    Examples
    --------
    >>> from mlflow_explain import SamplingPolicy
    >>> SamplingPolicy(allow_eval_sampling=True).sampling_method
    'kmeans'
    """

    allow_eval_sampling: bool = False
    max_dim_clustering: int = 50
    sampling_method: str = "kmeans"
    seed: int = 0

    def __post_init__(self) -> None:
        truth("allow_eval_sampling", self.allow_eval_sampling)
        whole("max_dim_clustering", self.max_dim_clustering, 1)
        one_of(
            "sampling_method",
            self.sampling_method,
            METHODS,
            "'kmeans' finds its number of clusters itself, which 'hdbscan' was for.",
        )
        seed_of(self.seed)


@dataclass(frozen=True, slots=True)
class Sampling:
    """What was sampled of the evaluation rows.

    Parameters
    ----------
    n_evaluation_rows : int
        Rows given.
    n_sampled_rows : int
        Rows kept.
    ids : ndarray of shape (n_sampled_rows,)
        Index labels of the rows kept, or their positions among all.
    n_clusters : int or None
        Clusters they were drawn from; None where all rows were kept, or drawn at random.
    """

    n_evaluation_rows: int
    n_sampled_rows: int
    ids: AnyArray = field(compare=False)
    n_clusters: int | None = None

    @property
    def quality(self) -> dict[str, float]:
        """The counts, as kept in an explanation's `quality`."""
        return {
            "n_evaluation_rows": float(self.n_evaluation_rows),
            "n_sampled_rows": float(self.n_sampled_rows),
        }


def sampled(table: Table, policy: SamplingPolicy | bool | None) -> tuple[Table, Sampling | None]:
    """Return rows that stand for all rows of a table, in its order and with their own ids.

    Parameters
    ----------
    table : Table
        Evaluation rows.
    policy : SamplingPolicy, bool or None
        True samples with a policy's defaults; None and False do not.

    Returns
    -------
    table : Table
        At most 500 of the rows; all of them without sampling.
    sampling : Sampling or None
        What was done; None where sampling was not asked for.
    """
    if isinstance(policy, bool) or policy is None:
        policy = SamplingPolicy(allow_eval_sampling=bool(policy))
    if not isinstance(policy, SamplingPolicy):
        raise InvalidInputError(
            "a SamplingPolicy, True or None", full_name(policy), "Pass a SamplingPolicy."
        )
    if not policy.allow_eval_sampling:
        return table, None
    n_rows, ids = len(table), table.ids
    if n_rows <= MAX_SAMPLED:
        return table, Sampling(n_rows, n_rows, ids)
    if policy.sampling_method == "random":
        chosen = drawn(n_rows, MAX_SAMPLED, policy.seed)
        return table.take(chosen), Sampling(n_rows, MAX_SAMPLED, ids[chosen])
    part = drawn(n_rows, n_clustered(len(table.columns)), policy.seed)
    numbers = _reduced(as_numbers(table.take(part).data), policy)
    distance, cluster = _clustered(numbers, policy.seed)
    chosen = part[_stratified(distance, cluster, policy.seed)]
    return table.take(chosen), Sampling(n_rows, len(chosen), ids[chosen], int(cluster.max()) + 1)


def _reduced(numbers: AnyArray, policy: SamplingPolicy) -> AnyArray:
    """Return rows in at most `max_dim_clustering` principal components."""
    from sklearn.decomposition import PCA, TruncatedSVD

    if numbers.shape[1] <= policy.max_dim_clustering:
        return numbers
    n_kept = int(min(policy.max_dim_clustering, numbers.shape[0]))
    kind = TruncatedSVD if is_sparse(numbers) else PCA
    settings = {} if is_sparse(numbers) else {"svd_solver": "randomized"}
    # Rows that are all the same have no components, and no variance to share among them.
    with np.errstate(invalid="ignore", divide="ignore"), unlogged():
        reduced: AnyArray = kind(n_kept, random_state=policy.seed, **settings).fit_transform(
            numbers
        )
    return reduced


def _clustered(numbers: AnyArray, seed: int) -> tuple[AnyArray, IntArray]:
    """Return distances to the centres and clusters, for the best number of clusters tried."""
    from sklearn.metrics import silhouette_score

    judged = drawn(numbers.shape[0], SILHOUETTE_ROWS, seed)
    best, found = -np.inf, None
    for n_clusters in TRIED:
        distance, cluster = kmeans(numbers, n_clusters, seed)
        several = len(np.unique(cluster[judged])) > 1
        score = silhouette_score(numbers[judged], cluster[judged]) if several else -1.0
        if score > best:
            best, found = score, (distance, cluster)
    assert found is not None  # noqa: S101 - scores are at least -1
    return found


def _stratified(distance: AnyArray, cluster: IntArray, seed: int) -> IntArray:
    """Return rows drawn from each cluster in proportion to its size, in order.

    Rows are put in a random order, each cluster's nearest to the centre first, and each cluster
    gives its first ones.
    """
    n_rows = len(cluster)
    order = np.random.default_rng(seed).permutation(n_rows).astype(np.float64)
    order[distance.argmin(axis=0)] = -1.0
    rank = np.empty(n_rows)
    by_cluster = np.lexsort((order, cluster))
    sizes = np.bincount(cluster)
    starts = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    rank[by_cluster] = np.arange(n_rows) - np.repeat(starts, sizes)
    # Halfway through each row's share of its cluster: the first ones of all clusters together are
    # a proportional sample of any size, and rank 0, the nearest to the centre, is always in it.
    place = np.where(rank == 0, 0.0, (rank + 0.5) / sizes[cluster])
    return np.sort(np.lexsort((order, place))[:MAX_SAMPLED])
