"""What one visitor must find, kept by a model that is naive on purpose.

It keeps the answers by question, reads the rules from the table typed by hand
(``tests/eligibility/decision_table.py``), and takes nothing from the product.
"""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import strategies as st

from tests.eligibility.decision_table import (
    ALONE,
    ENDS_PATH,
    MANY,
    SAFE,
    TABLE,
    Story,
    asked,
    expected,
    flags_of,
)

QUESTIONS = tuple(TABLE)
START, HELP_NOW = "/eligibility", "/help-now"
STOP, CHECK, HELP, RESULT = (f"{START}/{each}" for each in ("stop", "check", "help", "result"))
PLACES = (START, STOP, CHECK, HELP, RESULT, *(f"{START}/{each}" for each in QUESTIONS))
# Hard stops with urgent words of their own: their page comes again.
URGENT_STOPS = {
    "mind:psychosis_now",
    "mind:mania_now",
    "heart:unstable",
    "pregnancy:pregnant",
    "pregnancy:breastfeeding",
}
STOPPING = {"outside_area", "under_age", "not_now"}


def is_sound(question: str, codes: Sequence[str]) -> bool:
    """Whether the check must take ``codes``, by the table alone."""
    if not codes or len(set(codes)) < len(codes) or not set(codes) <= set(TABLE[question]):
        return False
    return len(codes) == 1 or (question in MANY and not set(codes) & set(ALONE))


def in_order(question: str, codes: Sequence[str]) -> tuple[str, ...]:
    """``codes`` in the order of the page."""
    return tuple(code for code in TABLE[question] if code in codes)


def sound(question: str) -> st.SearchStrategy[list[str]]:
    """Answers that the check takes; mostly a safe one, so that a walk gets far."""
    codes = list(TABLE[question])
    safe = st.just(list(SAFE[question]))
    found = [safe, safe, safe, st.sampled_from(codes).map(lambda code: [code])]
    if question in MANY:
        together = [code for code in codes if code not in ALONE]
        found.append(st.lists(st.sampled_from(together), min_size=1, max_size=4, unique=True))
    return st.one_of(found)


SOUND = {question: sound(question) for question in QUESTIONS}
QUESTION = st.sampled_from(QUESTIONS)
ANY_CODE = sorted({code for codes in TABLE.values() for code in codes})
FORGED = st.lists(st.sampled_from([*ANY_CODE, "", "NO", " no", "no,now", "<b>"]), max_size=4)
EXTRA_FIELDS = st.dictionaries(
    st.sampled_from(["outcome", "status", "safety", "trail", "question_id", "website"]),
    st.sampled_from(["may_fit", "no", "1", CHECK]),
    max_size=3,
)


class Memory(Story):
    """The answers, what was shown, and where that leads.

    ``phase``: ``none`` (no draft on this device), ``draft`` or ``sent``. ``moved``: an answer
    was given that differs from one that an adverse page had met.
    """

    def __init__(self) -> None:
        super().__init__()
        self.met: dict[str, tuple[str, ...]] = {}
        self.moved = False
        self.begin("none")

    def begin(self, phase: str) -> None:
        """Nothing is answered or shown yet; what was met before stays."""
        self.phase, self.options = phase, False
        self.shown: set[str] = set()

    def answer(self, question: str, codes: Sequence[str]) -> None:
        """Take a sound answer."""
        chosen = tuple(codes)
        self.moved |= self.met.get(question, chosen) != chosen
        super().answer(question, chosen)
        self.options = False
        self._meet(STOPPING)

    def start_again(self) -> None:
        """Start again, or a new check after a sent one."""
        if self.phase == "sent":
            if expected(self.answers, self.changed())[0] != "may_fit":
                self._meet({*STOPPING, "talk_first"})
            super().new_check()
        super().start_again()
        self.begin("draft")

    def _meet(self, effects: set[str]) -> None:
        for each in asked(self.answers):
            if any(effect.rstrip("!") in effects for _, effect in self._fired(each)):
                self.met.setdefault(each, self.answers[each])

    def _fired(self, question: str) -> list[tuple[str, str]]:
        return flags_of(question, self.answers[question])

    @property
    def warned(self) -> bool:
        """Whether a clinician will see that an answer was changed after an adverse page."""
        return self.moved or self.crisis_changed

    @property
    def ended_by(self) -> str | None:
        """The effect that ended the path."""
        found = asked(self.answers)
        effects = [effect for _, effect in self._fired(found[-1])] if found else []
        return next((each for each in effects if each in ENDS_PATH), None)

    @property
    def gap(self) -> str | None:
        """The first question without an answer."""
        found = asked(self.answers)
        return None if self.ended_by else next(iter(QUESTIONS[len(found) :]), None)

    @property
    def open_pages(self) -> list[str]:
        """The questions that may be looked at and answered."""
        return asked(self.answers) + ([self.gap] if self.gap else [])

    @property
    def stops(self) -> set[str]:
        """The hard stops on the path."""
        path = asked(self.answers)
        return {flag for each in path for flag, effect in self._fired(each) if effect == "not_now"}

    @property
    def stop_waits(self) -> bool:
        """Whether the hard-stop page is due: once, and for each stop with urgent words."""
        return bool(self.stops and not self.shown) or bool(self.stops & URGENT_STOPS - self.shown)

    @property
    def onward(self) -> str:
        """Where this person must go from here."""
        if self.ended_by:
            return HELP if self.ended_by == "crisis" else RESULT
        if self.stop_waits:
            return STOP
        return f"{START}/{self.gap}" if self.gap else CHECK

    def place(self, address: str) -> str:
        """The page that somebody must get who asks for ``address`` of the check."""
        if address == START:
            return START
        if address == HELP:
            return HELP if self.phase == "draft" and self.ended_by == "crisis" else HELP_NOW
        if self.phase == "none" and address == f"{START}/{QUESTIONS[0]}":
            self.begin("draft")
        if self.phase != "draft":
            return START if self.phase == "none" else RESULT
        if address == RESULT:
            referred = self.ended_by in ("outside_area", "under_age")
            return RESULT if referred or (self.options and self.stops) else START
        if address == STOP and self.stops:
            return STOP
        question = address.removeprefix(f"{START}/")
        waits = question == self.gap and self.stop_waits
        return address if question in self.open_pages and not waits else self.onward

    def ending(self, address: str) -> str | None:
        """The outcome that the page at ``address`` must carry."""
        return expected(self.answers, self.changed())[0] if address in (HELP, RESULT) else None

    @property
    def path(self) -> dict[str, tuple[str, ...]]:
        """The answers on the path."""
        return {each: self.answers[each] for each in asked(self.answers)}
