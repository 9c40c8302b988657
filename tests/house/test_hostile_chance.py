"""Hostile by chance: wanderers through the check, and random requests by everybody."""

from __future__ import annotations

import itertools
import random
from typing import Any

import pytest
from flask import Flask
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from tests.accounts.desk import CHEAP, PASSWORD, Desk
from tests.callback.people import to_callback
from tests.conftest import FULL_SIZE
from tests.house.test_hostile_transport import HOME, addresses, check_headers, knock
from tests.review.made import Maker, named
from tests.support.client import Visitor
from tests.support.page import Page
from tests.support.walker import QUESTIONS, SAFE, answers, begin, walk

BAD = {
    "state": ("other",),
    "age_band": ("under_18",),
    "safety": ("now", "not_sure"),
    "mind": ("psychosis_now", "mania_now"),
    "heart": ("unstable",),
    "pregnancy": ("pregnant",),
    "sitter": ("no",),
}


def step(visitor: Visitor, page: Page, chance: random.Random) -> Page:
    """One thing that a person might do next on ``page``: go on, go back, change, begin again."""
    place = page.address.rpartition("/")[2]
    ended = place in ("result", "help", "help-now", "eligibility")
    if chance.random() < (0.4 if ended else 0.02):
        page = visitor.open("/eligibility")
        if not page.forms():
            return begin(visitor)
        visitor.submit()
    elif ended or chance.random() < 0.05:
        back = [str(each) for each in page.root.xpath("//a[@class='back']/@href")]
        return visitor.open(chance.choice([*back, f"/eligibility/{chance.choice(QUESTIONS)}"]))
    elif place in QUESTIONS:
        worse = place in BAD and chance.random() < 0.08
        visitor.submit(answer=[chance.choice(BAD[place])] if worse else list(SAFE[place]))
    else:
        visitor.submit(page.form(chance.choice((0, 0, -1))))
    return visitor.follow()


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(80 if FULL_SIZE else 5))
def test_no_way_leads_from_a_warning_to_may_fit(client: Visitor, seed: int) -> None:
    """After a crisis, stop, area, age or other adverse page no order of steps ends in may_fit.

    Only "Leave and erase", or an old copy of the cookie, forgets: the draft is the device's own.
    """
    chance, warned, page = random.Random(seed), False, begin(client)
    for _ in range(140):
        page = step(client, page, chance)
        if page.outcome == "may_fit":
            assert not warned
        elif page.outcome is not None or page.address == "/eligibility/stop":
            warned = True


TEXTS = st.text(max_size=60) | st.sampled_from(
    ["", "now", "-1", "9" * 12, "{{7*7}}<svg onload=x>", "../../etc/passwd", "//evil.example"]
    + ["\r\nX-Evil: 1", "\0", "\u0661", "2100-12-31", "not_suitable", "clinical", "x" * 6000]
)
# What each form of the house takes; a form ignores the fields of the others.
FIELDS = {
    "answer": "no",
    "website": "",
    "window": "asap",
    "zone": "America/New_York",
    "name": "Kim Lee",
    "phone": "305 555 0142",
    "email": "kim@example.org",
    "relay": "1",
    "birth_date-day": "7",
    "birth_date-month": "March",
    # Never whole: so that the form can be sent again and again.
    "birth_date-year": "88",
    "voicemail": "none",
    "language": "es",
    "sms_consent": "1",
    "from": "x",
    "show": "mine",
    "username": "kim@example.org",
    "password": "too short",
    "current": PASSWORD,
    "code": "123456",
    "next": "/staff/account",
    "roles": "intake",
    "what": "password",
    "to": "in_review",
    "revision": "2",
    "reason": "declined",
    "owner": "",
    "kind": "call",
    "body": "Reached.",
    "start": "2026-11-01",
    "end": "2026-11-30",
    "outcome": "",
    "state": "fl",
    "form": "identified",
    "after": "1.1." + "a" * 32,
    "before": "",
}
ODD_HEADERS = st.sampled_from(
    [("Origin", HOME), ("Origin", "null"), ("Referer", "http://["), ("Range", "bytes=-1")]
    + [("If-None-Match", "W/"), ("If-Modified-Since", "Mon"), ("Accept-Encoding", "br;q=nan")]
    + [("X-CSRFToken", "x"), ("X-Forwarded-For", "a,,b"), ("Authorization", "Basic \xff")]
    + [("Content-Type", "application/x-www-form-urlencoded; charset=\xff"), ("Accept", "\x7f")]
)
VISITORS, STAFF = ("nobody", "draft", "receipt", "crisis"), ("intake", "clinician", "admin")
ZEBULON = named("Zebulon Quagmire", phone="+13055550199", email="zebulon@example.org")


