"""`intake staff`: what the team page does, from a terminal."""

from __future__ import annotations

import datetime as dt
import json

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select

from intake.accounts.models import Passkey, Staff
from intake.cli import commands
from intake.cli.prepare import House
from tests.accounts.desk import Desk
from tests.accounts.pressing import with_passkey


@pytest.fixture
def desk(desk: Desk) -> Desk:
    """The desk at this very time, which is the terminal's."""
    desk.clock.moment = dt.datetime.now(dt.UTC)
    return desk


def terminal(house: House, *words: str) -> Result:
    """Type ``intake staff`` and ``words``."""
    environ = {
        "INTAKE_INSTANCE": str(house.settings.instance),
        "INTAKE_DATABASE_URL": house.settings.database_url,
    }
    return CliRunner().invoke(commands, ["staff", *words], env=environ)


@pytest.mark.both_databases
def test_roles_and_sessions_from_a_terminal(desk: Desk, house: House) -> None:
    """Roles change, sessions are listed and ended, each at once and on record."""
    member = desk.member("intake")
    browser, other = desk.sign_in(member), desk.sign_in(member)
    listed = json.loads(terminal(house, "sessions", member.id, "--json").output)
    assert len(listed) == 2 and listed[0]["id"] in terminal(house, "sessions", member.id).output
    ended = terminal(house, "end-sessions", member.id, "--session", listed[0]["id"])
    assert ended.output.endswith("ended: 1.\n")
    answers = [each.get("/staff/account").status_code for each in (browser, other)]
    assert sorted(answers) == [200, 401]
    assert terminal(house, "end-sessions", member.id).exit_code == 0
    assert terminal(house, "end-sessions", member.id, "--session", "0" * 32).exit_code == 1
    assert 200 not in [each.get("/staff/account").status_code for each in (browser, other)]
    assert len(desk.events("staff.session_ended")) == 2

    browser = desk.sign_in(member)
    changed = terminal(house, "roles", member.id, "--role", "clinician", "--role", "intake")
    assert "clinician intake" in changed.output
    assert browser.get("/staff/account").status_code == 401
    desk.session.rollback()
    assert desk.session.scalars(select(Staff.roles)).one() == "clinician intake"
    desk.session.rollback()
    for words in (["roles", "nobody", "--role", "intake"], ["sessions", "nobody"]):
        assert terminal(house, *words).exit_code == 1


def test_the_list_says_what_people_hold(desk: Desk, house: House) -> None:
    """The list shows second steps; after a lost phone there are none."""
    member = desk.member("intake")
    with_passkey(desk, member)
    desk.session.rollback()
    assert "phone, 1 passkey" in terminal(house, "list").output
    row = json.loads(terminal(house, "list", "--json").output)[0]
    assert (row["phone"], row["passkeys"], row["recovery_codes"]) == (True, 1, 0)
    assert terminal(house, "reset", member.id, "--lost-phone").exit_code == 0
    row = json.loads(terminal(house, "list", "--json").output)[0]
    assert (row["phone"], row["passkeys"], row["state"]) == (False, 0, "invited")
    assert not desk.session.scalars(select(Passkey)).all()
