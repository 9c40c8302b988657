"""The text of a TOML file: edited in place in any layout that is known, refused in any other."""

from __future__ import annotations

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intake.eligibility import Effect, load
from intake.rulebook.editing import (
    CannotEdit,
    Place,
    SetEffect,
    SetPriority,
    SetSource,
    SetUrgent,
    Text,
    edit,
)
from intake.rulebook.toml_text import NotEditable, TomlText, written
from tests.eligibility import made

BODY = made.raw().decode()
ODD_LAYOUT = (
    BODY.replace("\n", "\r\n")
    .replace('effect = "not_now"\r\nurgent = "chest"', "effect='not_now'  # stop = [[rules]]\r\n"
             "\turgent   =   \"chest\" # why")
    .replace('reason = "Ketamine makes the heart work harder for a while. Right now that could be '
             'too much."', 'reason = """\\\r\n   Say [[rules]] # "no" = \'x\' \\\r\n   today.""" # '
             'three lines')
    .replace('reserved = ["stop", "help", "check", "result"]',
             'reserved = [ # [rules.en]\r\n  "stop", \'help\', # one "\r\n  "check",\r\n'
             '  "result",\r\n]')
)  # fmt: skip


def test_a_file_laid_out_otherwise_is_edited_in_place() -> None:
    """Comments, spaces, line ends, quotes, texts and lists over several lines are kept."""
    load(ODD_LAYOUT.encode())
    changes = [
        SetEffect("heart_unstable", Effect.TALK_FIRST),
        SetUrgent("heart_unstable", "crisis"),
        SetPriority("heart_unstable", True),
        Text(Place.RULE, "heart_unstable", "reason", "Short."),
    ]
    body = edit(ODD_LAYOUT.encode(), changes, version=2).decode()
    meant = ODD_LAYOUT.replace("version = 1\r\n", "version = 2\r\n")
    meant = meant.replace("effect='not_now'  # stop = [[rules]]\r\n\turgent   =   \"chest\" # why",
                          "effect=\"talk_first\"  # stop = [[rules]]\r\npriority = true\r\n"
                          "\turgent   =   \"crisis\" # why")  # fmt: skip
    start, end = meant.index('"""\\\r\n   Say'), meant.index(" # three lines")
    assert body == meant[:start] + '"Short."' + meant[end:]


@pytest.mark.parametrize("old", ['[rules.en]\nreason = "You said that you have', "all inline"])
def test_a_layout_that_is_not_known_is_refused(old: str) -> None:
    """A table in a form that is not known here is refused with a word, never half written."""
    if old == "all inline":
        body = made.written(made.document())
    else:
        body = BODY.replace(old, 'en.reason = "You said that you have').encode()
    load(body)
    with pytest.raises(CannotEdit, match="cannot be edited here"):
        edit(body, [Text(Place.RULE, "safety_now", "reason", "x")], version=2)


def test_a_slip_of_the_editor_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was written is read again: a file that holds anything else never leaves."""
    monkeypatch.setattr("intake.rulebook.toml_text.written", lambda value: f"{written(value)}\nx=1")
    with pytest.raises(CannotEdit, match="not known here"):
        edit(BODY.encode(), [SetSource("heart_history", "practice")], version=2)
    file = TomlText(b"a = 1\n")
    with pytest.raises(NotEditable):
        file.put((), "a", 2, ())
        file.bytes()


@given(st.text(max_size=40))
def test_a_written_text_reads_the_same(text: str) -> None:
    """A text as a TOML value is that text again, in one line."""
    assert tomllib.loads(f"a = {written(text)}") == {"a": text}
    assert len(written(text).split("\n")) == 1
