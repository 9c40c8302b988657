"""The page of one submission: what was said, what decided it, who may see what."""

from __future__ import annotations

import json

import pytest

from intake.audit import Actor
from intake.eligibility import TrailEntry
from intake.submissions import desk as acts
from intake.submissions.models import Note, Submission
from tests.accounts.desk import Desk, Member
from tests.review.made import MARY, Maker, named
from tests.support.client import Visitor
from tests.support.page import Form, Page
from tests.support.walker import answers

HOSTILE = "{{7*7}} ${7*7} <svg onload=alert(1)> </textarea><script>x</script> 'q' \"d\""


def address(submission: Submission) -> str:
    """Where the page of a submission is."""
    return f"/staff/submissions/{submission.reference}"


def form_to(page: Page, end: str) -> Form:
    """The form of the page whose address ends so."""
    return next(form for form in page.forms() if form.action.endswith(end))


def write(desk: Desk, submission: Submission, author: Member, kind: str, body: str) -> Note:
    """A note that stands already."""
    found = acts.by_reference(desk.session, submission.reference)
    note = acts.add_note(
        desk.session,
        desk.keys,
        found,
        kind,
        body,
        Actor("staff", author.id),
        desk.now,
        roles={"clinician"},
    )
    desk.session.commit()
    return note


def test_answers_stand_beside_their_meaning(desk: Desk, maker: Maker, at_desk: Visitor) -> None:
    """Each answer is shown in the person's words, with what it means to a clinician."""
    sent = maker.send(desk.now, given=answers(heart=("history", "glaucoma"), medicines="maoi"))
    page = at_desk.open(address(sent))
    for question_id, codes in answers(heart=("history", "glaucoma"), medicines="maoi").items():
        question = maker.definition.question(question_id)
        for choice in (each for each in question.choices if each.code in codes):
            cells = page.main.xpath(".//tr[th]")
            rows = [[" ".join(c.text_content().split()) for c in row] for row in cells]
            assert [question.title, choice.label, choice.meaning] in rows


def test_every_flag_is_explained_with_its_source(
    desk: Desk, maker: Maker, at_desk: Visitor
) -> None:
    """Each rule that fired is named with its answer, its line for staff and its source."""
    given = answers(
        heart="unstable", trials="1", safety="thoughts", blood_pressure="high_controlled"
    )
    page = at_desk.open(address(maker.send(desk.now, given=given)))
    decided = " ".join(
        page.root.xpath("//section[@aria-labelledby='decided']")[0].text_content().split()
    )
    assert "What decided it: Not now" in decided
    for rule in maker.definition.rules:
        fired = rule.code in given.get(rule.question, ())
        assert (rule.staff in decided) == fired
        assert not fired or rule.source in decided
    assert "Call today" in page.words


def test_a_check_that_may_fit_says_that_no_rule_fired(
    desk: Desk, maker: Maker, at_desk: Visitor
) -> None:
    """Without a flag the page says so instead of showing nothing."""
    assert "No rule fired." in at_desk.open(address(maker.send(desk.now))).words


def test_the_trail_is_a_plain_fact_beside_its_rule(
    desk: Desk, maker: Maker, at_desk: Visitor
) -> None:
    """What was answered before and after a crisis page stands beside the rule that it fired."""
    at = int(desk.now.timestamp()) - 120
    trail = (TrailEntry("safety", "crisis", ("now",), ("no",), at, ("safety_now",)),)
    page = at_desk.open(address(maker.send(desk.now, trail=trail)))
    question = maker.definition.question("safety")
    (told,) = page.main.xpath(".//ul[contains(@class, 'reasons')]/li")
    words = " ".join(told.text_content().split())
    assert f"First answered: {question.label('now')}." in words
    assert f"After the crisis page, Nov 23, 9:59 am: {question.label('no')}." in words
    assert maker.definition.safety_changed.staff in words
    assert not page.main.xpath(".//section[@aria-labelledby='changes']")


def test_an_answer_that_was_kept_is_said_beside_the_rule_that_stopped(
    desk: Desk, maker: Maker, at_desk: Visitor
) -> None:
    """A hard stop that stands says that the answer was not changed after its page."""
    at = int(desk.now.timestamp()) - 120
    trail = (TrailEntry("heart", "stop", ("unstable",), None, at, ("heart_unstable",)),)
    sent = maker.send(desk.now, given=answers(heart="unstable"), trail=trail)
    told = at_desk.open(address(sent)).main.xpath(".//ul[contains(@class, 'reasons')]/li")[0]
    words = " ".join(told.text_content().split())
    assert words.startswith("Hard stop")
    assert "After a stop page, Nov 23, 9:59 am: not changed." in words


