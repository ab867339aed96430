"""What a template's tree reads and what it may not say.

Whatever passes here can be filled in without a failure, whatever the values: every value is a text or a list
of texts, missing ones are empty, and what could still go wrong with those (an order, the first of nothing,
an odd argument) is refused.
"""

# ruff: noqa: ANN401  Jinja2 is imported only by who needs it, so its nodes have no type here

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

from msgspec import Struct, structs

from oncue.schemas.builtins import TEMPLATE_FILTERS

SIDES = ("event", "entry", "deal", "account")  # names before a dot: what follows is no contact field


class Name(Struct, frozen=True):
    """A name that a template reads. `side`: one of SIDES, or empty for a contact field.
    `bare`: printed without a default and outside an `if` about it. `looped`: a loop goes over it."""

    side: str
    name: str
    line: int
    bare: bool = False
    looped: bool = False


class Problem(Struct, frozen=True):
    """Something that a template may not say; `word` is what to point at in that line, behind `nth` of it."""

    code: str
    message: str
    line: int
    word: str = ""
    hint: str = ""
    nth: int = 0


class Link(Struct, frozen=True):
    """A file that a template names."""

    path: str
    line: int


class Template(Struct, frozen=True):
    """What a template reads, and what is wrong with it. `links` are all files that it names, `extends` is
    the one that it builds on; `blocks` and the `outer` ones of them are names with their lines."""

    names: tuple[Name, ...] = ()
    problems: tuple[Problem, ...] = ()
    links: tuple[Link, ...] = ()
    extends: Link | None = None
    blocks: tuple[tuple[str, int], ...] = ()
    outer: tuple[tuple[str, int], ...] = ()


# kind of node -> what it is, and what to point at in the line
_FORBIDDEN = {
    "Call": ("a call", "("),
    "CallBlock": ("`call`", "call"),
    "Include": ("`include`", "include"),
    "Import": ("`import`", "import"),
    "FromImport": ("`import`", "import"),
    "Extends": ("`extends`", "extends"),
    "Block": ("`block`", "block"),
    "Macro": ("`macro`", "macro"),
    "Scope": ("`autoescape`", "autoescape"),
    "Assign": ("`set`", "set"),
    "AssignBlock": ("`set`", "set"),
    "FilterBlock": ("`filter`", "filter"),
    "With": ("`with`", "with"),
    "Getitem": ("`[...]`", "["),
    "Test": ("`is`", "is"),
    "List": ("a list", "["),
    "Tuple": ("a list", ","),
    "Dict": ("a mapping", ""),
}
_PREFIXES = frozenset({"contact", "lead", "prospect", "person", "user"})
_A_DOT = "a dot after anything but `event`, `entry`, `deal` and `account` is not allowed in a template"
_UNDERSCORE = "names with a leading underscore are not allowed"
_NO_MORE = "a template prints names, with filters, `if`, and `for` over a field that holds many"
_LOOP = "a loop goes over one field that holds many: `{% for interest in interests %}`"

# filter -> what its arguments are; the others take none
_ARGUMENTS: dict[str, tuple[tuple[type, ...], ...]] = {
    "default": ((str,),),
    "join": ((), (str,)),
    "replace": ((str, str),),
    "truncate": ((), (int,)),
}
_LEAST_LENGTH = 3  # of a truncated text: the dots
_OF_NOTHING = frozenset({"first", "last"})

Names = frozenset[str]


def read_tree(tree: Any, whole: bool = False) -> Template:
    """Goes over Jinja2's tree. `whole`: of a file, which may name others. RecursionError if it is nested too
    deeply."""
    reader = _Reader()
    laid_out = _Layout(reader, tree) if whole else None
    reader.visit(tree, frozenset(), frozenset())
    found = Template(tuple(reader.names), tuple(reader.problems))
    return found if laid_out is None else laid_out.added_to(found)


