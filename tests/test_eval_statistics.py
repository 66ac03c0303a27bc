"""Intervals and tests agree with values known from formulas."""

import math

import pytest

from eval.statistics import cluster_bootstrap, compare, detectable_difference, mcnemar_p, permutation_p


def each_alone(values):
    return [str(i) for i in range(len(values))]


def test_the_interval_of_single_questions_is_that_of_the_normal_approximation():
    values = [1] * 60 + [0] * 40
    interval = cluster_bootstrap(values, each_alone(values))
    error = math.sqrt(0.6 * 0.4 / 100)
    assert interval.mean == 0.6
    assert interval.error == pytest.approx(error, rel=0.05)
    assert interval.low == pytest.approx(0.6 - 1.96 * error, abs=0.011)
    assert interval.high == pytest.approx(0.6 + 1.96 * error, abs=0.011)


def test_questions_that_stand_and_fall_together_widen_the_interval_as_if_they_were_one():
    values = [1] * 50 + [0] * 50
    alone = cluster_bootstrap(values, each_alone(values))
    together = cluster_bootstrap(values, [str(i // 10) for i in range(100)])
    assert together.clusters == 10
    assert together.error / alone.error == pytest.approx(math.sqrt(10), rel=0.1)


def test_the_interval_weighs_clusters_by_their_size():
    assert cluster_bootstrap([1, 1, 1, 0], ["a", "a", "a", "b"]).mean == 0.75


def test_the_interval_is_the_same_every_time():
    assert cluster_bootstrap([1, 0, 1], ["a", "b", "c"]) == cluster_bootstrap([1, 0, 1], ["a", "b", "c"])


@pytest.mark.parametrize("values, clusters", [([], []), ([1.0], ["a", "b"])])
def test_values_without_their_clusters_are_an_error(values, clusters):
    with pytest.raises(ValueError, match="cluster"):
        cluster_bootstrap(values, clusters)


def test_mcnemar_is_the_exact_binomial_test_of_the_discordant_pairs():
    # 1 gained, 9 lost: 2 · (C(10,0) + C(10,1)) / 2^10 = 22 / 1024.
    a = [0] + [1] * 9 + [1] * 5
    b = [1] + [0] * 9 + [1] * 5
    assert mcnemar_p(a, b) == pytest.approx(22 / 1024)
    assert mcnemar_p(a, a) == 1


def test_the_permutation_test_tries_every_pattern_of_few_clusters():
    # All five differences are equal: only the two patterns of one sign are as extreme, of 2^5.
    assert permutation_p([1] * 5, each_alone([1] * 5)) == pytest.approx(2 / 32)


def test_the_permutation_test_draws_patterns_of_many_clusters():
    assert permutation_p([1] * 40, each_alone([1] * 40)) == pytest.approx(1 / 10_001)
    balanced = [1, -1] * 20
    assert permutation_p(balanced, each_alone(balanced)) == 1


def test_a_clear_gain_is_better_a_clear_loss_worse_and_noise_inconclusive():
    clusters = each_alone(range(40))
    low, high = [0] * 40, [1] * 30 + [0] * 10
    assert compare(low, high, clusters).verdict == "better"
    assert compare(high, low, clusters).verdict == "worse"
    noise = compare([0, 1] * 20, [1, 0] * 20, clusters)
    assert noise.verdict == "inconclusive"
    assert noise.difference == 0
    assert noise.p_mcnemar == 1


def test_few_clusters_never_give_a_verdict_however_sure_the_bootstrap_is():
    comparison = compare([0] * 20, [1] * 20, [str(i % 4) for i in range(20)])
    assert comparison.low > 0
    assert comparison.p_permutation == 2 / 16
    assert comparison.verdict == "inconclusive"


def test_mcnemar_is_left_out_where_scores_are_not_yes_or_no():
    assert compare([0.5, 0.2], [0.7, 0.1], ["a", "b"]).p_mcnemar is None


def test_unpaired_runs_are_an_error():
    with pytest.raises(ValueError, match="pair them"):
        compare([1], [1, 0], ["a"])


def test_the_detectable_difference_is_2_8_standard_errors():
    assert detectable_difference(0.05) == pytest.approx(0.05 * (1.959964 + 0.841621), rel=1e-5)
