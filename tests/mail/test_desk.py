"""The page of letters that could not be sent: who sees what, and what each act does."""

from __future__ import annotations

import datetime as dt

import pytest
from flask import Flask

from tests.accounts.desk import Desk
from tests.mail.post import SENDER, TO, Post
from tests.review.made import Maker
from tests.support.client import Visitor
from tests.support.page import Form


def press(browser: Visitor, act: str) -> Form:
    """The first form of the page that does ``act``."""
    assert browser.page is not None
    return next(each for each in browser.page.forms() if each.action.endswith(f"/{act}"))


def test_without_a_server_the_page_says_so(desk: Desk) -> None:
    """No server and no letter: plain words, and nothing to press."""
    page = desk.signed_in("intake").open("/staff/mail")
    assert "No mail server is set. Letters wait here; nothing is lost." in page.words
    assert "Every letter was sent, or still waits." in page.words
    assert not page.forms()


@pytest.mark.both_databases
def test_a_dead_letter_in_words(mailing: Flask, desk: Desk, post: Post) -> None:
    """What it was for, why, how often; the recipient masked; opened, it is an event."""
    sent = Maker(desk.session, desk.keys).send(desk.now)
    post.dead(desk.now - dt.timedelta(days=1))
    letter = post.letter()
    letter.about = sent.reference
    post.session.merge(letter)
    post.session.commit()
    browser = desk.signed_in("intake")
    page = browser.open("/staff/mail")
    for words in (
        "Nobody took an alert",
        "q…@example.net",
        "The recipient’s address was refused (code 550)",
        "after 1 try",
        SENDER,
    ):
        assert words in page.words, words
    assert browser.response is not None
    assert "1 letter could not be sent" in browser.response.text
    assert TO not in browser.response.text and "quentin" not in browser.response.text
    record = f'href="/staff/submissions/{sent.reference}"'
    assert record in browser.response.text
    assert len(desk.events("mail.listed")) == 1
    admin = desk.signed_in("admin")
    admin.open("/staff/mail")
    assert admin.response is not None and sent.reference in admin.response.text
    assert record not in admin.response.text


@pytest.mark.both_databases
def test_the_two_acts(mailing: Flask, desk: Desk, post: Post) -> None:
    """Try again puts it back, Drop ends it; each is an event with who did it."""
    post.dead(desk.now - dt.timedelta(hours=2))
    browser = desk.signed_in("intake")
    browser.open("/staff/mail")
    assert browser.submit(press(browser, "again")).status_code == 303
    browser.follow()
    assert browser.response is not None
    assert "letter could not be sent" not in browser.response.text
    assert post.letter().state == "waiting"
    (event,) = desk.events("mail.tried_again")
    assert event.actor_kind == "staff" and event.subject == "KQ7-4FXM"
    desk.session.rollback()
    letter = post.claim(desk.now + dt.timedelta(minutes=1))
    assert letter is not None
    post.session.rollback()
    post.dead(desk.now)
    browser.open("/staff/mail")
    assert browser.submit(press(browser, "drop")).status_code == 303
    assert [each.state for each in post.letters()] == ["waiting", "dropped"]
    assert len(desk.events("mail.dropped")) == 1


def test_two_people_at_one_letter(mailing: Flask, desk: Desk, post: Post) -> None:
    """The second finds it dealt with: 409, the page as it stands now, and nothing changed."""
    post.dead(desk.now)
    first, second = desk.signed_in("intake"), desk.signed_in("clinician")
    first.open("/staff/mail")
    second.open("/staff/mail")
    late = press(second, "again")
    first.submit(press(first, "drop"))
    assert second.submit(late).status_code == 409
    assert second.page is not None and "dealt with that letter already" in second.page.words
    assert post.letter().state == "dropped"
    assert second.post("/staff/mail/" + "0" * 32 + "/drop", late.fill()).status_code == 404


def test_pages_of_dead_letters(mailing: Flask, desk: Desk, post: Post) -> None:
    """Newest first, 25 a page, there and back; a place that nobody wrote is the first page."""
    for number in range(60):
        post.dead(
            desk.now - dt.timedelta(hours=number + 1), to=f"{'xyz'[number // 25]}@example.org"
        )
    browser = desk.signed_in("admin")
    seen = []
    browser.open("/staff/mail")
    while True:
        assert browser.response is not None
        counted = [browser.response.text.count(f"<span>{each}…@example.org") for each in "xyz"]
        seen.append(counted)
        links = [each for each in browser.response.text.split('"') if "/staff/mail?after=" in each]
        if not links:
            break
        browser.open(links[0])
    assert seen == [[25, 0, 0], [0, 25, 0], [0, 0, 10]]
    back = [each for each in browser.response.text.split('"') if "/staff/mail?before=" in each]
    browser.open(back[0])
    assert browser.response.text.count("<span>y…@example.org") == 25
    browser.open("/staff/mail?after=7.zz&before=99999999999999999." + "0" * 32)
    assert "60 letters could not be sent" in browser.response.text


def test_letters_that_wait_too_long_are_said_on_every_page(
    mailing: Flask, desk: Desk, post: Post
) -> None:
    """With a server set, an hour is too long; the banner stands on each page of the desk."""
    browser = desk.signed_in("intake")
    put_at = desk.now
    post.put(put_at)
    late = "Letters have been waiting for more than an hour"
    for minutes in (0, 12, 24, 36, 48, 62):
        desk.clock.moment = put_at + dt.timedelta(minutes=minutes)
        browser.open("/staff/")
        assert browser.response is not None
        assert (late in browser.response.text) == (minutes > 60)