def arrivals(app: Flask, desk: Desk) -> dict[str, tuple[str, str]]:
    """People of every kind: their cookies, and the token of their forms."""
    visitors = {kind: Visitor(app) for kind in ("draft", "receipt", "crisis")}
    walk(visitors["draft"], {key: SAFE[key] for key in QUESTIONS[:7]})
    to_callback(visitors["receipt"])
    walk(visitors["crisis"], answers(safety="now"))
    for role in ("intake", "clinician", "admin"):
        visitors[role] = desk.signed_in(role)
        visitors[role].open("/staff/account")
    found = {"nobody": ("", "")}
    for kind, visitor in visitors.items():
        cookies = [(name, visitor.cookie(name)) for name in ("visit", "staff")]
        kept = "; ".join(f"{name}={value}" for name, value in cookies if value)
        assert visitor.page is not None
        forms = visitor.page.forms(everywhere=True)
        found[kind] = (
            kept,
            next(f.values["csrf_token"][0] for f in forms if "csrf_token" in f.values),
        )
    return found


@pytest.mark.soak
def test_no_request_breaks_the_house(
    app: Flask, session: Session, capfd: pytest.CaptureFixture[str]
) -> None:
    """Any form to any address by anybody: no 5xx, every header, no foreign way, no one's name."""
    app.extensions["passwords"] = CHEAP
    desk = Desk(app, session)
    people = arrivals(app, desk)
    sent = Maker(desk.session, desk.keys).send(desk.now, ZEBULON)
    # Signing out and taking access away would leave the rest of the lot outside.
    places = [
        (method, each)
        for method in ("GET", "POST")
        for each in addresses(app, method)
        if not each.endswith(("/logout", "/disable", "/reset", "/roles", "/login"))
    ]

    def check(kind: str, method: str, path: str, fields: dict[str, str], told: Any = ()) -> None:
        cookies, token = people[kind]
        options: dict[str, Any] = {"query_string": fields}
        if method == "POST":
            options = {"data": {**fields, "csrf_token": token}}
        response = knock(app, method, path, headers=[*told, ("Cookie", cookies)], **options)
        assert response.status_code < 500
        check_headers(response.headers)
        assert "X-Evil" not in response.headers and "Quagmire" not in str(response.headers)
        assert not response.headers.get("Location", "/").startswith("//")
        if kind not in ("intake", "clinician"):
            assert b"Quagmire" not in response.data and b"5550199" not in response.data

    for kind, (method, place) in itertools.product(people, places):
        address = place.replace("KQ7-4FXM", sent.reference)
        check(kind, method, address, FIELDS)
        if method == "POST" and kind in (STAFF if "/staff" in place else VISITORS):
            for text in ("\0", "9" * 12, "x" * 1000, "../../x", "\u0661"):
                check(kind, method, address, dict.fromkeys(FIELDS, text))
    wishes = st.dictionaries(st.sampled_from([*FIELDS]), TEXTS, min_size=1, max_size=3)
    parts = st.sampled_from([sent.reference] * 4 + ["KQ7-4FXM", "x" * 300, "\0", "\u0131" * 8])

    @settings(max_examples=6000 if FULL_SIZE else 200, derandomize=not FULL_SIZE)
    @given(st.sampled_from(places), st.data(), wishes, parts, st.lists(ODD_HEADERS, max_size=2))
    def try_one(
        place: tuple[str, str], draw: st.DataObject, odd: dict[str, str], part: str, told: Any
    ) -> None:
        usual = STAFF if place[1].startswith("/staff") else VISITORS
        kind = draw.draw(st.sampled_from(usual * 2 + VISITORS + STAFF))
        method = draw.draw(st.sampled_from((place[0],) * 6 + ("GET", "HEAD", "OPTIONS")))
        check(kind, method, place[1].replace("KQ7-4FXM", part), {**FIELDS, **odd}, told)

    try_one()
    assert "unexpected_error" not in "".join(capfd.readouterr())
