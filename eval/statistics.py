"""How sure a figure is: intervals, comparisons of two runs, and the smallest difference a set of questions can show.

Questions about one article share its difficulty, so whole articles (clusters) are drawn and flipped, never single
questions. See Miller, "Adding Error Bars to Evals" (2024), for why this matters to evals.
"""

from __future__ import annotations

import functools
import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

RESAMPLES = 10_000
SEED = 20241015
ALPHA = 0.05
# Up to this many clusters every pattern of signs is tried (4,096 of them); above, patterns are drawn.
EXACT_CLUSTERS = 12
Verdict = Literal["better", "worse", "inconclusive"]


@dataclass(frozen=True, slots=True)
class Interval:
    """A mean with its 95 % interval: of `n` values in `clusters` clusters, with standard error `error`."""

    mean: float
    low: float
    high: float
    error: float
    n: int
    clusters: int


@dataclass(frozen=True, slots=True)
class Comparison:
    """Run B against run A on the questions they share: `difference` is mean(B) − mean(A).

    `p_permutation` tests the difference, `p_mcnemar` (yes/no values only) the discordant pairs. `detectable` is the
    smallest difference that these questions would show with power 0.8. "inconclusive" is a verdict: the interval holds
    0, or `p_permutation` is not below 0.05.
    """

    difference: float
    low: float
    high: float
    p_permutation: float
    p_mcnemar: float | None
    detectable: float
    n: int
    verdict: Verdict


def cluster_bootstrap(
    values: Sequence[float], clusters: Sequence[str], *, resamples: int = RESAMPLES, seed: int = SEED
) -> Interval:
    """The mean of `values` with its 95 % percentile interval over resampled clusters.

    Each resample draws as many clusters as there are, with replacement, and takes the mean of all their values (Efron &
    Tibshirani 1993, ch. 13; Cameron, Gelbach & Miller 2008 for the clusters). With very few clusters the interval is
    too narrow; with a single one it says nothing and spans nothing.

    Raises:
        ValueError: no values, or not one cluster for each value.
    """
    import numpy as np

    sums, sizes = _by_cluster(values, clusters)
    means = _resampled_means(sums, sizes, resamples, seed)
    low, high = np.percentile(means, [2.5, 97.5])
    error = float(means.std(ddof=1)) if resamples > 1 else 0.0
    return Interval(float(sums.sum() / sizes.sum()), float(low), float(high), error, len(values), len(sums))


def compare(
    a: Sequence[float], b: Sequence[float], clusters: Sequence[str], *, resamples: int = RESAMPLES, seed: int = SEED
) -> Comparison:
    """Paired comparison of two runs over the same questions, `a[i]` and `b[i]` being their scores on question i.

    Raises:
        ValueError: nothing to compare, or lists of different lengths.
    """
    if len(a) != len(b):
        raise ValueError(f"the runs have {len(a)} and {len(b)} scores; pair them first")
    differences = [y - x for x, y in zip(a, b, strict=True)]
    interval = cluster_bootstrap(differences, clusters, resamples=resamples, seed=seed)
    p = permutation_p(differences, clusters, resamples=resamples, seed=seed)
    binary = all(value in (0, 1) for value in (*a, *b))
    return Comparison(
        difference=interval.mean, low=interval.low, high=interval.high,
        p_permutation=p,
        p_mcnemar=mcnemar_p(a, b) if binary else None,
        detectable=detectable_difference(interval.error),
        n=len(a), verdict=_verdict(interval, p),
    )


def _verdict(interval: Interval, p: float) -> Verdict:
    """Both must speak: of a few clusters alone the bootstrap is too sure, and of one it is certain of anything."""
    if p >= ALPHA or interval.low <= 0 <= interval.high:
        return "inconclusive"
    return "better" if interval.low > 0 else "worse"


def permutation_p(
    differences: Sequence[float], clusters: Sequence[str], *, resamples: int = RESAMPLES, seed: int = SEED
) -> float:
    """Two-sided p of a sign-flip test: were the runs alike, each cluster's difference could have either sign.

    All 2^c patterns up to EXACT_CLUSTERS clusters; else p = (extreme + 1) / (drawn + 1) (Phipson & Smyth 2010).
    """
    import numpy as np

    sums, _ = _by_cluster(differences, clusters)
    observed = abs(float(sums.sum())) - 1e-9
    if len(sums) <= EXACT_CLUSTERS:
        signs = np.array(list(itertools.product((-1.0, 1.0), repeat=len(sums))))
        return float(np.mean(np.abs(signs @ sums) >= observed))
    signs = np.random.default_rng(seed).choice((-1.0, 1.0), size=(resamples, len(sums)))
    extreme = int(np.sum(np.abs(signs @ sums) >= observed))
    return (extreme + 1) / (resamples + 1)


def mcnemar_p(a: Sequence[float], b: Sequence[float]) -> float:
    """Exact two-sided McNemar test: of the questions on which the runs differ, is the split unlike a coin's?

    p = min(1, 2 · P[X ≤ min(b, c)]), X ~ Binomial(b + c, ½) (McNemar 1947, exact form).
    """
    gained = sum(y > x for x, y in zip(a, b, strict=True))
    lost = sum(y < x for x, y in zip(a, b, strict=True))
    n = gained + lost
    tail = sum(math.comb(n, k) for k in range(min(gained, lost) + 1)) / 2**n
    return float(min(1.0, 2 * tail))


def detectable_difference(error: float, *, alpha: float = ALPHA, power: float = 0.8) -> float:
    """The smallest true difference found significant with probability `power`: (z(1 − alpha / 2) + z(power)) · error.

    `error` is that of the paired difference (2.80 · error for 0.05 and 0.8: Cohen 1988; Miller 2024).
    """
    normal = NormalDist()
    return (normal.inv_cdf(1 - alpha / 2) + normal.inv_cdf(power)) * error


def _by_cluster(values: Sequence[float], clusters: Sequence[str]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The sum and the number of the values of each cluster."""
    import numpy as np

    if not values or len(values) != len(clusters):
        raise ValueError(f"{len(values)} values in {len(clusters)} clusters: give each of 1 or more values its cluster")
    _, index = np.unique(np.asarray(clusters), return_inverse=True)
    sums = np.bincount(index, weights=np.asarray(values, dtype=float))
    return sums.astype(float), np.bincount(index).astype(float)


def _resampled_means(
    sums: NDArray[np.float64], sizes: NDArray[np.float64], resamples: int, seed: int
) -> NDArray[np.float64]:
    drawn = _draws(len(sums), resamples, seed)
    means: NDArray[np.float64] = (drawn @ sums) / (drawn @ sizes)
    return means


@functools.lru_cache(maxsize=8)
def _draws(clusters: int, resamples: int, seed: int) -> NDArray[np.float64]:
    """How often each cluster is drawn, one resample a row: the same for every metric."""
    import numpy as np

    shares = np.full(clusters, 1 / clusters)
    return np.random.default_rng(seed).multinomial(clusters, shares, size=resamples).astype(float)
