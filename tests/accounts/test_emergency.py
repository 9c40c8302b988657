"""Emergency access: what it opens and for how long, who is told, who looks at it afterwards."""

from __future__ import annotations

import json

import pytest
from sqlalchemy import select
from werkzeug.test import TestResponse

from intake import audit
from intake.accounts import store
from intake.accounts.marks import StaffAccess
from intake.accounts.models import EmergencyAccess
from intake.mail import store as mail
from intake.mail.models import Letter
from tests.accounts.desk import PASSWORD, Desk, Member, sign_out
from tests.review.made import Maker
from tests.support.client import Visitor
from tests.support.page import Form, Page

WHY = "A caller said that she cannot go on, and nobody else is here."
HERE = "/staff/emergency"
# What emergency access never opens.
NEVER = ("/staff/export", "/staff/rules/upload", "/staff/articles", "/staff/team")


@pytest.fixture
def record(desk: Desk) -> str:
    """The address of a record."""
    return f"/staff/submissions/{Maker(desk.session, desk.keys).send(desk.now).reference}"


def form_at(page: Page, ending: str) -> Form:
    """The form of ``page`` whose address ends so."""
    return next(form for form in page.forms() if form.action.endswith(ending))


def take(browser: Visitor, why: str = WHY) -> int:
    """Take emergency access as the page offers it."""
    return browser.submit(form_at(browser.open(HERE), HERE), reason=why).status_code


def press(browser: Visitor, form: Form, **fields: str) -> TestResponse:
    """Send a form that was rendered earlier."""
    return browser.post(form.action, form.fill(**fields))


def taken(desk: Desk) -> list[EmergencyAccess]:
    """All that was ever taken, the oldest first."""
    desk.session.rollback()
    desk.session.expire_all()
    wanted = select(EmergencyAccess).order_by(EmergencyAccess.began_at)
    return list(desk.session.scalars(wanted))


def letters(desk: Desk) -> list[mail.Words]:
    """What waits in the outbox."""
    desk.session.rollback()
    rows = desk.session.scalars(select(Letter).where(Letter.kind == "emergency"))
    return [mail.words_of(desk.keys, row.id, row.letter_sealed) for row in rows]


@pytest.mark.both_databases
def test_an_administrator_reaches_a_person_for_half_an_hour(desk: Desk, record: str) -> None:
    """Before it nothing opens; with it the record, its contact and its notes; after it nothing."""
    browser = desk.signed_in("admin")
    assert browser.get(record).status_code == 403
    assert take(browser) == 303
    assert "You have it until" in browser.follow().words
    assert "/staff/" in browser.page.links()
    assert browser.get("/staff/").status_code == 200
    assert "/staff/export" not in browser.page.links()
    page = browser.open(record)
    assert browser.submit(form_at(page, "/contact")).status_code == 200
    note = form_at(browser.open(record), "/note")
    assert "clinical" in note.options["kind"]
    assert browser.submit(note, kind="clinical", body="Called, is safe now.").status_code == 303
    assert "Called, is safe now." in browser.follow().words
    moved = next(f for f in browser.page.forms() if f.values.get("to") == ["contacted"])
    assert browser.submit(moved).status_code == 303
    for _ in range(2):
        desk.clock.forward(minutes=14)
        assert browser.get(record).status_code == 200
    desk.clock.forward(minutes=2)
    assert browser.get(record).status_code == 403
    assert "/staff/" not in browser.open("/staff/account").links()


def test_intake_reads_clinical_notes_only_while_it_lasts(desk: Desk, record: str) -> None:
    """For somebody of the queue it adds what clinicians read and write."""
    doctor, nurse = desk.signed_in("clinician"), desk.signed_in("intake")
    note = form_at(doctor.open(record), "/note")
    assert doctor.submit(note, kind="clinical", body="Takes lithium.").status_code == 303
    assert "Takes lithium." not in nurse.open(record).words
    assert take(nurse) == 303
    assert "Takes lithium." in nurse.open(record).words
    assert nurse.submit(form_at(nurse.open(HERE), "/end")).status_code == 303
    assert "Takes lithium." not in nurse.open(record).words


