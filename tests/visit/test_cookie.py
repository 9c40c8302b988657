"""The one cookie: small, sealed, and calm about anything that is not ours."""

from __future__ import annotations

import datetime as dt
import string

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from intake.crypto import Key, KeyRing
from intake.eligibility import journey, load, packaged
from intake.errors import UnreadableRecord
from intake.visit.model import Draft, Receipt
from intake.visit.session import LARGEST, open_cookie, seal_cookie
from tests.support.client import Visitor
from tests.support.walker import SAFE, answers, begin, send, walk

NOW = dt.datetime(2026, 11, 23, 15, tzinfo=dt.UTC)
KEYS = KeyRing(
    [
        Key(number, purpose, "active", bytes([number]) * 32)
        for number, purpose in enumerate(("cookie", "field", "audit", "csrf", "index"), 1)
    ]
)
# The letters of base64 in addresses (RFC 4648, section 5).
LETTERS = string.ascii_letters + string.digits + "-_"
CONTENT = st.dictionaries(st.text(max_size=8), st.text(max_size=60), max_size=6)


@given(CONTENT)
def test_a_cookie_comes_back_as_it_was(content: dict[str, str]) -> None:
    """What is sealed is what opens."""
    assert open_cookie(KEYS, "visit", seal_cookie(KEYS, "visit", content)) == content


@given(CONTENT, st.integers(0, 10_000), st.integers(1, 63))
def test_a_touched_cookie_never_opens(content: dict[str, str], where: int, turn: int) -> None:
    """A cut, longer or changed cookie is refused, and so is another kind's."""
    text = seal_cookie(KEYS, "visit", content)
    # A cookie differs each time; what is drawn knows nothing of it.
    place = where % (len(text) - 1)
    other = LETTERS[(LETTERS.index(text[place]) + turn) % len(LETTERS)]
    for broken in (text[:place], text + "AAAA", text[:place] + other + text[place + 1 :]):
        with pytest.raises((UnreadableRecord, ValueError, TypeError)):
            open_cookie(KEYS, "visit", broken)
    with pytest.raises(UnreadableRecord):
        open_cookie(KEYS, "staff", text)


def test_the_length_tells_little() -> None:
    """One answer more or less does not change the cookie's length; it grows in steps."""
    one = Draft(version=1, started=NOW, id="0" * 32, answers={"state": ("fl",)})
    two = one.but(answers={"state": ("nj",), "age_band": ("30_44",)})
    lengths = {len(seal_cookie(KEYS, "visit", {"d": each.pack()})) for each in (one, two)}
    assert len(lengths) == 1


def test_the_longest_draft_fits() -> None:
    """Every code of every question, and a trail entry for each: at most 3,500 bytes."""
    definition = load(packaged()[0][1])
    everything = {
        question.id: tuple(choice.code for choice in question.choices)
        for question in definition.questions
    }
    trail = tuple(
        journey.TrailEntry(
            question=question.id,
            page=page,
            before=everything[question.id],
            after=everything[question.id],
            at=int(NOW.timestamp()),
            rules=tuple(rule.id for rule in definition.rules if rule.question == question.id),
        )
        for question in definition.questions
        for page in (("crisis", "result") if question.id == "safety" else ("stop",))
    )
    draft = Draft(
        version=1,
        started=NOW,
        answers=everything,
        trail=trail,
        source="ketamine-side-effects-and-risks",
        stop_seen=tuple(rule.id for rule in definition.rules),
        earlier="KQ7-4FXM",
        entered_by="s7k2m9",
    )
    content = {"d": draft.pack(), "csrf_token": "f" * 40, "until": 2_000_000_000}
    assert len(seal_cookie(KEYS, "visit", content)) <= LARGEST
    assert Draft.unpack(draft.pack()) == draft
    receipt = Receipt("0" * 32, NOW, NOW + dt.timedelta(days=3), late=True)
    assert Receipt.unpack(receipt.pack()) == receipt


