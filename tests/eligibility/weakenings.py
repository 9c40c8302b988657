"""Every single weakening of a definition, and what catches each.

``weakenings`` changes one thing of a document at a time. ``caught_by_the_table`` asks the rules
typed by hand, ``caught_by_the_proof`` the eight properties; ``equivalent`` shows, over every
combination that either definition can tell apart, that a change alters no complete path.
"""

from __future__ import annotations

import copy
import functools
import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from intake.eligibility import Definition, DefinitionError, decide, explain, journey, load
from intake.eligibility.builder import Builder
from intake.eligibility.conditions import Answers, leaves
from intake.eligibility.grouping import possible_answers
from intake.eligibility.proof import Proof
from intake.eligibility.reader import Table
from intake.eligibility.trail import Trail
from tests.eligibility import made
from tests.eligibility.decision_table import MANY, SAFE, TABLE, URGENT, Story, expected

LADDER = ("crisis", "outside_area", "under_age", "not_now", "talk_first", "note")
UNKNOWN = ("not_sure", "skip")
Given = dict[str, tuple[str, ...]]


@dataclass(frozen=True)
class Weakening:
    """One change: its kind, what was changed, and the document after it."""

    kind: str
    name: str
    document: made.Document

    def __str__(self) -> str:
        return f"{self.kind}: {self.name}"


def built(document: made.Document) -> Definition:
    """The definition of a document, whether or not the loader would refuse it."""
    return Builder(Table(document, "weakened", []), "en", ("en",)).build("0" * 64)


def weakenings(document: made.Document) -> list[Weakening]:
    """Every single weakening of a document."""
    found: list[Weakening] = []
    for make in (_effects, _marks, _safe_codes, _conditions, _orders, _trail_rules):
        found += make(document)
    return found


def _changed(document: made.Document) -> tuple[made.Document, dict[str, made.Document]]:
    """A copy with its rules by id."""
    edited = copy.deepcopy(document)
    return edited, {each["id"]: each for each in edited["rules"]}


def _effects(document: made.Document) -> Iterator[Weakening]:
    """Each rule with every milder effect on the ladder, and dropped."""
    for rule in document["rules"]:
        unknown = rule["code"] in UNKNOWN
        for milder in LADDER[LADDER.index(rule["effect"]) + 1 :]:
            edited, rules = _changed(document)
            rules[rule["id"]]["effect"] = milder
            kind = "unknown made harmless" if unknown and milder == "note" else "milder effect"
            yield Weakening(kind, f"{rule['id']} {rule['effect']} -> {milder}", edited)
        edited, rules = _changed(document)
        edited["rules"].remove(rules[rule["id"]])
        yield Weakening("unknown made harmless" if unknown else "dropped", rule["id"], edited)


def _marks(document: made.Document) -> Iterator[Weakening]:
    """Each rule without its same-day priority, its end of the path, its urgent words."""
    for rule in document["rules"]:
        for mark in ("priority", "ends_path", "urgent"):
            if rule.get(mark):
                edited, rules = _changed(document)
                del rules[rule["id"]][mark]
                yield Weakening("mark dropped", f"{rule['id']} {mark}", edited)


def _safe_codes(document: made.Document) -> Iterator[Weakening]:
    """Each code that a condition looks at, or might, read the other way."""
    for rule in document["rules"]:
        for place, leaf in _leaves(rule.get("when", {})):
            codes = [each["code"] for each in made.question(document, leaf["question"])["choices"]]
            for code in codes:
                edited, rules = _changed(document)
                chosen = _at(rules[rule["id"]]["when"], place)["chosen"]
                (chosen.remove if code in chosen else chosen.append)(code)
                if chosen:
                    name = f"{rule['id']} {leaf['question']}: {code} turned round"
                    yield Weakening("code made safe", name, edited)


def _conditions(document: made.Document) -> Iterator[Weakening]:
    """``all``, ``any`` and ``not`` swapped in every condition of a rule and of a question."""
    for table in ("rules", "questions"):
        for number, each in enumerate(document[table]):
            for place, part in _parts(each.get("when", {})):
                for name, swapped in _swapped(part):
                    edited = copy.deepcopy(document)
                    whole = {"when": edited[table][number]["when"]}
                    _put(whole, ("when", *place), swapped)
                    edited[table][number]["when"] = whole["when"]
                    where = "/".join(map(str, place)) or "whole"
                    yield Weakening("condition swapped", f"{each['id']} {where}: {name}", edited)


