"""The words of the audit page: every event, the groups that it is found by, who did it. Pure.

No word here tells what a person answered, since people read them who may not open a record.
"""

from __future__ import annotations

from collections.abc import Mapping

GROUPS = {
    "reads": "Reading",
    "acts": "Acts on records",
    "sign_in": "Sign-in and team",
    "export": "Export",
    "rules": "Rules and articles",
    "mail": "Mail",
    "system": "The audit itself",
}

WORDS: dict[str, dict[str, str]] = {
    "reads": {
        "queue.listed": "Looked at a list of records",
        "submission.opened": "Opened a record",
        "submission.contact_shown": "Showed the contact",
        "submission.searched": "Searched",
        "note.kept_opened": "Read a kept note",
        "alerts.listed": "Looked at the alerts",
        "mail.listed": "Looked at the mail page",
        "dashboard.read": "Looked at the dashboard",
        "audit.read": "Looked at the audit",
        "emergency.listed": "Looked at emergency access",
        "team.listed": "Looked at the team",
        "account.read": "Looked at their account",
        "rules.movers_read": "Read whom a version would move",
    },
    "acts": {
        "submission.sent": "Check sent",
        "submission.moved": "Changed the status",
        "submission.assigned": "Changed the owner",
        "submission.noted": "Wrote a note",
        "submission.closed_by_rule": "Closed by rule",
        "submission.merged": "Merged as a duplicate",
        "submission.flag_overridden": "Overrode a flag",
        "submission.flag_restored": "Restored a flag",
        "submission.identity_checked": "Compared the birth date",
        "note.kept": "Kept an unsent note",
        "note.kept_dropped": "Dropped a kept note",
        "view.saved": "Saved a view",
        "view.dropped": "Dropped a view",
        "alert.opened": "Alert opened",
        "alert.climbed": "Alert climbed",
        "alert.acknowledged": "Took an alert",
        "alert.lapsed": "Alert waits again",
        "alert.closed": "Closed an alert",
        "callback.booked": "Call asked for",
        "callback.moved": "Call changed",
        "callback.urgent": "Urgent call asked for",
    },
    "sign_in": {
        "staff.invited": "Invited to the team",
        "staff.enrolled": "Set up the account",
        "staff.signed_in": "Signed in",
        "staff.sign_in_failed": "Sign-in failed",
        "staff.signed_out": "Signed out",
        "staff.session_ended": "Ended a session",
        "staff.confirmed_again": "Confirmed who they are",
        "staff.password_changed": "Changed the password",
        "staff.recovery_codes_made": "Made recovery codes",
        "staff.recovery_code_used": "Used a recovery code",
        "staff.phone_added": "Set up a phone",
        "staff.passkey_added": "Added a passkey",
        "staff.passkey_removed": "Removed a passkey",
        "staff.roles_changed": "Changed the roles",
        "staff.disabled": "Disabled the account",
        "staff.reset": "Reset the sign-in",
        "access.refused": "Refused: wrong role",
        "emergency.begun": "Took emergency access",
        "emergency.ended": "Ended emergency access",
        "emergency.reviewed": "Reviewed emergency access",
    },
    "export": {
        "export.begun": "Began an export",
        "export.finished": "Finished an export",
        "export.refused": "Export stopped",
        "audit.exported": "Exported the audit",
    },
    "rules": {
        "definition.imported": "Added a version",
        "rules.changed": "Changed a candidate",
        "rules.discarded": "Discarded a candidate",
        "rules.checked": "Checked a version",
        "rules.replayed": "Replayed a version",
        "rules.signed": "Signed a version",
        "rules.ordered": "Ordered a version live",
        "rules.cancelled": "Cancelled an order",
        "article.confirmed": "Confirmed an article",
    },
    "mail": {
        "mail.tried_again": "Sent a letter again",
        "mail.dropped": "Dropped a letter",
        "mail.gave_up": "Letter could not be sent",
    },
    "system": {
        "audit.verified": "Checked the chain",
        "audit.anchored": "Anchored the chain",
        "demo.filled": "Filled in made-up records",
    },
}
ALL = {name: text for group in WORDS.values() for name, text in group.items()}

ACTORS = {"visitor": "A visitor", "clock": "The system", "operator": "Command line"}
UNKNOWN = "Unknown"


def event_words(name: str) -> str:
    """What an event is called; a name that nobody registered was put there by somebody else."""
    return ALL.get(name, UNKNOWN)


def names_of(what: str) -> tuple[str, ...]:
    """The events that a group, or the name of one event, stands for; none for anything else."""
    return tuple(WORDS[what]) if what in WORDS else tuple(name for name in (what,) if name in ALL)


def who_words(kind: str, staff_id: str | None, names: Mapping[str, str]) -> str:
    """Who acted; ``names``: staff members by id."""
    if kind == "staff":
        return names.get(staff_id or "", "An unknown staff member")
    return ACTORS.get(kind, UNKNOWN)
