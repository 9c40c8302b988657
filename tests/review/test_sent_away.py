"""Whoever is disabled is out at once, in the middle of whatever they were doing."""

from __future__ import annotations

import pytest

from intake import audit
from intake.accounts import store
from tests.accounts.desk import Desk, Member
from tests.review.made import Maker
from tests.review.test_record import address
from tests.support.client import Visitor


@pytest.mark.both_databases
def test_disabling_ends_a_stream_of_requests_within_one(
    desk: Desk, maker: Maker, nurse: Member, at_desk: Visitor
) -> None:
    """Somebody who clicks on is out with the first request after they were disabled."""
    sent = maker.send(desk.now)
    walk = (address(sent), "/staff/", "/staff/account", "/staff/alerts")
    for turn in range(12):
        if turn == 7:
            desk.session.rollback()
            store.disable(desk.session, desk.keys, nurse.id, audit.OPERATOR, desk.now)
            desk.session.commit()
        answer = at_desk.get(walk[turn % len(walk)])
        assert (answer.status_code == 200) is (turn < 7), turn
    read = [e for e in desk.events() if e.actor_id == nurse.id]
    (disabled,) = desk.events("staff.disabled")
    assert all(event.sequence < disabled.sequence for event in read)
