"""Edits the text of a TOML file in place: one value, one line, one table; all else byte for byte.

The usual library for this moves the parts of a list of tables together when other tables stand
between them, and a definition lists its questions and rules by turns. So this knows just enough
of TOML to find where a value stands, and proves itself: ``TomlText.bytes`` reads the result and
compares it with the document that was meant.
"""

from __future__ import annotations

import copy
import json
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

Value: TypeAlias = str | bool | int
Address: TypeAlias = tuple[str | int, ...]
"""Where a table stands: ``("rules", 3, "en")``, counted from 0; the whole file is ``()``."""

_STRING = (
    r'"""(?:[^\\]|\\.)*?"""(?!")'
    r"|'''.*?'''(?!')"
    r'|"(?:[^"\\\n]|\\.)*"'
    r"|'[^'\n]*'"
)
_END = r"[ \t\r]*(?:#[^\n]*)?(?:\n|\Z)"
_LINE = re.compile(
    rf"[ \t]*\[(?P<list>\[)?[ \t]*(?P<header>[\w-]+(?:\.[\w-]+)*)[ \t]*\]\]?{_END}"
    rf"|[ \t]*(?P<key>[\w-]+)[ \t]*=[ \t]*"
    rf"|{_END}",
    re.ASCII,
)
_TOKEN = re.compile(rf"{_STRING}|#[^\n]*|[\[{{\]}}]|[^\[\]{{}}\n#\"']+|\n", re.DOTALL)
_REST = re.compile(_END)


class NotEditable(ValueError):
    """The file is laid out in a way that cannot be edited here; the message says where."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One key with its value: the whole of its lines from ``start`` to ``end``, and the value."""

    key: str
    start: int
    end: int
    value_start: int
    value_end: int


@dataclass(frozen=True, slots=True)
class Block:
    """One header with the entries below it; ``header``: where its line starts and ends."""

    address: Address
    start: int
    header_end: int
    entries: tuple[Entry, ...]

    @property
    def end(self) -> int:
        """The end of its last line; comments that follow belong to nobody."""
        return self.entries[-1].end if self.entries else self.header_end

    def entry(self, key: str) -> Entry | None:
        """The entry of ``key``, or None."""
        return next((entry for entry in self.entries if entry.key == key), None)


