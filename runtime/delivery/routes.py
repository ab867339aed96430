"""Which connector delivers which kind of effect, and how it is made from the plan's settings. Client
libraries are imported here and only here, when a run with real delivery starts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping

from msgspec import Struct

from oncue.runtime.connectors.base import Connector
from oncue.runtime.delivery.environment import Environment
from oncue.runtime.delivery.lane import Limits
from oncue.runtime.errors import NothingToDeliverError
from oncue.runtime.stores.base import Store
from oncue.schemas.plan import ConnectorSpec, Plan

CHANNELS = {
    "email": "email",
    "notification": "email",
    "batch": "email",
    "sms": "sms",
    "webhook": "webhook",
    "audience": "facebook",
    "salesforce": "salesforce",
}  # fmt: skip -- effect kind -> channel; a site message waits for its visit, and then for a server
# An unknown outcome of these is for a person to judge.
UNREPEATABLE = frozenset({"email", "notification", "batch", "sms"})
AT_ONCE = 10


def channels_of(plan: Plan) -> dict[str, ConnectorSpec]:
    """The channels that have a real connector."""
    return {name: spec for name, spec in plan.connectors.items() if spec.type != "outbox"}


def kinds_of(plan: Plan) -> frozenset[str]:
    """The kinds of effects that go to a real connector."""
    real = channels_of(plan)
    return frozenset(kind for kind, channel in CHANNELS.items() if channel in real)


def stranded(plan: Plan, store: Store) -> dict[str, int]:
    """How many effects are queued for a connector that the plan has no more, by its channel."""
    found: Counter[str] = Counter()
    for kind in CHANNELS.keys() - kinds_of(plan):
        found[CHANNELS[kind]] += store.number_queued(kind)
    return {channel: number for channel, number in sorted(found.items()) if number}


def check(plan: Plan) -> None:
    """Raises NothingToDeliverError where --deliver would change nothing."""
    if not channels_of(plan):
        raise NothingToDeliverError(
            "there is nothing to deliver by: `connectors` in oncue.yaml names none but the outbox folder "
            "(add one, such as `email: {type: smtp, ...}`, or leave out --deliver)"
        )


def limits_of(spec: ConnectorSpec) -> Limits:
    """How much of it at once."""
    rate = spec.settings.get("per_second")
    return Limits(int(spec.settings.get("at_once", AT_ONCE)), float(rate) if rate else None)


Settings = Mapping[str, str]


class Needs(Struct, frozen=True):
    """What connectors are made from. `known`: what they asked to be told again."""

    plan: Plan
    environment: Environment
    known: Mapping[str, str]


def maker(spec: ConnectorSpec, needs: Needs) -> Callable[[], Connector]:
    """What makes the connector, inside the event loop."""
    at_once = limits_of(spec).at_once
    return lambda: _TYPES[spec.type](spec.settings, needs, at_once)


def _smtp(settings: Settings, needs: Needs, at_once: int) -> Connector:
    from oncue.runtime.connectors.smtp import Smtp

    return Smtp(settings, needs.environment)


def _webhook(settings: Settings, needs: Needs, at_once: int) -> Connector:
    from oncue.runtime.connectors.webhook import Webhook

    return Webhook(settings, needs.environment, at_once)


def _twilio(settings: Settings, needs: Needs, at_once: int) -> Connector:
    from oncue.runtime.connectors.twilio import Twilio

    return Twilio(settings, needs.environment, at_once)


def _facebook(settings: Settings, needs: Needs, at_once: int) -> Connector:
    from oncue.runtime.connectors.facebook import Facebook

    return Facebook(settings, needs.environment, at_once, needs.plan.audiences, needs.known)


def _salesforce(settings: Settings, needs: Needs, at_once: int) -> Connector:
    from oncue.runtime.connectors.salesforce import Salesforce

    return Salesforce(settings, needs.environment, at_once)


_TYPES: dict[str, Callable[[Settings, Needs, int], Connector]] = {
    "smtp": _smtp,
    "webhook": _webhook,
    "twilio": _twilio,
    "facebook": _facebook,
    "salesforce": _salesforce,
}
