"""A page as a visitor gets it: parsed, checked, its forms filled in as rendered."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache

import html5lib
from lxml import etree, html

SECRETS = re.compile(r'(name="csrf_token" value=")[^"]*')
FOREIGN = re.compile(r"^(https?:)?//")


@dataclass
class Form:
    """A form as rendered: where it goes, and its fields with their present values."""

    action: str
    method: str
    values: dict[str, list[str]]
    options: dict[str, list[str]] = field(default_factory=dict)

    def fill(self, **changes: str | list[str] | None) -> dict[str, list[str]]:
        """The fields to send, with ``changes``; None leaves a field out.

        Raises AssertionError for a field or choice that the form does not offer.
        """
        sent = {name: list(values) for name, values in self.values.items()}
        for name, value in changes.items():
            assert name in sent or name in self.options, f"the form has no field {name}"
            if value is None:
                sent.pop(name, None)
                continue
            values = [value] if isinstance(value, str) else value
            for each in values:
                offered = self.options.get(name)
                assert offered is None or each in offered, f"{name} does not offer {each}"
            sent[name] = values
        return sent


class Page:
    """One HTML page."""

    def __init__(self, text: str, address: str) -> None:
        self.text = text
        self.address = address
        self.root = html.document_fromstring(text)

    @property
    def title(self) -> str:
        """The title of the page."""
        return (self.root.findtext(".//title") or "").strip()

    @property
    def h1(self) -> str:
        """The words of the heading."""
        return " ".join(self.root.xpath("//h1")[0].text_content().split())

    @property
    def main(self) -> html.HtmlElement:
        """The main part."""
        return self.root.xpath("//main")[0]

    @property
    def words(self) -> str:
        """All words inside main, spaces folded."""
        return " ".join(self.main.text_content().split())

    @property
    def outcome(self) -> str | None:
        """The ending that the page carries."""
        found = self.root.xpath("//@data-outcome")
        assert len(found) <= 1, "more than one data-outcome"
        return found[0] if found else None

    def links(self) -> list[str]:
        """The addresses of all links."""
        return [str(each) for each in self.root.xpath("//a/@href")]

    def forms(self, *, everywhere: bool = False) -> list[Form]:
        """The POST forms inside main, in order; ``everywhere`` for those outside it too."""
        scope = self.root if everywhere else self.main
        return [self._form(each) for each in scope.xpath(".//form[@method='post']")]

    def form(self, number: int = 0) -> Form:
        """One of the POST forms inside main."""
        return self.forms()[number]

    def _form(self, element: html.HtmlElement) -> Form:
        """Read one form."""
        form = Form(
            action=element.get("action") or self.address,
            method="post",
            values={},
        )
        for each in element.xpath(".//input | .//select | .//textarea"):
            self._read_field(form, each)
        return form

    def _read_field(self, form: Form, element: html.HtmlElement) -> None:
        """Read one field into ``form``."""
        name = element.get("name")
        if not name:
            return
        kind = element.get("type", "text")
        if element.tag == "select":
            offered = [option.get("value", option.text) for option in element.xpath(".//option")]
            chosen = [
                option.get("value", option.text) for option in element.xpath(".//option[@selected]")
            ]
            form.options[name] = offered
            form.values[name] = chosen or offered[:1]
        elif kind in ("radio", "checkbox"):
            form.options.setdefault(name, []).append(element.get("value", "on"))
            if element.get("checked") is not None:
                form.values.setdefault(name, []).append(element.get("value", "on"))
        elif element.tag == "textarea":
            form.values.setdefault(name, []).append(element.text or "")
        else:
            form.values.setdefault(name, []).append(element.get("value", ""))


def check_page(text: str, *, staff: bool = False) -> None:
    """Fail unless ``text`` is a page as ours must be; equal pages are checked once."""
    _check(SECRETS.sub(r"\1", text), staff)


@lru_cache(maxsize=4096)
def _check(text: str, staff: bool) -> None:
    """HTML without errors, one h1, labels, unique ids, no style, no script, no other origin."""
    parser = html5lib.HTMLParser(strict=False)
    parser.parse(text)
    assert not parser.errors, f"HTML errors: {parser.errors[:3]}"
    root = html.document_fromstring(text)
    assert len(root.xpath("//h1")) == 1, "a page has one h1"
    assert (root.findtext(".//title") or "").strip(), "a page has a title"
    assert root.get("lang"), "a page names its language"
    ids = root.xpath("//@id")
    assert len(ids) == len(set(ids)), f"ids twice: {[i for i in ids if ids.count(i) > 1]}"
    assert not root.xpath("//@style | //style"), "no inline style"
    scripts = root.xpath("//script[not(@type='application/ld+json')][not(@nonce)]")
    assert not scripts, "no script"
    handlers = list(root.xpath("//@*[starts-with(name(), 'on')]"))
    assert not handlers, "no event handlers"
    _check_fields(root, set(ids))
    _check_origins(root)


def _check_fields(root: html.HtmlElement, ids: set[str]) -> None:
    """Each field has a label, each reference its target."""
    labelled = set(root.xpath("//label/@for"))
    assert labelled <= ids, f"labels without a field: {labelled - ids}"
    for element in root.xpath("//input[not(@type='hidden')] | //select | //textarea"):
        named = element.get("id") in labelled or element.get("aria-label")
        assert named, f"a field without a label: {etree.tostring(element)[:80]!r}"
    for attribute in ("aria-describedby", "aria-labelledby"):
        for value in root.xpath(f"//@{attribute}"):
            missing = set(value.split()) - ids
            assert not missing, f"{attribute} names nothing: {missing}"
    targets = [each[1:] for each in root.xpath("//a/@href") if each.startswith("#")]
    assert set(targets) <= ids, f"links to nothing on the page: {set(targets) - ids}"


def _check_origins(root: html.HtmlElement) -> None:
    """Nothing is loaded from, or sent to, another origin."""
    loaded = root.xpath("//link[not(@rel='canonical') and not(@rel='alternate')]/@href")
    loaded += root.xpath("//img/@src | //script/@src | //iframe/@src | //form/@action")
    loaded += root.xpath("//source/@src | //source/@srcset | //object/@data")
    foreign = [each for each in loaded if FOREIGN.match(each)]
    assert not foreign, f"another origin: {foreign}"
