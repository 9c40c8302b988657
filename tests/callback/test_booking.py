"""Booking a call: what is offered, kept and promised."""

from __future__ import annotations

import dataclasses
import datetime as dt
from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from intake import limits
from intake.cli.prepare import House
from intake.submissions.models import Callback, Submission
from intake.submissions.record import read_contact
from tests.callback.people import (
    FIRST_WINDOW,
    MARY,
    TUESDAY_NINE,
    answer_until,
    book,
    only_submission,
    send_check,
    to_callback,
)
from tests.conftest import Clock
from tests.support.client import Visitor
from tests.support.page import Page


def errors_of(page: Page) -> dict[str, str]:
    """The error summary: id of the field -> what to do."""
    links = page.root.xpath("//*[contains(@class, 'summary')]//a")
    return {link.get("href")[1:]: link.text_content() for link in links}


def utc(text: str) -> dt.datetime:
    """An instant written ``2026-11-24T14:00:00Z``."""
    return dt.datetime.fromisoformat(text)


@pytest.mark.both_databases
def test_a_window_is_booked_and_promised_back(
    client: Visitor, house: House, session: Session
) -> None:
    """The promise names day, hours and zone; the desk gets contact, due time and callback."""
    to_callback(client)
    page = book(client)
    assert page.address == "/callback/confirmed"
    assert "Tuesday, November 24, 9 am to 11 am Eastern time" in page.words
    stored = only_submission(session)
    assert stored.reference in page.words
    callback = session.scalars(select(Callback)).one()
    assert (callback.kind, callback.status) == ("window", "booked")
    assert callback.starts_at == utc(TUESDAY_NINE)
    assert callback.due_at == callback.ends_at == utc("2026-11-24T16:00:00Z")
    assert stored.due_at == callback.due_at
    assert (stored.status, stored.urgency, stored.age_differs) == ("new", 2, False)
    contact = read_contact(house.keys, stored)
    assert contact is not None
    assert contact.pack() == {
        "name": "Mary O'Brien",
        "phone": "+13055550142",
        "zone": "America/New_York",
        "voicemail": "number",
        "email": "mary@example.com",
        "birth_date": "1988-03-07",
        "language": "en",
        "relay": False,
        "sms_consent": None,
    }


def test_a_person_in_central_time_reads_their_own_hours(client: Visitor) -> None:
    """The same window is named an hour earlier for the west Panhandle."""
    page = to_callback(client)
    assert "9–11 am (8–10 Central)" in page.words
    page = book(client, zone="America/Chicago")
    assert "Tuesday, November 24, 8 am to 10 am Central time" in page.words


def test_the_zone_is_asked_only_where_the_state_has_two(client: Visitor) -> None:
    """Florida is never guessed; New Jersey sends its one zone along, unseen."""
    page = to_callback(client)
    zones = page.root.xpath("//input[@name='zone']")
    assert [(zone.get("type"), zone.get("checked")) for zone in zones] == [("radio", None)] * 2
    client.clear_cookies()
    page = to_callback(client, state="nj")
    zones = page.root.xpath("//input[@name='zone']")
    assert [(zone.get("type"), zone.get("value")) for zone in zones] == [
        ("hidden", "America/New_York")
    ]
    assert "Central" not in page.words


def test_the_form_is_the_one_that_clients_rely_on(client: Visitor) -> None:
    """One POST form with the agreed fields, time first, ``call`` last, nothing preselected."""
    page = to_callback(client)
    (form,) = page.forms()
    fields = {*form.values, *form.options}
    assert fields == {*MARY, "sms_consent", "relay", "csrf_token"}
    offered = form.options["window"]
    assert offered[0] == "asap"
    assert offered[-1] == "call"
    assert offered[1] == FIRST_WINDOW
    assert not {"window", "zone", "voicemail", "sms_consent", "relay"} & set(form.values)
    names = [each.get("name") for each in page.main.xpath(".//input | .//select")]
    assert names.index("window") < names.index("zone") < names.index("name")
    tokens = page.main.xpath(".//@autocomplete")
    assert {"name", "tel", "email", "bday-day", "bday-month", "bday-year"} <= set(tokens)
    assert not page.main.xpath(".//@required")


