"""Python source in the making: pieces of expressions, the functions and constants they call for.

Every name in generated source is one of ours; what a user wrote gets in through `repr` alone. Deep nests are
cut: a piece nested deeper than DEPTH becomes a function of its own, so that neither Python's parser nor its
compiler meets a depth that a user chose. For the same reason nodes are visited by `postorder`, without
recursion.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any, NamedTuple

from oncue.schemas.conditions import (
    And,
    Arith,
    Cmp,
    CondNode,
    DayOf,
    Has,
    In,
    IsSet,
    Not,
    OlderThan,
    Or,
    TextTest,
    ValueNode,
    Within,
)  # fmt: skip

Node = CondNode | ValueNode

DEPTH = 20  # of nested expressions in one function
LONG = 32  # items of a list that is better looked up than written in place
# Locals that a function sets up: f, the fields; p, the entry's properties; a, the account's fields; d, the
# contact's deal; r, its active response.
FIELDS, ENTRY, ACCOUNT, DEAL, RESPONSE = 1, 2, 4, 8, 16
_SETUP = {
    FIELDS: "f = s.fields",
    ENTRY: "p = m.props if m is not None else EMPTY",
    ACCOUNT: "a = s.account",
    DEAL: "d = deal_of(s)",
    RESPONSE: "r = response_of(s)",
}


class Piece(NamedTuple):
    """A Python expression that stands in any place of a larger one.

    `missing`: it may be None. `lookup`: the open call ``f.get('score'`` that takes a default, where there is
    one. `raw`: of an aggregate that is stored in another form, that form (a plain count, an unbounded sum).
    """

    code: str
    missing: bool = False
    lookup: str = ""
    raw: str = ""
    depth: int = 1
    locals: int = 0


def children(node: Node) -> tuple[Node, ...]:
    """The nodes directly below, a `where` excepted (it is about another subject)."""
    if isinstance(node, And):
        return node.all
    if isinstance(node, Or):
        return node.any
    if isinstance(node, Not):
        return (node.cond,)
    if isinstance(node, Cmp | Arith):
        return (node.left, node.right)
    if isinstance(node, In | TextTest | IsSet | Has | Within | OlderThan | DayOf):
        return (node.value,)
    return ()


def postorder(root: Node) -> Iterator[Node]:
    """Every node below and including `root`, children first."""
    waiting: list[tuple[Node, bool]] = [(root, False)]
    while waiting:
        node, ready = waiting.pop()
        below = () if ready else children(node)
        if not below:
            yield node
            continue
        waiting.append((node, True))
        waiting.extend((child, False) for child in reversed(below))


class Source:
    """A growing piece of Python: `names` are what it may use, `text` what it says."""

    def __init__(self, names: dict[str, Any]) -> None:
        self.names = names
        self._blocks: list[str] = []
        self._numbers = 0
        self._constants: dict[str, str] = {}

    @property
    def text(self) -> str:
        """All constants and functions, in order of need."""
        return "\n\n".join(self._blocks) + "\n"

    def fresh(self, letter: str) -> str:
        """A name that nothing else has."""
        self._numbers += 1
        return f"{letter}{self._numbers}"

    def constant(self, code: str) -> str:
        """A name for an expression that is computed once."""
        name = self._constants.get(code)
        if name is None:
            name = self._constants[code] = self.fresh("k")
            self._blocks.append(f"{name} = {code}")
        return name

    def bind(self, value: object, letter: str) -> str:
        """A name for an object from outside."""
        name = self.fresh(letter)
        self.names[name] = value
        return name

    def function(self, name: str, lines: Collection[str], uses: int, arguments: str = "s, now, e, m") -> str:
        """Adds a function of these lines, set-up first, and gives back its name."""
        setup = [line for local, line in _SETUP.items() if uses & local]
        body = "".join(f"\n    {line}" for line in (*setup, *lines))
        self._blocks.append(f"def {name}({arguments}):{body}")
        return name

    def cut(self, piece: Piece) -> Piece:
        """The piece, or, where it is nested deeply, a call of a function that holds it."""
        if piece.depth < DEPTH:
            return piece
        name = self.function(self.fresh("part"), [f"return {piece.code}"], piece.locals)
        return Piece(f"{name}(s, now, e, m)", piece.missing)

    def run(self) -> dict[str, Any]:
        """Executes the text; gives the names it defines."""
        exec(compile(self.text, "<condition>", "exec"), self.names)  # noqa: S102 our own source, see above
        return self.names


def join(word: str, pieces: Collection[Piece]) -> Piece:
    """Pieces in one expression with `and` or `or`."""
    code = f" {word} ".join(piece.code for piece in pieces)
    depth = max(piece.depth for piece in pieces) + 1
    uses = 0
    for piece in pieces:
        uses |= piece.locals
    return Piece(f"({code})", depth=depth, locals=uses)
