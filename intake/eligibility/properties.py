"""The eight properties of the clinical rules, judged on one complete combination of answers.

Everything is read off the functions that serve patients: ``walk``, ``decide``, ``flags_of``,
``reasons`` and the journey. An answer stands for its group (``grouping``), so a property that
names a code is asked of every group that holds an answer with it.

What is judged on every combination: 1, 2, 4, 6, the outcome part of 3, that each flag of 7
stands on the path, and 8 with one changed answer in rotation (it never makes the outcome milder,
and takes no flag away). What is judged once for all that is alike:

- 2 and 3 look only at the effects of the flags, the outcome and whether the path ended, and are
  worked out once for each such set that turns up; a further flag is added for every effect, and
  every two sets of which one holds the other are compared.
- A reason is made from one flag and the answers to the questions that its rule looks at, so 7
  makes it once for each of those (and for each possible answer, in ``Proof.first_look``).
- 5 and 8 are in ``leftovers`` and ``stories``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from intake.eligibility.conditions import holds, questions_named
from intake.eligibility.definition import Definition
from intake.eligibility.explain import reasons
from intake.eligibility.grouping import Codes
from intake.eligibility.leftovers import Leftovers
from intake.eligibility.outcome import Decision, decide, hard_stops, outcome_of
from intake.eligibility.parts import SEVERITY, Effect, Flag, Outcome, Rule
from intake.eligibility.route import Walk, walk
from intake.eligibility.space import Space
from intake.eligibility.stories import Stories

SENTENCES = {
    1: "A crisis answer to `safety` on the path ends in crisis, and its page comes right after.",
    2: "A hard stop on the path, and no answer that ends it, is `not_now`; never milder.",
    3: "A further flag never makes the outcome milder; an unknown answer never ends in `may_fit`.",
    4: "Each complete path has one outcome; each outcome, question, rule and code is reached.",
    5: "What is left for questions off the path changes nothing.",
    6: "The path ends for every combination, within 15 questions.",
    7: "Every flag names a question on the path and the answer that fired it, with its reason.",
    8: "With a changed answer in the trail the outcome is never `may_fit`.",
}
"""The properties of the clinical rules, by number."""

CRISIS_ANSWERS = frozenset({"now", "not_sure"})
UNKNOWN = frozenset({"not_sure", "skip"})
MOST_PAGES = 15
OUTCOMES = {outcome: place for place, outcome in enumerate(Outcome)}
PRIORITY = 1 << len(SEVERITY)
ENDED = PRIORITY << 1

Reached: TypeAlias = tuple[int, Outcome]
"""The effects of some flags, a bit each, and the outcome that they led to."""


def softened(one: Reached, other: Reached) -> bool:
    """Whether ``one`` has all the effects of ``other`` and yet the milder outcome."""
    more = one[0] & other[0] & ~ENDED == other[0] & ~ENDED
    return more and OUTCOMES[one[1]] > OUTCOMES[other[1]]


@dataclass(frozen=True, slots=True)
class Broken:
    """A property that a combination breaks.

    ``what`` says how, ``rules`` which to look at. ``instead``: the answers of the group that
    show it, where another stood for them.
    """

    number: int
    what: str
    rules: tuple[str, ...] = ()
    instead: Mapping[str, Codes] = field(default_factory=dict)


@dataclass(slots=True)
class _Known:
    """A flag that was met: its bits, the further questions of its rule, and the answers for which
    its reason was made."""

    flag: Flag
    bits: int
    further: tuple[str, ...]
    made_for: set[object] = field(default_factory=set)


class Judge:
    """Judges combinations, and remembers what was reached: ``outcomes``, and ``fired`` rules by
    their ids."""

    def __init__(self, space: Space) -> None:
        self.space = space
        self.definition: Definition = space.definition
        self.outcomes: set[Reached] = set()
        self._known: dict[int, _Known] = {}
        self._verdicts: dict[int, tuple[Outcome, list[Broken]]] = {}
        self._leftovers = Leftovers(space)
        self._stories = Stories(space)
        self._crisis = _standing_for(space, "safety", CRISIS_ANSWERS)
        self._unknown = {key: _standing_for(space, key, UNKNOWN) for key in space.groups}

    @property
    def fired(self) -> set[str]:
        """The ids of the rules that fired so far, those on changes included."""
        return {known.flag.rule_id for known in self._known.values()} | self._stories.fired

    def begin(self) -> None:
        """A part begins: it is judged the same whatever was judged before."""
        self._stories.turn = 0

    def judge(self, answers: dict[str, Codes]) -> list[Broken]:
        """The properties that these answers to a complete path break."""
        walked, decision = walk(self.definition, answers), decide(self.definition, answers)
        broken: list[Broken] = []
        effects = self._flags(walked, decision, broken)
        if walked.path.ended_by is not None:
            effects |= ENDED
        verdict = self._verdicts.get(effects)
        if verdict is None or verdict[0] is not decision.outcome:
            verdict = self._verdicts[effects] = (decision.outcome, self._weigh(effects, decision))
        broken += verdict[1]
        if answers.get("safety") in self._crisis:
            broken += self._crisis_comes_first(answers, walked, decision)
        if walked.path.gap is not None or len(walked.path.questions) > MOST_PAGES:
            pages = len(walked.path.questions)
            broken.append(Broken(6, f"{pages} questions, and the path stands at {walked.path.gap}"))
        if len(walked.path.questions) < len(self.definition.questions):
            broken += [
                Broken(5, what) for what in self._leftovers.change(answers, walked, decision)
            ]
        if decision.outcome is Outcome.MAY_FIT:
            broken += self._may_fit(walked.answers)
        else:
            softer = self._stories.soften(walked, decision)
            broken += [Broken(8, each.what, each.rules) for each in softer]
        return broken

    def explain(self, answers: dict[str, Codes]) -> list[Broken]:
        """Property 7 alone: the flags that these answers fire without their answer or reason."""
        broken: list[Broken] = []
        self._flags(walk(self.definition, answers), decide(self.definition, answers), broken)
        return broken

    def _flags(self, walked: Walk, decision: Decision, broken: list[Broken]) -> int:
        """Property 7; gives the effects of the flags as bits."""
        bits, given = 0, walked.answers
        for flag in decision.flags:
            known = self._known.get(id(flag))
            if known is None:
                known = self._known[id(flag)] = self._meet(flag)
            bits |= known.bits
            # A tuple of answers only where a rule looks at several questions: this loop is hot.
            heard: object = given.get(flag.question)
            if known.further:
                heard = (heard, *(given.get(each) for each in known.further))
            if heard not in known.made_for:
                wrong = _unexplained(self.definition, walked, flag)
                if wrong:
                    broken.append(Broken(7, f"{flag}: {wrong}", (flag.rule_id,)))
                else:
                    known.made_for.add(heard)
        return bits

    def _meet(self, flag: Flag) -> _Known:
        bits = 1 << SEVERITY[flag.effect] | (PRIORITY if flag.priority else 0)
        rule = self.definition.rule(flag.rule_id)
        further = questions_named(rule.when) - {flag.question} if isinstance(rule, Rule) else ()
        return _Known(flag, bits, tuple(further))

    def _weigh(self, effects: int, decision: Decision) -> list[Broken]:
        """Properties 2, 3 and 4 for the effects of some flags and the outcome they led to."""
        broken: list[Broken] = []
        outcome = OUTCOMES[decision.outcome]
        rules = tuple(flag.rule_id for flag in decision.flags)
        stops = hard_stops(decision.flags)
        if stops and outcome > OUTCOMES[Outcome.NOT_NOW]:
            broken.append(Broken(2, f"a hard stop, and yet {decision.outcome}", rules))
        elif stops and not effects & ENDED and decision.outcome is not Outcome.NOT_NOW:
            broken.append(Broken(2, f"nothing ended the path, and yet {decision.outcome}", rules))
        for effect in Effect:
            more = [*decision.flags, Flag("", "", "", effect, False)]
            if OUTCOMES[outcome_of(more)] > outcome:
                broken.append(Broken(3, f"a further flag ({effect}) makes it milder", rules))
        here = (effects, decision.outcome)
        for other in self.outcomes:
            if softened(here, other) or softened(other, here):
                what = f"{decision.outcome} here and {other[1]} elsewhere: more flags are milder"
                broken.append(Broken(3, what, rules))
        self.outcomes.add(here)
        pages = [ending for ending in self.definition.endings if ending.code is decision.outcome]
        if len(pages) != 1:
            broken.append(Broken(4, f"{len(pages)} pages for {decision.outcome}"))
        return broken

    def _crisis_comes_first(
        self, answers: dict[str, Codes], walked: Walk, decision: Decision
    ) -> list[Broken]:
        """Property 1, where an answer of crisis or one of its group was given to ``safety``."""
        if "safety" not in walked.answers:
            return []
        page = [ending.page for ending in self.definition.endings if ending.code is Outcome.CRISIS]
        last = walked.path.complete and walked.path.questions[-1] == "safety"
        if decision.outcome is Outcome.CRISIS and last and page == ["help"]:
            return []
        codes = self._crisis[answers["safety"]]
        what = f"safety is {codes[0]}, and the outcome is {decision.outcome}"
        if decision.outcome is Outcome.CRISIS:
            what = f"safety is {codes[0]}, and the next page is not the crisis page"
        return [Broken(1, what, _rules_about(self.definition, "safety"), {"safety": codes})]

    def _may_fit(self, given: Mapping[str, Codes]) -> list[Broken]:
        """The rest of property 3, and property 8 where it matters most."""
        broken = []
        for key, codes in given.items():
            unknown = self._unknown[key].get(codes)
            if unknown is not None:
                what = f"{key} is {unknown[0]}, and the outcome is may_fit"
                rules = _rules_about(self.definition, key)
                broken.append(Broken(3, what, rules, {key: unknown}))
        told = self._stories.cleared(dict(given))
        return broken + [Broken(8, each.what, each.rules) for each in told]


def _standing_for(space: Space, key: str, codes: frozenset[str]) -> dict[Codes, Codes]:
    """The representatives of the groups that hold an answer with one of ``codes``, with it."""
    found: dict[Codes, Codes] = {}
    for group in space.groups.get(key, ()):
        for answer in group.answers:
            if not codes.isdisjoint(answer):
                found.setdefault(group.representative, answer)
    return found


def _rules_about(definition: Definition, key: str) -> tuple[str, ...]:
    return tuple(rule.id for rule in definition.rules if rule.question == key)


def _unexplained(definition: Definition, walked: Walk, flag: Flag) -> str | None:
    """What is missing between a flag, the answer that fired it, and its reason."""
    rule, given = definition.rule(flag.rule_id), walked.answers
    if flag.question not in given:
        return "its question is not on the path"
    single = flag.code in definition.tables.codes[flag.question]
    fired = flag.code in given[flag.question] if single else True
    if isinstance(rule, Rule):
        made = Flag(rule.question, rule.code, rule.id, rule.effect, rule.priority)
        fired = fired and flag == made and holds(rule.when, given)
    if not fired:
        return "no answer on the path fires it"
    (reason,) = reasons(definition, given, [flag])
    about = (reason.question, reason.code, reason.rule_id, reason.effect)
    if about != (flag.question, flag.code, flag.rule_id, flag.effect):
        return "its reason is about another flag"
    question = definition.question(flag.question)
    named = [flag.code] if single else given[flag.question]
    if reason.answer_labels != tuple(question.label(code) for code in named):
        return "its reason does not name the answer"
    named_all = all(reason.answer_labels) and reason.question_short
    return None if named_all and reason.text else "its reason has no words"
