"""Builds a definition in one locale from the tables of its file, noting every fault of form."""

from __future__ import annotations

from typing import TypeAlias

from intake.eligibility.conditions import Chosen, Condition
from intake.eligibility.definition import Definition
from intake.eligibility.parts import (
    CheckWords,
    Choice,
    Consent,
    Effect,
    Ending,
    Kind,
    Mistakes,
    Outcome,
    Question,
    Rule,
    Section,
    TrailRule,
    Urgent,
)
from intake.eligibility.reader import Table
from intake.eligibility.when import read_condition

MOST_QUESTIONS = 40
MOST_CHOICES = 12
MOST_RULES = 400


# Reason, change, urgent, staff, source, its address: the last fields of every rule.
Said: TypeAlias = tuple[str, str | None, Urgent | None, str, str, str | None]


LINES = ("988", "911", "maternal")
"""The help lines that urgent words can name."""

PAGES = ("help", "result")
"""The pages on which a check can end."""


class Builder:
    """Reads the file for one locale.

    ``unread`` holds the places of rules whose effect or condition could not be read: nothing
    more can be said of them.
    """

    def __init__(self, root: Table, locale: str, locales: tuple[str, ...]) -> None:
        self.root = root
        self.locale = locale
        self.locales = locales
        self.unread: set[int] = set()
        self.sources: dict[str, tuple[str, str | None]] = {}
        self.urgent: dict[str, Urgent] = {}

    def build(self, sha256: str) -> Definition:
        """Read everything; what is missing or wrong is noted and left empty."""
        root = self.root
        root.has("locales")
        self._read_sources(root.table("sources"))
        self._read_urgent()
        mistakes = self._mistakes()
        trail = root.table("trail")
        definition = Definition(
            version=root.number("version", 1_000_000),
            locale=self.locale,
            locales=self.locales,
            sha256=sha256,
            reserved=root.names("reserved"),
            sections=tuple(map(self._section, root.tables("sections", "id", 1, 8))),
            questions=tuple(
                self._question(each, mistakes)
                for each in root.tables("questions", "id", 1, MOST_QUESTIONS)
            ),
            rules=tuple(
                self._rule(each, number)
                for number, each in enumerate(root.tables("rules", "id", 1, MOST_RULES))
            ),
            safety_changed=self._trail_rule(trail, "safety_changed"),
            answer_changed=self._trail_rule(trail, "answer_changed"),
            endings=tuple(
                ending
                for each in root.tables("outcomes", "code", 1, len(Outcome))
                if (ending := self._ending(each)) is not None
            ),
            urgent=tuple(self.urgent.values()),
            consent=self._consent(root.table("consent")),
            check=self._check_words(),
        )
        trail.close()
        root.close()
        return definition

    def _worded(self, table: Table) -> Table:
        """The table of this locale's words inside ``table``, which is complete then."""
        words = table.table(self.locale, f"a table with the words in {self.locale!r}")
        table.close(self.locales)
        return words

    def _label(self, table: Table) -> str:
        """The one text of this locale inside ``table``, which is complete then."""
        text = table.text(self.locale)
        table.close(self.locales)
        return text

    def _read_sources(self, table: Table) -> None:
        for key in table.ids():
            source = table.table(key)
            self.sources[key] = (source.text("text"), source.optional_text("url"))
            source.close()

    def _read_urgent(self) -> None:
        for table in self.root.tables("urgent", "id", 1, 20):
            key, kind = table.identifier("id"), table.one_of("kind", LINES)
            words = self._worded(table)
            if key in self.urgent:
                table.wrong("id", "an id that no other urgent text has")
            self.urgent[key] = Urgent(key, kind, words.text("heading"), words.text("text"))
            words.close()

    def _mistakes(self) -> Mistakes:
        words = self._worded(self.root.table("errors"))
        mistakes = Mistakes(
            unknown=words.text("unknown"),
            doubled=words.text("doubled"),
            several=words.text("several"),
            exclusive=words.text("exclusive"),
        )
        words.close()
        return mistakes

    def _section(self, table: Table) -> Section:
        return Section(table.identifier("id"), self._label(table))

    def _question(self, table: Table, mistakes: Mistakes) -> Question:
        question_id = table.identifier("id")
        kind = table.member("kind", Kind) or Kind.ONE
        section = table.identifier("section")
        when = self._when(table) if table.has("when") else None
        choices = tuple(map(self._choice, table.tables("choices", "code", 2, MOST_CHOICES)))
        words = self._worded(table)
        question = Question(
            id=question_id,
            kind=kind,
            section=section,
            title=words.text("title"),
            lead=words.optional_text("lead"),
            hint=words.optional_text("hint"),
            choices=choices,
            error=words.text("error"),
            mistakes=mistakes,
            short=words.text("short"),
            when=when,
        )
        words.close()
        return question

    def _choice(self, table: Table) -> Choice:
        code, exclusive = table.identifier("code"), table.flag("exclusive")
        meaning = table.text("meaning")
        return Choice(code, self._label(table), exclusive, meaning)

    def _rule(self, table: Table, number: int) -> Rule:
        rule_id = table.identifier("id")
        question, code = table.identifier("question"), table.identifier("code")
        effect = table.member("effect", Effect)
        when = self._when(table) if table.has("when") else Chosen(question, (code,))
        if effect is None or when is None or not question or not code:
            self.unread.add(number)
        return Rule(
            rule_id,
            question,
            code,
            when or Chosen(question, (code,)),
            effect or Effect.NOTE,
            table.flag("priority"),
            table.flag("ends_path"),
            *self._said(table),
        )

    def _trail_rule(self, trail: Table, rule_id: str) -> TrailRule:
        table = trail.table(rule_id)
        effect = table.member("effect", Effect) or Effect.TALK_FIRST
        return TrailRule(rule_id, effect, table.flag("priority"), *self._said(table))

    def _when(self, table: Table) -> Condition | None:
        return read_condition(table.table("when"))

    def _said(self, table: Table) -> Said:
        """What a rule says, from whom it comes; ``table`` is complete then."""
        urgent, (source, url) = self._urgent_of(table), self._source_of(table)
        staff = table.text("staff")
        words = self._worded(table)
        said = (words.text("reason"), words.optional_text("change"), urgent, staff, source, url)
        words.close()
        return said

    def _urgent_of(self, table: Table) -> Urgent | None:
        if not table.has("urgent"):
            return None
        key = table.raw("urgent")
        if isinstance(key, str) and key in self.urgent:
            return self.urgent[key]
        table.wrong("urgent", "one of " + ", ".join(self.urgent))
        return None

    def _source_of(self, table: Table) -> tuple[str, str | None]:
        key = table.raw("source")
        if isinstance(key, str) and key in self.sources:
            return self.sources[key]
        table.wrong("source", "one of " + ", ".join(self.sources))
        return "", None

    def _ending(self, table: Table) -> Ending | None:
        code, page = table.member("code", Outcome), table.one_of("page", PAGES)
        staff = table.text("staff")
        title = self._label(table)
        return Ending(code, page, title, staff) if code else None

    def _consent(self, table: Table) -> Consent:
        version = table.text("version", longest=20)
        return Consent(version, self._label(table))

    def _check_words(self) -> CheckWords:
        words = self._worded(self.root.table("check"))
        check = CheckWords(
            title=words.text("title"),
            intro=words.text("intro"),
            button=words.text("button"),
            changed=words.text("changed"),
        )
        words.close()
        return check
