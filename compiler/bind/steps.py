"""Steps and actions: nodes -> records.

An action stands as ``{KEY: VALUE, id: ..., when: ..., once: ..., on_failure: ..., was: ...}``; VALUE is the
short form, the mapping form, or ``{rules: [{when, use}], default: ...}``. Whatever a value means on its own
it means inside `use` and `default` too, so the reader of an action (a table of them for each group) sees
the value only.
"""

from __future__ import annotations

from functools import partial
from typing import TypeGuard

from oncue.compiler import model
from oncue.compiler.bind.batches import BATCHES
from oncue.compiler.bind.conditions import DEPTH, condition
from oncue.compiler.bind.contacts import CONTACTS
from oncue.compiler.bind.crm import CRM
from oncue.compiler.bind.flow import FLOW
from oncue.compiler.bind.forms import BROKEN, Inner, Read
from oncue.compiler.bind.math import math
from oncue.compiler.bind.messages import MESSAGES
from oncue.compiler.bind.reading import Reader
from oncue.compiler.model import Act, Rule, Step
from oncue.compiler.yaml.nodes import Mapping, Node, Scalar

BESIDE = frozenset({"id", "when", "once", "on_failure", "was", "then", "else"})
NO_RULES = frozenset({"if", "split_paths", "split_test", "split_until", "goto", "goal", "end"})
BARE = frozenset({"end", "create_salesforce_contact", "create_salesforce_lead"})  # these need no value
NO_ACTION = "no_action"

ACTIONS: dict[str, Read] = {**MESSAGES, **CONTACTS, **CRM, **BATCHES, "math": math, **FLOW}


def steps(reader: Reader, node: Node | None, depth: int = 0) -> tuple[Step, ...]:
    """A list of steps or actions, in file order."""
    if depth > DEPTH and node is not None:
        reader.wrong(node, f"at most {DEPTH} branches inside one another")
        return ()
    inner = partial(_inside, reader, depth)
    found = [step(reader, item, inner) for item in reader.items(node, "a list of actions")]
    return tuple(one for one in found if one is not None)


def _inside(reader: Reader, depth: int, node: Node | None) -> tuple[Step, ...]:
    return steps(reader, node, depth + 1)


def step(reader: Reader, node: Node, inner: Inner) -> Step | None:
    """One step; None if not even its key can be found."""
    if type(node) is Scalar:
        if node.text in BARE:
            return Step(node.text, node, ACTIONS[node.text](reader, node, inner))
        reader.wrong(node, "an action such as `add_tag: hot`")
        return Step(node.text, node, BROKEN)
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
    return _step(reader, action[0], action[1], beside, inner)


def _step(reader: Reader, key: Scalar, value: Node, beside: dict[str, Node], inner: Inner) -> Step:
    default, rules = _behaviours(reader, key, value, beside, inner)
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
    reader: Reader, key: Scalar, value: Node, beside: dict[str, Node], inner: Inner
) -> tuple[Act | None, tuple[Rule, ...]]:
    """The default and the rules of an action."""
    if key.text == "if":
        return _if(reader, value, beside, inner), ()
    read = ACTIONS.get(key.text)
    if read is None:
        reader.wrong(key, "an action of this version")
        return BROKEN, ()
    if key.text in NO_RULES:
        _refuse_when(reader, key.text, beside)
        return read(reader, value, inner), ()
    if _by_rules(value):
        if "when" in beside:
            reader.error("F102", beside["when"], "`when` beside `rules`", "put it into the list as a rule")
        return _rules(reader, key, value, read, inner)
    if "when" in beside:
        rule = Rule(condition(reader, beside["when"]), _use(reader, value, read, inner))
        return None, (rule,)
    return _use(reader, value, read, inner), ()


def chosen(reader: Reader, key: Scalar, value: Node, kind: str, read: Read) -> Step:
    """A value that is chosen by rules as an action's is, though its key is no action's."""
    if not _by_rules(value):
        return Step(kind, key, _use(reader, value, read, _no_branches))
    return Step(kind, key, *_rules(reader, key, value, read, _no_branches))


def _by_rules(value: Node) -> TypeGuard[Mapping]:
    return type(value) is Mapping and (value.get("rules") is not None or value.get("default") is not None)


def _no_branches(node: Node | None) -> tuple[Step, ...]:
    return ()


def _refuse_when(reader: Reader, kind: str, beside: dict[str, Node]) -> None:
    if "when" in beside:
        hint = "put it into the `then` of an `if`"
        reader.error("F102", beside["when"], f"`{kind}` takes no rules, so no `when` either", hint)


def _rules(
    reader: Reader, key: Scalar, value: Mapping, read: Read, inner: Inner
) -> tuple[Act | None, tuple[Rule, ...]]:
    default = value.get("default")
    if default is None:
        hint = "add `default:` with what is done if no rule matches, or `default: no_action`"
        reader.error("F101", value.key("rules") or key, f"`{key.text}` has rules but no default", hint)
        chosen: Act | None = BROKEN
    else:
        chosen = _use(reader, default, read, inner)
    rules = [_rule(reader, item, read, inner) for item in reader.items(value.get("rules"), "a list of rules")]
    return chosen, tuple(rule for rule in rules if rule is not None)


def _rule(reader: Reader, node: Node, read: Read, inner: Inner) -> Rule | None:
    mapping = reader.mapping(node, "a rule `{when, use}`")
    if mapping is None:
        return None
    use, when = mapping.get("use"), mapping.get("when")
    if use is None or when is None:
        reader.wrong(mapping, "a rule `{when, use}`")
    return Rule(condition(reader, when), BROKEN if use is None else _use(reader, use, read, inner))


def _use(reader: Reader, node: Node, read: Read, inner: Inner) -> Act | None:
    if type(node) is Scalar and node.text == NO_ACTION:
        return None
    return read(reader, node, inner)


def _if(reader: Reader, value: Node, beside: dict[str, Node], inner: Inner) -> Act:
    _refuse_when(reader, "if", beside)
    when = condition(reader, value)
    return model.If(when, inner(beside.get("then")), inner(beside.get("else")))