def test_as_soon_as_you_can_is_due_within_four_business_hours(
    client: Visitor, session: Session
) -> None:
    """The page names the latest time, the desk gets the same one."""
    to_callback(client)
    page = book(client, window="asap")
    assert "today at 2 pm Eastern time" in page.words
    callback = session.scalars(select(Callback)).one()
    assert (callback.kind, callback.status) == ("asap", "asap")
    assert callback.due_at == utc("2026-11-23T19:00:00Z")


def test_rather_calling_books_nothing_and_asks_for_nothing(
    client: Visitor, session: Session
) -> None:
    """The page gives number and hours; no contact is asked for or kept."""
    to_callback(client)
    client.submit(window="call")
    page = client.follow()
    assert page.address == "/callback/confirmed"
    assert "561-468-6981" in page.words
    assert "Mon–Thu 9 am–5 pm, Fri 9 am–3 pm Eastern" in page.words
    stored = only_submission(session)
    assert (stored.contact_sealed, stored.contact_at, stored.due_at) == (None, None, None)
    assert session.scalar(select(func.count()).select_from(Callback)) == 0
    assert client.open("/callback").address == "/callback"


def test_an_empty_form_says_what_is_missing_in_the_order_of_the_page(client: Visitor) -> None:
    """422, the summary above the heading, each error once more beside its field."""
    to_callback(client)
    client.submit()
    page = client.page
    assert client.response is not None
    assert page is not None
    assert client.response.status_code == 422
    assert page.title.startswith("Error: ")
    assert list(errors_of(page)) == [
        "window-asap",
        "zone-0",
        "name",
        "birth_date-month",
        "phone",
        "voicemail-0",
    ]
    for text in errors_of(page).values():
        assert f"Error: {text}" in page.words
    first = page.main.xpath(".//*[self::h1 or contains(@class, 'summary')]")[0]
    assert first.get("autofocus") is not None


BAD = [
    ("window", "2026-11-24T14:30:00Z", "window-asap"),
    ("window", "tomorrow", "window-asap"),
    ("window", "2019-11-25T14:00:00Z", "window-asap"),
    ("zone", "Europe/Berlin", "zone-0"),
    ("zone", "../../etc/passwd", "zone-0"),
    ("name", " ", "name"),
    ("name", "a\x00b", "name"),
    ("name", "Mary\u202eyraM", "name"),
    ("name", "x" * 101, "name"),
    ("name", "12345", "name"),
    ("phone", "911", "phone"),
    ("phone", "+44 20 7946 0958", "phone"),
    ("email", "mary@", "email"),
    ("email", "mary@example.com\r\nBcc: all@example.com", "email"),
    ("birth_date-day", "31", "birth_date-month"),
    ("birth_date-year", "88", "birth_date-year"),
    ("birth_date-year", "1788", "birth_date-year"),
    ("birth_date-day", "٧", "birth_date-day"),
    ("birth_date-month", "x" * 30, "birth_date-month"),
    ("voicemail", "shout", "voicemail-0"),
    ("language", "xx", "language"),
]


@pytest.mark.parametrize(("field", "value", "place"), BAD)
def test_a_wrong_entry_is_an_error_on_its_field_and_all_else_is_kept(
    client: Visitor, session: Session, field: str, value: str, place: str
) -> None:
    """422 at one field; every other entry stands as typed; nothing is stored."""
    form = to_callback(client).form()
    typed = {**form.values, **MARY, "birth_date-month": "February", field: value}
    if place == "birth_date-month" and field == "birth_date-day":
        place = "birth_date-day"
    response = client.post("/callback", typed)
    assert response.status_code == 422
    page = client.page
    assert page is not None
    assert list(errors_of(page)) == [place]
    again = page.form()
    for name in MARY:
        if name != field:
            assert again.values[name] == [typed[name]], name
    assert only_submission(session).contact_sealed is None


