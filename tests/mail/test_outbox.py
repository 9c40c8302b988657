"""The outbox: who has a letter, when it is tried again, what is kept of it."""

from __future__ import annotations

import datetime as dt
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP as POLICY
from pathlib import Path
from typing import cast

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from sqlalchemy import select

from intake import audit
from intake.audit import Event
from intake.cli.prepare import House
from intake.errors import NotFound, OutOfDate
from intake.mail import store, transport
from intake.mail.store import Words
from intake.mail.transport import Sender
from tests.conftest import MONDAY_MORNING
from tests.mail.post import BODY, SENDER, SUBJECT, TO, Post

NOW = MONDAY_MORNING
MINUTE = dt.timedelta(minutes=1)
HEADERS = {
    "From",
    "To",
    "Subject",
    "Date",
    "Message-ID",
    "Auto-Submitted",
    "MIME-Version",
    "Content-Type",
    "Content-Transfer-Encoding",
}


@pytest.mark.both_databases
def test_a_letter_has_one_worker_for_five_minutes(post: Post) -> None:
    """A second worker finds nothing until the lease ends; then the same letter, by the same id."""
    post.put(NOW)
    first = post.claim(NOW)
    assert first is not None and first.attempt == 1
    assert post.claim(NOW + 4 * MINUTE, "two") is None
    second = post.claim(NOW + 5 * MINUTE, "two")
    assert second is not None and second.attempt == 2
    assert second.message_id == first.message_id == f"<{first.id}@example.org>"


@pytest.mark.both_databases
def test_a_late_worker_changes_nothing(post: Post) -> None:
    """Once the lease is another's, neither success nor failure of the first one counts."""
    post.put(NOW)
    late = post.claim(NOW)
    newer = post.claim(NOW + 6 * MINUTE, "two")
    assert late is not None and newer is not None
    assert not store.done(post.session, post.keys, late, NOW + 7 * MINUTE)
    gone = store.failed(
        post.session, post.keys, late, NOW + 7 * MINUTE, error="letter 550", for_good=True
    )
    post.session.commit()
    assert gone is None and post.letter().state == "waiting" and post.letter().lease == "two"
    assert store.done(post.session, post.keys, newer, NOW + 8 * MINUTE)
    post.session.commit()
    assert post.letter().state == "sent"


