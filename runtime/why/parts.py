"""A condition taken apart: which of its parts held at an instant, and what each of them saw.

The verdict on each part is the kernel's own, of the part compiled by itself; only the values are looked up
here (see `values`)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from oncue.runtime import clock
from oncue.runtime.kernel.link import Program
from oncue.runtime.kernel.values.forms import show
from oncue.runtime.why.answer import Part
from oncue.runtime.why.texts import Node, Writer
from oncue.runtime.why.values import Language, Moment, keeps_total, rows_of, value_of
from oncue.schemas import conditions as c
from oncue.schemas import zones
from oncue.schemas.parts import Position
from oncue.schemas.plan import Plan
from oncue.schemas.values import Value, ValueType

LONGEST = 80  # characters of a value
SHOWN = 5  # instants of events, tags: more of them are counted


class Words:
    """What is said about a plan's contacts: instants in the project's zone, values as people write them."""

    def __init__(self, timezone: str) -> None:
        self._rules = zones.rules(timezone)

    def instant(self, instant: int) -> str:
        """`2026-03-02 09:00:00+01:00`."""
        return clock.moment(instant).astimezone(self._rules).isoformat(" ", "seconds")


class Explainer:
    """Of one program. `segments` gives a segment's condition and where that stands."""

    def __init__(
        self, language: Language, timezone: str, segments: Callable[[str], tuple[c.CondNode, str]]
    ) -> None:
        self._language = language
        self._writer = Writer(language.tracks, timezone)
        self.words = Words(timezone)
        self._segments = segments

    def explain(self, node: c.CondNode, moment: Moment, place: str = "") -> Part:
        """A condition's parts, each with its verdict and what it saw."""
        text = self._writer.write(node)
        inner, saw, where = self._inside(node, moment)
        return Part(text, self._holds(node, moment), saw, inner, place or where)

    def text(self, node: Node) -> str:
        """A node as the language writes it."""
        return self._writer.write(node)

    def _holds(self, node: c.CondNode, moment: Moment) -> bool:
        return self._language.compile(node).test(moment.state, moment.now, moment.props, moment.member)

    def _inside(self, node: c.CondNode, moment: Moment) -> tuple[tuple[Part, ...], tuple[str, ...], str]:
        """The parts below, or what an undivided one saw; and where a segment's condition stands."""
        while isinstance(node, c.Not):
            node = node.cond
        match node:
            case c.And():
                return tuple(self.explain(part, moment) for part in node.all), (), ""
            case c.Or():
                return tuple(self.explain(part, moment) for part in node.any), (), ""
            case c.InSegment():
                inner, place = self._segments(node.segment)
                alone = Moment(moment.state, moment.now)
                return (self.explain(inner, alone, place),), (), ""
            case _:
                return (), tuple(self._saw(node, moment)), ""

    # --- what a part saw

    def _saw(self, node: c.CondNode, moment: Moment) -> Iterator[str]:
        state = moment.state
        match node:
            case c.Tagged():
                yield _some("tags", sorted(state.tags)) if state.tags else "no tags"
            case c.Subscribed():
                channels = state.subscriptions.get(node.list, {})
                yield f"{node.list}: " + (
                    ", ".join(f"{name} {status}" for name, status in channels.items()) or "never subscribed"
                )
            case c.InCampaign(statuses=True):
                member = state.funnel.memberships.get(node.campaign) if state.funnel is not None else None
                since = "" if member is None else self.words.instant(member.since)
                yield f"no member of {node.campaign}" if member is None else f"{member.status} since {since}"
            case c.InCampaign():
                inside = [one.at for one in state.members if one.campaign == node.campaign]
                yield f"inside since {self.words.instant(inside[0])}" if inside else f"not in {node.campaign}"
            case c.NowBetween():
                yield f"now is {self.words.instant(moment.now)}"
            case c.Const():
                return
            case _:
                yield from self._values(node, moment)

    def _values(self, node: c.CondNode, moment: Moment) -> Iterator[str]:
        sides: Sequence[c.ValueNode] = ()
        if isinstance(node, c.Cmp):
            sides = (node.left, node.right)
        elif isinstance(node, c.In | c.TextTest | c.IsSet | c.Has | c.Within | c.OlderThan):
            sides = (node.value,)
        timed = isinstance(node, c.Within | c.OlderThan)
        for side in sides:
            for value in _looked_at(side):
                yield self._is(value, moment)
                timed |= isinstance(value, c.Day | c.Now)
            if isinstance(side, c.Arith):
                yield self._is(side, moment)
        if timed and not any(isinstance(value, c.Now) for side in sides for value in _looked_at(side)):
            yield f"now is {self.words.instant(moment.now)}"

    def _is(self, node: c.ValueNode, moment: Moment) -> str:
        """`score is 85`, `industry is not set`, `did purchase 2 times, last ...`."""
        text = self._writer.write(node)
        value = value_of(self._language, node, moment)
        if value is None:
            return f"{text} is not set" if not isinstance(node, c.Agg | c.Arith) else f"{text} has no value"
        told = f"{text} is {self._shown(node, value, moment)}"
        return told + self._instants(node, moment) if isinstance(node, c.Agg) else told

    def _shown(self, node: c.ValueNode, value: Value, moment: Moment) -> str:
        type_ = _type_of(node)
        if type_ == "datetime" and isinstance(value, int):
            return self.words.instant(value)
        said = show(type_, value, _written(node, moment), self._language.zone)
        text = ", ".join(said) if isinstance(said, list) else said
        text = text if len(text) <= LONGEST else f"{text[:LONGEST]}…"
        return f'"{text}"' if type_ == "text" else text

    def _instants(self, node: c.Agg, moment: Moment) -> str:
        """When the events were that were counted, as far as the contact keeps that."""
        if node.fn not in ("count", "sum") or keeps_total(self._language, node):
            return ""
        rows = rows_of(self._language, node, moment)
        latest = [self.words.instant(row[0]) for row in rows[-SHOWN:]]
        more = f"{len(rows) - SHOWN} earlier, " if len(rows) > SHOWN else ""
        return f" ({more}{', '.join(latest)})" if latest else ""


