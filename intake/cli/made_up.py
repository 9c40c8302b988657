"""Believable answers and contacts of people who do not exist."""

from __future__ import annotations

import datetime as dt
import random
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from intake.eligibility import Decision, Definition, Kind, Question, journey, outcome
from intake.submissions.contact import VOICEMAIL, Contact
from intake.visit import Draft

FIRST = (
    "Ana", "Bela", "Carmen", "Dwight", "Elena", "Farid", "Grace", "Hao", "Ines", "Jamal",
    "Keiko", "Luis", "Maeve", "Nadia", "Oscar", "Priya", "Quinn", "Rosa", "Samir", "Tess",
)  # fmt: skip
LAST = (
    "Alvarez", "Brooks", "Castellano", "Duarte", "Ellison", "Fontaine", "Greene", "Haddad",
    "Ivers", "Jankowski", "Kim", "Lindqvist", "Moreau", "Nguyen", "O'Brien", "Pereira",
    "Rosenthal", "Sato", "Tran", "Whitfield",
)  # fmt: skip
AREA_CODES = {"fl": ("305", "561", "813", "850"), "nj": ("201", "609", "732", "856")}

# The milder answers come up more often than chance, as they do at a real door.
LIKELY = {
    "state": {"fl": 10, "nj": 8, "other": 1},
    "age_band": {"18_29": 4, "30_44": 8, "45_64": 7, "65_plus": 2, "under_18": 1},
    "safety": {"no": 14, "thoughts": 4, "skip": 1, "not_sure": 1, "now": 1},
    "recent_crisis": {"no": 14, "yes": 1},
    "trials": {"2_plus": 10, "1": 3},
    "mind": {"none": 14},
    "heart": {"none": 18},
    "blood_pressure": {"normal": 10, "high_controlled": 4},
    "body": {"none": 16},
    "pregnancy": {"no": 20},
    "substances": {"no": 12},
    "medicines": {"none": 8, "sleep": 2, "benzodiazepine": 2},
    "ketamine_before": {"never": 12, "fine": 3},
    "sitter": {"yes": 14},
    "reason": {"depression": 12, "anxiety": 8, "ptsd": 3},
}


@dataclass(frozen=True, slots=True)
class Walk:
    """A made-up person's draft at the end of its path, and what it decides."""

    draft: Draft
    decision: Decision


def walk(
    definition: Definition, dice: random.Random, sent: dt.datetime, source: str | None
) -> Walk:
    """Answer every question on the path, by the functions that serve patients."""
    started = sent - dt.timedelta(minutes=dice.uniform(3, 9))
    draft = Draft(
        version=definition.version,
        started=started,
        id=f"{dice.getrandbits(128):032x}",
        source=source,
    )
    while (gap := journey.path(definition, draft.answers).gap) is not None:
        question = definition.question(gap)
        answers, trail = journey.answer(
            definition,
            draft.answers,
            draft.trail,
            gap,
            journey.valid(question, _choose(question, dice)),
            int(started.timestamp()),
        )
        draft = draft.but(answers=answers, trail=trail)
    return Walk(draft, outcome.decide(definition, draft.answers, draft.trail))


def _choose(question: Question, dice: random.Random) -> list[str]:
    """One answer, or a few that go together."""
    likely = LIKELY.get(question.id, {})
    codes = [choice.code for choice in question.choices]
    weights = [likely.get(code, 0.4) for code in codes]
    first = dice.choices(codes, weights)[0]
    alone = {choice.code for choice in question.choices if choice.exclusive}
    if question.kind is Kind.ONE or first in alone or dice.random() < 0.6:
        return [first]
    second = dice.choices(codes, weights)[0]
    return [first] if second in alone or second == first else [first, second]


def contact_for(person: Walk, dice: random.Random, practice_zone: ZoneInfo) -> Contact:
    """A name, a fictional number and the rest, fitting the answers."""
    first, last = dice.choice(FIRST), dice.choice(LAST)
    state = person.draft.answers["state"][0]
    area = dice.choice(AREA_CODES[state])
    low, high = {"18_29": (18, 29), "30_44": (30, 44), "45_64": (45, 64)}.get(
        person.draft.answers.get("age_band", ("",))[0], (66, 80)
    )
    years = dice.randint(low, high - 1)
    born = person.draft.started.date() - dt.timedelta(days=round((years + 0.5) * 365.25))
    return Contact(
        name=f"{first} {last}",
        phone=f"+1{area}5550{dice.randint(100, 199)}",
        zone="America/Chicago" if area == "850" else practice_zone.key,
        voicemail=dice.choice(VOICEMAIL),
        email=f"{first}.{last}@example.com".lower().replace("'", "")
        if dice.random() < 0.6
        else None,
        birth_date=born,
        language="es" if dice.random() < 0.1 else "en",
        sms_consent=None,
    )