def test_what_decided_it_stands_in_order_of_severity(
    desk: Desk, maker: Maker, at_desk: Visitor
) -> None:
    """The most severe rule comes first, wherever its question stands on the path."""
    given = answers(
        heart="unstable", trials="1", safety="thoughts", blood_pressure="high_controlled"
    )
    page = at_desk.open(address(maker.send(desk.now, given=given)))
    tags = page.main.xpath(".//ul[contains(@class, 'reasons')]/li/p[1]/span[1]/text()")
    order = ["Hard stop", "Talk first", "Note"]
    assert tags[0] == "Hard stop" and "Talk first" in tags
    assert tags == sorted(tags, key=order.index)
    same_day = page.main.xpath(".//ul[contains(@class, 'reasons')]/li[2]/p[1]/span/text()")
    assert same_day == ["Talk first", "Same day"]


def test_the_smallest_sets_of_answers_that_decided_are_named(
    desk: Desk, maker: Maker, at_desk: Visitor
) -> None:
    """Each hard stop stands alone as enough; milder answers beside it decided nothing."""
    given = answers(heart="unstable", pregnancy="pregnant", safety="thoughts")
    page = at_desk.open(address(maker.send(desk.now, given=given)))
    sets = [
        " ".join(e.text_content().split()) for e in page.main.xpath(".//div[@class='enough']//li")
    ]
    asked = [maker.definition.question(each) for each in ("heart", "pregnancy")]
    codes = ("unstable", "pregnant")
    labels = [f"{q.short}: {q.label(code)}" for q, code in zip(asked, codes, strict=True)]
    assert sets == labels and "Each of these alone was enough:" in page.words
    page = at_desk.open(address(maker.send(desk.now)))
    assert not page.main.xpath(".//div[@class='enough']")


def test_what_is_special_about_a_record_is_said(
    desk: Desk, maker: Maker, at_desk: Visitor, nurse: Member
) -> None:
    """Age, possible abuse, demo, article, earlier check and who entered it are on the page."""
    earlier = maker.send(desk.now)
    sent = maker.send(
        desk.now,
        age_differs=True,
        possible_abuse=True,
        demo=True,
        source="should-you-microdose-ketamine",
        earlier=earlier.reference,
        entered_by=nurse.id,
    )
    page = at_desk.open(address(sent))
    for part in (
        "The birth date does not fit the age group",
        "may not be real",
        "Demo: a made-up person",
        "should-you-microdose-ketamine",
        "Ana Beltrán, for a caller",
    ):
        assert part in page.words
    assert address(earlier) in page.links()


@pytest.mark.both_databases
def test_contact_is_shown_only_when_asked_and_recorded(
    desk: Desk, maker: Maker, at_desk: Visitor, nurse: Member
) -> None:
    """Name, phone and birth date stand on no page until asked for; each time is one event."""
    sent = maker.send(desk.now, named("Mary O'Brien", zone="America/Chicago", language="es"))
    page = at_desk.open(address(sent))
    for secret in ("Brien", "555-0142", "5550142", "1988", "mary@example.com"):
        assert secret not in page.text
    assert desk.events("submission.contact_shown") == []
    answer = at_desk.submit(form_to(page, "/contact"))
    assert answer.status_code == 200 and answer.headers["Cache-Control"] == "no-store"
    assert at_desk.page is not None
    words = at_desk.page.words
    for part in (
        "Mary O'Brien",
        "305-555-0142",
        "March 7, 1988",
        "mary@example.com",
        "Spanish",
        "Ask for the birth date first.",
        "our number only",
        "9:01 am Central; here 10:01 am",
    ):
        assert part in words
    assert "tel:+13055550142" in at_desk.page.links()
    assert "Brien" not in at_desk.page.title
    (event,) = desk.events("submission.contact_shown")
    assert (event.subject, event.actor_id) == (sent.reference, nurse.id)
    assert "Brien" not in at_desk.open(address(sent)).text


def test_without_a_contact_there_is_nothing_to_show(
    desk: Desk, maker: Maker, at_desk: Visitor
) -> None:
    """A submission without contact says so and offers no button."""
    page = at_desk.open(address(maker.send(desk.now, None)))
    assert "No contact was left." in page.words
    assert not [form for form in page.forms() if form.action.endswith("/contact")]


