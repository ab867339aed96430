"""The typed checker: what a tree means in its place, or what is wrong with it.

A value's type is None once a mistake in it has been told (the poison type, see `types`), so that one
mistake is one issue. The checker resolves names as it goes and notes what each stands for under the
identity of its node; `lower` reads these notes and need not resolve anything again.

A negation that is true for a missing value is not wrong but often not meant: tests under an odd number of
negations (`!=` is one) are gathered, and those whose field is nowhere tested for presence get a warning.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from msgspec import Struct

from oncue.compiler.expr import literals, names
from oncue.compiler.expr import messages as say
from oncue.compiler.expr import nodes as n
from oncue.compiler.expr.catalog import Catalog, Issue, Place, Use
from oncue.compiler.expr.types import ORDERED, TIMES, Type, meet
from oncue.compiler.expr.unparse import unparse
from oncue.compiler.expr.wording import shorten
from oncue.schemas.conditions import Owned
from oncue.schemas.plan import FieldSpec
from oncue.schemas.values import compared_text

_TEST_WORDS = {"contains": "contains", "starts": "starts with", "ends": "ends with", "matches": "matches"}


class Checked(Struct, frozen=True):
    """Notes for `lower`, keyed by ``id(node)``, and what there is to say. With an error among `issues`,
    the notes are incomplete."""

    meanings: Mapping[int, names.Meaning]
    behaviours: Mapping[int, names.Behaviour]
    issues: tuple[Issue, ...]
    uses: tuple[Use, ...]


def check(node: n.Node, catalog: Catalog, place: Place) -> Checked:
    """Checks a condition's tree in its place."""
    checker = _Checker(catalog, place)
    checker.test(node, negated=False)
    found = checker.names
    if all(issue.severity != "error" for issue in found.issues):
        checker.warn()
    return Checked(checker.meanings, checker.behaviours, tuple(found.issues), tuple(found.uses))


