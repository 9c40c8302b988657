"""Names of staff: whoever reads one sees it, and it stands on one line."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from intake import audit
from intake.accounts import store
from intake.accounts.models import Staff
from intake.errors import Refused
from tests.accounts.desk import Desk
from tests.support.client import Visitor
from tests.support.page import Form


@pytest.mark.parametrize(
    "name", ["a\0\u202eb", "\u3164\u115f", "Ma\u200bry", "Kim\u2028Lee", "..."]
)
def test_a_name_can_be_seen_and_what_was_refused_does_not_come_back(desk: Desk, name: str) -> None:
    """Hidden, blank and letterless names are 422 at their field; the page holds none of them."""
    admin = desk.signed_in("admin")
    sent = {"name": name, "email": f"k{name[0]}@example.org", "roles": "intake"}
    form = form_to_invite(admin)
    answered = admin.wsgi.post(form.action, "http://localhost:8000", data={**form.values, **sent})
    assert answered.status_code == 422 and 'href="#name"' in answered.text
    assert not [each for each in name if each in answered.text and each not in "abMryKimLe."]
    assert len(desk.session.scalars(select(Staff)).all()) == 1


@pytest.mark.parametrize("name", ["\u3164", "Kim\nLee", "a\u202eb", "\u200d", "...", " "])
def test_no_door_takes_a_name_that_cannot_be_seen(desk: Desk, name: str) -> None:
    """The store refuses it too, whoever calls."""
    with pytest.raises(Refused, match="name"):
        store.invite(
            desk.session, desk.keys, "k@example.org", name, ["intake"], audit.OPERATOR, desk.now
        )


def form_to_invite(admin: Visitor) -> Form:
    """The form of the invitation page."""
    return next(f for f in admin.open("/staff/team/invite").forms() if f.action.endswith("/invite"))