@pytest.mark.parametrize(
    "name", ["O'Brien", "李", "J", "Nguyễn Thị", "x" * 100, "नरेंद्र", "<svg onload=1>"]
)
def test_names_of_any_script_are_taken(
    client: Visitor, house: House, session: Session, name: str
) -> None:
    """From one letter to a hundred characters, kept as typed."""
    to_callback(client)
    assert book(client, name=name).address == "/callback/confirmed"
    contact = read_contact(house.keys, only_submission(session))
    assert contact is not None
    assert contact.name == name


def test_a_field_sent_twice_is_refused(client: Visitor) -> None:
    """No page of ours sends a field twice, so neither value is taken."""
    form = to_callback(client).form()
    doubled = {**form.values, **MARY, "phone": ["305-555-0142", "305-555-0143"]}
    assert client.post("/callback", doubled).status_code == 422
    assert client.page is not None
    assert errors_of(client.page) == {"phone": "Answer this once."}


def test_fields_that_are_not_ours_change_nothing(client: Visitor, session: Session) -> None:
    """A status, an outcome or an id in the form is ignored."""
    form = to_callback(client).form()
    extra = {"status": "closed", "outcome": "crisis", "id": "1", "urgency": "0", "role": "admin"}
    assert client.post("/callback", {**form.values, **MARY, **extra}).status_code == 303
    stored = only_submission(session)
    assert (stored.status, stored.outcome, stored.urgency) == ("new", "may_fit", 2)


def test_a_window_that_is_gone_offers_the_nearest_and_keeps_the_rest(
    client: Visitor, clock: Clock, session: Session
) -> None:
    """Two hours later the first window is too near: 422, the closest times stand first."""
    form = to_callback(client).form()
    clock.forward(hours=2)
    response = client.post("/callback", {**form.values, **MARY, "window": FIRST_WINDOW})
    assert response.status_code == 422
    page = client.page
    assert page is not None
    assert list(errors_of(page)) == ["window-asap"]
    offered = page.form().options["window"]
    assert offered[1:4] == ["2026-11-23T20:00:00Z", TUESDAY_NINE, "2026-11-24T16:00:00Z"]
    assert "The nearest times" in page.words
    assert page.form().values["name"] == ["Mary O'Brien"]
    assert only_submission(session).contact_sealed is None


def test_a_window_before_eight_in_the_chosen_zone_is_not_booked(
    app: Flask, client: Visitor
) -> None:
    """Eight in New York is seven in the west Panhandle, where we do not call yet."""
    practice = app.extensions["practice"]
    early = {day: ((dt.time(8), dt.time(12)),) for day in range(7)}
    app.extensions["practice"] = dataclasses.replace(practice, hours=early, closed={})
    form = to_callback(client).form()
    eight = {**form.values, **MARY, "window": "2026-11-24T13:00:00Z"}
    assert client.post("/callback", {**eight, "zone": "America/Chicago"}).status_code == 422
    assert client.post("/callback", eight).status_code == 303


@pytest.mark.parametrize(("year", "differs"), [("1988", False), ("1998", True), ("1950", True)])
def test_a_birth_date_outside_the_chosen_age_is_marked(
    client: Visitor, session: Session, year: str, differs: bool
) -> None:
    """The call is booked all the same; a clinician looks before it."""
    to_callback(client)
    assert book(client, **{"birth_date-year": year}).address == "/callback/confirmed"
    assert only_submission(session).age_differs is differs


def test_under_eighteen_no_contact_is_kept(client: Visitor, session: Session) -> None:
    """The under-age page is shown, the submission is closed, name and number are nowhere."""
    to_callback(client)
    page = book(client, **{"birth_date-year": "2010", "phone": "not a number"})
    assert page.outcome == "under_age"
    stored = only_submission(session)
    assert (stored.status, stored.closed_reason) == ("closed", "under_age")
    assert (stored.contact_sealed, stored.contact_at) == (None, None)
    assert session.scalar(select(func.count()).select_from(Callback)) == 0
    assert client.open("/callback").outcome == "under_age"
    assert client.open("/callback/confirmed").outcome == "under_age"


