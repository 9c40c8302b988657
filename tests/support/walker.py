"""Walks a visitor through the check by its pages alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tests.support.client import Visitor
from tests.support.page import Page

SAFE: dict[str, tuple[str, ...]] = {
    "state": ("fl",),
    "age_band": ("30_44",),
    "reason": ("depression",),
    "safety": ("no",),
    "recent_crisis": ("no",),
    "trials": ("2_plus",),
    "mind": ("none",),
    "heart": ("none",),
    "blood_pressure": ("normal",),
    "body": ("none",),
    "pregnancy": ("no",),
    "substances": ("no",),
    "medicines": ("none",),
    "ketamine_before": ("never",),
    "sitter": ("yes",),
}
QUESTIONS = tuple(SAFE)


def answers(**changes: str | Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Answers that fit, with ``changes``."""
    made = dict(SAFE)
    for question, codes in changes.items():
        made[question] = (codes,) if isinstance(codes, str) else tuple(codes)
    return made


def begin(visitor: Visitor, source: str | None = None) -> Page:
    """Open the start page and follow its link to the first question."""
    start = visitor.open("/eligibility" + (f"?from={source}" if source else ""))
    link = next(each for each in start.main.xpath(".//a/@href") if "/eligibility/" in each)
    return visitor.open(str(link))


def answer(visitor: Visitor, codes: Sequence[str]) -> Page:
    """Answer the question on the page, and go where that leads."""
    assert visitor.page is not None
    visitor.submit(answer=list(codes))
    return visitor.follow()


def walk(visitor: Visitor, given: Mapping[str, Sequence[str]], source: str | None = None) -> Page:
    """Start, and answer until the check ends or asks to be sent; hard stops are passed."""
    return go_on(visitor, begin(visitor, source), given)


def go_on(visitor: Visitor, page: Page, given: Mapping[str, Sequence[str]]) -> Page:
    """Answer from ``page`` until an ending or check answers."""
    for _ in range(60):
        place = page.address.removeprefix("/eligibility").strip("/")
        if place in given:
            page = answer(visitor, given[place])
        elif place == "stop":
            visitor.submit()
            page = visitor.follow()
        else:
            return page
    raise AssertionError("the check does not end")


def send(visitor: Visitor) -> Page:
    """Press Send on the check-answers page, and go to the result."""
    assert visitor.page is not None and visitor.page.address == "/eligibility/check"
    visitor.submit()
    return visitor.follow()


def check_and_send(
    visitor: Visitor, given: Mapping[str, Sequence[str]], source: str | None = None
) -> Page:
    """A whole check up to its result."""
    page = walk(visitor, given, source)
    return send(visitor) if page.address == "/eligibility/check" else page