def test_nothing_else_opens(desk: Desk, record: str) -> None:
    """Export, rules, articles and team stay closed, and each try is on record."""
    nurse = desk.signed_in("intake")
    assert take(nurse) == 303
    for address in NEVER:
        assert nurse.get(address).status_code == 403, address
    assert len(desk.events("access.refused")) == len(NEVER)


def test_only_pages_of_records_are_marked_for_it(desk: Desk) -> None:
    """No view outside the desk's own pages about people opens by emergency access."""
    marked = {
        endpoint
        for endpoint, view in desk.app.view_functions.items()
        if isinstance(access := getattr(view, "access", None), StaffAccess) and access.emergency
    }
    assert {"review.queue", "review.submission", "review.contact", "review.note"} <= marked
    assert all(endpoint.startswith("review.") for endpoint in marked)
    assert "review.export" not in marked


@pytest.mark.parametrize("why", ["", "   ", "too short", "x" * 501, "turned \u202eround " * 3])
def test_it_needs_a_reason_in_words(desk: Desk, why: str) -> None:
    """Without a reason of at least twenty characters nothing begins."""
    browser = desk.signed_in("admin")
    assert take(browser, why) == 422
    assert taken(desk) == letters(desk) == []


@pytest.mark.both_databases
def test_everybody_is_told_by_mail(desk: Desk) -> None:
    """Each enabled person gets a letter with who and when, and nothing of the reason."""
    gone = desk.member("intake", name="Gil Gone")
    store.disable(desk.session, desk.keys, gone.id, audit.OPERATOR, desk.now)
    others = [desk.member("intake", name="Ana Alba"), desk.member("clinician", name="Ben Soffer")]
    me = desk.member("admin", name="Kim Lee")
    assert take(desk.sign_in(me)) == 303
    sent = letters(desk)
    assert sorted(each.to for each in sent) == sorted(each.email for each in [*others, me])
    for each in sent:
        assert each.subject == "Emergency access at the desk"
        assert "Kim Lee took emergency access" in each.body and "Eastern" in each.body
        assert "http://localhost:8000/staff/emergency" in each.body
        assert "caller" not in each.body and WHY not in each.body


def test_a_banner_stands_until_another_reviewed_it(desk: Desk) -> None:
    """Everybody sees who has it and until when; afterwards, until somebody looked at it."""
    nurse, doctor = desk.signed_in("intake"), desk.signed_in("clinician")
    kim = desk.sign_in(desk.member("admin", name="Kim Lee"))
    assert take(kim) == 303
    for browser in (nurse, doctor, kim):
        browser.open("/staff/account")
        assert "Kim Lee has emergency access until 10:33 am Eastern" in browser.page.text
    desk.clock.forward(minutes=13)
    nurse.open("/staff/account")
    doctor.open("/staff/account")
    assert not [f for f in doctor.page.forms() if f.action.endswith("/review")]
    assert kim.submit(form_at(kim.open(HERE), "/end")).status_code == 303
    nurse.open("/staff/account")
    assert "Kim Lee had emergency access" in nurse.page.text
    page = kim.follow()
    assert "Another clinician or administrator reviews it." in page.words
    assert WHY in page.words
    (row,) = taken(desk)
    token = page.form().values["csrf_token"]
    assert kim.post(f"{HERE}/{row.id}/review", {"csrf_token": token}).status_code == 422
    assert "has to review it" in kim.page.words


@pytest.mark.both_databases
def test_another_reviews_it_once(desk: Desk) -> None:
    """A clinician reads the reason and says that they looked; the banner goes, the event stands."""
    doctor = desk.member("clinician", name="Ben Soffer")
    nurse = desk.signed_in("intake")
    assert take(nurse) == 303
    desk.clock.forward(minutes=31)
    browser = desk.sign_in(doctor)
    page = browser.open(HERE)
    assert WHY in page.words and "event" in page.words
    form = form_at(page, "/review")
    assert browser.submit(form).status_code == 303
    assert "Reviewed" in browser.follow().words
    assert "had emergency access" not in browser.page.text
    assert press(browser, form).status_code == 303
    (event,) = desk.events("emergency.reviewed")
    (row,) = taken(desk)
    assert (event.actor_id, event.subject) == (doctor.id, row.staff_id)
    assert row.reviewed_by == doctor.id
    unknown = browser.post(f"{HERE}/{'0' * 32}/review", form.values)
    assert unknown.status_code == 404


