"""The banner, the list, taking an alert, closing one: through the front door."""

from __future__ import annotations

import dataclasses
import datetime as dt

import pytest
from flask import Flask
from sqlalchemy import update
from sqlalchemy.orm import Session

from intake.alerts import store
from intake.alerts.models import Alert
from intake.submissions.desk import by_reference
from tests.accounts.desk import Desk
from tests.alerts.conftest import Alarms
from tests.house.test_hostile_desk import pressed
from tests.support.client import Visitor
from tests.support.page import Form

LOUD = "asked to be called from the crisis page, and nobody has taken"
FLAG = "a same-day flag, and nobody has taken"
DONE = "Spoke with the person; a friend is with them. Next call tomorrow."


def notices(browser: Visitor, address: str = "/staff/account") -> str:
    """The words of the banners on a page of the desk."""
    page = browser.open(address)
    return " ".join(
        " ".join(each.text_content().split())
        for each in page.root.xpath("//section[contains(@class, 'notice')]")
    )


def form_of(browser: Visitor, alert: Alert, act: str) -> Form:
    """The form of an act on the page that the browser shows."""
    assert browser.page is not None
    wanted = f"/staff/alerts/{alert.id}/{act}"
    return next(form for form in browser.page.forms() if form.action == wanted)


def test_the_banner_stands_on_every_page_until_somebody_takes_it(
    desk: Desk, alarms: Alarms
) -> None:
    """Reference, since when and when the call is due, with a link; gone once it is acknowledged."""
    nurse, doctor = desk.signed_in("intake"), desk.signed_in("clinician")
    alert = alarms.crisis(desk.now - dt.timedelta(minutes=20))
    for browser in (nurse, doctor):
        for address in ("/staff/", "/staff/account", "/staff/alerts", "/staff/rules"):
            said = notices(browser, address)
            assert f"One person {LOUD} it yet" in said
            assert f"{alert.reference} asked today at 9:42 am Eastern time." in said
            assert "The call was due today at 9:57 am Eastern time." in said
            page = browser.page
            assert page and f"/staff/submissions/{alert.reference}" in page.links()
    nurse.open("/staff/alerts")
    nurse.submit(form_of(nurse, alert, "acknowledge"))
    assert f"You have {alert.reference} now." in nurse.follow().words
    for browser in (nurse, doctor):
        assert notices(browser) == ""


def test_the_banner_is_short_however_many_wait(desk: Desk, alarms: Alarms) -> None:
    """At most five lines: calls for help first, then flags, then how many more there are."""
    nurse = desk.signed_in("intake")
    for _ in range(3):
        alarms.same_day(desk.now)
        alarms.crisis(desk.now, demo=True)
    said = notices(nurse)
    assert f"3 people {LOUD} them yet" in said and f"3 people have {FLAG} them yet" in said
    assert said.count(" asked today at ") == 5
    assert said.count("A made-up person.") == 3
    assert said.endswith("1 more")
    for _ in range(3):
        alarms.crisis(desk.now)
    said = notices(nurse)
    assert said.index(LOUD) < said.index(FLAG)
    assert said.count(" asked today at ") == 5 and "1 more" in said and "See them" in said


def test_who_is_only_admin_sees_no_reference(desk: Desk, alarms: Alarms) -> None:
    """No person behind a number; with a second role that works the queue, the banner stands."""
    alarms.crisis(desk.now)
    assert notices(desk.signed_in("admin")) == ""
    assert LOUD in notices(desk.signed_in("admin", "intake"))


def test_the_banner_says_when_nobody_was_told(desk: Desk, alarms: Alarms, app: Flask) -> None:
    """An alert that climbed to a list without addresses does not look as if somebody knew."""
    nurse = desk.signed_in("intake")
    alert = alarms.crisis(desk.now)
    with Session(app.extensions["engine"]) as session:
        session.execute(update(Alert).values(level=1))
        session.commit()
    assert "Nobody is on the on-call list." not in notices(nurse)
    nobody = dataclasses.replace(alarms.practice, on_call=())
    app.extensions["practice"] = app.jinja_env.globals["practice"] = nobody
    assert "Nobody is on the on-call list." in notices(nurse)
    assert "Nobody is on the on-call list." in nurse.open("/staff/alerts").words
    assert alert.reference in notices(nurse)