class _Checker:
    def __init__(self, catalog: Catalog, place: Place) -> None:
        self.names = names.Names(catalog, place)
        self.report = self.names.report
        self.poison = self.names.poison
        self.meanings: dict[int, names.Meaning] = {}
        self.behaviours: dict[int, names.Behaviour] = {}
        self.row: names.Row | None = None  # inside a `where`
        self.doubtful: list[tuple[n.Node, n.Node]] = []  # (test, value that may be missing)
        self.present: set[str] = set()  # values and events that some test asks the presence of

    # --- tests

    def test(self, node: n.Node, negated: bool) -> None:
        """Checks a node where a test belongs."""
        handler = _TESTS.get(type(node))
        if handler is None:
            self._value_as_test(node)
        elif self.row is not None and type(node) in _OUTSIDE_WHERE:
            self.report(say.not_in_where(node, unparse(node)))
        else:
            handler(self, node, negated)

    def _value_as_test(self, node: n.Node) -> None:
        type_ = self.value(node)
        if type_ is None:
            return
        shown = shorten(unparse(node))
        if isinstance(node, (*literals.LITERALS, n.DayWord, n.Now)):
            self.report(say.bare_literal(node, shown))
        else:
            self.report(
                say.bare_boolean(node, shown) if type_ == "boolean" else say.bare_value(node, shown, type_)
            )

    def parts(self, node: n.And | n.Or, negated: bool) -> None:
        for part in node.parts:
            self.test(part, negated)

    def negation(self, node: n.Not, negated: bool) -> None:
        self.test(node.part, not negated)

    def compare(self, node: n.Compare, negated: bool) -> None:
        left = self.value(node.left)
        right = self.value(node.right, left)
        if left is None or right is None:
            return
        type_ = meet(left, right)
        if type_ is None:
            self.report(literals.mismatch(node, left, right))
        elif type_ == "many" or (node.order not in ("==", "!=") and type_ not in ORDERED):
            self.report(say.no_order(node, type_, node.order))
        elif node.order in ("before", "after") and type_ not in TIMES:
            self.report(say.wrong_test(node, node.order, "a date or an instant", type_))
        else:
            self._declared_value(node.left, node.right, node.order)
            self._declared_value(node.right, node.left, node.order)
            self._doubt(node, negated ^ (node.order == "!="))

    def in_list(self, node: n.In, negated: bool) -> None:
        type_ = self.value(node.value)
        if not node.items:
            self.report(say.empty_list(node))
        types = [self._item(item, type_) for item in node.items]
        if type_ is None or None in types:
            return
        if type_ in ("many", "boolean"):
            self.report(
                say.wrong_test(node, "in", "one value", type_) if type_ == "many" else say.boolean_list(node)
            )
            return
        for item, other in zip(node.items, types, strict=True):
            if other is not None and meet(type_, other) is None:
                self.report(
                    literals.mismatch(n.Compare(item.start, item.end, "==", node.value, item), type_, other)
                )
            else:
                self._declared_value(node.value, item, "in")
        self._doubt(node, negated, node.value)

    def _item(self, item: n.Node, beside: Type) -> Type:
        if isinstance(item, n.Name) and beside == "text":
            return self.poison(say.unquoted(item, item.path))
        if not isinstance(item, literals.LITERALS):
            return self.poison(say.item_not_literal(item))
        return self.value(item)

    def text_test(self, node: n.TextTest, negated: bool) -> None:
        word = _TEST_WORDS[node.test]
        type_ = self.value(node.value)
        if self._text(node.pattern, word) and type_ not in ("text", None):
            self.report(say.wrong_test(node, word, "a text", type_))
        self._doubt(node, negated, node.value)

    def has(self, node: n.Has, negated: bool) -> None:
        type_ = self.value(node.value)
        if not self._text(node.item, "has"):
            return
        if type_ not in ("many", None):
            self.report(say.wrong_test(node, "has", "a set of texts", type_))
        self._declared_value(node.value, node.item, "has")

    def _text(self, node: n.Node, word: str) -> bool:
        """Whether a node is a text that a test can look for; says so where it is not."""
        if isinstance(node, n.Name):
            self.report(say.unquoted(node, node.path))
        elif not isinstance(node, n.Text):
            self.report(say.literal_needed(node, word))
        elif not node.value.strip():
            self.report(say.empty_text(node, word))
        else:
            return True
        return False

    def is_set(self, node: n.IsSet, negated: bool) -> None:
        self.value(node.value)
        shown = unparse(node.value)
        self.present |= {shown, "deal"} if shown.startswith("deal.") else {shown}

    def within(self, node: n.Within | n.OlderThan, negated: bool) -> None:
        type_ = self.value(node.value)
        duration = literals.duration(node.duration)
        if isinstance(duration, Issue):
            self.report(duration)
        elif type_ == "date" and node.duration.unit not in ("day", "week"):
            self.report(say.days_only(node.duration, node.duration.unit))
        elif type_ is not None and type_ not in TIMES:
            word = "older than" if isinstance(node, n.OlderThan) else f"within {node.side}"
            self.report(say.wrong_test(node, word, "a date or an instant", type_))
        else:
            self._doubt(node, negated, node.value)

    def tagged(self, node: n.Tagged, negated: bool) -> None:
        tag = node.tag
        if isinstance(tag, n.Ref):
            self.report(say.unquoted(tag, tag.name))
        elif not tag.value.strip() or tag.value != tag.value.strip().lower():
            self.report(say.tag_form(tag, tag.value))
        else:
            self.names.use("tags", tag.value, tag)

    def subscribed(self, node: n.Subscribed, negated: bool) -> None:
        self.names.id(node.list, "lists")
        if node.channel is not None:
            self.names.channel(node.channel)

    def in_segment(self, node: n.InSegment, negated: bool) -> None:
        self.names.id(node.segment, "segments")

    def in_campaign(self, node: n.InCampaign, negated: bool) -> None:
        self.names.id(node.campaign, "campaigns")

    def now_between(self, node: n.NowBetween, negated: bool) -> None:
        times = [literals.minutes(time) for time in (node.since, node.until)]
        for minutes, time in zip(times, (node.since, node.until), strict=True):
            if minutes is None:
                self.report(say.no_such_time(node, time))
                return
        if times[0] == times[1]:
            self.report(say.empty_hours(node, node.since))

    def did(self, node: n.Did, negated: bool) -> None:
        behaviour = self.names.event(node.event)
        self.present.add(node.event.path)
        self._history(node, behaviour)
        if node.times is None:
            return
        count = node.times.count
        if not count.value.isdigit():
            self.report(say.not_whole(count, count.value))
        elif count.value == "0" and node.times.order == "at least":
            self.report(say.always_true(node.times, "at least 0 times"))

    # --- values

    def value(self, node: n.Node, beside: Type = None) -> Type:
        """Checks a node where a value belongs and gives its type. `beside`: the type of the other side."""
        if isinstance(node, n.Name):
            meaning = self.names.value(node, self.row, beside)
            if meaning is None:
                return None
            self.meanings[id(node)] = meaning
            return meaning.spec.type
        if type(node) in _TESTS:
            return self.poison(say.test_as_value(node, shorten(unparse(node))))
        if self.row is not None and isinstance(node, (n.DayWord, n.Now, n.Aggregate)):
            return self.poison(say.not_in_where(node, unparse(node)))
        if isinstance(node, n.Arith):
            return self._arith(node)
        if isinstance(node, n.Aggregate):
            return self._aggregate(node)
        literal = literals.type_of(node)
        return self.poison(literal) if isinstance(literal, Issue) else literal

    def _arith(self, node: n.Arith) -> Type:
        good = True
        for side in (node.left, node.right):
            type_ = self.value(side, "number")
            if type_ not in ("number", None) and good:
                self.report(say.not_a_number(side, node.sign, type_))
            good = good and type_ == "number"
        return "number" if good else None

    def _aggregate(self, node: n.Aggregate) -> Type:
        behaviour = self.names.event_or_property(node.path)
        self._history(node, behaviour)
        if behaviour is None:
            return None
        event, prop = behaviour.event, behaviour.prop
        if node.fn == "count":
            return self.poison(say.count_of_property(node, event, prop)) if prop is not None else "number"
        if prop is not None:
            return self._aggregate_type(node, behaviour.spec.properties[prop].type)
        if node.fn in ("first", "last"):
            return "datetime"
        fitting = [name for name, spec in behaviour.spec.properties.items() if spec.type in _fits(node.fn)]
        return self.poison(say.aggregate_needs_property(node, node.fn, event, fitting))

    def _aggregate_type(self, node: n.Aggregate, type_: str) -> Type:
        if type_ in _fits(node.fn):
            return type_  # type: ignore[return-value]
        return self.poison(say.aggregate_type(node, node.fn, type_))

    # --- history

    def _history(self, node: n.Did | n.Aggregate, behaviour: names.Behaviour | None) -> None:
        if behaviour is not None:
            self.behaviours[id(node)] = behaviour
            self.names.target(node.target, behaviour)
            if node.where is not None:
                self._where(node.where, behaviour)
        self._window(node.window)

    def _where(self, node: n.Node, behaviour: names.Behaviour) -> None:
        outer = self.row
        self.row = names.Row(behaviour.event, behaviour.spec.properties)
        self.test(node, negated=False)
        self.row = outer

    def _window(self, window: n.Window | None) -> None:
        if isinstance(window, n.InLast):
            duration = literals.duration(window.duration)
            if isinstance(duration, Issue):
                self.report(duration)
        elif isinstance(window, n.SinceStart):
            if self.names.place.campaign is None:
                self.report(say.campaign_only(window, "since start"))
        elif window is not None:
            self._since(window)

    def _since(self, window: n.Since) -> None:
        literal = literals.type_of(window.day)
        if isinstance(literal, Issue):
            self.report(literal)
        elif isinstance(window.day, n.DayWord) and window.day.word == "tomorrow":
            self.report(say.window_in_future(window))

    # --- declared values

    def _declared_value(self, value: n.Node, literal: n.Node, test: str) -> None:
        """Reports a literal that a value, by its declaration, never has."""
        if isinstance(literal, n.Text) and not literal.value:
            self.report(say.empty_text(literal, test))
            return
        name, spec = self._declaration(value)
        if spec is None or not isinstance(literal, (n.Text, n.Number)):
            return
        shown, values, users = literal.value, spec.values, self.names.catalog.users
        if values and compared_text(shown) not in {compared_text(each) for each in values}:
            self.report(say.outside_values(literal, shown, name, values))
        elif name in ("owner", "deal.owner") and users and self.row is None and shown not in users:
            self.report(say.unknown_user(literal, shown, users))
        elif name == "deal.pipeline":
            self.names.use("pipelines", shown, literal)

    def _declaration(self, value: n.Node) -> tuple[str, FieldSpec | None]:
        """The name and declaration of a field, a property, or the property behind `first` and the like."""
        meaning = self.meanings.get(id(value))
        if meaning is not None:
            prefix = f"{meaning.node.of}." if isinstance(meaning.node, Owned) else ""
            return prefix + meaning.node.name, meaning.spec
        behaviour = self.behaviours.get(id(value))
        if behaviour is None or behaviour.prop is None:
            return "", None
        return behaviour.prop, behaviour.spec.properties[behaviour.prop]

    # --- negation over what may be missing

    def _doubt(self, test: n.Node, negated: bool, value: n.Node | None = None) -> None:
        """Notes a test that is true where one of its values is missing."""
        if not negated or self.row is not None:
            return
        sides = (
            [value] if value is not None else [test.left, test.right] if isinstance(test, n.Compare) else []
        )
        if any(isinstance(side, n.Boolean) and side.value for side in sides):
            return  # `vip != true` says just that
        self.doubtful.extend((test, side) for side in sides if self._may_miss(side))

    def _may_miss(self, node: n.Node) -> bool:
        if isinstance(node, n.Aggregate):
            return node.fn not in ("count", "sum")
        meaning = self.meanings.get(id(node))
        return meaning is not None and meaning.may_miss

    def warn(self) -> None:
        """Warns of the doubtful negations, once for each value."""
        warned: set[str] = set()
        for test, value in self.doubtful:
            shown = unparse(value)
            event = self.behaviours[id(value)].event if id(value) in self.behaviours else None
            sure = self.present & ({shown, "deal"} if shown in names.OF_EVERY_DEAL else {shown, event})
            if sure or shown in warned:
                continue
            warned.add(shown)
            plain = say.true_when_missing(test, shown)
            self.report(plain if event is None else say.true_when_nothing(test, shown, event))


def _fits(fn: str) -> frozenset[str]:
    """The types of property that an aggregate takes."""
    if fn == "sum":
        return frozenset({"number"})
    return ORDERED if fn in ("min", "max") else ORDERED | {"text", "boolean", "many"}


_TESTS: dict[type[n.Node], Callable[[_Checker, Any, bool], None]] = {
    n.And: _Checker.parts,
    n.Or: _Checker.parts,
    n.Not: _Checker.negation,
    n.Compare: _Checker.compare,
    n.In: _Checker.in_list,
    n.TextTest: _Checker.text_test,
    n.IsSet: _Checker.is_set,
    n.Has: _Checker.has,
    n.Within: _Checker.within,
    n.OlderThan: _Checker.within,
    n.Tagged: _Checker.tagged,
    n.Subscribed: _Checker.subscribed,
    n.InSegment: _Checker.in_segment,
    n.InCampaign: _Checker.in_campaign,
    n.NowBetween: _Checker.now_between,
    n.Did: _Checker.did,
}
_OUTSIDE_WHERE = frozenset(
    {n.Within, n.OlderThan, n.Tagged, n.Subscribed, n.InSegment, n.InCampaign, n.NowBetween, n.Did}
)
