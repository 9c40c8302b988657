"""The rules on the desk: read, compared, changed, signed, ordered; each through the front door."""

from __future__ import annotations

import io

import pytest
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from intake.cli.prepare import House
from intake.eligibility import load
from intake.rulebook import life, store
from tests.accounts.desk import Desk, token_of
from tests.clinician.results import CHECK, REPLAY
from tests.conftest import Clock
from tests.rulebook.made import FIRST, body, ran
from tests.support.client import Visitor
from tests.support.page import Form, Page


def stored(session: Session, number: int = 2) -> bytes:
    """The bytes of a version as the database holds them now."""
    session.rollback()
    session.expire_all()
    return store.body_of(session, number)


def form_to(page: Page, ending: str) -> Form:
    """The form that goes to an address with this ``ending``."""
    return next(each for each in page.forms() if each.action.endswith(ending))


def press(browser: Visitor, address: str, ending: str, **changes: str) -> Page:
    """Open a page, send one of its forms, and go where that leads."""
    form = form_to(browser.open(address), ending)
    browser.submit(form, **changes)
    return browser.follow()


@pytest.fixture
def candidate(clinic: Visitor) -> Visitor:
    """A clinician's browser that shows a new candidate of version 1."""
    press(clinic, "/staff/rules/1", "/copy")
    return clinic


def test_the_first_version_is_told_as_proposed(clinic: Visitor) -> None:
    """The desk says that nobody has signed, and where to go about it."""
    page = clinic.open("/staff/rules")
    assert "Proposed rules: no clinician has signed version 1" in page.words
    assert "/staff/rules/1/steps" in page.links()


@pytest.mark.parametrize("role", ["intake", "clinician", "admin"])
def test_every_role_reads_every_rule(desk: Desk, role: str) -> None:
    """Question, each answer, effect, reason, what would change it, source with its link."""
    page = desk.signed_in(role).open("/staff/rules/1")
    rules = load(FIRST)
    for question in rules.questions:
        assert question.title in page.words
        for choice in question.choices:
            assert choice.label in page.words and choice.meaning in page.words
    for rule in (*rules.rules, rules.safety_changed, rules.answer_changed):
        for text in (rule.reason, rule.change, rule.staff, rule.source):
            assert text is None or " ".join(text.split()) in page.words
        assert rule.source_url is None or rule.source_url in page.links()
    changes = [form.action for form in page.forms()]
    assert changes == (["/staff/rules/1/copy"] if role == "clinician" else [])


def test_a_candidate_is_a_copy_that_can_be_changed(candidate: Visitor, session: Session) -> None:
    """The bytes are those of version 1 but for the number."""
    assert candidate.page is not None and candidate.page.address == "/staff/rules/2"
    assert stored(session) == body(2)
    page = candidate.open("/staff/rules/2/changes?against=1")
    assert "No difference: both versions say and do the same." in page.words


def test_an_effect_is_changed_on_the_page(candidate: Visitor, session: Session) -> None:
    """Milder by one step: it is saved, marked as milder, and nothing else changed."""
    page = press(
        candidate, "/staff/rules/2/rules/heart_vessel", "/rules/heart_vessel", effect="talk_first"
    )
    assert page.address == "/staff/rules/2"
    page = candidate.open("/staff/rules/2/changes?against=1")
    assert "1 difference." in page.words and "Milder" in page.words
    assert load(stored(session)).rule("heart_vessel").effect == "talk_first"


def test_texts_and_sources_are_changed_on_the_pages(candidate: Visitor, session: Session) -> None:
    """Reason, new source, a question's title, a label, an urgent text, the consent."""
    rule = "/staff/rules/2/rules/body_bladder"
    new = {"source": "new", "source_key": "own_choice", "source_text": "This practice, 2026."}
    press(candidate, rule, "/body_bladder", reason="Ketamine can harm the bladder.", **new)
    question = {"title": "Where is your home?", "label-other": "In some other state"}
    press(candidate, "/staff/rules/2/questions/state", "/state", **question)
    words = {"heading-crisis": "Call or text 988 now", "consent-version": "2026-12"}
    press(candidate, "/staff/rules/2/words", "/words", **words)
    found = load(stored(session))
    assert found.rule("body_bladder").reason == "Ketamine can harm the bladder."
    assert found.rule("body_bladder").source == "This practice, 2026."
    assert found.question("state").title == "Where is your home?"
    assert found.question("state").label("other") == "In some other state"
    assert found.urgent[0].heading == "Call or text 988 now"
    assert found.consent.version == "2026-12"


