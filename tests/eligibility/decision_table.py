"""The clinical rules, read once more: typed by hand from the table, apart from the definition.

Imports nothing of the product and is naive on purpose. ``expected`` says how a set of answers
must end; ``Story`` keeps, for a person who goes back and forth, which changes must show.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

Given = Mapping[str, Sequence[str]]

# Question by question, in order: code -> effect. "" is no effect, "!" a same-day priority.
TABLE: dict[str, dict[str, str]] = {
    "state": {"fl": "", "nj": "", "other": "outside_area"},
    "age_band": {
        "18_29": "",
        "30_44": "",
        "45_64": "",
        "65_plus": "talk_first",
        "under_18": "under_age",
    },
    "reason": {"depression": "", "anxiety": "", "ptsd": "", "ocd": "", "pain": "", "other": ""},
    "safety": {
        "no": "",
        "thoughts": "talk_first!",
        "now": "crisis",
        "not_sure": "crisis",
        "skip": "talk_first!",
    },
    "recent_crisis": {"no": "", "yes": "talk_first!", "not_sure": "talk_first"},
    "trials": {"2_plus": "", "1": "talk_first", "0": "talk_first", "not_sure": "talk_first"},
    "mind": {
        "psychosis_now": "not_now",
        "psychosis_past": "talk_first",
        "mania_now": "not_now",
        "bipolar": "talk_first",
        "dissociative": "talk_first",
        "memory": "talk_first",
        "none": "",
        "not_sure": "talk_first",
    },
    "heart": {
        "unstable": "not_now",
        "history": "talk_first",
        "vessel": "not_now",
        "head_pressure": "not_now",
        "glaucoma": "talk_first",
        "none": "",
        "not_sure": "talk_first",
    },
    "blood_pressure": {
        "normal": "",
        "high_controlled": "note",
        "high_140": "talk_first",
        "high_160": "not_now",
        "not_sure": "talk_first",
    },
    "body": {
        "liver_severe": "not_now",
        "liver_mild": "talk_first",
        "thyroid_untreated": "not_now",
        "thyroid_treated": "talk_first",
        "bladder": "talk_first",
        "seizures": "talk_first",
        "breathing": "talk_first",
        "none": "",
        "not_sure": "talk_first",
    },
    "pregnancy": {
        "no": "",
        "pregnant": "not_now",
        "breastfeeding": "not_now",
        "trying": "talk_first",
        "not_sure": "talk_first",
    },
    "substances": {
        "no": "",
        "active": "not_now",
        "recovery": "talk_first",
        "not_sure": "talk_first",
    },
    "medicines": {
        "maoi": "talk_first",
        "stimulant": "talk_first",
        "benzodiazepine": "talk_first",
        "lamotrigine": "talk_first",
        "opioid": "talk_first",
        "sleep": "talk_first",
        "none": "",
        "not_sure": "talk_first",
    },
    "ketamine_before": {
        "never": "",
        "fine": "",
        "bad_reaction": "talk_first",
        "severe_reaction": "not_now",
        "allergy": "not_now",
        "not_sure": "talk_first",
    },
    "sitter": {"yes": "", "no": "not_now", "not_sure": "talk_first"},
}
MANY = ("reason", "mind", "heart", "body", "medicines")
ALONE = ("none", "not_sure")
ENDS_PATH = ("outside_area", "under_age", "crisis")
OUTCOMES = ("crisis", "outside_area", "under_age", "not_now", "talk_first", "may_fit")
ADVERSE_PAGES = ("crisis", "outside_area", "under_age", "not_now")

# The help line that must stand above every page that follows a flag; "!" always has 988.
URGENT = {
    "safety:thoughts": "988",
    "safety:now": "988",
    "safety:not_sure": "988",
    "safety:skip": "988",
    "safety:changed": "988",
    "recent_crisis:yes": "988",
    "mind:psychosis_now": "988",
    "mind:mania_now": "988",
    "heart:unstable": "911",
    "pregnancy:pregnant": "maternal",
    "pregnancy:breastfeeding": "maternal",
}

# An answer to each question that has no effect.
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


def flags_of(question: str, codes: Sequence[str]) -> list[tuple[str, str]]:
    """The flags that one answer fires, as (flag, effect with its mark)."""
    fired = [
        (f"{question}:{code}", TABLE[question][code])
        for code in TABLE[question]
        if code in codes and TABLE[question][code]
    ]
    if question == "reason" and "depression" not in codes and "anxiety" not in codes:
        fired.append(("reason:neither", "talk_first"))
    return fired


def asked(answers: Given) -> list[str]:
    """The questions that are answered on the path, in order."""
    path = []
    for question in TABLE:
        if not answers.get(question):
            break
        path.append(question)
        if any(effect in ENDS_PATH for _, effect in flags_of(question, answers[question])):
            break
    return path


def is_complete(answers: Given) -> bool:
    """Whether no question is left to answer."""
    path = asked(answers)
    ended = bool(path) and any(
        effect in ENDS_PATH for _, effect in flags_of(path[-1], answers[path[-1]])
    )
    return ended or len(path) == len(TABLE)


def expected(
    answers: Given, trail_changed: Mapping[str, str] | None = None
) -> tuple[str, bool, list[str]]:
    """Outcome, same-day priority and flags, in path order, that ``answers`` must lead to.

    ``trail_changed``: the questions whose answer was changed in a way that must show, each with
    ``crisis`` (after its crisis page) or ``other``; ``Story.changed`` works it out. While an
    answer is missing the outcome is ``talk_first`` at the mildest.
    """
    fired: list[tuple[str, str]] = []
    for question in asked(answers):
        fired += flags_of(question, answers[question])
        if trail_changed and question in trail_changed:
            mark = "talk_first!" if trail_changed[question] == "crisis" else "talk_first"
            fired.append((f"{question}:changed", mark))
    effects = [effect.rstrip("!") for _, effect in fired]
    outcome = "may_fit" if is_complete(answers) else "talk_first"
    for each in reversed(OUTCOMES):
        if each in effects:
            outcome = each
    return outcome, any("!" in effect for _, effect in fired), [flag for flag, _ in fired]


class Story:
    """What one person did, as far as changes after an adverse page must show.

    Tell it every answer (``answer``), ``start_again`` and ``new_check`` in their order; ask it
    for ``answers`` and ``changed()`` at any time.
    """

    def __init__(self) -> None:
        self.answers: dict[str, tuple[str, ...]] = {}
        self.crisis: tuple[str, ...] | None = None
        self.crisis_changed = False
        self.seen: set[str] = set()

    def answer(self, question: str, codes: Sequence[str]) -> None:
        """The person answers, or changes an answer."""
        self.answers[question] = tuple(codes)
        if question == "safety" and self.crisis is not None and tuple(codes) != self.crisis:
            self.crisis_changed = True
        for each in asked(self.answers):
            for flag, effect in flags_of(each, self.answers[each]):
                if effect == "crisis":
                    self.crisis = self.crisis or self.answers["safety"]
                elif effect in ADVERSE_PAGES:
                    self.seen.add(flag)

    def start_again(self) -> None:
        """The person presses Start again."""
        self.answers = {}

    def new_check(self) -> None:
        """The person sent the check, saw the result and starts a new check."""
        outcome, _, _ = expected(self.answers, self.changed())
        if outcome != "may_fit":
            for each in asked(self.answers):
                for flag, effect in flags_of(each, self.answers[each]):
                    if effect not in ("crisis", "note"):
                        self.seen.add(flag)
        self.answers = {}

    def changed(self) -> dict[str, str]:
        """The questions on the path whose change must show: ``crisis`` or ``other``."""
        path = asked(self.answers)
        now = {flag for each in path for flag, _ in flags_of(each, self.answers[each])}
        found = {
            flag.split(":")[0]: "other"
            for flag in self.seen
            if flag not in now and flag.split(":")[0] in path
        }
        if self.crisis_changed and "safety" in path:
            found["safety"] = "crisis"
        return found
