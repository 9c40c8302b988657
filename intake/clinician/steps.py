"""How far a version has come on its way to people: what was found, what is left to do."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from intake.crypto import KeyRing
from intake.eligibility import Definition, load
from intake.eligibility.compare import Difference, differences, sentence
from intake.rulebook import Shelf, life, runs, store
from intake.rulebook.life import Stage
from intake.rulebook.models import DefinitionVersion, GoingLive, RuleRun

STAGE_WORDS = {
    Stage.CANDIDATE: "Candidate",
    Stage.CHECKED: "Checked",
    Stage.REPLAYED: "Checked and replayed",
    Stage.SIGNED: "Signed",
}


@dataclass(frozen=True, slots=True)
class Run:
    """A check or replay as the page shows it; ``percent`` is None before anything is known."""

    row: RuleRun
    result: Mapping[str, Any] | None
    percent: int | None
    alive: bool

    @property
    def open(self) -> bool:
        """Whether it waits or runs."""
        return self.row.state in ("waiting", "running")


@dataclass(frozen=True, slots=True)
class Version:
    """One version as the list shows it.

    ``live``: it is live now; ``was_live``: it was, before; ``ahead``: its orders still to come.
    """

    row: DefinitionVersion
    stage: Stage
    live: bool
    was_live: bool
    ahead: tuple[GoingLive, ...]
    since: dt.datetime | None
    candidate: bool

    @property
    def words(self) -> str:
        """How far it has come, in words."""
        if self.stage is not Stage.SIGNED and (self.live or self.was_live):
            return "Proposed, not signed"
        return STAGE_WORDS[self.stage]


def version_of(session: Session, shelf: Shelf, row: DefinitionVersion, now: dt.datetime) -> Version:
    """``row`` with where it stands at ``now`` (UTC)."""
    orders = [
        each
        for each in life.all_orders(session)
        if each.version == row.version and each.cancelled_at is None
    ]
    past = [each for each in orders if each.from_at <= now]
    live = shelf.live_at(now).version == row.version
    return Version(
        row=row,
        stage=life.stage_of(session, row),
        live=live,
        was_live=bool(past) and not live,
        ahead=tuple(each for each in orders if each.from_at > now),
        # The first version of all is live even by a clock that stands before its order.
        since=(past or orders[-1:])[0].from_at if past or live else None,
        candidate=life.is_candidate(session, row),
    )


def run_of(
    session: Session, keys: KeyRing, kind: str, row: DefinitionVersion, now: dt.datetime
) -> Run | None:
    """The newest run of ``kind`` for the version's bytes; raises ``UnreadableRecord``."""
    run = runs.newest_run(session, kind, row)
    if run is None:
        return None
    result = runs.result_of(keys, run) if run.state == "done" else None
    percent = min(100, 100 * run.done // run.total) if run.total else None
    return Run(run, result, percent, now - run.beat_at < runs.DEAD_AFTER)


def difference_sentences(found: Sequence[Difference]) -> str:
    """The differences as they are kept with a signature: a sentence a line."""
    return "\n".join(map(sentence, found)) or "No difference."


def against_live(
    session: Session, shelf: Shelf, row: DefinitionVersion, now: dt.datetime
) -> tuple[Definition, list[Difference]]:
    """The version that is live now, and what ``row`` changes in it."""
    live = shelf.live_at(now)
    return live, differences(live, load(row.body))


def definition_of(session: Session, number: int) -> tuple[DefinitionVersion, Definition]:
    """A version's row and rules, live or not; raises ``NotFound``."""
    row = store.row_of(session, number)
    return row, load(row.body)