def test_a_rule_is_taken_away_and_given_again(candidate: Visitor, session: Session) -> None:
    """An answer without a rule can get one on the page."""
    press(candidate, "/staff/rules/2/rules/medicines_lamotrigine", "/drop")
    assert "medicines_lamotrigine" not in load(stored(session)).tables.rules
    page = press(
        candidate,
        "/staff/rules/2/questions/medicines/lamotrigine",
        "/lamotrigine",
        reason="Lamotrigine may change how ketamine works.",
        staff="Lamotrigine: ask the dose.",
    )
    assert page.address == "/staff/rules/2"
    rule = load(stored(session)).rule("medicines_lamotrigine")
    assert rule.effect == "talk_first" and rule.staff == "Lamotrigine: ask the dose."


@pytest.mark.parametrize(
    ("address", "changes", "said"),
    [
        ("rules/reason_neither", {"reason": "You are approved for this."}, "promise and judge"),
        ("rules/safety_thoughts", {"urgent": ""}, "urgent words of kind 988"),
        ("questions/state", {"title": "a " * 60 + "end"}, "at most"),
        ("questions/state", {"error": "Wrong answer"}, "what to do"),
    ],
)
def test_an_unsound_change_is_refused_and_nothing_typed_is_lost(
    candidate: Visitor, session: Session, address: str, changes: dict[str, str], said: str
) -> None:
    """Every fault is named on the page, and the candidate stays as it was."""
    before = stored(session)
    candidate.open(f"/staff/rules/2/{address}")
    answer = candidate.submit(**changes)
    assert answer.status_code == 422 and candidate.page is not None
    assert "This was not saved" in candidate.page.words and said in candidate.page.words
    typed = candidate.page.form().values
    assert all(" ".join(typed[name][0].split()) == text.strip() for name, text in changes.items())
    assert stored(session) == before


def test_two_who_change_one_candidate(candidate: Visitor, desk: Desk) -> None:
    """The second is told, keeps what they typed, and can save again."""
    other = desk.sign_in(desk.member("clinician", name="Max Stern"))
    other.open("/staff/rules/2/rules/body_liver_mild")
    press(candidate, "/staff/rules/2/rules/body_thyroid_treated", "_treated", staff="Ask for TSH.")
    answer = other.submit(staff="Ask for liver values.")
    assert answer.status_code == 409 and other.page is not None
    assert "Somebody changed this candidate before you" in other.page.words
    assert other.page.form().values["staff"][0].strip() == "Ask for liver values."
    assert other.submit().status_code == 303


def test_what_is_live_or_signed_cannot_be_changed(clinic: Visitor) -> None:
    """Version 1 is live: its pages offer no form, and a posted one is refused."""
    for address in ("rules/heart_vessel", "questions/state", "words"):
        assert clinic.get(f"/staff/rules/1/{address}").status_code == 422
    clinic.open("/staff/rules/1")
    answer = clinic.post("/staff/rules/1/discard", {"csrf_token": token_of(clinic), "seen": "x"})
    assert answer.status_code == 422


def upload(browser: Visitor, content: bytes) -> TestResponse:
    """Send a file by the form of the upload page."""
    browser.open("/staff/rules/upload")
    data = {"csrf_token": token_of(browser), "file": (io.BytesIO(content), "rules.toml")}
    return browser.post("/staff/rules/upload", data, content_type="multipart/form-data")


def test_a_file_becomes_a_candidate(clinic: Visitor, session: Session) -> None:
    """Byte for byte; a file of the same number takes its place."""
    assert upload(clinic, body(2)).headers["Location"] == "/staff/rules/2"
    changed = body(2, **{"Nothing is sent yet.": "Nothing has been sent yet."})
    assert upload(clinic, changed).headers["Location"] == "/staff/rules/2"
    assert stored(session) == changed
    assert clinic.get("/staff/rules/2/file").get_data() == changed


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "Choose a definition file first."),
        (b"version = 2", "locales"),
        (b"\xff\xfe", "UTF-8"),
        (b"x = [" * 9000, "TOML"),
        (body(1), "give the file the number 2"),
        (b"#" * 262_145, "at most 262144 bytes"),
    ],
)
def test_an_unsound_file_is_refused(clinic: Visitor, content: bytes, said: str) -> None:
    """With what is wrong and how to mend it; nothing is stored."""
    assert upload(clinic, content).status_code == 422
    assert clinic.page is not None and said in clinic.page.words
    clinic.get("/staff/rules/2")
    assert clinic.response is not None and clinic.response.status_code == 404


def test_a_far_too_large_file_is_cut_off(clinic: Visitor) -> None:
    """Before it is read."""
    assert upload(clinic, b"#" * 400_000).status_code == 413


def test_a_file_form_is_taken_nowhere_else(clinic: Visitor) -> None:
    """The other forms of the desk stay plain."""
    clinic.open("/staff/rules/1")
    data = {"csrf_token": token_of(clinic), "file": (io.BytesIO(b"x"), "x")}
    answer = clinic.post("/staff/rules/1/copy", data, content_type="multipart/form-data")
    assert answer.status_code == 415


