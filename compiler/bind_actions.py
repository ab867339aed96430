"""Steps and actions: nodes -> records. One function per action, found in a table by the action's key.

An action stands as ``{KEY: VALUE, id: ..., when: ..., once: ..., on_failure: ..., was: ...}``; VALUE is the
short form, the mapping form, or ``{rules: [{when, use}], default: ...}``. Whatever a value means on its own
it means inside `use` and `default` too, so a reader sees the value only.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from oncue.compiler import model, scalars
from oncue.compiler.model import Act, Cond, Group, Rule, Step, Text
from oncue.compiler.nodes import Mapping, Node, Scalar, Sequence
from oncue.compiler.reading import UNREADABLE, Reader
from oncue.schemas.values import format_number, parse_number

BESIDE = frozenset({"id", "when", "once", "on_failure", "was", "then", "else"})
FLOW = frozenset({"wait", "if", "goto", "end"})  # steps of campaigns only
NO_RULES = frozenset({"if", "goto", "end"})
NO_ACTION = "no_action"
DEPTH = 40  # of branches and of all/any inside one another
DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")

_SIGNED = re.compile(r"[+-][0-9]")
_BROKEN = model.Broken()


# --- conditions -----------------------------------------------------------------------------------


def condition(reader: Reader, node: Node | None, depth: int = 0) -> Cond | None:
    """A condition: text, or ``all:``/``any:`` of conditions; None if it cannot be read."""
    if type(node) is Mapping:
        return _group(reader, node, depth)
    scalar = reader.scalar(node, "a condition")
    return None if scalar is None else Text(scalar)


def _group(reader: Reader, node: Mapping, depth: int) -> Cond | None:
    if len(node.entries) != 1 or node.entries[0][0].text not in ("all", "any") or depth > DEPTH:
        reader.wrong(node, "a condition, or `all:` or `any:` with a list of conditions")
        return None
    key, value = node.entries[0]
    parts = [condition(reader, item, depth + 1) for item in reader.items(value, "a list of conditions")]
    known = tuple(part for part in parts if part is not None)
    return Group("and" if key.text == "all" else "or", node, known) if known else None


# --- steps ----------------------------------------------------------------------------------------


def steps(reader: Reader, node: Node | None, depth: int = 0) -> tuple[Step, ...]:
    """A list of steps or actions, in file order."""
    if depth > DEPTH and node is not None:
        reader.wrong(node, f"at most {DEPTH} branches inside one another")
        return ()
    found = [step(reader, item, depth) for item in reader.items(node, "a list of actions")]
    return tuple(one for one in found if one is not None)


def step(reader: Reader, node: Node, depth: int = 0) -> Step | None:
    """One step; None if not even its key can be found."""
    if type(node) is Scalar:
        if node.text != "end":
            reader.wrong(node, "an action such as `add_tag: hot`")
        return Step(node.text, node, model.End() if node.text == "end" else _BROKEN)
    mapping = reader.mapping(node, "an action such as `add_tag: hot`")
    if mapping is None:
        return None
    beside: dict[str, Node] = {}
    action: tuple[Scalar, Node] | None = None
    for key, value in mapping.entries:
        if key.text in BESIDE:
            beside[key.text] = value
        elif action is None or (action[0].text not in ACTIONS and key.text in ACTIONS):
            action = (key, value)
    if action is None:
        reader.wrong(mapping, "an action such as `add_tag: hot`")
        return None
    return _step(reader, action[0], action[1], beside, depth)


def _step(reader: Reader, key: Scalar, value: Node, beside: dict[str, Node], depth: int) -> Step:
    default, rules = _behaviours(reader, key, value, beside, depth)
    if not beside:
        return Step(key.text, key, default, rules)
    failure = reader.choice(beside.get("on_failure"), ("continue", "end"))
    return Step(
        kind=key.text,
        key=key,
        default=default,
        rules=rules,
        id=reader.scalar(beside["id"], "a step's id") if "id" in beside else None,
        on_failure="end" if failure == "end" else "continue",
        once=reader.boolean(beside.get("once"), default=False),
        was=reader.text(beside.get("was"), "an id"),
    )


def _behaviours(
    reader: Reader, key: Scalar, value: Node, beside: dict[str, Node], depth: int
) -> tuple[Act | None, tuple[Rule, ...]]:
    """The default and the rules of an action."""
    if key.text == "if":
        return _if(reader, value, beside, depth), ()
    read = ACTIONS.get(key.text)
    if read is None:
        reader.wrong(key, "an action of this version")
        return _BROKEN, ()
    if key.text in NO_RULES:
        _refuse_when(reader, key.text, beside)
        return read(reader, value, depth), ()
    if type(value) is Mapping and (value.get("rules") is not None or value.get("default") is not None):
        if "when" in beside:
            reader.error("F102", beside["when"], "`when` beside `rules`", "put it into the list as a rule")
        return _rules(reader, key, value, read, depth)
    if "when" in beside:
        rule = Rule(condition(reader, beside["when"]), _use(reader, value, read, depth))
        return None, (rule,)
    return _use(reader, value, read, depth), ()


def _refuse_when(reader: Reader, kind: str, beside: dict[str, Node]) -> None:
    if "when" in beside:
        hint = "put it into the `then` of an `if`"
        reader.error("F102", beside["when"], f"`{kind}` takes no rules, so no `when` either", hint)


def _rules(
    reader: Reader, key: Scalar, value: Mapping, read: _Read, depth: int
) -> tuple[Act | None, tuple[Rule, ...]]:
    default = value.get("default")
    if default is None:
        hint = "add `default:` with what is done if no rule matches, or `default: no_action`"
        reader.error("F101", value.key("rules") or key, f"`{key.text}` has rules but no default", hint)
        chosen: Act | None = _BROKEN
    else:
        chosen = _use(reader, default, read, depth)
    rules = [_rule(reader, item, read, depth) for item in reader.items(value.get("rules"), "a list of rules")]
    return chosen, tuple(rule for rule in rules if rule is not None)


def _rule(reader: Reader, node: Node, read: _Read, depth: int) -> Rule | None:
    mapping = reader.mapping(node, "a rule `{when, use}`")
    if mapping is None:
        return None
    use, when = mapping.get("use"), mapping.get("when")
    if use is None or when is None:
        reader.wrong(mapping, "a rule `{when, use}`")
    return Rule(condition(reader, when), _BROKEN if use is None else _use(reader, use, read, depth))


def _use(reader: Reader, node: Node, read: _Read, depth: int) -> Act | None:
    if type(node) is Scalar and node.text == NO_ACTION:
        return None
    return read(reader, node, depth)


def _if(reader: Reader, value: Node, beside: dict[str, Node], depth: int) -> Act:
    _refuse_when(reader, "if", beside)
    when = condition(reader, value)
    then, other = steps(reader, beside.get("then"), depth + 1), steps(reader, beside.get("else"), depth + 1)
    return model.If(when, then, other)


# --- one reader per action ------------------------------------------------------------------------

_Read = Callable[[Reader, Node, int], Act]


def _part(reader: Reader, node: Node, key: str) -> Node | None:
    """The short form itself, or the value under `key` of the mapping form."""
    if type(node) is not Mapping:
        return node
    value = node.get(key)
    if value is None:
        reader.wrong(node, f"`{key}`")
    return value


def _send_email(reader: Reader, node: Node, depth: int) -> Act:
    email = reader.ref("emails", _part(reader, node, "email"))
    return _BROKEN if email is None else model.SendEmail(email)


def _adjust_score(reader: Reader, node: Node, depth: int) -> Act:
    if type(node) is Mapping:
        return _adjust_by_key(reader, node)
    scalar = reader.scalar(node, "`+10`, `-5`, `{set: 50}` or `{reset: true}`")
    return _BROKEN if scalar is None else _by(reader, scalar)


def _adjust_by_key(reader: Reader, node: Mapping) -> Act:
    by, to, reset = node.get("by"), node.get("set"), node.get("reset")
    if by is not None:
        scalar = reader.scalar(by, "a signed number")
        return _BROKEN if scalar is None else _by(reader, scalar)
    if to is not None:
        number = reader.number(to)
        return _BROKEN if number is None else model.AdjustScore(to=_decimal(number))
    if not reader.boolean(reset, default=False):
        reader.wrong(node, "`by`, `set` or `reset: true`")
        return _BROKEN
    return model.AdjustScore(to="0")


def _by(reader: Reader, scalar: Scalar) -> Act:
    if not _SIGNED.match(scalar.text):
        if scalars.number(scalar.text) is None:
            reader.wrong(scalar, "a signed number such as `+10`")
        else:
            text = scalar.text.strip()
            hint = f"write `+{text}` or `-{text}` to change it, `{{set: {text}}}` to set it"
            reader.error(UNREADABLE, scalar, f"`{text}` has no sign: is it added or set?", hint)
        return _BROKEN
    number = reader.number(scalar)
    return _BROKEN if number is None else model.AdjustScore(by=_decimal(number))


def _decimal(text: str) -> str:
    """The shortest decimal text, so that ``+10`` and ``+10.0`` are one plan."""
    number = parse_number(text)
    return text if number is None else format_number(number)


def _add_tag(reader: Reader, node: Node, depth: int) -> Act:
    tag = reader.tag(_part(reader, node, "tag"))
    return _BROKEN if tag is None else model.AddTag(tag)


def _remove_tag(reader: Reader, node: Node, depth: int) -> Act:
    tag = reader.tag(_part(reader, node, "tag"))
    return _BROKEN if tag is None else model.RemoveTag(tag)


def _update_contact(reader: Reader, node: Node, depth: int) -> Act:
    mapping = reader.mapping(node, "`set`, `copy` or `clear`")
    if mapping is None:
        return _BROKEN
    setting, copy = mapping.get("set"), mapping.get("copy")
    return model.UpdateContact(
        set=() if setting is None else _sets(reader, setting),
        copy=() if copy is None else _copies(reader, copy),
        clear=reader.refs("fields", mapping.get("clear")),
    )


def _sets(reader: Reader, node: Node) -> tuple[tuple[model.Ref, Node], ...]:
    mapping = reader.mapping(node, "fields and their values")
    return (
        ()
        if mapping is None
        else tuple((model.Ref("fields", key.text, key), value) for key, value in mapping)
    )


def _copies(reader: Reader, node: Node) -> tuple[tuple[model.Ref, model.Ref], ...]:
    found = [(field, reader.ref("fields", value)) for field, value in _sets(reader, node)]
    return tuple((field, source) for field, source in found if source is not None)


def _add_note(reader: Reader, node: Node, depth: int) -> Act:
    text = reader.scalar(_part(reader, node, "text"), "a text")
    return _BROKEN if text is None else model.AddNote(text)


def _channels(reader: Reader, node: Node) -> tuple[str, ...]:
    value = node.get("channels") if type(node) is Mapping else None
    found = {reader.choice(item, ("email", "sms")) for item in reader.items(value, "a list of channels")}
    return tuple(sorted(channel for channel in found if channel))


def _subscribe(reader: Reader, node: Node, depth: int) -> Act:
    where = reader.ref("lists", _part(reader, node, "list"))
    return _BROKEN if where is None else model.Subscribe(where, _channels(reader, node) or ("email",))


def _unsubscribe(reader: Reader, node: Node, depth: int) -> Act:
    if type(node) is Mapping and node.get("all") is not None:
        if reader.boolean(node.get("all"), default=False):
            return model.Unsubscribe()
        reader.wrong(node, "a list, or `all: true`")
        return _BROKEN
    where = reader.ref("lists", _part(reader, node, "list"))
    return _BROKEN if where is None else model.Unsubscribe(where, _channels(reader, node))


# --- flow -----------------------------------------------------------------------------------------


def _wait(reader: Reader, node: Node, depth: int) -> Act:
    if type(node) is Mapping:
        return _wait_form(reader, node, depth)
    micros = reader.duration(node)
    return _BROKEN if micros is None or type(node) is not Scalar else model.WaitFor(micros, node)


def _wait_form(reader: Reader, node: Mapping, depth: int) -> Act:
    if node.get("until") is not None:
        return _wait_until(reader, node, depth)
    if node.get("date") is not None:
        return _wait_date(reader, node)
    return _wait_at(reader, node)


def _wait_until(reader: Reader, node: Mapping, depth: int) -> Act:
    until = condition(reader, node.get("until"))
    at_most = reader.duration(node.get("at_most"))
    timeout = steps(reader, node.get("on_timeout"), depth + 1)
    return model.WaitUntil(until, at_most, timeout)


def _wait_date(reader: Reader, node: Mapping) -> Act:
    field = reader.ref("fields", node.get("date"))
    offset = reader.duration(node.get("offset"), signed=True)
    if_past = reader.choice(node.get("if_past"), ("skip", "end"))
    if field is None:
        return _BROKEN
    zone = reader.scalar(node.get("timezone"), "a time zone")
    minutes = reader.minutes(node.get("at"))
    return model.WaitDate(field, offset or 0, minutes, zone, "end" if if_past == "end" else "skip")


def _wait_at(reader: Reader, node: Mapping) -> Act:
    scalar = reader.scalar(node.get("at"), "a recurring time")
    found = None if scalar is None else recurring(scalar.text)
    if found is None:
        reader.wrong(scalar or node, 'a time such as "09:00" or "monday 09:00"')
        return _BROKEN
    return model.WaitAt(found[1], found[0], reader.scalar(node.get("timezone"), "a time zone"))


def recurring(text: str) -> tuple[tuple[int, ...], int] | None:
    """``09:00``, ``monday 09:00``, ``monday, friday 09:00`` or ``weekdays 09:00`` -> (weekdays, minutes)."""
    *words, time = text.replace(",", " ").split() or [""]
    minutes = scalars.time_of_day(time)
    days: set[int] = set()
    for word in words:
        if word == "weekdays":
            days.update(range(5))
        elif word in DAYS:
            days.add(DAYS.index(word))
        else:
            return None
    return None if minutes is None else (tuple(sorted(days)), minutes)


def _goto(reader: Reader, node: Node, depth: int) -> Act:
    target = reader.ref("steps", _part(reader, node, "step"))
    at_most = reader.whole(node.get("at_most")) if type(node) is Mapping else None
    return _BROKEN if target is None else model.Goto(target, at_most)


def _end(reader: Reader, node: Node, depth: int) -> Act:
    empty = (type(node) in (Mapping, Sequence) and not list(node)) or (type(node) is Scalar and not node.text)  # type: ignore[call-overload]
    if not empty:
        reader.wrong(node, "nothing, as in `- end`")
    return model.End()


ACTIONS: dict[str, _Read] = {
    "send_email": _send_email,
    "adjust_score": _adjust_score,
    "add_tag": _add_tag,
    "remove_tag": _remove_tag,
    "update_contact": _update_contact,
    "add_note": _add_note,
    "subscribe": _subscribe,
    "unsubscribe": _unsubscribe,
    "wait": _wait,
    "goto": _goto,
    "end": _end,
}