@pytest.mark.both_databases
def test_the_pauses_grow_and_end_after_three_days(post: Post) -> None:
    """1, 5, 15 and 60 minutes, then four hours each; given up before the third day is over."""
    post.put(NOW)
    at, pauses = NOW, []
    while (letter := post.claim(at)) is not None:
        store.failed(post.session, post.keys, letter, at, error="TimeoutError", for_good=False)
        post.session.commit()
        kept = post.letter()
        if kept.state == "dead":
            break
        assert post.claim(kept.next_at - MINUTE / 60, "early") is None
        pauses.append((kept.next_at - at) // MINUTE)
        at = kept.next_at
    assert pauses[:5] == [1, 5, 15, 60, 240] and set(pauses[5:]) == {240}
    total = at - NOW
    assert dt.timedelta(days=2, hours=20) < total <= dt.timedelta(days=3)
    (event,) = post.session.scalars(select(Event).where(Event.name == "mail.gave_up"))
    assert (event.subject, event.actor_kind) == ("KQ7-4FXM", "clock")
    assert event.detail == '{"kind":"alert"}'


@pytest.mark.both_databases
def test_a_dead_letter_is_tried_again_or_dropped_once(post: Post) -> None:
    """Each act works on a dead letter only; the second of two people is told, and is no event."""
    nurse = audit.Actor("staff", "s12345")
    letter_id = post.dead(NOW)
    before = post.letter().message_id
    store.try_again(post.session, post.keys, letter_id, nurse, NOW)
    post.session.commit()
    for act in (store.try_again, store.drop):
        with pytest.raises(OutOfDate):
            act(post.session, post.keys, letter_id, nurse, NOW)
        post.session.rollback()
        with pytest.raises(NotFound):
            act(post.session, post.keys, "0" * 32, nurse, NOW)
        post.session.rollback()
    letter = post.claim(NOW)
    assert letter is not None and (letter.attempt, letter.message_id) == (1, before)
    assert store.words_of(post.keys, letter.id, letter.sealed).to == TO
    store.failed(post.session, post.keys, letter, NOW, error="recipient 550", for_good=True)
    store.drop(post.session, post.keys, letter_id, nurse, NOW)
    post.session.commit()
    kept = post.letter()
    assert kept.state == "dropped"
    assert post.keys.open_field(type(kept).letter_sealed, kept.id, kept.letter_sealed) == {}
    names = [
        each.name
        for each in post.session.scalars(select(Event).order_by(Event.sequence))
        if each.name.startswith("mail.")
    ]
    assert names == ["mail.gave_up", "mail.tried_again", "mail.gave_up", "mail.dropped"]


def test_nothing_of_a_letter_stands_in_the_file(house: House, post: Post) -> None:
    """Recipient, subject and body are sealed: no byte of the database holds them."""
    post.put(NOW)
    post.dead(NOW - MINUTE)
    raw = b"".join(each.read_bytes() for each in Path(house.settings.instance).glob("*sqlite*"))
    for said in (TO, "quentin", SUBJECT, "Sign in to take"):
        assert said.encode() not in raw


ODD = st.text(max_size=60) | st.text(
    st.sampled_from('ab \r\n\t\0\x85\u2028\u2029\u202e:@,;<>"\\é=?'), max_size=30
)


@example(to="a@example.org\r\nBcc: b@example.org", subject="x", name="x")
@example(to="a@example.org", subject="x\r\nBcc: b@example.org", name="x")
@example(to="a@example.org", subject="x\u2028Bcc: b@example.org", name="x")
@example(to="a@example.org, b@example.org", subject="x", name="x")
@example(to="a@example.org", subject="=?utf-8?q?x=0D=0ABcc:_b=40example.org?=", name='a" <b@c.d>')
@given(to=ODD | st.just(TO), subject=ODD, name=st.text('ab "\\<>@,;:é', min_size=1, max_size=20))
def test_no_text_makes_a_header(to: str, subject: str, name: str) -> None:
    """Whatever is put in is refused, or is one recipient and one subject among our own headers."""
    try:
        words = store.sound(to, subject, "The body.")
    except ValueError as error:
        assert len(to) < 5 or to not in str(error)
        return
    message = transport.compose(Sender(name, SENDER), "<1@example.org>", words, NOW)
    read = cast(EmailMessage, message_from_bytes(message.as_bytes(), policy=POLICY))
    assert set(read.keys()) == HEADERS and len(read.keys()) == len(HEADERS)
    assert len(read["To"].addresses) == 1 and read["From"].addresses[0].addr_spec == SENDER
    assert not any(each in words.subject + words.to for each in "\r\n\0\x85\u2028\u2029")
    assert read.get_content().strip() == "The body."


def test_a_letter_says_what_was_put_in_and_nothing_more() -> None:
    """Plain text, our own headers, the body byte for byte; its repr tells nothing."""
    words = Words(TO, SUBJECT, BODY)
    message = transport.compose(Sender("Soffer Health", SENDER), "<1@example.org>", words, NOW)
    read = cast(EmailMessage, message_from_bytes(message.as_bytes(), policy=POLICY))
    assert set(read.keys()) == HEADERS
    assert read.get_content().replace("\r\n", "\n") == BODY
    assert (read["Subject"], read["To"]) == (SUBJECT, TO)
    assert str(read["From"]) == f"Soffer Health <{SENDER}>"
    assert read["Auto-Submitted"] == "auto-generated" and read["Date"].datetime == NOW
    assert TO not in repr(words) and SUBJECT not in repr(words)