def done(house: House, session: Session, number: int) -> None:
    """A check and a replay that found nothing wrong, as the page reads them."""
    row = store.row_of(session, number)
    ran(session, house.keys, row, "check", result=CHECK)
    ran(session, house.keys, row, "replay", result=REPLAY)
    session.commit()


def test_signing_waits_for_check_and_replay(candidate: Visitor) -> None:
    """The page to sign says what is left to do, and a posted form is refused."""
    assert "cannot be signed now" in candidate.open("/staff/rules/2/sign").words
    form = {"csrf_token": token_of(candidate), "agree": "1", "start": "now", "seen": "x"}
    assert candidate.post("/staff/rules/2/sign", form).status_code in (409, 422)


def test_sign_and_go_live(candidate: Visitor, house: House, session: Session, clock: Clock) -> None:
    """The signature carries name, time and differences; the version is live seconds later."""
    press(candidate, "/staff/rules/2/rules/heart_vessel", "/heart_vessel", effect="talk_first")
    done(house, session, 2)
    page = candidate.open("/staff/rules/2/sign")
    assert "Milder" in page.words and "Ana Ruiz" in page.words
    answer = candidate.submit()
    assert answer.status_code == 422 and "Tick the box" in candidate.page.words  # type: ignore[union-attr]
    candidate.submit(agree="1")
    assert candidate.follow().address == "/staff/rules"
    clock.forward(seconds=9)
    candidate.app.extensions["rulebook"] = store.read_shelf(session)
    page = candidate.open("/staff/rules")
    assert "Version 2 is live since" in page.words and "signed by Ana Ruiz" in page.words
    assert "Proposed rules" not in page.words
    page = candidate.open("/staff/rules/2/changes?against=1")
    assert "What was signed" in page.words
    assert "the effect changes from not now to talk first" in page.words


def test_signing_version_one_makes_it_the_practices_own(
    clinic: Visitor, house: House, session: Session
) -> None:
    """It stays live since when it was; pages and readyz stop calling it proposed."""
    done(house, session, 1)
    clinic.open("/staff/rules/1/sign")
    clinic.submit(agree="1")
    assert clinic.follow().address == "/staff/rules"
    clinic.app.extensions["rulebook"] = store.read_shelf(session)
    assert "Proposed" not in clinic.open("/staff/rules").words
    assert "Signed rules." in clinic.open("/how-we-decide").words
    warnings = clinic.get("/readyz").get_json()["warnings"]
    assert "rules" not in warnings


def test_a_later_start_is_shown_and_cancelled(
    candidate: Visitor, house: House, session: Session
) -> None:
    """Days and times are the practice's own."""
    done(house, session, 2)
    candidate.open("/staff/rules/2/sign")
    answer = candidate.submit(agree="1", start="later")
    assert answer.status_code == 422 and "Enter the day and the time" in candidate.page.words  # type: ignore[union-attr]
    candidate.submit(agree="1", start="later", day="2026-12-01", time="09:30")
    page = candidate.follow()
    assert "Live from Dec 1, 9:30 am" in page.words
    candidate.submit(form_to(page, "/cancel"))
    assert "Live from" not in candidate.follow().words
    page = press(candidate, "/staff/rules/2/start", "/start", start="now")
    assert page.address == "/staff/rules" and "Live from Nov 23" in page.words


def test_an_unsigned_version_cannot_be_ordered(candidate: Visitor) -> None:
    """The page says so; a posted form is refused."""
    assert "is not signed" in candidate.open("/staff/rules/2/start").words
    form = {"csrf_token": token_of(candidate), "start": "now"}
    assert candidate.post("/staff/rules/2/start", form).status_code == 422


def test_signing_asks_for_a_fresh_sign_in(candidate: Visitor, clock: Clock) -> None:
    """After ten minutes password and code are asked for again, and lead back."""
    clock.forward(minutes=11)
    answer = candidate.get("/staff/rules/2/sign")
    assert answer.headers["Location"] == "/staff/confirm?next=%2Fstaff%2Frules%2F2%2Fsign"


def test_a_discarded_candidate_is_gone(candidate: Visitor) -> None:
    """Its page is not there any more."""
    page = press(candidate, "/staff/rules/2", "/discard")
    assert page.address == "/staff/rules" and "Version 2" not in page.words
    assert candidate.get("/staff/rules/2").status_code == 404


def test_run_and_look_again(candidate: Visitor, session: Session) -> None:
    """Asked for on the page it waits; asked twice it is one; the stages follow."""
    page = press(candidate, "/staff/rules/2/steps", "/run/check")
    assert "It begins within a few seconds." in page.words
    assert not [form for form in page.forms() if form.action.endswith("/run/check")]
    assert len(life.runs.waiting(session, candidate.app.extensions["now"]())) == 1