class TomlText:
    """A TOML file that is being edited: its text, and the document that it holds."""

    def __init__(self, body: bytes) -> None:
        """Raises ``ValueError`` for what is no TOML in UTF-8."""
        self._text = body.decode("utf-8")
        self.document: dict[str, Any] = tomllib.loads(self._text)
        self._line_end = "\r\n" if "\r\n" in self._text else "\n"

    def bytes(self) -> bytes:
        """The edited file; raises ``NotEditable`` unless it holds exactly what was meant."""
        try:
            body = self._text.encode("utf-8")
            held = tomllib.loads(self._text)
        except ValueError as error:
            raise NotEditable(f"a text that no file can hold ({error})") from None
        if held != self.document:
            raise NotEditable("an entry in a form that is not known here")
        return body

    def put(self, address: Address, key: str, value: Value | None, order: Sequence[str]) -> None:
        """Set ``key`` of the table at ``address``, or take it away with its line.

        A key that is new stands below those before it in ``order``.
        """
        table, block = self._table(address), self._block(address)
        entry = block.entry(key)
        if value is None:
            if entry:
                self._cut(entry.start, entry.end)
            table.pop(key, None)
            return
        held = table.get(key)
        if held == value and type(held) is type(value):
            return
        if entry:
            self._cut(entry.value_start, entry.value_end, written(value))
        else:
            before = order[: order.index(key)] if key in order else order
            ends = [each.end for each in block.entries if each.key in before]
            self._insert(max(ends, default=block.header_end), [f"{key} = {written(value)}"])
        table[key] = value

    def add_item(self, after: Address, name: str, item: Mapping[str, Any]) -> None:
        """Add ``item`` to the list of tables ``name``, below all that belongs to ``after``."""
        place = max(block.end for block in self._under(after))
        headers = [each for each in self._blocks() if each.address[:1] == (name,)]
        number = sum(len(each.address) == 2 and each.start < place for each in headers)
        self._insert(place, ["", f"[[{name}]]", *_lines(item, name)])
        self.document.setdefault(name, []).insert(number, copy.deepcopy(dict(item)))

    def add_table(self, after: Address, name: str, key: str, table: Mapping[str, Value]) -> None:
        """Add the table ``[name.key]`` below all that belongs to ``after``."""
        place = max(block.end for block in self._under(after))
        self._insert(place, ["", f"[{name}.{key}]", *_lines(table, f"{name}.{key}")])
        self.document[name][key] = dict(table)

    def drop_item(self, name: str, number: int) -> None:
        """Take an item with all its tables out of the list ``name``."""
        for block in reversed(self._under((name, number))):
            blank = re.compile(r"[ \t\r]*\n").match(self._text, block.end)
            self._cut(block.start, blank.end() if blank else block.end)
        del self.document[name][number]

    def _table(self, address: Address) -> dict[str, Any]:
        table: Any = self.document
        for step in address:
            table = table[step]
        found: dict[str, Any] = table
        return found

    def _block(self, address: Address) -> Block:
        for block in self._blocks():
            if block.address == address:
                return block
        raise NotEditable(f"no table of its own for {_words(address)}")

    def _under(self, address: Address) -> list[Block]:
        """The tables that belong to ``address``, in the order of the file."""
        length = len(address)
        found = [block for block in self._blocks() if block.address[:length] == address]
        if not found:
            raise NotEditable(f"no table of its own for {_words(address)}")
        return found

    def _cut(self, start: int, end: int, instead: str = "") -> None:
        self._text = self._text[:start] + instead + self._text[end:]

    def _insert(self, place: int, lines: Sequence[str]) -> None:
        """Put whole lines at ``place``, the beginning of a line or the end of the file."""
        broken = place > 0 and self._text[place - 1] != "\n"
        text = "".join(line + self._line_end for line in lines)
        self._cut(place, place, (self._line_end if broken else "") + text)

    def _blocks(self) -> list[Block]:
        """Every header of the file with its entries; the file's own head comes first."""
        found = [Block((), 0, 0, ())]
        numbers: dict[Address, int] = {}
        place = 0
        while place < len(self._text):
            line = _LINE.match(self._text, place)
            if line is None:
                number = self._text.count("\n", 0, place) + 1
                raise NotEditable(f"line {number} in a form that is not known here")
            end = line.end()
            if line["header"]:
                address = _address(line["header"].split("."), line["list"] is not None, numbers)
                found.append(Block(address, place, end, ()))
            elif line["key"]:
                entry = self._entry(line["key"], place, end)
                found[-1] = replace(found[-1], entries=(*found[-1].entries, entry))
                end = entry.end
            place = end
        return found

    def _entry(self, key: str, start: int, value_start: int) -> Entry:
        """The entry whose value begins at ``value_start``."""
        place, depth = value_start, 0
        for token in _tokens(self._text, value_start):
            if depth == 0 and token.group()[0] in "#\n":
                break
            depth += (token.group() in "[{") - (token.group() in "]}")
            place = token.end()
        value_end = value_start + len(self._text[value_start:place].rstrip())
        rest = _REST.match(self._text, value_end)
        return Entry(key, start, rest.end() if rest else value_end, value_start, value_end)


def written(value: Value) -> str:
    """``value`` in TOML; a text as a basic string of one line, in which nothing is left live."""
    if isinstance(value, str):
        # The one character below 128 that TOML wants escaped and JSON does not.
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    return json.dumps(value)


def _tokens(text: str, start: int) -> Iterator[re.Match[str]]:
    """The pieces of values from ``start`` on."""
    found = _TOKEN.match(text, start)
    while found:
        yield found
        found = _TOKEN.match(text, found.end())


def _address(parts: Sequence[str], is_list: bool, numbers: dict[Address, int]) -> Address:
    """Where the table below a header stands; ``numbers`` holds the last item of each list."""
    address: Address = ()
    for place, part in enumerate(parts, start=1):
        address = (*address, part)
        if is_list and place == len(parts):
            numbers[address] = numbers.get(address, -1) + 1
        if address in numbers:
            address = (*address, numbers[address])
    return address


def _lines(table: Mapping[str, Any], name: str) -> list[str]:
    """The lines below a header: values first, then tables of their own."""
    values = [
        f"{key} = {written(value)}" for key, value in table.items() if not isinstance(value, dict)
    ]
    for key, value in table.items():
        if isinstance(value, dict):
            values += [f"[{name}.{key}]", *_lines(value, f"{name}.{key}")]
    return values


def _words(address: Address) -> str:
    """``("rules", 3, "en")`` as ``rules 4 en``."""
    return " ".join(str(step + 1) if isinstance(step, int) else step for step in address)
