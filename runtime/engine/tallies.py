"""Running totals that the host adds up by itself: deals by their stage, conversions, and messages that the
daily limit stopped.

The kernel counts members, steps and actions. What stands here is read off the audit, or (deals) off the
difference of two states. Amounts of money are kept as whole units and billionths, which a database's
integers can hold.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from oncue.runtime.kernel.state import ContactState, Deal
from oncue.schemas.audit import AuditEntry, Count
from oncue.schemas.plan import Plan
from oncue.schemas.values import SCALE, parse_number

DAILY_LIMIT = "policies/daily-limit"
ACHIEVED, SKIPPED, PATH = "goal:achieved", "goal:skipped", "path:"  # the kernel's own


def worth_reading(plan: Plan) -> bool:
    """Whether the audit can hold anything that is counted here."""
    policies = plan.settings.policies
    return bool(plan.conversions) or (policies is not None and policies.daily_limit is not None)


def may_count(encoded: bytes) -> bool:
    """The same of audit entries, encoded: most hold nothing, and that is seen faster so than by reading."""
    return b'"conversion"' in encoded or b'"daily_limit"' in encoded


def of_audit(entries: Iterable[AuditEntry]) -> Iterator[Count]:
    """What audit entries add."""
    for entry in entries:
        match entry.what:
            case "daily_limit":
                yield Count(DAILY_LIMIT, "", "stopped")
            case "action" if entry.result == "done" and entry.data:
                yield from _conversion(entry)


def _conversion(entry: AuditEntry) -> Iterator[Count]:
    conversion = entry.data.get("conversion")
    if isinstance(conversion, str):
        unit, value = f"conversions/{conversion}", entry.data.get("value")
        yield Count(unit, "", "converted")
        number = parse_number(value) if isinstance(value, str) else None
        yield from amount(unit, "", "value", number or 0)


def of_deals(old: ContactState | None, new: ContactState | None) -> Iterator[Count]:
    """What has become of a contact's deals."""
    for state, sign in ((old, -1), (new, 1)):
        for deal in state.deals if state is not None else ():
            yield from _deal(deal, sign)


def _deal(deal: Deal, sign: int) -> Iterator[Count]:
    unit = f"pipelines/{deal.pipeline}"
    yield Count(unit, deal.stage, deal.status, sign)
    yield from amount(unit, deal.stage, f"{deal.status} value", sign * (deal.value or 0))


def amount(unit: str, step: str, name: str, number: int) -> Iterator[Count]:
    """A number in compared form, in two parts."""
    whole, rest = divmod(number, SCALE)
    if whole:
        yield Count(unit, step, name, whole)
    if rest:
        yield Count(unit, step, f"{name} rest", rest)


def total(totals: Mapping[str, int], name: str) -> int:
    """Such an amount, put together again: compared form."""
    number: int = totals.get(name, 0) * SCALE + totals.get(f"{name} rest", 0)
    return number
