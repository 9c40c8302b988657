"""Markdown of an article -> clean HTML, with numbered citations, headings and places.

The dialect is CommonMark without raw HTML, images and code, plus two conventions:

* ``[^fava]`` cites the source whose id is ``fava``. Sources are numbered in the order in which
  the page first cites them; each citation links to its source and has an id of its own.
* A paragraph that is only ``{care}``, ``{advice}`` or ``{invitation}`` marks where the page puts
  the care card, the do and do-not lists, and the call to action in the middle.

What is not in the dialect is left out of the HTML and named in ``Writer.problems``.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, MutableMapping, Sequence
from dataclasses import dataclass
from typing import Any

import nh3
from markdown_it import MarkdownIt
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

CITATION = re.compile(r"\[\^([a-z0-9]+(?:-[a-z0-9]+)*)\]")
PLACE = re.compile(r"\{([a-z_]+)\}")
PLACES = ("care", "advice", "invitation")
LINK = re.compile(r"https://[a-z0-9][^\s\\]*|/(?![/\\])\S*|#[a-z0-9-]+|(?:tel|sms):\+?\d+")
MARKUP_LIKE = re.compile(r"<[a-zA-Z/!?]")
# Ids that the article's page uses itself; a heading of that name gets a number behind it.
PAGE_IDS = ("main", "answer", "contents", "advice", "questions", "sources", "author", "art-title")

TAGS = {"p", "h2", "h3", "ul", "ol", "li", "strong", "em", "a", "sup", "blockquote", "br"}
ATTRIBUTES = {"a": {"href", "id", "aria-label"}, "h2": {"id"}, "h3": {"id"}}
TOKENS = frozenset(
    f"{kind}_{end}"
    for kind in (
        *("paragraph", "heading", "bullet_list", "ordered_list", "list_item", "blockquote"),
        *("strong", "em", "link"),
    )
    for end in ("open", "close")
) | {"inline", "text", "softbreak", "hardbreak", "citation"}


@dataclass(frozen=True, slots=True)
class Heading:
    """A second-level heading of the body, as the list of contents shows it."""

    id: str
    text: str


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of the body: ``kind`` is ``text`` with its HTML, or the name of a place."""

    kind: str
    html: str = ""


