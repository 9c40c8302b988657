"""Booking a call, its confirmation, and the urgent request."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

from flask import (
    Blueprint,
    Response,
    current_app,
    make_response,
    redirect,
    render_template,
    request,
)
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from intake import counters, db, limits, visit
from intake.alerts import store as alerts
from intake.callback import calling, crisis, offers, phrases, readings
from intake.callback.cases import Case, case_of
from intake.callback.forms import BookingForm
from intake.errors import TooMany
from intake.hours import due, words
from intake.hours.slots import Window, windows
from intake.hours.store import schedule_of
from intake.submissions import store
from intake.submissions.store import Closed, Promise
from intake.visit.model import receipt_for
from intake.web import keys, now, practice, settings

blueprint = Blueprint("callback", __name__)

START = "/eligibility"
RESULT = "/eligibility/result"
CRISIS_PAGE = "/eligibility/help"
HELP_NOW = "/help-now"
CONFIRMED = "/callback/confirmed"
GONE = "That time cannot be booked now. Select another one."


@blueprint.route("/callback", methods=["GET", "POST"])
@visit.page
def book() -> AnyResponse:
    """Choose a time, and say how to be reached."""
    # To show the page waits for no writer. What a form does is decided on the locked row, below.
    case = _case(db.session() if request.method == "POST" else db.reading())
    if case is None:
        return redirect(START, 303)
    if case.closed_reason == "under_age":
        return redirect(RESULT, 303)
    if case.promise is not None or not case.bookable:
        return redirect(CONFIRMED, 303)
    form = BookingForm(case.zones)
    if request.method != "POST":
        return _booking_page(case, form)
    if form.calls_us:
        _note_booked("call")
        return redirect(CONFIRMED, 303)
    sound = form.validate()
    if _says_under_age(form):
        store.close_under_age(db.session(), keys(), case.id, now())
        db.session().commit()
        return redirect(RESULT, 303)
    promise = _promise(case, form)
    if not sound or promise is None:
        return _booking_page(case, form, 422)
    try:
        _count_booking()
        _book(case, form, promise)
    except TooMany as limit:
        db.session().rollback()
        return _booking_page(case, form, 429, limit)
    except Closed:
        # It was closed since it was read; the next page says what stands now.
        db.session().rollback()
    return redirect(CONFIRMED, 303)


@blueprint.get("/callback/confirmed")
@visit.page
def confirmed() -> AnyResponse:
    """Say what was promised; works until the call."""
    case, receipt = _case(db.reading()), visit.current().receipt
    if case is None or receipt is None:
        return redirect(START, 303)
    if case.closed_reason == "under_age":
        return redirect(RESULT, 303)
    shown = crisis.shown_hours()
    return make_response(
        render_template(
            "callback/confirmed.html",
            case=case,
            whole=receipt.shows_result(now()),
            when=_promise_words(case),
            call_now=phrases.call_now(shown, now()),
            week=words.hours_words(shown) if shown else "",
            someone=phrases.someone_will_call(shown, now()),
        )
    )


@blueprint.route("/callback/urgent", methods=["GET", "POST"])
@visit.page(rescue=lambda: redirect(HELP_NOW, 303))
def urgent() -> AnyResponse:
    """Keep a call request from the crisis page at once; never limited, never turned away."""
    if request.method != "POST":
        return redirect(CRISIS_PAGE, 303)
    draft = visit.current().draft
    decided = crisis.crisis_of(draft)
    if draft is None or decided is None:
        case = _case(db.reading())
        return redirect(CONFIRMED if case and case.asked_in_crisis else HELP_NOW, 303)
    form = crisis.call_form()
    if not form.validate():
        return crisis.render_help(form, draft, 422)
    session, moment, suspicious = db.session(), now(), _past_urgent_limit()
    kept = calling.keep(
        session,
        keys(),
        draft,
        *decided,
        form.contact,
        moment,
        practice=practice(),
        possible_abuse=suspicious,
    )
    session.commit()
    visit.give(receipt_for(kept, moment, draft.entered_by))
    return redirect(CONFIRMED, 303)


def _case(session: Session) -> Case | None:
    """What the visitor's receipt names, or the call for help beside it; None without a receipt."""
    receipt = visit.current().receipt
    if receipt is None:
        return None
    return case_of(session, keys(), calling.newest(session, receipt.submission))


