"""One act on several submissions: what it would do to each, and why it leaves some alone."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from intake.review.listing import asked_in_crisis
from intake.submissions import status as table
from intake.submissions.desk import REFERENCE
from intake.submissions.models import Submission

# What an act does to a record.
GOES, ALREADY, REFUSED, CHANGED = "goes", "already", "refused", "changed"

CHOICE = re.compile(r"([A-Z0-9-]{8})\.([0-9]{1,9})", re.ASCII)
MOVES = ("in_review", "new", "contacted", "scheduled", "closed")
# A duplicate is merged into its other record, on its own page.
NOT_IN_BULK = ("duplicate",)
CHANGED_WORDS = "Somebody changed it after you saw it. Open it first."


@dataclass(frozen=True, slots=True)
class Act:
    """``assign`` or ``move``, and the staff id (``""`` for nobody) or status that it leads to."""

    kind: str
    to: str

    @property
    def code(self) -> str:
        """The act as a form carries it."""
        return f"{self.kind}:{self.to}"


@dataclass(frozen=True, slots=True)
class Step:
    """What becomes of one record: ``state`` is one of GOES, ALREADY, REFUSED, CHANGED.

    ``status`` and ``owner`` are those of now, in words. ``revision`` is the one that was in view.
    """

    reference: str
    revision: int
    status: str
    owner: str | None
    state: str
    words: str

    @property
    def choice(self) -> str:
        """Reference and revision, as a form carries them."""
        return f"{self.reference}.{self.revision}"


def acts(owners: Sequence[tuple[str, str]], me: str) -> list[tuple[str, str]]:
    """The acts that are offered: codes with words; ``owners``: staff ids with names."""
    given = [(f"assign:{owner}", f"Give to {name}") for owner, name in owners if owner != me]
    moves = [(f"move:{to}", f"Move to “{table.STATUS_WORDS[to]}”") for to in MOVES]
    return [(f"assign:{me}", "Give to me"), *given, ("assign:", "Give to nobody"), *moves]


def read_act(code: str) -> Act:
    """The act of a ``code`` that ``acts`` offers."""
    kind, _, to = code.partition(":")
    return Act(kind, to)


def read_choices(texts: Collection[str], most: int) -> dict[str, int]:
    """References with the revisions that were in view, of at most ``most`` sound ``texts``."""
    found: dict[str, int] = {}
    for each in texts:
        match = CHOICE.fullmatch(each)
        if match is not None and REFERENCE.fullmatch(match[1]) and len(found) < most:
            found[match[1]] = int(match[2])
    return found


def reasons(roles: Collection[str]) -> list[str]:
    """Why several records can be closed at once by a person with ``roles``."""
    return [each for each in table.reasons_for(roles) if each not in NOT_IN_BULK]


def step(
    found: Submission, revision: int, act: Act, names: Mapping[str, str], *, alarmed: bool
) -> Step:
    """What ``act`` does to a record; ``alarmed``: an alert about it stands open."""
    state, words = _outcome(found, revision, act, names, alarmed)
    owner = names.get(found.owner_id, found.owner_id) if found.owner_id else None
    status = table.STATUS_WORDS[found.status]
    return Step(found.reference, revision, status, owner, state, words)


def _outcome(
    found: Submission, revision: int, act: Act, names: Mapping[str, str], alarmed: bool
) -> tuple[str, str]:
    """The state and words of a step."""
    if act.kind == "assign":
        already, words = (found.owner_id or "") == act.to, _assign_words(found, act.to, names)
        refused = _closed_words(found)
    else:
        already = found.status == act.to
        words = table.consequence(act.to, owned=found.owner_id is not None)
        refused = _closed_words(found) or _move_refused(found, act.to, alarmed)
    if already and found.status != "closed":
        return ALREADY, "It is so already."
    if already and act.kind == "move":
        return ALREADY, "It is closed already."
    if found.revision != revision:
        return CHANGED, CHANGED_WORDS
    return (REFUSED, refused) if refused else (GOES, words)


def _assign_words(found: Submission, owner: str, names: Mapping[str, str]) -> str:
    """What giving a record to ``owner`` means."""
    came_from = names.get(found.owner_id, found.owner_id) if found.owner_id else "nobody"
    return f"From {came_from} to {names.get(owner, owner) if owner else 'nobody'}."


def _closed_words(found: Submission) -> str | None:
    """Why nothing is done to a closed record here."""
    return "It is closed. Open it again on its own page." if found.status == "closed" else None


def _move_refused(found: Submission, to: str, alarmed: bool) -> str | None:
    """Why a record cannot be moved to ``to`` from here; None where it can."""
    if not table.allowed(found.status, to):
        return f"From “{table.STATUS_WORDS[found.status]}” it cannot go there."
    if to != "closed":
        return None
    flagged = found.priority and found.flag_cleared_at is None
    if flagged or asked_in_crisis(found) or found.urgency < table.URGENCY_USUAL:
        return "A crisis or same-day call is closed on its own page, with a note of what was done."
    return "Its alert is open. Close the alert first." if alarmed else None


def result_words(act: Act, steps: Sequence[Step], names: Mapping[str, str]) -> str:
    """What an act did to several records, in sentences; the references that it left alone."""
    done = sum(each.state == GOES for each in steps)
    already = sum(each.state == ALREADY for each in steps)
    said = [_done_words(act, done, names)]
    said += [f"{already} {'was' if already == 1 else 'were'} so already."] if already else []
    for state, why in ((CHANGED, "changed by somebody else"), (REFUSED, "not possible")):
        left = [each.reference for each in steps if each.state == state]
        said += [f"Left alone, {why}: {', '.join(left)}."] if left else []
    return " ".join(said)


def _done_words(act: Act, done: int, names: Mapping[str, str]) -> str:
    """How many records now are as the act says."""
    if not done:
        return "Nothing was changed."
    if act.kind == "assign":
        to = names.get(act.to, act.to) if act.to else "nobody"
        return f"{done} now {'belongs' if done == 1 else 'belong'} to {to}."
    return f"{done} now {'is' if done == 1 else 'are'} “{table.STATUS_WORDS[act.to]}”."