def test_opening_is_one_event(desk: Desk, maker: Maker, at_desk: Visitor, nurse: Member) -> None:
    """Each look at the page is recorded for the person who looked."""
    sent = maker.send(desk.now)
    at_desk.open(address(sent))
    at_desk.open(address(sent).lower().replace("/staff/submissions", "/staff/submissions"))
    events = desk.events("submission.opened")
    assert [(each.subject, each.actor_id) for each in events] == [(sent.reference, nurse.id)] * 2


def test_an_unknown_reference_is_not_found(at_desk: Visitor) -> None:
    """What no submission has, and what is no reference at all, is the same 404."""
    for reference in ("BBB-2222", "x", "KQ7-4FXM%00", "..%2F..", "K'--OR1", "é"):
        assert at_desk.get(f"/staff/submissions/{reference}").status_code == 404


@pytest.mark.both_databases
def test_clinical_notes_are_for_clinicians(
    desk: Desk, maker: Maker, at_desk: Visitor, clinic: Visitor, doctor: Member, nurse: Member
) -> None:
    """Intake staff see that a clinical note exists, never its words, and cannot write one."""
    sent = maker.send(desk.now)
    write(desk, sent, doctor, "clinical", "History of angina, stable.")
    write(desk, sent, nurse, "call", "No answer at 9.")
    page = at_desk.open(address(sent))
    assert "angina" not in page.text and "For clinicians only." in page.words
    assert "No answer at 9." in page.words
    form = form_to(page, "/note")
    assert form.options["kind"] == ["call", "admin", "safety_check"]
    refused = at_desk.post(form.action, {**form.fill(body="mine"), "kind": "clinical"})
    assert refused.status_code == 403
    (event,) = desk.events("access.refused")
    assert json.loads(event.detail) == {"endpoint": "review.note"} and event.actor_id == nurse.id
    page = clinic.open(address(sent))
    assert "angina" in page.words
    clinic.submit(form_to(page, "/note"), kind="clinical", body="Seen.")
    assert "Seen." in clinic.follow().words
    assert len(desk.events("submission.noted")) == 3


def test_notes_are_shown_as_they_were_typed(desk: Desk, maker: Maker, at_desk: Visitor) -> None:
    """Template marks, tags and quotes in a note are letters, nothing else."""
    sent = maker.send(desk.now)
    page = at_desk.open(address(sent))
    at_desk.submit(form_to(page, "/note"), kind="call", body=HOSTILE)
    page = at_desk.follow()
    shown = page.main.xpath(".//ul[contains(@class, 'timeline')]//p[@class='text']")
    assert [each.text_content() for each in shown] == [HOSTILE]
    assert not page.root.xpath("//script[not(@nonce)] | //svg[@onload]")


def test_the_timeline_tells_the_days_in_words(
    desk: Desk, maker: Maker, at_desk: Visitor, nurse: Member
) -> None:
    """Notes and events stand together, the newest day first, each with who and when."""
    sent = maker.crisis(desk.now.replace(day=21))
    page = at_desk.open(address(sent))
    at_desk.submit(next(f for f in page.forms() if f.values.get("to") == ["contacted"]))
    page = at_desk.follow()
    at_desk.submit(form_to(page, "/note"), kind="safety_check", body="Safe at home.")
    page = at_desk.follow()
    told = " ".join(
        page.root.xpath("//section[@aria-labelledby='timeline-title']")[0].text_content().split()
    )
    parts = [
        "Today",
        "Ana Beltrán, Safety check note Safe at home.",
        "Ana Beltrán New → Contacted.",
        "Sat, Nov 21",
        "The person Asked to be called, from the crisis page.",
        "The person Sent the check.",
    ]
    places = [told.find(part) for part in parts]
    assert -1 not in places and places == sorted(places), told


def test_the_longest_contact_is_shown_whole(desk: Desk, maker: Maker, at_desk: Visitor) -> None:
    """A name of 100 characters, a relay and no e-mail fit on the page."""
    name = ("Maximiliana " * 9)[:100].strip()
    sent = maker.send(desk.now, named(name, relay=True, email=None, voicemail="none"))
    at_desk.submit(form_to(at_desk.open(address(sent)), "/contact"))
    assert at_desk.page is not None
    assert name in at_desk.page.words and "through a relay service" in at_desk.page.words
    assert "Leave no voicemail." in at_desk.page.words and MARY.email not in at_desk.page.text
