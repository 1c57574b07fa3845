"""Numbers and times in words."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from gui import wording
from gui.sparkline import sparkline
from gui.states import REASONS, STATES
from training_api.spec.errors import ReasonCode
from training_api.spec.states import ENDED, JobState


@pytest.mark.parametrize(
    ("word", "value", "text"),
    [
        (wording.count, 1234567, "1 234 567"),
        (wording.count, None, "–"),
        (wording.decimal, 0.87349, "0.873"),
        (wording.epoch, 3, "3"),
        (wording.epoch, 3.0, "3"),
        (wording.epoch, 20, "20"),
        (wording.epoch, 2.333333, "2.33"),
        (wording.share, 0.96561, "96.6 %"),
        (wording.share, 0.0067, "0.67 %"),
        (wording.share, 0.00001, "< 0.01 %"),
        (wording.share, 0.0, "0 %"),
        (wording.share, 1.0, "100 %"),
        (wording.share, 0.99998, "100.0 %"),
        (wording.number, 0.00005, "0.00005"),
        (wording.number, 1e-9, "1e-09"),
        (wording.number, 30, "30"),
        (wording.number, 0.002, "0.002"),
        (wording.number, 0.0, "0"),
        (wording.number, 10.0, "10"),
        (wording.significant, 0.0009545455, "0.000955"),
        (wording.significant, 6.90727e-08, "6.91e-8"),
        (wording.significant, 0.000033061, "0.0000331"),
        (wording.significant, 0.1, "0.1"),
        (wording.significant, None, "–"),
        (wording.duration, 0.213, "0.2 s"),
        (wording.duration, 9.97, "10 s"),
        (wording.duration, 59.6, "1 min"),
        (wording.duration, 92.4, "1 min 32 s"),
        (wording.duration, 3671, "1 h 1 min"),
        (wording.duration, 200000, "2 d 7 h"),
        (wording.duration, None, "–"),
        (wording.size, 999, "999 B"),
        (wording.size, 57412331, "57.4 MB"),
        (wording.size, 2.5e15, "2.5e+03 TB"),
        (wording.moment, "2026-01-31T12:00:05.123Z", "31 Jan 2026, 12:00 UTC"),
        (wording.rgb, (230, 159, 0), "#e69f00"),
    ],
)
def test_a_value_in_words(word: Callable[[Any], str], value: Any, text: str) -> None:
    assert word(value).replace(wording.THIN, " ") == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (-5, "just now"),
        (59, "just now"),
        (300, "5 min ago"),
        (7300, "2 h ago"),
        (864000, "10 d ago"),
    ],
)
def test_how_long_ago(seconds: int, text: str) -> None:
    now = datetime.fromtimestamp(1_800_000_000 + seconds, UTC)
    iso = datetime.fromtimestamp(1_800_000_000, UTC).isoformat()
    assert wording.ago(iso, now).replace(wording.THIN, " ") == text


def test_plurals() -> None:
    assert (wording.plural(1, "image"), wording.plural(51, "image")) == ("1 image", "51 images")


def test_a_sentence_shows_commands_as_code_and_nothing_else_as_html() -> None:
    assert wording.sentence("Run `make <x>`, then `y`.") == (
        "Run <code>make &lt;x&gt;</code>, then <code>y</code>."
    )
    assert wording.sentence("a ` b <b>") == "a ` b &lt;b&gt;"


def test_a_sparkline_leaves_out_what_is_undefined() -> None:
    assert sparkline([]) == sparkline([0.5]) == sparkline([None, 0.5]) == ""
    assert sparkline([0.0, None, 1.0]) == "2.0,22.0 94.0,2.0"
    assert sparkline([-1.0, 2.0]) == "2.0,22.0 94.0,2.0"


def test_every_state_and_reason_has_words() -> None:
    assert set(STATES) == {state.value for state in JobState}
    assert {name for name, look in STATES.items() if look.ended} == {state.value for state in ENDED}
    assert set(REASONS) == {reason.value for reason in ReasonCode}
