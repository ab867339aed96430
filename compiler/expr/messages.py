"""Every message of the condition language's checker. One function per thing that can be wrong.

A message says what is wrong, its hint what to do next. Syntax errors have theirs in `slips`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from oncue.compiler.expr.catalog import Issue
from oncue.compiler.expr.nodes import Node
from oncue.compiler.expr.suggest import nearest
from oncue.compiler.expr.wording import KIND_WORDS, TYPE_WORDS, a, did_you_mean, listed, shorten


def _at(
    node: Node, code: str, message: str, hint: str = "", severity: str = "error", fix: str | None = None
) -> Issue:
    return Issue(code, message, node.start, node.end, hint, severity, fix or "")


# --- size -----------------------------------------------------------------------------------------


def too_long(length: int, limit: int) -> Issue:
    return Issue(
        "C004",
        f"this condition has {length:,} characters; the limit is {limit:,}",
        0,
        1,
        "split it into segments and test `in segment ID`",
    )


def too_deep(start: int, end: int, limit: int) -> Issue:
    return Issue(
        "C004",
        f"this condition nests more than {limit} levels deep",
        start,
        end,
        "give the inner parts names as segments and test `in segment ID`",
    )


# --- names ----------------------------------------------------------------------------------------


_NOT_FIELDS = {
    "tag": 'write `tagged "..."`',
    "segment": "write `in segment ID`",
    "campaign": "write `in campaign ID`",
    "list": "write `subscribed to LIST`",
    "deal": "name what it says, such as `deal.stage`",
}


def unknown_field(
    node: Node, name: str, known: Iterable[str], other: str | None, event: str | None = None, has: str = ""
) -> Issue:
    """`other`: the type of what stands on the other side, where that is known. `event`: an event of nearly
    that name; `has`: an event with a property of that name."""
    thing = _NOT_FIELDS.get(name.lower().removesuffix("s"))
    guess = nearest(name, known)
    fix = None
    if thing is not None:
        hint = thing
    elif event is not None:
        hint = f"what a contact did is asked with `did`: `did {event} at least 3 times`"
    elif has:
        hint = f"`{has}` has it: `event.{name}` at its trigger, or `did {has} where (... and {name} ...)`"
    elif guess is not None:
        hint, fix = f"did you mean `{guess}`?", guess
    elif other == "boolean" and name.lower() in ("yes", "no", "on", "off"):
        hint = "write `true` or `false`"
    elif other == "text":
        hint = f'a text stands in double quotes: `"{shorten(name)}"`'
    else:
        hint = "declare it under `fields` in oncue.yaml; a text stands in double quotes"
    return _at(node, "C010", f"there is no contact field `{shorten(name)}`", hint, fix=fix)


def unquoted(node: Node, name: str) -> Issue:
    message = f"`{shorten(name)}` is a text without its quotes"
    return _at(node, "C002", message, f'write `"{shorten(name)}"`', fix=f'"{name}"')


def null_word(node: Node, name: str) -> Issue:
    return _at(
        node, "C003", f"there is no `{name}` in conditions", "write `FIELD is not set` or `FIELD is set`"
    )


def contact_prefix(node: Node, name: str) -> Issue:
    message = "contact fields are written without a prefix"
    return _at(node, "C003", message, f"write `{name}`", fix=name)


def asset_as_event(node: Node, name: str, kind: str, events: Sequence[str]) -> Issue:
    asked = " or ".join(f"`did {event} of {name}`" for event in events[:2])
    return _at(node, "C011", f"`{name}` is {a(KIND_WORDS[kind])}, not an event", f"write {asked}")


def unknown_event(node: Node, name: str, known: Iterable[str]) -> Issue:
    hint = did_you_mean(name, known, "events") or "declare it under `events` in oncue.yaml"
    return _at(node, "C011", f"there is no event `{shorten(name)}`", hint, fix=nearest(name, known))


def unknown_property(node: Node, name: str, events: Sequence[str], known: Iterable[str]) -> Issue:
    return _at(
        node,
        "C012",
        f"{listed(events)} {'has' if len(events) == 1 else 'have'} no property `{shorten(name)}`",
        did_you_mean(name, known, "properties"),
        fix=_kept_prefix(node, name, known),
    )


def _kept_prefix(node: Node, name: str, known: Iterable[str]) -> str | None:
    """The nearest name, with what stands before `name` in the node (`event.`, `purchase.`)."""
    guess, path = nearest(name, known), getattr(node, "path", name)
    return f"{path.removesuffix(name)}{guess}" if guess is not None and path.endswith(name) else None


def field_in_where(node: Node, name: str, event: str) -> Issue:
    return _at(
        node,
        "C042",
        f"`{name}` is a contact field; `where` sees the properties of `{event}` only",
        f"test the field outside: `{name} ... and did {event} ...`",
    )


def unknown_id(node: Node, kind: str, name: str, known: Iterable[str], actual: str | None = None) -> Issue:
    word = KIND_WORDS[kind]
    if actual is not None:
        message = f"`{name}` is {a(KIND_WORDS[actual])}, not {a(word)}"
        return _at(
            node, "C013", message, did_you_mean(name, known, kind.replace("_", " ")), fix=nearest(name, known)
        )
    return _at(
        node,
        "C013",
        f"there is no {word} `{shorten(name)}`",
        did_you_mean(name, known, kind.replace("_", " ")),
        fix=nearest(name, known),
    )


def unknown_step(node: Node, name: str, campaign: str, known: Iterable[str]) -> Issue:
    guess = nearest(name, known)
    return _at(
        node,
        "C014",
        f"campaign `{campaign}` has no step `{shorten(name)}` that sends an email",
        did_you_mean(name, known, "steps that send"),
        fix=guess if guess is None or "/" not in guess else f'"{guess}"',
    )


def outside_values(node: Node, value: str, name: str, values: Sequence[str]) -> Issue:
    guess = nearest(value, values)
    allowed = ", ".join(f'"{each}"' for each in values[:12]) + (", …" if len(values) > 12 else "")
    hint = (f'did you mean "{guess}"? ' if guess is not None else "") + f"allowed: {allowed}"
    fix = None if guess is None else f'"{guess}"'
    return _at(node, "C015", f'`{name}` is never "{shorten(value)}"', hint, fix=fix)


def owned_prefix(node: Node, right: str) -> Issue:
    of = right.partition(".")[0]
    message = f"the fields of the contact's {of} are written with `{of}.` before them"
    return _at(node, "C003", message, f"write `{right}`", fix=right)


def unknown_owned(node: Node, of: str, name: str, known: Iterable[str], of_contact: bool) -> Issue:
    """`of`: deal or account; `of_contact`: a contact field has that name."""
    guess, fix = nearest(name, known), None
    if of_contact:
        hint, fix = f"`{shorten(name)}` is a contact field, written without a prefix", name
    elif guess is not None:
        hint, fix = f"did you mean `{of}.{guess}`?", f"{of}.{guess}"
    elif of == "response":
        hint = f"known: {', '.join(sorted(known))}" if known else "no campaign has `statuses`"
    else:
        hint = f"declare it under `{of}_fields` in oncue.yaml"
    return _at(node, "C016", f"{a(of)} has no field `{shorten(name)}`", hint, fix=fix)


def owned_in_where(node: Node, path: str, event: str) -> Issue:
    return _at(
        node,
        "C042",
        f"`where` sees the properties of `{event}` only, no field of the contact's {path.partition('.')[0]}",
        f"test it outside: `{path} ... and did {event} ...`",
    )


def no_asset(node: Node, event: str) -> Issue:
    return _at(node, "C017", f"`{event}` belongs to no asset", "leave `of ...` out; narrow it with `where`")


def unknown_user(node: Node, name: str, known: Iterable[str]) -> Issue:
    hint = did_you_mean(name, known, "users", quote='"')
    guess = nearest(name, known)
    fix = None if guess is None else f'"{guess}"'
    return _at(node, "C018", f'there is no user "{shorten(name)}"', hint, "warning", fix)


def unknown_channel(node: Node, name: str, known: Iterable[str]) -> Issue:
    hint = did_you_mean(name, known, "channels")
    return _at(node, "C019", f"there is no channel `{shorten(name)}`", hint, fix=nearest(name, known))


# --- types ----------------------------------------------------------------------------------------


def mismatch(node: Node, left: str, right: str, hint: str) -> Issue:
    return _at(node, "C020", f"{TYPE_WORDS[left]} is compared with {TYPE_WORDS[right]}", hint)


def types_differ(node: Node, path: str, types: Sequence[str]) -> Issue:
    shown = " and ".join(TYPE_WORDS[type_] for type_ in dict.fromkeys(types))
    return _at(
        node,
        "C020",
        f"`{path}` is {shown}, depending on the event",
        "use triggers of one event, or rename a property",
    )


def no_order(node: Node, type_: str, order: str) -> Issue:
    hint = {
        "text": 'texts have no order; compare with `==`, `in [...]`, `contains "..."`',
        "boolean": "write `== true` or `== false`",
        "many": 'write `has "..."`',
    }[type_]
    return _at(node, "C021", f"`{order}` does not fit {TYPE_WORDS[type_]}", hint)


def wrong_test(node: Node, test: str, wanted: str, got: str) -> Issue:
    hint = {
        "many": 'a set of texts is tested with `has "..."`',
        "text": 'a text is tested with `==`, `in [...]`, `contains "..."`',
        "number": "a number is tested with `==`, `!=`, `<`, `<=`, `>`, `>=`",
        "boolean": "true or false is tested with `== true` or `== false`",
        "date": "a date is tested with `before`, `after`, `within next 7 days`, `older than 7 days`",
        "datetime": "an instant is tested with `before`, `after`, `within last 7 days`, `older than 7 days`",
    }[got]
    return _at(node, "C021", f"`{test}` needs {wanted}, and this is {TYPE_WORDS[got]}", hint)


def not_a_number(node: Node, sign: str, type_: str) -> Issue:
    hint = "arithmetic is for numbers"
    if type_ in ("date", "datetime"):
        hint = "for times write `within next 7 days`, `within last 7 days` or `older than 7 days`"
    return _at(node, "C022", f"`{sign}` needs numbers, and this is {TYPE_WORDS[type_]}", hint)


def bare_boolean(node: Node, shown: str) -> Issue:
    return _at(node, "C023", f"`{shown}` alone is no test", f"write `{shown} == true` or `{shown} == false`")


def bare_value(node: Node, shown: str, type_: str) -> Issue:
    examples = {
        "text": f'`{shown} == "..."` or `{shown} is set`',
        "number": f"`{shown} > 0` or `{shown} is set`",
        "date": f"`{shown} before today` or `{shown} is set`",
        "datetime": f"`{shown} older than 7 days` or `{shown} is set`",
        "many": f'`{shown} has "..."` or `{shown} is set`',
    }
    return _at(
        node, "C023", f"`{shown}` alone is no test: it is {TYPE_WORDS[type_]}", f"write {examples[type_]}"
    )


def bare_literal(node: Node, shown: str) -> Issue:
    return _at(node, "C023", f"`{shown}` alone is no test", f"compare a field with it: `FIELD == {shown}`")


def test_as_value(node: Node, shown: str) -> Issue:
    return _at(
        node, "C024", f"`{shown}` is a test, and a value belongs here", "join tests with `and`, `or`, `not`"
    )


def item_not_literal(node: Node) -> Issue:
    return _at(
        node,
        "C025",
        "a list holds texts, numbers or dates as they are written",
        "compare with fields one by one: `a == b or a == c`",
    )


def empty_list(node: Node) -> Issue:
    return _at(
        node, "C025", "this list is empty, so the test is never true", "put the values between the brackets"
    )


def boolean_list(node: Node) -> Issue:
    return _at(node, "C025", "true and false are not listed", "write `== true`, `== false` or `is set`")


def count_of_property(node: Node, event: str, prop: str) -> Issue:
    return _at(
        node, "C026", "`count` counts events, not a property", f"write `count({event} where {prop} is set)`"
    )


def aggregate_needs_property(node: Node, fn: str, event: str, known: Sequence[str]) -> Issue:
    hint = f"write `{fn}({event}.{known[0]})`" if known else f"`{event}` has no property that fits"
    return _at(node, "C026", f"`{fn}` needs a property of `{event}`", hint)


def aggregate_type(node: Node, fn: str, type_: str) -> Issue:
    wanted = "a number" if fn == "sum" else "a number, a date or an instant"
    return _at(
        node,
        "C026",
        f"`{fn}` needs {wanted}, and this is {TYPE_WORDS[type_]}",
        "`first` and `last` take any type",
    )


def did_property(node: Node, event: str, prop: str) -> Issue:
    return _at(node, "C026", "`did` takes an event, not a property", f"write `did {event} where {prop} ...`")


def literal_needed(node: Node, test: str) -> Issue:
    return _at(node, "C027", f"`{test}` takes a text in double quotes", f'for example `{test} "..."`')


def empty_text(node: Node, test: str) -> Issue:
    return _at(
        node,
        "C027",
        f'an empty text counts as missing, so `{test} ""` makes no sense',
        "write `is not set` or `is set`",
    )


def bad_number(node: Node, text: str) -> Issue:
    return _at(
        node,
        "C028",
        f"`{shorten(text)}` is beyond the numbers of conditions",
        "a number has at most 9 places and stays below 10^18 in size",
    )


def not_whole(node: Node, text: str) -> Issue:
    return _at(
        node, "C028", f"`{shorten(text)}` is no number of times", "write a whole number: `at least 3 times`"
    )


def tag_form(node: Node, tag: str) -> Issue:
    right = shorten(tag.strip().lower())
    hint = f'tags are lower case, without outer spaces: `tagged "{right}"`' if right else "name the tag"
    return _at(node, "C029", f'no tag is written "{tag[:60]}"', hint)


# --- time -----------------------------------------------------------------------------------------

_IN_DAYS = {"month": 30, "quarter": 90, "year": 365, "fortnight": 14}


def unknown_unit(node: Node, count: str, unit: str) -> Issue:
    days = _IN_DAYS.get(unit.lower().removesuffix("s"))
    if days is not None and count.isdigit() and len(count) < 6:
        hint = f"its length varies; write `{int(count) * days} days`"
        return _at(node, "C030", f"`{unit}` is no unit of durations", hint)
    guess = nearest(unit, ("minutes", "hours", "days", "weeks"))
    hint = f"did you mean `{count} {guess}`?" if guess else "units: minutes, hours, days, weeks"
    return _at(node, "C030", f"`{shorten(unit)}` is no unit of durations", hint)


def bad_count(node: Node, count: str, limit: int) -> Issue:
    return _at(
        node,
        "C030",
        f"a duration cannot be {shorten(count)} long",
        f"write a whole number of minutes, hours, days or weeks, from 1 minute to {limit:,} days",
    )


def no_such_day(node: Node, text: str) -> Issue:
    return _at(node, "C031", f"there is no day {text}", "a date is written 2026-07-01: year, month, day")


def no_such_time(node: Node, text: str) -> Issue:
    return _at(node, "C031", f"there is no time {text}", "a time is written 09:00, from 00:00 to 23:59")


def days_only(node: Node, unit: str) -> Issue:
    return _at(
        node,
        "C032",
        f"a date is a whole day, so {unit}s do not fit",
        "write whole days or weeks: `30 days`, `2 weeks`",
    )


def window_in_future(node: Node) -> Issue:
    return _at(
        node,
        "C033",
        "nothing has happened since tomorrow",
        "write `since today` or `since yesterday`",
        "warning",
    )


def empty_hours(node: Node, time: str) -> Issue:
    return _at(node, "C033", f"from {time} to {time} is no time at all", "give two different times")


# --- places ---------------------------------------------------------------------------------------


def no_event_here(node: Node, path: str) -> Issue:
    return _at(
        node,
        "C040",
        f"`{shorten(path)}`: there is no event here",
        "`event.x` works in the `when` of an event trigger and of a fulfillment action",
    )


def event_in_where(node: Node, prop: str) -> Issue:
    return _at(node, "C042", "inside `where` the properties stand alone", f"write `{shorten(prop)}`")


def history_as_value(node: Node, event: str, prop: str) -> Issue:
    return _at(
        node,
        "C010",
        f"`{shorten(event + '.' + prop)}` is no contact field: `{event}` may have happened many times",
        f"write `last({event}.{prop})`, `sum(...)`, or `did {event} where {prop} ...`",
    )


def campaign_only(node: Node, what: str) -> Issue:
    return _at(
        node, "C041", f"`{what}` works only inside a campaign", "here there is no entry that it could mean"
    )


def no_entry_event(node: Node, path: str, campaign: str) -> Issue:
    return _at(
        node,
        "C041",
        f"`{shorten(path)}`: no event starts campaign `{campaign}`",
        "`entry.x` is a property of the event that started the entry; add an `event` trigger",
    )


def not_in_where(node: Node, shown: str) -> Issue:
    return _at(
        node,
        "C042",
        f"`{shorten(shown)}` does not belong inside `where`",
        "`where` compares the event's properties with fixed values or `entry.x`; put the rest outside",
    )


def step_event(node: Node, event: str) -> Issue:
    return _at(
        node,
        "C017",
        f"`{event}` does not belong to a message",
        "`of step` fits email.open, email.click and the like",
    )


# --- warnings -------------------------------------------------------------------------------------


def true_when_missing(node: Node, shown: str) -> Issue:
    return _at(
        node,
        "C050",
        f"this is also true where `{shown}` is missing",
        f"if that is not meant, add `{shown} is set and`; if it is, say so: `or {shown} is not set`",
        "warning",
    )


def true_when_nothing(node: Node, shown: str, event: str) -> Issue:
    return _at(
        node,
        "C050",
        f"this is also true where `{shown}` is missing, as for contacts without any `{event}`",
        f"if that is not meant, add `did {event} and`; if it is, say so: `or not did {event}`",
        "warning",
    )


def always_true(node: Node, shown: str) -> Issue:
    return _at(
        node, "C051", f"`{shown}` is always true", "write `at least 1 time`, or leave it out", "warning"
    )