class _Reader:
    """`local` are the loop variables in sight, `sure` the names that an `if` around has found to be there."""

    def __init__(self) -> None:
        self.names: list[Name] = []
        self.problems: list[Problem] = []
        self.filters = Counter[tuple[int, str]]()  # how many of a line and name were met
        self.kinds: dict[str, Callable[[Any, Names, Names], None]] = {
            "TemplateData": self.nothing,
            "Const": self.nothing,
            "Template": self.children,
            "Output": self.children,
            "And": self.children,
            "Or": self.children,
            "Not": self.children,
            "Concat": self.children,
            "Name": self.name,
            "Getattr": self.property,
            "Filter": self.filter,
            "If": self.branch,
            "CondExpr": self.choice,
            "Compare": self.comparison,
            "For": self.loop,
        }

    def problem(
        self, code: str, message: str, node: Any, word: str = "", hint: str = _NO_MORE, nth: int = 0
    ) -> None:
        # Jinja2 gives a scope of its own no line
        line = node.lineno or next((each.lineno for each in node.iter_child_nodes() if each.lineno), 1)
        self.problems.append(Problem(code, message, line, word, hint, nth))

    def visit(self, node: Any, local: Names, sure: Names) -> None:
        kind = type(node).__name__
        if kind in self.kinds:
            self.kinds[kind](node, local, sure)
        else:
            what, word = _FORBIDDEN.get(kind, ("this", ""))
            self.problem("T105", f"{what} is not allowed in a template", node, word)

    def visit_all(self, nodes: list[Any], local: Names, sure: Names) -> None:
        for node in nodes:
            self.visit(node, local, sure)

    def nothing(self, node: Any, local: Names, sure: Names) -> None:
        pass

    def children(self, node: Any, local: Names, sure: Names) -> None:
        self.visit_all(list(node.iter_child_nodes()), local, sure)

    # --- names ------------------------------------------------------------------------------------

    def name(self, node: Any, local: Names, sure: Names, defaulted: bool = False) -> None:
        if node.name in local:
            return
        if node.name.startswith("_"):
            self.problem("T105", _UNDERSCORE, node, node.name)
        elif node.name in SIDES:
            hint = f"name a property: `{node.name}.x`"
            self.problem("T105", f"`{node.name}` alone says nothing", node, node.name, hint)
        else:
            self.read("", node.name, node, defaulted or node.name in sure)

    def property(self, node: Any, local: Names, sure: Names, defaulted: bool = False) -> None:
        side = node.node.name if type(node.node).__name__ == "Name" else ""
        if node.attr.startswith("_"):
            self.problem("T105", _UNDERSCORE, node, node.attr)
        elif side in SIDES and side not in local:
            self.read(side, node.attr, node, defaulted or f"{side}.{node.attr}" in sure)
        else:
            hint = f"write `{node.attr}`" if side in _PREFIXES else _NO_MORE
            self.problem("T105", _A_DOT, node, node.attr, hint)

    def read(self, side: str, name: str, node: Any, there: bool) -> None:
        self.names.append(Name(side, name, node.lineno, bare=not there))

    # --- filters ----------------------------------------------------------------------------------

    def filter(self, node: Any, local: Names, sure: Names, defaulted: bool = False, outer: str = "") -> None:
        name, inner = node.name, node.node
        defaulted = defaulted or name == "default"
        kind = type(inner).__name__
        if kind == "Filter":
            self.filter(inner, local, sure, defaulted, name)
        elif kind == "Name":
            self.name(inner, local, sure, defaulted)
        elif kind == "Getattr":
            self.property(inner, local, sure, defaulted)
        else:
            self.visit(inner, local, sure)
        self.misused(node, sure, outer)

    def misused(self, node: Any, sure: Names, outer: str) -> None:
        """Says what is wrong with a filter, after those within it: they count in the order of the line."""
        name, inner = node.name, node.node
        nth = self.filters[node.lineno, name]
        self.filters[node.lineno, name] += 1
        said = ""
        if name not in TEMPLATE_FILTERS:
            said, hint = f"unknown filter `{name}`", f"filters: {', '.join(TEMPLATE_FILTERS)}"
        elif type(inner).__name__ == "Const" and not isinstance(inner.value, str):
            said, hint = "a filter works on a value or a text", "put it into quotes"
        elif outer and name == "length":
            said, hint = f"`length` is a number, so `{outer}` cannot work on it", "put it last"
        elif not _fit(node):
            said, hint = f"`{name}` takes other arguments", _wanted(name)
        elif name in _OF_NOTHING and outer != "default" and not sure.intersection(_tested(inner)):
            said, hint = f"there is no `{name}` of nothing", f"add a default: `{name} | default('...')`"
        if said:
            self.problem("T106", said, node, name, hint, nth)

    # --- branches and loops -----------------------------------------------------------------------

    def branch(self, node: Any, local: Names, sure: Names) -> None:
        tested = sure.union(_tested(node.test))
        self.visit_all([node.test, *node.body], local, tested)
        self.visit_all([*node.elif_, *node.else_], local, sure)

    def choice(self, node: Any, local: Names, sure: Names) -> None:
        tested = sure.union(_tested(node.test))
        self.visit_all([node.expr1, node.test], local, tested)
        if node.expr2 is None:
            self.problem("T105", "an `if` inside a value needs an `else`", node, "if", "write `... else ''`")
        else:
            self.visit(node.expr2, local, sure)

    def comparison(self, node: Any, local: Names, sure: Names) -> None:
        sides = [node.expr, *(operand.expr for operand in node.ops)]
        if any(operand.op in ("in", "notin") for operand in node.ops) and not _text_in_value(node):
            hint = "such as `'golf' in interests`"
            self.problem("T105", "`in` looks for a text in quotes in one value", node, "in", hint)
            return
        if any(operand.op not in ("eq", "ne", "in", "notin") for operand in node.ops):
            message = "values in a template are texts, so they have no order"
            self.problem("T105", message, node, hint="`==` and `!=` work")
        elif any(type(side).__name__ == "Const" and not isinstance(side.value, str) for side in sides):
            message = "values in a template are texts, so they are compared with texts"
            self.problem("T105", message, node, hint="put the other side into quotes")
        self.visit_all(sides, local, sure.union(_tested(node.expr)))

    def loop(self, node: Any, local: Names, sure: Names) -> None:
        plain = type(node.iter).__name__ == type(node.target).__name__ == "Name"
        if not plain or node.recursive or node.test or node.iter.name in local:
            self.problem("T107", _LOOP, node, "for", "")
            return
        self.names.append(Name("", node.iter.name, node.lineno, looped=True))
        self.visit_all(node.body, local | {node.target.name}, sure | {node.target.name})
        self.visit_all(node.else_, local, sure)