def test_consent_to_messages_is_kept_with_its_version(
    client: Visitor, house: House, session: Session
) -> None:
    """Ticked: the version of the text; a relay service and a language are kept too."""
    to_callback(client)
    book(client, sms_consent="1", relay="1", language="es", email="")
    contact = read_contact(house.keys, only_submission(session))
    assert contact is not None
    assert (contact.sms_consent, contact.relay, contact.language) == ("sms-1", True, "es")
    assert contact.email is None


def test_a_second_booking_shows_the_first(client: Visitor, session: Session) -> None:
    """A reload, the Back button, a replayed form: one promise is in force."""
    form = to_callback(client).form()
    first = {**form.values, **MARY}
    assert client.post("/callback", first).status_code == 303
    second = {**first, "window": "asap", "name": "Somebody Else"}
    assert client.post("/callback", second).headers["Location"] == "/callback/confirmed"
    assert client.open("/callback").address == "/callback/confirmed"
    assert session.scalar(select(func.count()).select_from(Callback)) == 1


@pytest.mark.both_databases
def test_bookings_at_the_same_moment_are_one(app: Flask, client: Visitor, session: Session) -> None:
    """Ten presses at once: one callback, ten times the same page."""
    form = to_callback(client).form()
    fields, cookie = {**form.values, **MARY}, client.cookie()
    assert cookie is not None

    def press(_: int) -> tuple[int, str]:
        other = Visitor(app)
        other.set_cookie(cookie)
        response = other.post("/callback", fields)
        return response.status_code, response.headers["Location"]

    with ThreadPoolExecutor(10) as pool:
        assert set(pool.map(press, range(10))) == {(303, "/callback/confirmed")}
    session.rollback()
    assert session.scalar(select(func.count()).select_from(Callback)) == 1


@pytest.mark.parametrize("address", ["/callback", "/callback/confirmed"])
def test_without_a_receipt_there_is_nothing_to_book(client: Visitor, address: str) -> None:
    """Nobody, and a draft that was not sent, are led to the start; nothing personal is shown."""
    assert client.get(address).headers["Location"] == "/eligibility"
    client.open("/eligibility/state")
    assert client.get(address).headers["Location"] == "/eligibility"


def test_a_post_without_a_receipt_is_led_to_the_start(client: Visitor, session: Session) -> None:
    """No cookie, or a draft with its own token: 303, and nothing is stored."""
    assert client.post("/callback", MARY).headers["Location"] == "/eligibility"
    token = client.open("/eligibility/state").form().values["csrf_token"]
    posted = client.post("/callback", {**MARY, "csrf_token": token})
    assert posted.headers["Location"] == "/eligibility"
    assert session.scalar(select(func.count()).select_from(Submission)) == 0


def test_a_wrong_token_is_refused(client: Visitor, session: Session) -> None:
    """A sound receipt with a token that is not its own: 400, and nothing is stored."""
    to_callback(client)
    assert client.post("/callback", {**MARY, "csrf_token": "made up"}).status_code == 400
    assert only_submission(session).contact_sealed is None


def test_unconfirmed_hours_show_no_hours_and_no_windows(
    app: Flask, client: Visitor, session: Session
) -> None:
    """The step offers "as soon as you can" and the number, and names no time anywhere."""
    practice = dataclasses.replace(app.extensions["practice"], trial=False)
    app.extensions["practice"] = app.jinja_env.globals["practice"] = practice
    page = to_callback(client)
    assert page.form().options["window"] == ["asap", "call"]
    assert "Eastern" not in page.words.replace("Eastern Central", "")
    client.post("/callback", {**page.form().values, **MARY})
    assert client.response is not None
    assert client.response.status_code == 422
    page = book(client, window="asap")
    assert "We cannot say the hour yet" in page.words
    assert "Eastern" not in page.words
    assert only_submission(session).due_at is not None


