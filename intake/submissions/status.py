"""The statuses of a submission and of a callback, and which moves are allowed. Pure."""

from __future__ import annotations

from collections.abc import Collection

MOVES: dict[str, tuple[str, ...]] = {
    "new": ("in_review", "contacted", "scheduled", "closed"),
    "in_review": ("new", "contacted", "scheduled", "closed"),
    "contacted": ("in_review", "scheduled", "closed"),
    "scheduled": ("contacted", "in_review", "closed"),
    "closed": ("in_review",),
}
STATUSES = tuple(MOVES)

# Reasons that staff may choose; the others are set by the product itself.
CLOSED_REASONS = (
    "visit_booked",
    "not_suitable",
    "referred",
    "declined",
    "unreachable",
    "duplicate",
    "no_contact",
    "under_age",
)
SET_BY_PRODUCT = ("no_contact", "under_age")
CLINICIAN_REASONS = ("not_suitable",)

CALLBACK_STATUSES = (
    "booked",
    "asap",
    "reached",
    "left_message",
    "no_answer",
    "wrong_number",
    "rebooked",
    "cancelled",
    "missed",
)
CALLBACK_OPEN = ("booked", "asap", "left_message", "no_answer")

# Sort order of the queue; the smaller comes first.
URGENCY_CRISIS = 0
URGENCY_SAME_DAY = 1
URGENCY_USUAL = 2
# No call is owed: below everybody who still waits for one.
URGENCY_DONE = 3

# What a move makes of the call that was owed.
SETTLED_AS = {"contacted": "reached", "scheduled": "rebooked"}

STATUS_WORDS = {
    "new": "New",
    "in_review": "In review",
    "contacted": "Contacted",
    "scheduled": "Call scheduled",
    "closed": "Closed",
}
REASON_WORDS = {
    "visit_booked": "Video visit booked",
    "not_suitable": "Not suitable (a clinician decided)",
    "referred": "Referred elsewhere",
    "declined": "The person declined",
    "unreachable": "Could not be reached",
    "duplicate": "Duplicate of another submission",
    "no_contact": "No contact was left",
    "under_age": "Under 18",
}
CONSEQUENCES = {
    "new": "It has no owner then, and waits for anyone.",
    "in_review": "Somebody is at work on it. It stays open.",
    "contacted": "The person was reached. It stays open.",
    "scheduled": "A later call was agreed. It stays open.",
    "closed": "It leaves the queue. It can be opened again, with a reason.",
}


def allowed(status: str, to: str) -> bool:
    """Whether a submission may move from ``status`` to ``to`` (table in the product's words)."""
    return to in MOVES.get(status, ())


def urgency_of(owed: str | None, *, priority: bool) -> int:
    """The place in the queue: ``owed`` is the kind of the call that is owed, None for none."""
    if owed is None:
        return URGENCY_DONE
    if owed == "urgent":
        return URGENCY_CRISIS
    return URGENCY_SAME_DAY if priority else URGENCY_USUAL


def reasons_for(roles: Collection[str]) -> tuple[str, ...]:
    """The closed reasons that a person with ``roles`` may choose."""
    return tuple(
        reason
        for reason in CLOSED_REASONS
        if reason not in SET_BY_PRODUCT
        and (reason not in CLINICIAN_REASONS or "clinician" in roles)
    )


def move_words(status: str, to: str) -> str:
    """What the button of a move says."""
    if status == "closed":
        return "Open it again"
    if to == "in_review":
        return "Take it into review" if status == "new" else "Back to review"
    return {
        "new": "Give it back",
        "contacted": "Mark as contacted",
        "scheduled": "Mark as call scheduled",
        "closed": "Close it",
    }[to]


def consequence(to: str, *, owned: bool) -> str:
    """What a move to ``to`` means, in words; ``owned``: whether it has an owner now."""
    takes = to not in ("new", "closed") and not owned
    return f"It becomes yours. {CONSEQUENCES[to]}" if takes else CONSEQUENCES[to]
