"""Every event with its exact keys, typed by hand: a change of what is kept is a change here."""

from __future__ import annotations

from intake import audit

# An event, then the keys of its detail.
TABLE = """
access.refused endpoint
account.read
alert.acknowledged kind
alert.climbed kind level
alert.closed kind reason
alert.lapsed kind
alert.opened kind
alerts.listed references
article.confirmed slug version
audit.anchored head sequence
audit.exported rows
audit.read events
audit.verified sequence whole
callback.booked kind
callback.moved from to
callback.urgent possible_abuse
dashboard.read
definition.imported sha256 version
demo.filled people
emergency.begun until
emergency.ended
emergency.listed
emergency.reviewed
export.begun form format from outcome rows state to
export.finished rows sha256
export.refused why
mail.dropped kind
mail.gave_up kind
mail.listed
mail.tried_again kind
note.kept
note.kept_dropped
note.kept_opened
queue.listed references
rules.cancelled version
rules.changed sha256 version
rules.checked passed sha256 version
rules.discarded sha256 version
rules.movers_read version
rules.ordered from urgent version
rules.replayed from sha256 to version
rules.signed sha256 version
staff.confirmed_again
staff.disabled
staff.enrolled
staff.invited roles
staff.passkey_added passkey
staff.passkey_removed passkey
staff.password_changed
staff.phone_added
staff.recovery_code_used
staff.recovery_codes_made
staff.reset
staff.roles_changed from to
staff.session_ended session_id
staff.sign_in_failed step
staff.signed_in
staff.signed_out
submission.assigned owner
submission.closed_by_rule reason
submission.contact_shown
submission.flag_overridden
submission.flag_restored
submission.identity_checked matched
submission.merged into
submission.moved from reason to
submission.noted type
submission.opened
submission.searched field references
submission.sent definition_version outcome
team.listed
view.dropped shared
view.saved shared
"""
# No key may be added whose name promises words of a person, or who they are.
NEVER = ("name", "phone", "email", "answer", "text", "body", "note", "birth_date", "address")


def test_the_registry_is_what_was_agreed() -> None:
    """Neither an event nor a key comes or goes unseen."""
    typed = {line.split()[0]: frozenset(line.split()[1:]) for line in TABLE.strip().splitlines()}
    assert typed == audit.EVENTS


def test_no_key_promises_what_a_person_said() -> None:
    """Details hold codes, numbers, references and ids."""
    for name, keys in audit.EVENTS.items():
        assert keys.isdisjoint(NEVER), name