def test_a_priority_puts_988_first_and_is_due_the_same_day(
    client: Visitor, clock: Clock, session: Session
) -> None:
    """988 stands above everything, the page says that we are closed, the desk sees it in time."""
    clock.forward(hours=10)
    page = to_callback(client, safety="thoughts")
    first = page.main.xpath(".//h1 | .//h2")[0].text_content()
    assert "988" in first
    assert "We are closed now. We open tomorrow at 9 am Eastern time." in page.words
    assert page.form().options["window"][1] == TUESDAY_NINE
    page = book(client, window="2026-11-25T14:00:00Z")
    assert "988" in page.main.xpath(".//h1 | .//h2")[0].text_content()
    stored = only_submission(session)
    assert (stored.urgency, stored.priority) == (1, True)
    assert stored.due_at == utc("2026-11-24T16:00:00Z")
    assert stored.callbacks[0].due_at == utc("2026-11-25T16:00:00Z")


def test_the_confirmation_works_until_the_call(client: Visitor, clock: Clock) -> None:
    """After a day only window and zone are left; after the call the receipt is gone."""
    to_callback(client)
    page = book(client, window="2026-11-25T14:00:00Z")
    reference = page.root.xpath("//dd/strong")[0].text
    clock.forward(hours=26)
    page = client.open("/callback/confirmed")
    assert "Wednesday, November 25, 9 am to 11 am Eastern time" in page.words
    assert reference not in page.words
    clock.forward(hours=24)
    assert client.get("/callback/confirmed").headers["Location"] == "/eligibility"


def test_a_late_call_is_admitted(client: Visitor, clock: Clock) -> None:
    """When the latest time has passed, the page says so and gives the number."""
    to_callback(client)
    book(client, window="asap")
    clock.forward(hours=5)
    page = client.open("/callback/confirmed")
    assert "we are late, and we are sorry" in page.words


def test_what_the_confirmation_says_and_never_asks(client: Visitor) -> None:
    """What we ask, what we never ask; the number we call from only once it is confirmed."""
    to_callback(client)
    page = book(client)
    assert "We never ask for a card number or a Social Security number." in page.words
    assert "We leave only a name and number." in page.words
    assert "We call from" not in page.words
    for secret in ("Mary", "O'Brien", "0142", "1988", "mary@example.com"):
        assert secret not in page.text


def test_a_confirmed_calling_number_is_named(app: Flask, client: Visitor) -> None:
    """Once the practice confirmed it, the number we call from is on the page."""
    practice = app.extensions["practice"]
    known = dataclasses.replace(practice, unconfirmed=practice.unconfirmed - {"calling_number"})
    app.extensions["practice"] = app.jinja_env.globals["practice"] = known
    to_callback(client)
    assert "We call from" in book(client).words


@pytest.mark.parametrize("house", [{"INTAKE_LIMITS": "on"}], indirect=True)
def test_past_the_limit_the_wait_is_said_and_everything_is_kept(
    client: Visitor, clock: Clock, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    """429 in words, with what was typed; nothing is stored."""
    answer_until(client, "sitter")
    clock.forward(minutes=5)
    client.submit()
    form = client.open("/callback").form()
    monkeypatch.setattr(limits, "CALLBACK", limits.Limit("callback", 1, 3600))
    fields = {**form.values, **MARY}
    assert client.post("/callback", {**fields, "phone": "12"}).status_code == 422
    with Session(session.get_bind()) as other:
        address = limits.who_is(client.app.extensions["keys"], "127.0.0.1")
        limits.hit(other, limits.CALLBACK, address, clock())
        other.commit()
    assert client.post("/callback", fields).status_code == 429
    page = client.page
    assert page is not None
    assert "Send it again in 55 minutes" in page.words
    assert page.form().values["name"] == ["Mary O'Brien"]
    assert only_submission(session).contact_sealed is None
    clock.forward(hours=1)
    assert client.post("/callback", fields).status_code == 303


def test_head_answers_like_get(client: Visitor) -> None:
    """HEAD has the status of the page."""
    send_check(client)
    assert client.head("/callback").status_code == 200