@pytest.mark.both_databases
def test_of_two_who_take_it_at_once_one_has_it(desk: Desk, alarms: Alarms, app: Flask) -> None:
    """The other is told who was first, and nothing is taken from that person."""
    people = {
        "Ana Beltran": desk.sign_in(desk.member("intake", name="Ana Beltran")),
        "Ben Cole": desk.sign_in(desk.member("clinician", name="Ben Cole")),
    }
    for _ in range(3):
        alert = alarms.crisis(desk.now)
        posts = []
        for browser in people.values():
            browser.open("/staff/alerts")
            form = form_of(browser, alert, "acknowledge")
            cookies = {"staff": browser.cookie("staff") or ""}
            posts.append((cookies, form.action, form.fill()))
        desk.session.rollback()
        answers = pressed(app, *posts)
        assert sorted(answer.status_code for answer in answers) == [303, 409]
        statuses = [answer.status_code for answer in answers]
        first = list(people)[statuses.index(303)]
        second = answers[statuses.index(409)]
        assert f"{first} acknowledged it today" in second.text
        assert alarms.now_of(alert).acknowledged_by is not None
    assert len(desk.events("alert.acknowledged")) == 3


def test_a_second_press_changes_nothing(desk: Desk, alarms: Alarms) -> None:
    """One press, one event, and the first time stands."""
    nurse, alert = desk.signed_in("intake"), alarms.crisis(desk.now)
    nurse.open("/staff/alerts")
    form = form_of(nurse, alert, "acknowledge")
    for _ in range(2):
        assert nurse.post(form.action, form.fill()).status_code == 303
        desk.clock.forward(minutes=1)
    assert alarms.now_of(alert).acknowledged_at == desk.now - dt.timedelta(minutes=2)
    assert len(desk.events("alert.acknowledged")) == 1


def test_closing_needs_words_and_a_reason(desk: Desk, alarms: Alarms) -> None:
    """Without them it stays open and says what to do; with them it is closed, and acknowledged."""
    nurse, alert = desk.signed_in("intake"), alarms.crisis(desk.now)
    page = nurse.open(f"/staff/alerts/{alert.id}/close")
    assert "cannot be changed" in page.words and "stays open" in page.words
    assert nurse.submit().status_code == 422
    assert nurse.page and "Select how it ended." in nurse.page.words
    assert "Write what was done." in nurse.page.words
    assert nurse.submit(done=DONE).status_code == 422
    assert nurse.page and DONE in nurse.page.text
    assert nurse.submit(reason="reached_safe").status_code == 303
    assert "is closed" in nurse.follow().words
    assert notices(nurse) == ""
    stands = alarms.now_of(alert)
    assert stands.closed_reason == "reached_safe" and stands.acknowledged_by == stands.closed_by
    assert stands.climbs_at is None
    assert DONE.encode() not in (stands.done_sealed or b"")
    listed = nurse.open("/staff/alerts?show=closed").words
    assert DONE in listed and "Reached, safe now" in listed and "Robin Reyes" in listed
    (event,) = desk.events("alert.closed")
    assert event.subject == alert.reference and DONE not in event.detail


def test_words_are_kept_when_somebody_else_was_first(desk: Desk, alarms: Alarms) -> None:
    """Taken in between: told who, words and reason kept, one more press. Closed: told who."""
    nurse, alert = desk.signed_in("intake"), alarms.crisis(desk.now)
    other = desk.sign_in(desk.member("clinician", name="Ben Cole"))
    nurse.open(f"/staff/alerts/{alert.id}/close")
    other.open("/staff/alerts")
    other.submit(form_of(other, alert, "acknowledge"))
    assert nurse.submit(reason="handed_on", done=DONE).status_code == 409
    page = nurse.page
    assert page and "Ben Cole acknowledged it today" in page.words and DONE in page.text
    other.open(f"/staff/alerts/{alert.id}/close")
    assert other.submit(reason="not_real", done="Hung up twice.").status_code == 303
    nurse.page = page
    assert nurse.submit().status_code == 409
    page = nurse.page
    assert page and "Ben Cole closed it today" in page.words and DONE in page.words
    assert page.forms() == []
    assert alarms.now_of(alert).closed_reason == "not_real"