class Writer:
    """Turns the Markdown of one article into HTML, piece by piece in the order of its page.

    ``sources``: the ids that may be cited. ``cited``: those cited so far, in order.
    ``headings``: the second-level headings so far. ``problems``: pairs of what was found and
    what is allowed.
    """

    def __init__(self, sources: Iterable[str]) -> None:
        self.sources = frozenset(sources)
        self.cited: list[str] = []
        self.headings: list[Heading] = []
        self.problems: list[tuple[str, str]] = []
        self._uses: dict[str, int] = {}
        self._ids = set(PAGE_IDS)
        self._markdown = _Markdown(self.problems)

    def line(self, source: str) -> str:
        """One line of Markdown as HTML without a paragraph around it."""
        tokens = self._markdown.parseInline(source, {"cite": self._cite})
        self._check(tokens)
        return self._html(tokens)

    def text(self, source: str) -> str:
        """Paragraphs and lists of Markdown as HTML; a place in them is not allowed."""
        parts = self.parts(source)
        self.problems.extend(
            (f"{{{part.kind}}}", "places only in the body") for part in parts if part.kind != "text"
        )
        return "".join(part.html for part in parts)

    def parts(self, source: str) -> tuple[Part, ...]:
        """The body: stretches of HTML with the places between them."""
        tokens = self._markdown.parse(source, {"cite": self._cite})
        self._check(tokens)
        self._name_headings(tokens)
        found: list[Part] = []
        start = 0
        for index in range(len(tokens) - 2):
            place = _place(tokens[index : index + 3])
            if place is None:
                continue
            if place not in PLACES:
                self.problems.append((f"{{{place}}}", ", ".join(f"{{{name}}}" for name in PLACES)))
            found += [Part("text", self._html(tokens[start:index])), Part(place)]
            start = index + 3
        found.append(Part("text", self._html(tokens[start:])))
        return tuple(part for part in found if part.html or part.kind != "text")

    def _html(self, tokens: Sequence[Token]) -> str:
        """Render ``tokens`` and let only the dialect's elements through."""
        raw = self._markdown.renderer.render(tokens, self._markdown.options, {"cite": self._cite})
        return nh3.clean(
            raw,
            tags=TAGS,
            attributes=ATTRIBUTES,
            url_schemes={"https", "tel", "sms"},
            link_rel=None,
        ).strip()

    def _cite(self, source: str) -> str:
        """The link to ``source``, numbered by first use; an unknown id gives nothing."""
        if source not in self.sources:
            self.problems.append((f"[^{source}]", "an id among the references"))
            return ""
        if source not in self.cited:
            self.cited.append(source)
        number = self.cited.index(source) + 1
        use = self._uses[source] = self._uses.get(source, 0) + 1
        own = f"cite-{source}" if use == 1 else f"cite-{source}-{use}"
        # A word joiner keeps the number on the line of the word before it.
        return (
            f'<sup>\u2060<a href="#source-{source}" id="{own}" aria-label="Source {number}">'
            f"[{number}]</a></sup>"
        )

    def _check(self, tokens: Sequence[Token]) -> None:
        """Name what stands outside the dialect."""
        for token in tokens:
            if token.type not in TOKENS:
                found = token.content or token.type
                self.problems.append((found, "paragraphs, headings, lists, links, emphasis"))
            if token.type == "heading_open" and token.tag not in ("h2", "h3"):
                self.problems.append((f"a heading {token.tag}", "## and ###"))
            if token.type == "text" and MARKUP_LIKE.search(token.content):
                self.problems.append((token.content, "Markdown without HTML"))
            self._check(token.children or ())

    def _name_headings(self, tokens: Sequence[Token]) -> None:
        """Give each heading an id of its own and note those for the contents."""
        for opening, inline in zip(tokens, tokens[1:], strict=False):
            if opening.type != "heading_open":
                continue
            text = "".join(child.content for child in inline.children or () if child.content)
            opening.attrSet("id", self._free_id(text))
            if opening.tag == "h2":
                self.headings.append(Heading(str(opening.attrs["id"]), text))

    def _free_id(self, text: str) -> str:
        """An id made of the words of ``text`` that nothing on the page has yet."""
        stem = re.sub(r"[^a-z0-9]+", "-", text.lower().replace("’", "")).strip("-") or "part"
        name, number = stem, 1
        while name in self._ids:
            number += 1
            name = f"{stem}-{number}"
        self._ids.add(name)
        return name


def plain(fragment: str) -> str:
    """The words of an HTML ``fragment`` that we made, without its citations."""
    text = re.sub(r"<sup>.*?</sup>", "", fragment)
    text = re.sub(r"</(?:p|li|h2|h3|blockquote)>", "\n", text)
    return html.unescape(re.sub(r"<[^>]+>", "", text))


class _Markdown(MarkdownIt):
    """CommonMark with our citations and links, and with typographic quotes."""

    def __init__(self, problems: list[tuple[str, str]]) -> None:
        super().__init__("commonmark", {"html": False, "linkify": False, "typographer": True})
        self._problems = problems
        self.enable("smartquotes")
        self.inline.ruler.before("link", "citation", _citation)
        self.add_render_rule("citation", _render_citation)

    def validateLink(self, url: str) -> bool:
        """Whether a link may lead to ``url``: HTTPS, a page of ours, a part of it, a phone."""
        allowed = LINK.fullmatch(url) is not None
        if not allowed:
            self._problems.append((f"a link to {url}", "https://…, /…, #…, tel:…, sms:…"))
        return allowed


def _citation(state: StateInline, silent: bool) -> bool:
    """Read ``[^id]`` at the current place."""
    match = CITATION.match(state.src, state.pos)
    if match is None:
        return False
    if not silent:
        state.push("citation", "sup", 0).meta = {"source": match[1]}
    state.pos = match.end()
    return True


def _render_citation(
    _renderer: Any,
    tokens: Sequence[Token],
    index: int,
    _options: Any,
    env: MutableMapping[str, Any],
) -> str:
    """Ask the article's writer for the link of a citation."""
    return str(env["cite"](tokens[index].meta["source"]))


def _place(tokens: Sequence[Token]) -> str | None:
    """The name of the place that three tokens are, if they are one."""
    opening, inline = tokens[0], tokens[1]
    if opening.type != "paragraph_open" or opening.level != 0:
        return None
    match = PLACE.fullmatch(inline.content)
    return match[1] if match else None
