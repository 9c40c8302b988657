"""The desk's words: every code has one, and calls and lengths of time read as people say them."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import pytest

from intake.callback.forms import LANGUAGES
from intake.eligibility import Effect, Outcome
from intake.hours.slots import Window
from intake.practice import CONFIRMABLE
from intake.review import timeline, words
from intake.review.timeline import Entry
from intake.submissions import desk, status
from intake.submissions.contact import VOICEMAIL

EASTERN = ZoneInfo("America/New_York")
CENTRAL = ZoneInfo("America/Chicago")
NOW = dt.datetime(2026, 11, 23, 15, 0, tzinfo=dt.UTC)
HOUR = dt.timedelta(hours=1)


def test_every_code_has_its_word() -> None:
    """Nothing that the product can store is shown to staff as a bare code."""
    assert set(words.OUTCOME_TONES) == {each.value for each in Outcome}
    effects = {each.value for each in Effect}
    assert set(words.EFFECT_WORDS) == effects <= set(words.EFFECT_TONES)
    assert set(words.NOTE_WORDS) == set(desk.NOTE_TYPES)
    assert set(words.VOICEMAIL_WORDS) == set(VOICEMAIL)
    assert set(words.LANGUAGE_WORDS) == set(LANGUAGES)
    assert set(words.FACT_WORDS) == CONFIRMABLE
    assert set(status.REASON_WORDS) == set(status.CLOSED_REASONS)
    assert set(status.STATUS_WORDS) == set(status.CONSEQUENCES) == set(status.STATUSES)
    for came_from, moves in status.MOVES.items():
        for to in moves:
            assert status.move_words(came_from, to) and status.consequence(to, owned=False)


@pytest.mark.parametrize(
    ("kind", "start", "due", "zone", "expected"),
    [
        ("urgent", None, 0.25, None, ("Now", "today, 10:15 am", None, False)),
        ("asap", None, -1, EASTERN, ("As soon as possible", "today, 9 am", None, True)),
        ("asap", None, 4, CENTRAL, ("As soon as possible", "today, 2 pm", "1 pm Central", False)),
        ("window", 23, 25, EASTERN, ("Tomorrow, 9 am to 11 am", None, None, False)),
        ("window", 4, 6, CENTRAL, ("Today, 2 pm to 4 pm", None, "1 pm to 3 pm Central", False)),
        ("window", 4, 2, None, ("Today, 2 pm to 4 pm", "today, noon", None, False)),
        ("window", -49, -47, None, ("Sat, Nov 21, 9 am to 11 am", None, None, True)),
    ],
)
def test_calls_in_words(
    kind: str,
    start: float | None,
    due: float,
    zone: ZoneInfo | None,
    expected: tuple[str, str | None, str | None, bool],
) -> None:
    """A call says when by our clock, when it is due, when by theirs, and whether it is late."""
    window = Window(NOW + start * HOUR, NOW + (start + 2) * HOUR) if start is not None else None
    call = words.call_words(kind, window, NOW + due * HOUR, NOW, EASTERN, zone)
    main, when, theirs, overdue = expected
    assert (call.main, call.due, call.overdue) == (main, when, overdue)
    assert call.theirs == (f"{theirs}, theirs" if theirs else None)


@pytest.mark.parametrize(
    ("minutes", "expected"),
    [(-5, "0 min"), (0, "0 min"), (59, "59 min"), (60, "1 h"), (479, "7 h 59 min"), (500, "8 h")],
)
def test_lengths_of_time(minutes: int, expected: str) -> None:
    """Minutes count while they matter; a day later only hours do."""
    assert words.duration_words(dt.timedelta(minutes=minutes)) == expected


def test_days_near_and_far() -> None:
    """Yesterday, today and tomorrow by name, other years with their number."""
    today = dt.date(2026, 11, 23)
    told = [words.day_words(today + dt.timedelta(days=days), today) for days in (-1, 0, 1, 4, 60)]
    assert told == ["yesterday", "today", "tomorrow", "Fri, Nov 27", "Fri, Jan 22, 2027"]


def test_counts_past_the_bound_say_so() -> None:
    """A count that stopped counting is not shown as if it were exact."""
    assert [words.count_words(count, 9) for count in (0, 9, 10)] == ["0", "9", "more than 9"]


def test_clocks_of_two_zones() -> None:
    """The person's time stands first, ours beside it where it differs."""
    assert words.clock_now_words(NOW, EASTERN, CENTRAL) == "9 am Central; here 10 am"
    assert words.clock_now_words(NOW, EASTERN, EASTERN) == "10 am Eastern, as here"


def test_days_of_the_timeline_are_the_practices() -> None:
    """What happened after midnight in London still belongs to the evening before."""
    late = Entry(dt.datetime(2026, 11, 24, 4, 59, tzinfo=dt.UTC), "Ana", "late")
    next_day = Entry(dt.datetime(2026, 11, 24, 5, 0, tzinfo=dt.UTC), "Ana", "next")
    days = timeline.by_day([next_day, late], EASTERN)
    assert [(day.date.day, [e.words for e in day.entries]) for day in days] == [
        (24, ["next"]),
        (23, ["late"]),
    ]


def test_every_event_of_the_timeline_has_words() -> None:
    """Each event that is shown makes a sentence, whatever its detail."""
    details = {
        "submission.moved": {"from": "new", "to": "closed", "reason": "declined"},
        "submission.assigned": {"owner": "gone"},
        "submission.closed_by_rule": {"reason": "no_contact"},
        "submission.merged": {"into": "KQ7-4FXM"},
        "submission.identity_checked": {"matched": True},
        "callback.booked": {"kind": "window"},
        "callback.moved": {"from": "x", "to": "y"},
    }
    for name in timeline.SHOWN:
        assert timeline.event_words(name, details.get(name, {}), {}).endswith(".")
    assert timeline.event_words("submission.assigned", {"owner": None}, {}) == (
        "Took its owner away."
    )
    told = {
        "reached": "Reached the person.",
        "rebooked": "A later call was agreed.",
        "asap": "The call is owed again.",
        "booked": "The call is owed again.",
    }
    for to, sentence in told.items():
        assert timeline.event_words("callback.moved", {"from": "x", "to": to}, {}) == sentence
    assert timeline.who("staff", "gone", {}) == "A former staff member"
    assert timeline.who("clock", None, {}) == "The system"
