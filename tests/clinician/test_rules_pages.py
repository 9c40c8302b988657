"""The rules on the desk: read, compared, changed, signed, ordered; each through the front door."""

from __future__ import annotations

import io

import pytest
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from intake.eligibility import load
from intake.rulebook import life, store
from tests.accounts.desk import Desk, token_of
from tests.clinician.desk_pages import press
from tests.rulebook.made import FIRST, body
from tests.support.client import Visitor


def stored(session: Session, number: int = 2) -> bytes:
    """The bytes of a version as the database holds them now."""
    session.rollback()
    session.expire_all()
    return store.body_of(session, number)


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
    """Byte for byte, under the next free number; it never takes the place of another one."""
    assert upload(clinic, body(2)).headers["Location"] == "/staff/rules/2"
    assert stored(session) == body(2) == clinic.get("/staff/rules/2/file").get_data()
    changed = body(2, **{"Nothing is sent yet.": "Nothing has been sent yet."})
    assert upload(clinic, changed).status_code == 422
    assert stored(session) == body(2)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "Choose a definition file first."),
        (b"version = 2", "locales"),
        (b"\xff\xfe", "UTF-8"),
        (b"x = [" * 9000, "TOML"),
        (body(1), "give it the number 2"),
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
