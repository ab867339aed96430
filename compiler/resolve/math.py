"""Calculations: a number by a number, a date by a duration."""

from __future__ import annotations

from oncue.compiler import model
from oncue.compiler.diagnostics import Diagnostic
from oncue.compiler.expr.catalog import Place
from oncue.compiler.model import Math, Operand, Target
from oncue.compiler.resolve.deals import deal
from oncue.compiler.resolve.lookup import Lookup
from oncue.compiler.resolve.names import did_you_mean, meant
from oncue.compiler.yaml.positions import span_in
from oncue.schemas.builtins import DEAL_FIELDS, READ_ONLY_FIELDS
from oncue.schemas.plan import FieldSpec
from oncue.schemas.values import DAY

_DATES = ("date", "datetime")
_WRITABLE = frozenset({"value", "score"})  # of the built-in fields of a deal
_CODE = "N224"


def math(look: Lookup, act: Math, place: Place) -> None:
    """Looks up the fields, and whether they can be reckoned with."""
    deal(look, act.deal, place)
    _about_a_deal(look, act)
    spec, other = spec_of(look, act.target), None
    if act.operand.field is not None:
        other = spec_of(look, act.operand.field)
    if spec is None or not _changeable(look, act.target, spec):
        return
    if spec.type == "number":
        _with_number(look, act.operand, other)
        _by_zero(look, act)
    else:
        _with_duration(look, act, spec.type)


def spec_of(look: Lookup, target: Target) -> FieldSpec | None:
    """The declared field; None, and an error, if there is none."""
    if target.of == "contact":
        return look.catalog.fields[target.field.name] if look.name(target.field) else None
    known = look.catalog.deal if target.of == "deal" else look.catalog.account
    spec = known.get(target.field.name)
    if spec is None:
        hint = did_you_mean(target.field.name, known, f"{target.of}_fields")
        if not known:
            hint = f"declare it under `{target.of}_fields` in oncue.yaml"
        message, fix = f"unknown {target.of} field `{target.field.name}`", meant(target.field.name, known)
        look.error("N203", target.field, message, hint, fix=fix)
    return spec


def _changeable(look: Lookup, target: Target, spec: FieldSpec) -> bool:
    name = _shown(target)
    fixed = READ_ONLY_FIELDS if target.of == "contact" else frozenset(DEAL_FIELDS) - _WRITABLE
    if spec.type not in ("number", *_DATES):
        what = "holds many texts" if spec.type == "many" else f"is a {spec.type} field"
        message = f"`{name}` {what}: only numbers and dates can be reckoned with"
        look.error(_CODE, target.field, message)
        return False
    if target.of != "account" and target.field.name in fixed:
        look.error("N209", target.field, f"`{name}` cannot be changed", "only the system writes it")
        return False
    return True


def _with_number(look: Lookup, operand: Operand, other: FieldSpec | None) -> None:
    if operand.micros is not None:
        _error(look, operand, "a duration goes with a date, not with a number", "write a number")
    elif other is not None and operand.field is not None and other.type != "number":
        message = f"`{_shown(operand.field)}` is a {other.type} field, not a number"
        look.error(_CODE, operand.field.field, message, "write a number, or a field that holds one")


def _by_zero(look: Lookup, act: Math) -> None:
    if act.operation == "divide" and act.operand.number == "0":
        _error(look, act.operand, "nothing can be divided by 0", "write another number")


def _with_duration(look: Lookup, act: Math, kind: str) -> None:
    operand, name = act.operand, _shown(act.target)
    if act.operation not in ("add", "subtract"):
        message = f"`{name}` is a {kind}: a duration is added to it or taken away"
        _error(look, operand, message, "write `+` or `-`, and a duration such as `30 days`")
    elif operand.micros is None:
        hint = f"for example `{name} + 30 days`"
        _error(look, operand, f"`{name}` is a {kind}, so a duration such as `30 days` is needed", hint)
    elif kind == "date" and operand.micros % DAY:
        message = f"`{name}` is a date: it is moved by whole days"
        _error(look, operand, message, "write days or weeks")


def _about_a_deal(look: Lookup, act: Math) -> None:
    field = act.operand.field
    if act.deal is not None and act.target.of != "deal" and (field is None or field.of != "deal"):
        hint = f"write `deal.{act.target.field.name}` if a deal's field is meant; or leave `deal` out"
        look.error(_CODE, act.target.field, "`deal` picks a deal, and no field of a deal is named", hint)


def _error(look: Lookup, operand: Operand, message: str, hint: str) -> None:
    span = span_in(operand.node, operand.start, operand.end)
    look.found.append(Diagnostic(_CODE, "error", message, span, hint))


def _shown(target: model.Target) -> str:
    return target.field.name if target.of == "contact" else f"{target.of}.{target.field.name}"
