"""Where each thing of a workspace stands in the site."""

from __future__ import annotations

from msgspec import Struct

from oncue.cli.drawing.links import Link, Thing, links
from oncue.cli.drawing.workspace import ONE
from oncue.schemas.parts import Position
from oncue.schemas.plan import Plan

_OWN_PAGE = frozenset({"campaigns", "emails"})
_ASSETS = frozenset({"landing_pages", "trackable_content", "videos", "web_forms", "web_pages"})
_PEOPLE = frozenset({"users", "teams"})
_SALES = frozenset({"pipelines", "conversions", "audiences"})


def address(thing: Thing) -> str:
    """From the site's root: ``campaigns/spring.html``, ``segments.html#hot``."""
    kind, name = thing
    if kind in _OWN_PAGE:
        return f"{kind}/{name}.html"
    if kind in _ASSETS:
        return f"assets.html#{kind}-{name}"
    page = "people" if kind in _PEOPLE else "sales" if kind in _SALES else kind
    return f"{page}.html#{kind}-{name}"


class Mention(Struct, frozen=True):
    """Something that has to do with a thing: where it leads, what it is called, how, where and in which
    line."""

    href: str
    kind: str
    name: str
    verb: str
    place: str
    line: str


class Mentions:
    """What has to do with what."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._by: dict[Thing, list[Mention]] = {}
        for link in links(plan):
            if link.starts:  # a campaign's own page tells what starts it
                self._add(link.source, link.target, "is started by it", link)
            else:
                whom = "them" if link.target[0] in _PEOPLE else "it"
                self._add(link.target, link.source, f"{link.verb} {whom}", link)

    def of(self, thing: Thing) -> list[Mention]:
        """Where a thing is used, each place once."""
        return list(dict.fromkeys(self._by.get(thing, [])))

    def _add(self, thing: Thing, user: Thing, verb: str, link: Link) -> None:
        kind, name = user
        line = place(self._plan, link.at)
        mention = Mention(address(user), ONE[kind], name, verb, link.place, line)
        self._by.setdefault(thing, []).append(mention)


def place(plan: Plan, at: Position) -> str:
    """``campaigns.yaml:12``."""
    return f"{plan.files[at.file]}:{at.line}"