@pytest.mark.parametrize(
    "value",
    ["", "x", "AQAA", "a" * 3500, "a" * 4000, "%00", "ünïcode", "AQAAAAEA" * 20, "=" * 40],
)
def test_a_foreign_cookie_leads_to_the_start_with_one_sentence(client: Visitor, value: str) -> None:
    """No 500, no loop: the start page says so once, and the next visit is a fresh one."""
    client.set_cookie(value.encode("utf-8").decode("latin-1"))
    for address in (
        "/eligibility/safety",
        "/eligibility/check",
        "/eligibility/result",
        "/callback",
    ):
        client.set_cookie(value.encode("utf-8").decode("latin-1"))
        page = client.open(address)
        assert page.address == "/eligibility"
        assert "could not find your answers" in page.words
    assert client.cookie() in (None, "")
    assert "could not find" not in client.open("/eligibility").words
    assert begin(client).address == "/eligibility/state"


def test_a_form_with_a_foreign_cookie_leads_to_the_start(client: Visitor) -> None:
    """The answer cannot be kept, and the person is told so."""
    begin(client)
    assert client.page is not None
    form = client.page.form()
    client.set_cookie("forged")
    client.submit(form, answer="fl")
    assert client.response is not None and client.response.status_code == 303
    assert client.response.headers["Location"] == "/eligibility"
    assert "could not find your answers" in client.follow().words


def test_a_form_without_any_cookie_leads_to_the_start(client: Visitor) -> None:
    """A browser that refuses cookies gets a sentence, not a loop."""
    begin(client)
    assert client.page is not None
    form = client.page.form()
    client.clear_cookies()
    client.submit(form, answer="fl")
    assert client.response is not None and client.response.headers["Location"] == "/eligibility"
    assert "could not find your answers" in client.follow().words
    assert "could not find" not in client.open("/eligibility").words


def test_a_draft_ends_after_a_day(client: Visitor, clock: object) -> None:
    """24 hours after the start the draft is gone, however lately it was used."""
    walk(client, {"state": ("fl",), "age_band": ("30_44",)})
    clock.forward(hours=23, minutes=59)  # type: ignore[attr-defined]  # the test's clock
    assert client.open("/eligibility/reason").address == "/eligibility/reason"
    client.submit(answer=["depression"])
    clock.forward(minutes=2)  # type: ignore[attr-defined]  # the test's clock
    page = client.open("/eligibility/safety")
    assert page.address == "/eligibility" and "24 hours" in page.words


def test_the_cookie_is_shut_to_scripts_and_other_sites(client: Visitor) -> None:
    """HttpOnly and SameSite=Lax, for the whole site; over HTTPS also Secure and __Host-."""
    begin(client)
    client.get("/eligibility/state")
    client.clear_cookies()
    response = client.get("/eligibility/state")
    flags = response.headers["Set-Cookie"]
    assert flags.startswith("visit=") and "HttpOnly" in flags and "SameSite=Lax" in flags
    assert "Path=/" in flags and "Domain" not in flags


def test_public_pages_know_no_cookie(client: Visitor, app: Flask) -> None:
    """A page outside the check neither reads nor sets the cookie, whatever it holds."""
    begin(client)
    for address in ("/", "/blog/", "/help-now", "/privacy", "/how-we-decide", "/left", "/about"):
        response = client.get(address)
        assert "Set-Cookie" not in response.headers and response.status_code == 200
        assert "Cookie" not in response.headers.get("Vary", "")
    assert client.open("/eligibility/state").address == "/eligibility/state"


def test_leave_and_erase_needs_nothing(client: Visitor) -> None:
    """It clears the cookie by name and leads to a page that reads and sets nothing."""
    walk(client, answers(sitter="yes"))
    page = client.page
    assert page is not None
    form = next(form for form in page.forms(everywhere=True) if form.action == "/leave")
    response = client.submit(form)
    assert response.status_code == 303 and response.headers["Location"] == "/left"
    assert response.headers["Clear-Site-Data"] == '"cache", "storage"'
    assert "visit=;" in response.headers["Set-Cookie"]
    assert "no longer holds your answers" in client.follow().words
    assert client.open("/eligibility/check").address == "/eligibility"
    client.clear_cookies()
    assert client.post("/leave").status_code == 303


def test_after_send_only_a_receipt_is_left(client: Visitor, app: Flask) -> None:
    """The draft is gone: the sealed cookie names the submission and holds no answer."""
    walk(client, SAFE)
    send(client)
    content = open_cookie(app.extensions["keys"], "visit", client.cookie() or "")
    assert "d" not in content and set(content["r"]) == {"i", "t", "u", "l", "b"}
