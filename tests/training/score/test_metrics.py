"""Metrics give the numbers one finds by hand."""

import numpy as np
import pytest

from training.score import metrics

P = np.array([[0.8, 0.2], [0.6, 0.4], [0.3, 0.7], [0.9, 0.1]])
LABELS = np.array([0, 1, 1, 0])


def test_report_by_hand() -> None:
    """Three of four right; class 0 found twice of twice, class 1 once of twice."""
    found = metrics.report(P, LABELS, ("a", "b"))

    assert found["accuracy"] == 0.75
    assert found["confusion"] == [[2, 0], [1, 1]]
    assert found["balanced_accuracy"] == pytest.approx((1 + 0.5) / 2)
    assert found["classes"]["a"] == {
        "images": 2,
        "precision": pytest.approx(2 / 3),
        "recall": 1.0,
        "f1": pytest.approx(0.8),
    }
    assert found["classes"]["b"] == {"images": 2, "precision": 1.0, "recall": 0.5, "f1": pytest.approx(2 / 3)}
    assert found["macro_f1"] == pytest.approx((0.8 + 2 / 3) / 2)
    assert found["nll"] == pytest.approx(-np.log([0.8, 0.4, 0.7, 0.9]).mean())


def test_an_absent_class_does_not_count() -> None:
    """CK+ has no neutral faces; the mean over classes is over those there are."""
    p = np.hstack([P, np.zeros((4, 1))])

    assert metrics.report(p, LABELS, ("a", "b", "c"))["balanced_accuracy"] == pytest.approx(0.75)


def test_calibration_error_by_hand() -> None:
    """One bin of confidence 0.8 that is right half the time is off by 0.3."""
    p = np.array([[0.8, 0.2]] * 4)

    assert metrics.ece(p, np.array([0, 0, 1, 1])) == pytest.approx(0.3)
    assert metrics.ece(np.array([[1.0, 0.0]]), np.array([0])) == 0.0


def test_the_interval_is_wilsons() -> None:
    """Example of Newcombe 1998 (table I): 81 of 263 gives 0.2553 to 0.3662."""
    assert metrics.wilson(81, 263) == pytest.approx((0.2553, 0.3662), abs=1e-4)


def test_mcnemar_counts_only_where_models_differ() -> None:
    """Eight against one is unlikely by chance: twice the binomial tail of 10 in 512."""
    labels = np.zeros(20, np.int64)
    right, wrong = [1.0, 0.0], [0.0, 1.0]
    p = np.array([right] * 8 + [wrong] + [right] * 11)
    q = np.array([wrong] * 8 + [right] + [right] * 11)

    assert metrics.mcnemar(p, q, labels) == (8, 1, pytest.approx(2 * 10 / 512))
    assert metrics.mcnemar(p, p, labels) == (0, 0, 1.0)


def test_the_temperature_that_was_applied_is_found() -> None:
    """Labels drawn from softmax(z) and logits 2 z give a temperature of 2."""
    rng = np.random.default_rng(0)
    logits = rng.normal(size=(20000, 7)) * 1.5
    p = metrics.softmax(logits)
    labels = (p.cumsum(axis=1) > rng.random((20000, 1))).argmax(axis=1)

    assert metrics.fit_temperature(2 * logits, labels) == pytest.approx(2, abs=0.06)


def test_the_surest_are_wrong_the_least() -> None:
    """Errors over coverage by hand: the only error is the third surest."""
    coverage, risk = metrics.risk_coverage(np.array([[0.9, 0.1], [0.3, 0.7], [0.6, 0.4]]), np.array([0, 1, 1]))

    assert coverage.tolist() == pytest.approx([1 / 3, 2 / 3, 1])
    assert risk.tolist() == pytest.approx([0, 0, 1 / 3])