def _text_in_value(node: Any) -> bool:
    """Whether a comparison is ``'text' in value``: nothing else can be told from a list by its form."""
    wanted, where = node.expr, node.ops[-1].expr
    text = type(wanted).__name__ == "Const" and isinstance(wanted.value, str)
    return text and len(node.ops) == 1 and type(where).__name__ in ("Name", "Getattr")


def _fit(node: Any) -> bool:
    """Whether a filter's arguments are what it takes, written out."""
    given = [argument.value for argument in node.args if type(argument).__name__ == "Const"]
    if len(given) < len(node.args) or node.kwargs or node.dyn_args or node.dyn_kwargs:
        return False
    types = tuple(type(value) for value in given)
    enough = not types or types[0] is not int or given[0] >= _LEAST_LENGTH
    return enough and types in _ARGUMENTS.get(node.name, ((),))


def _wanted(name: str) -> str:
    words = {str: "'...'", int: "20"}
    forms = [", ".join(words[kind] for kind in form) for form in _ARGUMENTS.get(name, ((),))]
    return "write " + " or ".join(f"`{name}({form})`" if form else f"`{name}`" for form in forms)


def _tested(node: Any) -> Iterator[str]:
    """The names that hold something where the test is true (or that the test is about)."""
    kind = type(node).__name__
    if kind == "Name":
        yield node.name
    elif kind == "Getattr" and type(node.node).__name__ == "Name":
        yield f"{node.node.name}.{node.attr}"
    elif kind == "Compare":
        yield from _tested(node.expr)
    elif kind == "And":
        yield from _tested(node.left)
        yield from _tested(node.right)


