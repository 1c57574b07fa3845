"""Metrics against a slow, obvious implementation."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from training_api.metrics import confusion_matrix, counts_of, scores

TRUTH = np.array([[0, 0, 1], [1, 2, 255]], np.uint8)
PREDICTION = np.array([[0, 1, 1], [1, 0, 2]], np.uint8)


def test_a_case_counted_by_hand() -> None:
    confusion = confusion_matrix(TRUTH, PREDICTION, 4)
    assert confusion.tolist() == [[1, 1, 0, 0], [0, 2, 0, 0], [1, 0, 0, 0], [0, 0, 0, 0]]
    found = scores(counts_of(confusion))
    assert found["iou"] == [pytest.approx(1 / 3), pytest.approx(2 / 3), 0.0, None]
    assert found["miou"] == pytest.approx(1 / 3)
    assert found["pixel_accuracy"] == pytest.approx(3 / 5)
    assert found["class_accuracy"] == pytest.approx((1 / 2 + 1 + 0) / 3)
    assert found["frequency_weighted_iou"] == pytest.approx((2 / 3 + 4 / 3 + 0) / 5)
    assert found["precision"] == [pytest.approx(1 / 2), pytest.approx(2 / 3), None, None]
    assert found["recall"] == [pytest.approx(1 / 2), 1.0, 0.0, None]
    assert found["dice"] == [pytest.approx(1 / 2), pytest.approx(4 / 5), 0.0, None]
    assert found["support"] == [2, 2, 1, 0]


def test_nothing_labelled_leaves_everything_undefined() -> None:
    ignored = np.full((2, 2), 255, np.uint8)
    found = scores(counts_of(confusion_matrix(ignored, np.zeros_like(ignored), 2)))
    assert found["miou"] is None and found["pixel_accuracy"] is None
    assert found["frequency_weighted_iou"] is None and found["class_accuracy"] is None
    assert found["iou"] == [None, None] and found["support"] == [0, 0]


values = arrays(np.uint8, 40, elements=st.sampled_from([0, 1, 2, 3, 255]))
guesses = arrays(np.uint8, 40, elements=st.integers(0, 3))


@given(values, guesses)
def test_counts_and_iou_agree_with_sets_of_pixels(truth, prediction) -> None:  # type: ignore[no-untyped-def]
    counts = counts_of(confusion_matrix(truth, prediction, 4))
    found = scores(counts)
    known = truth != 255
    for number in range(4):
        is_class, said = known & (truth == number), known & (prediction == number)
        both, either = (is_class & said).sum(), (is_class | said).sum()
        assert counts.tp[number] == both
        assert counts.fp[number] == (said & ~is_class).sum()
        assert counts.fn[number] == (is_class & ~said).sum()
        assert counts.tn[number] == (known & ~is_class & ~said).sum()
        assert found["iou"][number] == (pytest.approx(both / either) if either else None)
    defined = [iou for iou in found["iou"] if iou is not None]
    assert found["miou"] == (pytest.approx(np.mean(defined)) if defined else None)
