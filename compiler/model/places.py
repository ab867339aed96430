"""What a workspace declares beside assets, people and campaigns: pipelines, conversions, audiences, site
messages, and the policies of the send gate."""

from __future__ import annotations

from msgspec import Struct

from oncue.compiler.model.refs import Ref
from oncue.compiler.yaml.nodes import Scalar


class _Record(Struct, frozen=True, gc=False, eq=False):
    pass


class Pipeline(_Record, frozen=True):
    """`stages` in order, as written."""

    key: Scalar
    stages: tuple[Scalar, ...] = ()


class Conversion(_Record, frozen=True):
    """`value`: decimal text."""

    key: Scalar
    value: str | None = None


class Audience(_Record, frozen=True):
    """A Facebook custom audience: its `id` there, or one to find by its name, and to create."""

    key: Scalar
    id: str | None = None
    create: bool = False
    name: str | None = None
    description: str = ""


class SiteMessage(_Record, frozen=True):
    """`text` None: missing or unreadable. `expires`: microseconds."""

    key: Scalar
    text: Scalar | None = None
    title: Scalar | None = None
    page: Ref | None = None
    expires: int | None = None
    was: str | None = None


class QuietHours(_Record, frozen=True):
    """Minutes after midnight. `timezone` None: the project's."""

    key: Scalar
    start: int
    end: int
    timezone: Scalar | None = None
    channels: tuple[str, ...] = ("email", "sms")


class FrequencyCap(_Record, frozen=True):
    """`node` is where its number stands; `per`: microseconds."""

    node: Scalar
    channel: str
    at_most: int
    per: int


class Policies(_Record, frozen=True):
    """`limit` is where the daily limit's number stands."""

    quiet_hours: QuietHours | None = None
    frequency_caps: tuple[FrequencyCap, ...] = ()
    blackout_dates: tuple[Scalar, ...] = ()
    daily_limit: int | None = None
    limit: Scalar | None = None
    alert: tuple[Ref, ...] = ()