def test_who_only_takes_calls_sees_no_reason(desk: Desk) -> None:
    """The reason can speak of a patient: it is for clinicians and administrators."""
    kim = desk.signed_in("admin")
    assert take(kim) == 303
    page = desk.signed_in("intake").open(HERE)
    assert WHY not in page.words and "Clinicians and administrators see the reason." in page.words
    assert not [link for link in page.links() if link.startswith("/staff/audit?")]


def test_who_is_alone_reviews_their_own(desk: Desk) -> None:
    """A physician who works alone may review it, and the page says why."""
    me = desk.member("admin", "clinician", "intake")
    nurse = desk.member("intake", name="Nell Orr")
    browser = desk.sign_in(me)
    assert take(browser) == 303
    assert browser.submit(form_at(browser.open(HERE), "/end")).status_code == 303
    page = browser.follow()
    assert "There is no other clinician or administrator" in page.words
    assert browser.submit(form_at(page, "/review")).status_code == 303
    (row,) = taken(desk)
    desk.session.refresh(row)
    assert row.reviewed_by == me.id != nurse.id


@pytest.mark.both_databases
@pytest.mark.parametrize("how", ["sign out", "disable"])
def test_it_ends_with_its_session(desk: Desk, record: str, how: str) -> None:
    """Sign-out and disabling end it at once, and it is not there after the next sign-in."""
    desk.member("admin", name="Ada Stone")
    me = desk.member("admin", name="Kim Lee")
    browser = desk.sign_in(me)
    assert take(browser) == 303
    browser.follow()
    if how == "sign out":
        sign_out(browser)
    else:
        store.disable(desk.session, desk.keys, me.id, audit.OPERATOR, desk.now)
        desk.session.commit()
        assert browser.get(record).status_code == 401
    (row,) = taken(desk)
    assert row.ends_at == desk.now
    if how == "sign out":
        assert desk.sign_in(me, browser).get(record).status_code == 403


def test_it_lasts_in_one_browser_only(desk: Desk, record: str) -> None:
    """Another session of the same person has nothing of it."""
    me = desk.member("admin")
    first, second = desk.sign_in(me), desk.sign_in(me)
    assert take(first) == 303
    assert first.get(record).status_code == 200
    assert second.get(record).status_code == 403


def test_it_needs_password_and_code_again_and_keeps_the_reason(desk: Desk) -> None:
    """Ten minutes after sign-in both are asked for; what was written is there afterwards."""
    me = desk.member("admin")
    browser = desk.sign_in(me)
    form = form_at(browser.open(HERE), HERE)
    desk.clock.forward(minutes=11)
    asked = press(browser, form, reason=WHY)
    assert asked.headers["Location"] == "/staff/confirm?next=%2Fstaff%2Femergency"
    assert taken(desk) == []
    confirm(desk, me, browser)
    form = form_at(browser.page, HERE)
    assert form.values["reason"][0].strip() == WHY
    assert browser.submit(form).status_code == 303
    assert len(taken(desk)) == 1


def confirm(desk: Desk, member: Member, browser: Visitor) -> None:
    """Give password and code again."""
    browser.follow()
    assert browser.submit(password=PASSWORD, code=member.code(desk.now)).status_code == 303
    browser.follow()


@pytest.mark.both_databases
def test_events_equal_acts(desk: Desk) -> None:
    """Taking, ending and reviewing are one event each, however often a button is pressed."""
    other, me = desk.member("clinician"), desk.member("admin")
    browser = desk.sign_in(me)
    form = form_at(browser.open(HERE), HERE)
    assert press(browser, form, reason=WHY).status_code == 303
    assert press(browser, form, reason=WHY).status_code == 303
    ending = form_at(browser.open(HERE), "/end")
    assert press(browser, ending).status_code == press(browser, ending).status_code == 303
    review = form_at(desk.sign_in(other).open(HERE), "/review")
    assert review.action.endswith("/review")
    (begun,), (ended,) = desk.events("emergency.begun"), desk.events("emergency.ended")
    assert begun.actor_id == ended.actor_id == begun.subject == me.id
    assert set(json.loads(begun.detail)) == {"until"}
    assert len(letters(desk)) == 2
    assert WHY not in "".join(event.detail for event in desk.events())
