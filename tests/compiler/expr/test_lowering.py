"""What conditions become in the plan, and the history they ask for."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings

from oncue.compiler.expr import nodes as n
from oncue.compiler.expr.catalog import Place
from oncue.compiler.expr.compile import Compiled, compile_condition, condition_id, merge_tracks
from oncue.compiler.expr.fold import fold
from oncue.compiler.expr.tracks import used
from oncue.compiler.expr.unparse import unparse
from oncue.schemas.conditions import And, Cmp, CondNode, Const, Prop, Track
from oncue.schemas.values import DAY
from tests.compiler.expr.strategies import conditions
from tests.compiler.expr.test_chunks import CHUNKS, is_said
from tests.compiler.expr.workspace import CATALOG, PLACES

GOLDEN = Path(__file__).parents[2] / "golden/conditions/lowered.txt"
CAMPAIGN = PLACES["campaign"]


def compiled(text: str, place: Place = CAMPAIGN) -> Compiled:
    found, issues = compile_condition(text, CATALOG, place)
    assert found is not None, issues
    return found


def track(text: str, place: Place = CAMPAIGN) -> Track:
    (found,) = compiled(text, place).tracks
    return found


def lowered() -> Iterator[str]:
    """Each condition of the chunk of right ones with its node and its tracks."""
    place = PLACES["segment"]
    for line in (CHUNKS / "right.txt").read_text("utf-8").splitlines():
        if line.startswith("@ "):
            place = PLACES[line[2:]]
        elif line and not line.startswith("#") and not is_said(line):
            found = compiled(line, place)
            yield line
            yield "  " + msgspec.json.encode(found.node).decode()
            yield from ("  track " + msgspec.json.encode(each).decode() for each in found.tracks)


def test_conditions_become_these_nodes_and_tracks(rewrite: bool) -> None:
    now = "\n".join(lowered()) + "\n"
    if rewrite:
        GOLDEN.write_text(now, "utf-8")
    assert now == GOLDEN.read_text("utf-8")


@settings(max_examples=150, deadline=None)
@given(conditions())
def test_every_condition_without_error_is_lowered_and_folded_for_good(tree: n.Node) -> None:
    found = compiled(unparse(tree))
    assert fold(found.node) == found.node
    assert {each.id for each in found.tracks} == used(found.node)
    assert msgspec.json.decode(msgspec.json.encode(found.node), type=CondNode) == found.node
    assert compiled(found.text).node == found.node


# --- history ---


def test_without_a_window_running_totals_are_kept() -> None:
    assert track("did purchase at least 3 times").totals == ("count",)
    assert track("last(purchase) older than 30 days").totals == ("last",)
    assert track("sum(purchase.total) > 5").totals == ("sum:total",)
    assert track('last(purchase.sku) == "A"').totals == ("last:sku",)
    kept = track("did purchase")
    assert (kept.keep, kept.forever, kept.members, kept.props) == (0, False, (), ())


def test_a_window_keeps_rows_as_long_as_it_is() -> None:
    kept = track("sum(purchase.total in last 90 days) > 500")
    assert (kept.keep, kept.props, kept.totals, kept.forever) == (90 * DAY, ("total",), (), False)
    assert track("did purchase in last 2 hours").props == ()


def test_since_a_date_is_part_of_the_track() -> None:
    kept = track("did purchase since 2026-07-01")
    assert kept.since == 1_782_878_400_000_000  # midnight in New York
    assert kept.totals == ("count",)
    assert track("did purchase since 2026-07-01 at 09:30").since == kept.since + 19 * DAY // 48
    assert kept.id != track("did purchase").id


def test_since_yesterday_keeps_rows_over_the_longest_days() -> None:
    assert track("did purchase since today").keep == 2 * DAY
    assert track("did purchase since yesterday at 09:00").keep == 3 * DAY


def test_since_start_keeps_rows_for_the_campaigns_members() -> None:
    kept = track("did purchase since start")
    assert (kept.members, kept.keep, kept.totals) == (("spring-launch",), 0, ())


def test_of_step_lives_in_the_member() -> None:
    kept = track("did email.open of step send in last 7 days")
    assert (kept.campaign, kept.step, kept.asset, kept.members) == ("spring-launch", "send", None, ())
    assert kept.id == track("did email.open of step send since start").id


def test_a_where_that_reads_the_entry_waits() -> None:
    node = compiled("did purchase where (sku == entry.sku and total > 5)").node
    kept = track("did purchase where (sku == entry.sku and total > 5)")
    assert isinstance(node, Cmp)
    assert msgspec.to_builtins(kept.where)["left"] == {
        "op": "prop",
        "of": "row",
        "name": "total",
        "type": "number",
    }
    assert (kept.forever, kept.props, kept.totals) == (True, ("sku",), ())
    assert track("did purchase where sku == entry.sku in last 1 day").keep == DAY
    assert not track("did purchase where sku == entry.sku in last 1 day").forever


def test_equal_needs_share_a_track_that_keeps_what_all_of_them_need() -> None:
    parts = [
        "did purchase",
        "sum(purchase.total in last 9 days) > 5",
        'last(purchase.sku in last 3 days) == "A"',
        "did purchase since start",
    ]
    (one,) = merge_tracks(each for part in parts for each in compiled(part).tracks).values()
    assert one.totals == ("count",)
    assert (one.keep, one.props, one.members) == (9 * DAY, ("sku", "total"), ("spring-launch",))
    assert compiled(" and ".join(parts)).tracks == (one,)


def test_a_track_that_folding_made_useless_is_not_kept() -> None:
    assert compiled("did purchase at least 0 times").tracks == ()
    assert compiled('1 == 2 and did purchase or tagged "x"').tracks == ()
    assert compiled("did purchase where 1 == 2").tracks == ()
    assert compiled("did purchase where 1 == 1").tracks == compiled("did purchase").tracks


# --- meaning ---


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("created_at before 2026-07-01", "created_at < 2026-07-01"),
        ('country == "US"', '(country is "US")'),
        ("did purchase", "did purchase at least 1 time"),
        ("did purchase at least 2 times", "count(purchase) >= 2"),
        ("did purchase exactly 2 times in last 1 day", "count(purchase in last 24 hours) == 2"),
        ("not not vip == true", "vip == true"),
        ("score > 2 + 3", "score > 5"),
        ('score > 5 and 1 == 1', "score > 5"),
        ("renewal_date == today at 09:00", "renewal_date == today"),
        ("renewal_date before 2026-07-01 at 09:00", "renewal_date before 2026-07-01"),
    ],
)  # fmt: skip
def test_these_mean_the_same(one: str, other: str) -> None:
    assert compiled(one).node == compiled(other).node
    assert condition_id(compiled(one).node) == condition_id(compiled(other).node)


def test_a_date_against_an_instant_compares_the_instants_day() -> None:
    node = msgspec.to_builtins(compiled("created_at == 2026-07-01").node)
    assert node["left"] == {
        "op": "day_of",
        "value": {"op": "field", "name": "created_at", "type": "datetime"},
    }
    assert node["type"] == "date"


def test_an_instant_of_a_day_is_in_the_projects_zone() -> None:
    node = msgspec.to_builtins(compiled("created_at after 2026-12-01 at 09:00").node)
    assert node["right"]["value"] == "2026-12-01T09:00:00-05:00"
    gap = msgspec.to_builtins(compiled("created_at after 2026-03-08 at 02:30").node)
    assert gap["right"]["value"] == "2026-03-08T03:00:00-04:00"
    twice = msgspec.to_builtins(compiled("created_at after 2026-11-01 at 01:30").node)
    assert twice["right"]["value"] == "2026-11-01T01:30:00-04:00"


def test_different_meanings_have_different_ids() -> None:
    texts = ["score > 5", "score > 6", "not score > 5", "score >= 5", 'tagged "a"', 'tagged "b"']
    assert len({condition_id(compiled(text).node) for text in texts}) == len(texts)
    assert condition_id(Const(True)) != condition_id(Const(False))


def test_where_reads_only_the_event_itself() -> None:
    kept = track("did purchase where (total > 5 and sku == entry.sku and not sku is set)")
    assert isinstance(kept.where, And)
    assert {each.of for each in _props(kept.where)} == {"row"}


def _props(node: object) -> list[Prop]:
    if isinstance(node, Prop):
        return [node]
    if isinstance(node, tuple):
        return [each for part in node for each in _props(part)]
    if isinstance(node, msgspec.Struct):
        return [each for name in node.__struct_fields__ for each in _props(getattr(node, name))]
    return []