def _booking_page(
    case: Case, form: BookingForm, status: int = 200, limit: TooMany | None = None
) -> Response:
    """The booking page, with what was typed and what is wrong with it."""
    shown, zones = crisis.shown_hours(), [ZoneInfo(zone.name) for zone in case.zones]
    found = offers.offered(shown, zones, now()) if shown else ()
    gone = offers.read_stamp(form.window.data or "") if form.window.errors else None
    return make_response(
        render_template(
            "callback/book.html",
            case=case,
            form=form,
            offer=offers.grouped(found, zones, gone) if found else offers.NOTHING,
            zone_word=words.zone_words(zones[0]),
            call_now=phrases.call_now(shown, now()),
            problems=form.problems(),
            wait_minutes=max(1, round(limit.retry_after / 60)) if limit else None,
        ),
        status,
    )


def _says_under_age(form: BookingForm) -> bool:
    """Whether the birth date was read and says under 18."""
    born = form.birth_date.form.value
    return born is not None and readings.age_on(born, _today()) < readings.ADULT


def _promise(case: Case, form: BookingForm) -> Promise | None:
    """The call that the chosen time stands for; None with an error on the field if it is gone."""
    schedule, moment = schedule_of(practice()), now()
    if form.window.data == offers.ASAP:
        wished = due.due_asap(schedule, moment)
        owed = due.due_with_priority(schedule, wished, moment, priority=case.priority)
        return Promise("asap", owed)
    if form.window.errors:
        return None
    shown, start = crisis.shown_hours(), offers.read_stamp(form.window.data)
    zones = [zone.name for zone in case.zones]
    zone = form.zone.data if form.zone.data in zones else zones[0]
    for window in windows(shown, ZoneInfo(zone), moment) if shown else ():
        if window.start == start:
            return Promise("window", due.due_window(window), window.start, window.end)
    form.window.errors = [GONE]
    return None


def _book(case: Case, form: BookingForm, promise: Promise) -> None:
    """Keep contact, promise and alert, and let the receipt last until the call."""
    session, moment = db.session(), now()
    contact = form.contact()
    age = readings.age_on(form.birth_date.form.value, _today())
    callback = store.attach_contact(
        session,
        keys(),
        case.id,
        contact,
        promise,
        moment,
        age_differs=not readings.fits_band(age, case.age_band),
        actor=case.actor,
    )
    if case.priority:
        # The window is kept as promised; the desk still sees the same-day priority in time.
        callback.submission.due_at = due.due_with_priority(
            schedule_of(practice()), callback.due_at, moment, priority=True
        )
    alerts.open_for(session, keys(), callback.submission, moment, practice())
    session.commit()
    _note_booked(promise.kind)
    receipt = visit.current().receipt
    if receipt is not None:
        visit.give(receipt.but(until=max(receipt.until, callback.ends_at or callback.due_at)))


def _note_booked(kind: str) -> None:
    """Add to the anonymous figures of bookings; what staff enter for a caller is not counted."""
    if visit.current().entered_by is None:
        counters.note(current_app, "booked", kind)


def _count_booking() -> None:
    """Count one booking from this address; raises ``TooMany`` past the limit."""
    if settings().limits:
        limits.check(db.session(), limits.CALLBACK, _address(), now())


def _past_urgent_limit() -> bool:
    """Count one urgent request from this address; whether they are more than a person makes."""
    if not settings().limits:
        return False
    return limits.hit(db.session(), limits.URGENT, _address(), now()) > limits.URGENT.most


def _address() -> str:
    """A key for the visitor's network address that cannot be read back."""
    return limits.who_is(keys(), request.remote_addr)


def _today() -> dt.date:
    """The day where the practice is."""
    return now().astimezone(practice().zone).date()


def _promise_words(case: Case) -> str:
    """When the call will come, in the person's own zone; empty without a promise."""
    promise = case.promise
    if promise is None:
        return ""
    if promise.starts_at is not None and promise.ends_at is not None:
        return words.window_words(Window(promise.starts_at, promise.ends_at), case.zone)
    if not practice().shows_hours:
        return ""
    return words.moment_words(promise.due_at, case.zone, now())
