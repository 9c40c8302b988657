"""Events: every read and act of staff, every send of a patient, in one chain.

An event stands in the same transaction as the act. Each carries the HMAC of itself and of the
event before it, so that a changed, removed or reordered row is found. Details are plain, by an
exact list of keys, and never hold an answer, a name or a number.

Doors: this file; ``reading``, the query of the audit page.
"""

from intake.audit.anchors import (
    Anchor,
    anchor_daily,
    anchor_due,
    anchors_in,
    head_line,
    read_anchor,
)
from intake.audit.chain import CLOCK, OPERATOR, VISITOR, Actor, chained, record
from intake.audit.checking import Break, Verdict, check, note_check, verify
from intake.audit.events import EVENTS
from intake.audit.models import Event, EventHead

__all__ = [
    "CLOCK",
    "EVENTS",
    "OPERATOR",
    "VISITOR",
    "Actor",
    "Anchor",
    "Break",
    "Event",
    "EventHead",
    "Verdict",
    "anchor_daily",
    "anchor_due",
    "anchors_in",
    "chained",
    "check",
    "head_line",
    "note_check",
    "read_anchor",
    "record",
    "verify",
]