def _swapped(part: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """What may stand for one part of a condition, with the name of the swap."""
    if "all" in part:
        yield "all -> any", {"any": copy.deepcopy(part["all"])}
    if "any" in part:
        yield "any -> all", {"all": copy.deepcopy(part["any"])}
    if "not" in part:
        yield "not dropped", copy.deepcopy(part["not"])
    else:
        yield "not added", {"not": copy.deepcopy(part)}
    if len(part.get("chosen", ())) > 1:
        each = [{"question": part["question"], "chosen": [code]} for code in part["chosen"]]
        yield "any of the codes -> all of them", {"all": each}


def _orders(document: made.Document) -> Iterator[Weakening]:
    """Each two neighbouring questions in the other order; the sections stay where they are."""
    for number in range(len(document["questions"]) - 1):
        edited = copy.deepcopy(document)
        first, second = edited["questions"][number : number + 2]
        first["section"], second["section"] = second["section"], first["section"]
        edited["questions"][number : number + 2] = [second, first]
        yield Weakening("reordered", f"{second['id']} before {first['id']}", edited)


def _trail_rules(document: made.Document) -> Iterator[Weakening]:
    """Each rule on changes made milder, or without its marks."""
    for name, rule in document["trail"].items():
        edited = copy.deepcopy(document)
        edited["trail"][name]["effect"] = "note"
        yield Weakening("milder effect", f"{name} {rule['effect']} -> note", edited)
        for mark in ("priority", "urgent"):
            if rule.get(mark):
                edited = copy.deepcopy(document)
                del edited["trail"][name][mark]
                yield Weakening("mark dropped", f"{name} {mark}", edited)


def _parts(
    when: dict[str, Any], place: tuple[Any, ...] = ()
) -> Iterator[tuple[tuple[Any, ...], dict[str, Any]]]:
    """Every part of a condition with the way to it."""
    if when:
        yield place, when
    for kind in ("all", "any"):
        for number, part in enumerate(when.get(kind, ())):
            yield from _parts(part, (*place, kind, number))
    if "not" in when:
        yield from _parts(when["not"], (*place, "not"))


def _leaves(when: dict[str, Any]) -> list[tuple[tuple[Any, ...], dict[str, Any]]]:
    return [(place, part) for place, part in _parts(when) if "chosen" in part]


def _at(value: Any, place: tuple[Any, ...]) -> Any:
    for step in place:
        value = value[step]
    return value


def _put(value: Any, place: tuple[Any, ...], part: dict[str, Any]) -> None:
    _at(value, place[:-1])[place[-1]] = part


# --- the table of version 1 --------------------------------------------------------------------


@functools.cache
def _cases() -> list[tuple[Given, tuple[str, bool, list[str]]]]:
    """Complete answers with what the table says of them."""
    worst = {key: (list(codes)[-1],) for key, codes in TABLE.items()} | {
        "state": ("fl",),
        "age_band": ("65_plus",),
        "safety": ("skip",),
        "reason": ("pain",),
    }
    cases: list[Given] = [SAFE, worst]
    for key in TABLE:
        for codes in possible_answers(made.definition().question(key)):
            if len(codes) == 1 or key == "reason" or key in MANY and len(codes) == 2:
                cases += [{**SAFE, key: codes}, {**worst, key: codes}]
    ends = [("state", "other"), ("age_band", "under_18"), ("safety", "now")]
    for (one, first), (two, second) in itertools.permutations(ends, 2):
        cases.append({**worst, one: (first,), two: (second,)})
    return [(case, expected(case)) for case in cases]


@functools.cache
def _stories() -> list[tuple[str, str, tuple[str, bool, list[str]]]]:
    """Question and code that is given, shown its page, and changed, with how it must end."""
    found = []
    for key, codes in TABLE.items():
        for code in codes:
            story = Story()
            for each, harmless in SAFE.items():
                story.answer(each, harmless)
            story.answer(key, (code,))
            story.answer(key, SAFE[key])
            found.append((key, code, expected(story.answers, story.changed())))
    return found


def caught_by_the_table(definition: Definition) -> str | None:
    """The first case in which the table says otherwise; None where it always agrees.

    The order of flags decides nothing, and is not compared.
    """
    for answers, (outcome, priority, flags) in _cases():
        found = decide(definition, answers)
        named = sorted(map(str, found.flags))
        if (found.outcome, found.priority, named) != (outcome, priority, sorted(flags)):
            wanted = f"{outcome}{' !' * priority} by {len(flags)} flags"
            ended = f"{found.outcome}{' !' * found.priority} by {len(named)} flags"
            return _different(answers, ended, wanted)
        if not _lines(definition, found.flags) >= _lines_needed(flags):
            return _different(answers, "no urgent words", "urgent words")
    for key, code, (outcome, priority, flags) in _stories():
        answers, trail = _told(definition, key, code)
        found = decide(definition, answers, trail)
        if (found.outcome, found.priority) != (outcome, priority):
            wanted = f"{outcome}{' !' * priority}"
            return f"{key} {code} and changed: {found.outcome}{' !' * found.priority}, not {wanted}"
        if not _lines(definition, found.flags) >= _lines_needed(flags):
            return f"{key} {code} and changed: no urgent words"
    return None


def _different(answers: Given, found: str, wanted: str) -> str:
    if answers == SAFE:
        return f"harmless answers: {found}, not {wanted}"
    telling = [f"{key} {' '.join(codes)}" for key, codes in answers.items() if codes != SAFE[key]]
    return f"{', '.join(telling[:3])}{' …' * (len(telling) > 3)}: {found}, not {wanted}"


def _lines_needed(flags: list[str]) -> set[str]:
    return {URGENT[flag] for flag in flags if flag in URGENT}


def _lines(definition: Definition, flags: Any) -> set[str]:
    return {urgent.kind for urgent in explain.urgent_texts(definition, flags)}


def _told(definition: Definition, key: str, code: str) -> tuple[Answers, Trail]:
    answers: Answers = SAFE
    trail: Trail = ()
    for codes in ((code,), SAFE[key]):
        answers, trail = journey.answer(definition, answers, trail, key, codes, 1)
    return answers, trail


# --- the proof, the loader, and nothing --------------------------------------------------------


def caught_by_the_proof(definition: Definition) -> str | None:
    """The first property that the combinations nearest to harmless answers break."""
    broken = Proof(definition).first_look().broken
    return next((f"property {n}: {broken[n][1].what}" for n in sorted(broken)), None)


def caught_by_the_loader(document: made.Document) -> str | None:
    """The first problem that the loader names."""
    try:
        load(made.written(document))
    except DefinitionError as error:
        return str(error.problems[0])
    return None


def equivalent(one: Definition, other: Definition) -> bool:
    """Whether no complete path tells two definitions apart.

    Answers of a question are grouped by the flags that they fire in each definition (those that
    fire the same in both count as one), by whether they end the path in either, and by what
    conditions over several questions read. Every combination of the groups is decided by both,
    and every possible answer among harmless ones as well.
    """
    if (one.safety_changed, one.answer_changed) != (other.safety_changed, other.answer_changed):
        return False
    chosen = {question.id: _apart(one, other, question.id) for question in one.questions}
    combinations: Iterator[Given] = (
        dict(zip(chosen, each, strict=True)) for each in itertools.product(*chosen.values())
    )
    singly: Iterator[Given] = (
        {**{key: found[0] for key, found in chosen.items()}, question.id: codes}
        for question in one.questions
        for codes in possible_answers(question)
    )
    return all(
        _shown(one, answers) == _shown(other, answers)
        for answers in itertools.chain(combinations, singly)
    )


def _apart(one: Definition, other: Definition, key: str) -> list[tuple[str, ...]]:
    """One answer of each group, a harmless one first."""
    told = [leaf for each in (one, other) for leaf in _across(each) if leaf.question == key]
    groups: dict[Any, tuple[str, ...]] = {}
    every = list(possible_answers(one.question(key)))
    for codes in sorted(every, key=lambda codes: len(one.tables.make(key, codes).fired)):
        steps = [each.tables.make(key, codes) for each in (one, other)]
        fired = [tuple((each.rule.urgent, each.flag) for each in step.fired) for step in steps]
        ends = [step.ended_by is not None for step in steps]
        read = [not set(leaf.codes).isdisjoint(codes) for leaf in told]
        alike = fired[0] == fired[1]
        groups.setdefault((alike or tuple(fired), *ends, *read), codes)
    return list(groups.values())


def _across(definition: Definition) -> list[Any]:
    conditions = [question.when for question in definition.questions if question.when]
    for fired in definition.tables.across.values():
        conditions += [each.rule.when for each in fired]
    return [leaf for condition in conditions for leaf in leaves(condition)]


def _shown(definition: Definition, answers: Given) -> tuple[object, ...]:
    found = decide(definition, answers)
    asked = frozenset(journey.on_path(definition, answers))
    urgent = frozenset(explain.urgent_texts(definition, found.flags))
    return found.outcome, found.priority, frozenset(found.flags), asked, urgent
