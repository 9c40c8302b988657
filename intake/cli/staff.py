"""``intake staff``: who works here, from a terminal."""

from __future__ import annotations

import datetime as dt
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import click
from sqlalchemy.orm import Session

from intake import audit
from intake.accounts import factors, sessions, store
from intake.cli.prepare import House, open_house
from intake.config import Settings
from intake.errors import NotFound, Refused, SetupError
from intake.web.forms import hidden_character

ROLES = click.Choice(["intake", "clinician", "admin"])


def _plain(_context: click.Context, given: click.Parameter, text: str) -> str:
    """What was typed, as text that can be read; raises ``SetupError``, which is one line."""
    if hidden_character(text):
        raise SetupError(
            f"The {given.human_readable_name} holds hidden characters, or bytes that are no text: "
            "type it again."
        )
    return text


@contextmanager
def opened() -> Iterator[tuple[House, Session, dt.datetime]]:
    """The house with a session that is committed at the end; a refusal is exit code 1."""
    with (
        open_house(Settings.from_environment(os.environ)) as house,
        Session(house.engine, expire_on_commit=False) as session,
    ):
        try:
            yield house, session, dt.datetime.now(dt.UTC)
        except Refused as error:
            click.echo(f"intake: {error}", err=True)
            raise SystemExit(1) from error
        except (NotFound, LookupError) as error:
            click.echo("intake: there is no such staff member; see `intake staff list`.", err=True)
            raise SystemExit(1) from error
        session.commit()


@click.group()
def staff() -> None:
    """Add, list, disable and reset the people who work here; their roles and sessions."""


@staff.command()
@click.argument("email", callback=_plain)
@click.option("--name", required=True, callback=_plain, help="The name that colleagues see.")
@click.option("--role", "roles", type=ROLES, multiple=True, required=True, help="May be repeated.")
def add(email: str, name: str, roles: tuple[str, ...]) -> None:
    """Invite EMAIL; prints a one-time link on which the person chooses a password.

    This also gives a disabled person access again.
    """
    with opened() as (house, session, now):
        person, token = store.invite(
            session, house.keys, email=email, name=name, roles=roles, actor=audit.OPERATOR, now=now
        )
        click.echo(f"{person.id}  {person.name}  {person.roles}")
        click.echo(f"{house.settings.base_url}/staff/setup/{token}")


@staff.command(name="list")
@click.option("--json", "as_json", is_flag=True, help="For another program.")
def list_(as_json: bool) -> None:
    """List everyone, with roles, state and second step."""
    with opened() as (house, session, now):
        people = store.all_staff(session)
        held = factors.of_everyone(session)
        audit.record(session, house.keys, "team.listed", audit.OPERATOR, now)
    rows: list[dict[str, Any]] = [
        {
            "id": person.id,
            "email": person.email,
            "name": person.name,
            "roles": sorted(person.role_set),
            "state": "disabled"
            if person.disabled_at
            else ("active" if person.enrolled_at else "invited"),
            "phone": held[person.id].phone,
            "passkeys": held[person.id].passkeys,
            "recovery_codes": held[person.id].recovery_codes,
        }
        for person in people
    ]
    if as_json:
        click.echo(json.dumps(rows, indent=1))
        return
    for row in rows:
        roles = " ".join(row["roles"])
        second = held[row["id"]].words or "none"
        click.echo(
            f"{row['id']}  {row['state']:<8}  {roles:<22}  {second:<18}  "
            f"{row['email']}  {row['name']}"
        )


@staff.command()
@click.argument("staff_id", callback=_plain)
def disable(staff_id: str) -> None:
    """End the access of STAFF_ID at once."""
    with opened() as (house, session, now):
        store.disable(session, house.keys, staff_id, actor=audit.OPERATOR, now=now)
    click.echo(f"{staff_id} is disabled; every session has ended.")


@staff.command()
@click.argument("staff_id", callback=_plain)
@click.option(
    "--lost-phone", is_flag=True, help="Set up phone, passkeys and recovery codes anew as well."
)
def reset(staff_id: str, lost_phone: bool) -> None:
    """Give STAFF_ID a one-time link for a new password; the old one and all sessions end."""
    with opened() as (house, session, now):
        token = store.reset(
            session,
            house.keys,
            staff_id,
            actor=audit.OPERATOR,
            now=now,
            second_step=lost_phone,
        )
        click.echo(f"{house.settings.base_url}/staff/setup/{token}")


@staff.command(name="roles")
@click.argument("staff_id", callback=_plain)
@click.option("--role", "roles", type=ROLES, multiple=True, required=True, help="May be repeated.")
def set_roles(staff_id: str, roles: tuple[str, ...]) -> None:
    """Give STAFF_ID exactly these roles; every session of theirs ends."""
    with opened() as (house, session, now):
        person = store.set_roles(session, house.keys, staff_id, roles, audit.OPERATOR, now)
        click.echo(f"{person.id}  {person.name}  {person.roles}")


@staff.command(name="sessions")
@click.argument("staff_id", callback=_plain)
@click.option("--json", "as_json", is_flag=True, help="For another program.")
def list_sessions(staff_id: str, as_json: bool) -> None:
    """List where STAFF_ID is signed in; times are in UTC."""
    with opened() as (house, session, now):
        store.get(session, staff_id)
        rows = [
            {
                "id": each.id,
                "signed_in": each.created_at.isoformat(timespec="seconds"),
                "last_used": each.last_seen_at.isoformat(timespec="seconds"),
            }
            for each in sessions.open_of(session, staff_id, now)
        ]
        audit.record(session, house.keys, "team.listed", audit.OPERATOR, now, subject=staff_id)
    if as_json:
        click.echo(json.dumps(rows, indent=1))
        return
    for row in rows:
        click.echo(f"{row['id']}  since {row['signed_in']}  last used {row['last_used']}")


@staff.command()
@click.argument("staff_id", callback=_plain)
@click.option("--session", "session_id", help="One only; all without it.")
def end_sessions(staff_id: str, session_id: str | None) -> None:
    """End the sessions of STAFF_ID at once."""
    with opened() as (house, session, now):
        store.get(session, staff_id)
        theirs = [each.id for each in sessions.open_of(session, staff_id, now)]
        chosen = [each for each in theirs if session_id in (None, each)]
        for each in chosen:
            store.end_session(session, house.keys, staff_id, each, audit.OPERATOR, now)
        # What waits for its second step ends too, and opens nothing that anybody would miss.
        if session_id is None:
            sessions.end_all(session, staff_id, now)
        elif not chosen:
            raise Refused("There is no such open session; see `intake staff sessions`.")
    click.echo(f"Sessions of {staff_id} ended: {len(chosen)}.")
