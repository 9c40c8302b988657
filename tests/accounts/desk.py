"""People of a test practice, and how they sign in through the front door."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import pyotp
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from intake import audit
from intake.accounts import store
from intake.accounts.passwords import Passwords
from intake.audit import Event
from tests.support.client import Visitor

PASSWORD = "wandering cloud teapot nine"
CHEAP = Passwords(memory_kib=64, passes=1)


@dataclass
class Member:
    """A staff member with what they know and carry."""

    id: str
    email: str
    secret: str
    password: str = PASSWORD

    def code(self, moment: dt.datetime, steps: int = 0) -> str:
        """The six digits that an independent generator shows ``steps`` after ``moment``."""
        return pyotp.TOTP(self.secret).generate_otp(int(moment.timestamp()) // 30 + steps)


class Desk:
    """The staff side of one test house."""

    def __init__(self, app: Flask, session: Session) -> None:
        self.app = app
        self.session = session
        self.keys = app.extensions["keys"]
        self.clock = app.extensions["now"]

    @property
    def now(self) -> dt.datetime:
        """The instant on the application's clock."""
        return self.clock()

    def member(self, *roles: str, name: str = "Robin Reyes") -> Member:
        """Enrol a person with ``roles``."""
        email = f"{name.split()[0].lower()}-{'-'.join(roles)}@example.org"
        staff, _ = store.invite(
            self.session, self.keys, email, name, roles, audit.OPERATOR, self.now
        )
        secret = store.enrol(self.session, self.keys, staff, PASSWORD, self.now, CHEAP)
        self.session.commit()
        return Member(staff.id, email, secret)

    def browser(self) -> Visitor:
        """A browser without cookies."""
        return Visitor(self.app)

    def first_step(self, member: Member, browser: Visitor | None = None) -> Visitor:
        """A browser in which the password was given."""
        browser = browser or self.browser()
        browser.open("/staff/login")
        answer = browser.submit(username=member.email, password=member.password)
        assert answer.status_code == 303, browser.page.words if browser.page else answer.status
        return browser

    def sign_in(self, member: Member, browser: Visitor | None = None) -> Visitor:
        """A browser in which both steps are done; the clock moves to an unused code."""
        browser = self.first_step(member, browser)
        self.clock.forward(seconds=60)
        browser.open("/staff/login/code")
        answer = browser.submit(code=member.code(self.now))
        assert answer.status_code == 303, browser.page.words if browser.page else answer.status
        return browser

    def signed_in(self, *roles: str) -> Visitor:
        """A browser of a new person with ``roles``."""
        return self.sign_in(self.member(*roles))

    def events(self, name: str | None = None) -> list[Event]:
        """The events so far, oldest first; those called ``name`` where one is given."""
        self.session.rollback()
        self.session.expire_all()
        found = self.session.scalars(select(Event).order_by(Event.sequence))
        return [event for event in found if name is None or event.name == name]


def token_of(browser: Visitor) -> str:
    """The form token of the page that the browser shows."""
    assert browser.page is not None
    return browser.page.forms(everywhere=True)[0].values["csrf_token"][0]


def sign_out(browser: Visitor) -> TestResponse:
    """Press "Sign out" on the page that the browser shows."""
    assert browser.page is not None
    forms = browser.page.forms(everywhere=True)
    return browser.submit(next(form for form in forms if form.action == "/staff/logout"))
