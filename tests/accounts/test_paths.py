"""Where sign-in may lead."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intake.accounts.paths import HOME, TEAM, landing, safe_next

ELSEWHERE = [
    "https://evil.example/",
    "http:/evil.example",
    "https:evil.example",
    "//evil.example",
    "///evil.example/staff/",
    "/\\evil.example",
    "\\\\evil.example",
    "/staff//evil.example",
    "/staff/\\evil.example",
    "/staff/..//evil.example",
    "/staff/../../evil",
    "/staff/%2e%2e//evil.example",
    "/staff/%5cevil.example",
    "/staff/%2f%2fevil.example",
    "/staff/\t/evil.example",
    "/\t/evil.example",
    "/staff/\n//evil.example",
    "\n//evil.example",
    " //evil.example",
    "/staff/\x00",
    "/staff/\r\nLocation: https://evil.example",
    "/staff@evil.example",
    "/staff.evil.example",
    "/staff/.evil.example",
    "javascript:alert(1)",
    "data:text/html,x",
    "/",
    "/eligibility",
    "staff/team",
    "?next=//evil.example",
    "/staff/#//evil.example",
    "／staff／team",
    "/staff/login",
    "/staff/logout",
    "/staff/" + "a" * 400,
    "",
]


@pytest.mark.parametrize("text", ELSEWHERE)
def test_nothing_leads_away_from_the_desk(text: str) -> None:
    """Another host, in any spelling that a browser would follow, is dropped."""
    assert safe_next(text) is None


@pytest.mark.parametrize(
    "text", ["/staff/team", "/staff/submissions/K7M-2Q9F", "/staff/?preset=mine&page=%2B1"]
)
def test_pages_of_the_desk_are_kept(text: str) -> None:
    """A page of the desk, with its filters, is where sign-in leads."""
    assert safe_next(text) == text


@given(st.text(alphabet="/\\.:@%?#&=\t\n staffevil0", max_size=40))
def test_what_is_kept_is_a_plain_path(tail: str) -> None:
    """Whatever is kept has no host, no dot segment and no doubled slash in its path."""
    kept = safe_next("/staff/" + tail)
    if kept is not None:
        path = kept.split("?")[0]
        assert path.startswith("/staff/")
        assert not {"\\", ":", "@", "%", "#", "\t", "\n"} & set(path)
        assert "//" not in path
        assert ".." not in path


def test_each_person_lands_where_their_work_is() -> None:
    """A person who is only admin lands on the team, everyone else on the queue."""
    assert landing({"admin"}) == TEAM
    assert landing({"intake"}) == HOME
    assert landing({"admin", "clinician"}) == HOME
