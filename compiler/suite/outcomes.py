"""Which outcomes a step can have, so that a test expects none that can never be."""

from __future__ import annotations

from oncue.compiler import model
from oncue.compiler.flow.flat import acts
from oncue.compiler.model import Act, Step
from oncue.compiler.resolve.lookup import Lookup
from oncue.compiler.resolve.names import did_you_mean, meant
from oncue.compiler.suite.story import UNCHECKABLE
from oncue.compiler.yaml.nodes import Scalar
from oncue.schemas.tests import REFUSALS

_WAITS = (model.WaitFor, model.WaitAt, model.WaitDate, model.WaitUntil, model.Goal)
_GATED = (model.SendEmail, model.SendSms)


def check_outcome(look: Lookup, given: Scalar, step: Step) -> None:
    """Tells an outcome that the step cannot have."""
    words = " ".join(given.text.split())
    result, colon, why = (part.strip() for part in words.partition(":"))
    known = outcomes(step)
    if result not in known:
        hint = "" if colon else did_you_mean(result, known, "outcomes of it")
        hint = hint or f"outcomes of it: {', '.join(known)}"
        message = f"no `{step.kind}` like this one has the outcome `{result[:60]}`"
        look.error(UNCHECKABLE, given, message, hint, fix="" if colon else meant(result, known))
    elif result == "refused" and colon and step.kind in ("send_email", "send_sms") and why not in REFUSALS:
        hint = f"reasons: {', '.join(REFUSALS)}"
        look.error(UNCHECKABLE, given, f"no message is refused because of `{why[:60]}`", hint)


def outcomes(step: Step) -> list[str]:
    """The first words of all outcomes that the step can have."""
    found = [f"rule {number}" for number in range(1, len(step.rules) + 1)]
    found.append("default")
    for act in acts(step):
        found += _of(act)
    return list(dict.fromkeys([*found, "cancelled"]))


def _of(act: Act | None) -> list[str]:
    if act is None:
        return ["no_action"]
    if isinstance(act, model.If):
        return ["then", "else"]
    if isinstance(act, model.SplitPaths | model.SplitTest):
        return [path.name.text for path in act.paths]
    if isinstance(act, model.SplitUntil):
        return ["before", "after"]
    found = ["done"]
    if isinstance(act, _WAITS):
        found.append("pending")
    if isinstance(act, model.WaitUntil):
        found.append("timeout")
    elif isinstance(act, model.WaitDate):
        found += ["no date", "already past"]
    elif isinstance(act, model.Goal):
        found += ["achieved", "achieved before", "unmet", "timeout"]
    elif isinstance(act, model.Goto):
        found.append("refused")
    elif isinstance(act, _GATED):
        found += ["refused", "deferred", "failed"]
    elif not isinstance(act, (*_WAITS, model.End)):
        found += ["failed", "pending", "refused"]
    return found