def test_closing_twice_with_the_same_words_is_one_act(desk: Desk, alarms: Alarms) -> None:
    """A double press leaves one event and no complaint."""
    nurse, alert = desk.signed_in("intake"), alarms.crisis(desk.now)
    page = nurse.open(f"/staff/alerts/{alert.id}/close")
    for _ in range(2):
        nurse.page = page
        assert nurse.submit(reason="not_reached", done=DONE).status_code == 303
    assert len(desk.events("alert.closed")) == 1


def test_alerts_are_read_page_by_page(desk: Desk, alarms: Alarms) -> None:
    """Loud ones first, then taken ones, each once; the reading names the references."""
    nurse = desk.signed_in("intake")
    made = [alarms.same_day(desk.now + dt.timedelta(seconds=number)) for number in range(28)]
    taken, help_call = made[0], alarms.crisis(desk.now)
    nurse.open(f"/staff/alerts/{taken.id}/close")
    nurse.open("/staff/alerts")
    nurse.submit(form_of(nurse, taken, "acknowledge"))
    page = nurse.open("/staff/alerts")
    first = [each.text_content() for each in page.root.xpath("//td/a[@class='reference']")]
    (onward,) = page.root.xpath("//a[@rel='next']/@href")
    rest = nurse.open(onward)
    second = [each.text_content() for each in rest.root.xpath("//td/a[@class='reference']")]
    assert [help_call.reference, *(each.reference for each in made[1:])] == [*first, *second][:-1]
    assert second[-1] == taken.reference and len(first) == 25
    assert all(each in desk.events("alerts.listed")[-1].detail for each in second)
    for alert in made[:27]:
        nurse.open(f"/staff/alerts/{alert.id}/close")
        nurse.submit(reason="handed_on", done=DONE)
    page = nurse.open("/staff/alerts?show=closed")
    closed = [each.text_content() for each in page.root.xpath("//td/a[@class='reference']")]
    (onward,) = page.root.xpath("//a[@rel='next']/@href")
    rest = nurse.open(onward)
    closed += [each.text_content() for each in rest.root.xpath("//td/a[@class='reference']")]
    assert closed == [each.reference for each in reversed(made[:27])]


@pytest.mark.parametrize("act", ["acknowledge", "close"])
def test_an_alert_that_is_not_there_is_a_calm_page(desk: Desk, act: str) -> None:
    """A number that nobody has is a page that was not found."""
    nurse = desk.signed_in("intake")
    token = nurse.open("/staff/account").forms(everywhere=True)[0].values["csrf_token"]
    fields = {"csrf_token": token, "reason": "not_real", "done": DONE}
    assert nurse.post(f"/staff/alerts/{'0' * 32}/{act}", fields).status_code == 404


@pytest.mark.both_databases
def test_who_takes_the_record_has_its_alert(desk: Desk, alarms: Alarms, app: Flask) -> None:
    """Taking the submission acknowledges; giving it back makes the alert loud again."""
    alert, keys, practice = alarms.crisis(desk.now), desk.keys, alarms.practice
    member = desk.member("intake", name="Ana Beltran")
    who = store.Actor("staff", member.id)
    with Session(app.extensions["engine"], expire_on_commit=False) as session:
        sent = by_reference(session, alert.reference)
        store.taken(session, keys, sent, who, desk.now, practice)
        store.taken(session, keys, sent, who, desk.now, practice)
        session.commit()
        (stands,) = store.open_of(session, sent.id)
        assert stands.acknowledged_by == member.id
        assert stands.climbs_at == desk.now + dt.timedelta(hours=1)
        assert store.has_open(session, sent.id)
        store.given_back(session, keys, sent, who, desk.now, practice)
        session.commit()
        assert stands.acknowledged_by is None
        assert stands.climbs_at == desk.now + dt.timedelta(minutes=5)
    assert len(desk.events("alert.acknowledged")) == len(desk.events("alert.lapsed")) == 1