def _some(name: str, items: list[str]) -> str:
    more = f" and {len(items) - SHOWN} more" if len(items) > SHOWN else ""
    return f"{name}: {', '.join(items[:SHOWN])}{more}"


def _looked_at(node: c.ValueNode) -> Iterator[c.ValueNode]:
    """The values at the ends of arithmetic that are no literals."""
    waiting = [node]
    while waiting:
        node = waiting.pop()
        if isinstance(node, c.Arith):
            waiting += [node.right, node.left]
        elif isinstance(node, c.DayOf):
            waiting.append(node.value)
        elif not isinstance(node, c.Lit):
            yield node


def _type_of(node: c.ValueNode) -> ValueType:
    match node:
        case c.Day():
            return "date" if node.at is None else "datetime"
        case c.DayOf():
            return "date"
        case c.Now():
            return "datetime"
        case c.Arith():
            return "number"
        case _:
            return node.type


def _written(node: c.ValueNode, moment: Moment) -> str | list[str] | None:
    """How somebody wrote the value, where that is kept."""
    match node:
        case c.Field():
            return moment.state.shown.get(node.name)
        case c.Owned(of="account"):
            return moment.state.account_shown.get(node.name)
        case c.Prop(of="entry") if moment.member is not None:
            return moment.member.shown.get(node.name)
        case _:
            return None


def explainer(program: Program) -> Explainer:
    """For the conditions of a plan."""
    plan = program.plan

    def segment(name: str) -> tuple[c.CondNode, str]:
        use = plan.segments[name].condition
        return plan.conditions[use.condition].node, place(plan, use.at)

    language = Language(plan.tracks, program.compile, program.zone)
    return Explainer(language, plan.settings.timezone, segment)


def place(plan: Plan, at: Position) -> str:
    """``FILE:LINE:COLUMN``."""
    return f"{plan.files[at.file]}:{at.line}:{at.column}"