# --- layouts and parts ----------------------------------------------------------------------------

_OUTSIDE = "only blocks of a file that builds on a layout are printed"
_LITERAL = "a file is named by a text in quotes, such as `layouts/base.html`"


class _Layout:
    """What a file says of other files: `extends`, `include` and `block`, which it teaches the reader."""

    def __init__(self, reader: _Reader, tree: Any) -> None:
        self.reader = reader
        self.links: list[Link] = []
        self.extends: Link | None = None
        self.blocks: dict[str, int] = {}
        self.outer: list[tuple[str, int]] = []
        reader.kinds |= {"Include": self.include, "Block": self.block, "Extends": self.nested}
        first = next((node for node in tree.body if not _is_space(node)), None)
        if type(first).__name__ == "Extends":
            self.build_on(first, tree)

    def added_to(self, found: Template) -> Template:
        return structs.replace(
            found,
            links=tuple(self.links),
            extends=self.extends,
            blocks=tuple(self.blocks.items()),
            outer=tuple(self.outer),
        )

    def build_on(self, node: Any, tree: Any) -> None:
        """The file is blocks of a layout; nothing else of it would be printed."""
        self.extends = self.link(node, "extends")
        tree.body = [each for each in tree.body if each is not node]
        for each in tree.body:
            if type(each).__name__ == "Block":
                self.outer.append((each.name, each.lineno))
            elif not _is_space(each):
                hint = "put it into a block of the layout"
                self.reader.problems.append(Problem("T112", _OUTSIDE, _line(each), hint=hint))
        tree.body = [each for each in tree.body if type(each).__name__ == "Block"]

    def link(self, node: Any, word: str) -> Link | None:
        path = node.template.value if type(node.template).__name__ == "Const" else None
        if not isinstance(path, str) or not path:
            self.reader.problem("T105", _LITERAL, node, word, "")
            return None
        found = Link(path, node.lineno)
        self.links.append(found)
        return found

    def nested(self, node: Any, local: Names, sure: Names) -> None:
        message = "`extends` stands once, before everything else"
        self.reader.problem("T112", message, node, "extends", "move it to the file's first line")

    def include(self, node: Any, local: Names, sure: Names) -> None:
        if node.ignore_missing or not node.with_context:
            self.reader.problem("T105", "an `include` names a file and no more", node, "include", "")
        self.link(node, "include")

    def block(self, node: Any, local: Names, sure: Names) -> None:
        """What stands in a block may be printed elsewhere, so it sees no loop and no `if` around it."""
        if node.scoped or node.required:
            self.reader.problem("T105", "a `block` has a name and no more", node, node.name, "")
        if node.name in self.blocks:
            message = f"a second block `{node.name}`"
            self.reader.problem("T105", message, node, node.name, "give it another name")
        self.blocks.setdefault(node.name, node.lineno)
        self.reader.visit_all(node.body, frozenset(), frozenset())


def _line(node: Any) -> int:
    """Where something begins, line ends before its text apart."""
    first = node.nodes[0] if type(node).__name__ == "Output" else node
    text = first.data if type(first).__name__ == "TemplateData" else ""
    before = text[: len(text) - len(text.lstrip())]
    return int(node.lineno) + str(before).count("\n")


def _is_space(node: Any) -> bool:
    """Whether a node prints nothing but spaces and line ends."""
    return type(node).__name__ == "Output" and all(
        type(each).__name__ == "TemplateData" and not each.data.strip() for each in node.nodes
    )
