"""Campaigns that set each other off: what goes round is told, with the way; what does not is left alone."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oncue.compiler.flow.graphs import knots, shortest_circle
from oncue.compiler.pipeline import compile_files

REST = """
lists: [news]
users:
  ana: {email: ana@acme.test}
teams:
  sdr: [ana]
segments:
  warm: {when: 'score >= 50'}
  warmer: in segment warm and tagged "hot"
conversions: [bought]
pipelines:
  sales: {stages: [new, qualified]}
emails:
  hello: {subject: Hello, body: hello.md, list: news}
"""
SETTINGS = b"project: acme\ntimezone: UTC\nfields: {points: number, renewal: date}\n"


def said(*campaigns: tuple[str, str]) -> list[tuple[str, str]]:
    """Code and message of what is said about loops; a campaign is its triggers and its steps, in YAML."""
    lines = ["campaigns:"]
    for name, (starts, steps) in zip("abcdef", campaigns, strict=False):
        lines += [f"  {name}:", f"    starts_when: {starts}", "    runs: every_time", f"    steps: {steps}"]
    files = {"oncue.yaml": SETTINGS, "c.yaml": ("\n".join(lines) + REST).encode(), "hello.md": b"Hello"}
    found = compile_files(files)[1]
    errors = [each for each in found if each.severity == "error" and each.code != "F121"]
    assert errors == []
    return [(each.code, each.message.rpartition(": ")[2]) for each in found if each.code in ("F121", "L120")]


@pytest.mark.parametrize(
    ("campaigns", "way"),
    [
        (
            [("[{tag_added: x}]", "[{remove_tag: x}, {add_tag: y}]"), ("[{tag_added: y}]", "[{add_tag: x}]")],
            "a -> (tag y) -> b -> (tag x) -> a",
        ),
        ([("[{tag_removed: x}]", "[{add_tag: x}, {remove_tag: x}]")], "a -> (tag x) -> a"),
        (
            [('[{score_crosses: ">= 50"}]', "[{adjust_score: {set: 0}}]"),
             ('[{score_crosses: "< 10"}]', "[{adjust_score: +60}]")],
            "a -> (score) -> a",
        ),
        ([("[{field_changed: points}]", "[{math: points + 1}]")], "a -> (points) -> a"),
        ([("[{field_changed: renewal}]", "[{math: renewal + 1 day}]")], "a -> (renewal) -> a"),
        (
            [("[{field_changed: status}]", "[{if: score > 5, then: [{update_contact: {set: {status: a}}}], "
              "else: [{update_contact: {clear: [status]}}]}]")],
            "a -> (status) -> a",
        ),
        ([("[{field_changed: owner}]", "[{assign_owner: {round_robin: sdr}}]")], "a -> (owner) -> a"),
        ([("[{subscribed: news}]",
         "[{unsubscribe: {all: true}}, {subscribe: news}]")], "a -> (list news) -> a"),
        ([("[{converted: bought}]", "[{convert: bought}]")], "a -> (conversion bought) -> a"),
        ([("[{event: converted}]", "[{convert: bought}]")], "a -> (converted) -> a"),
        ([("[{event: email.sent of hello}]", "[{send_email: hello}]")], "a -> (email.sent of hello) -> a"),
        (
            [("[{deal_stage: new}]", "[{add_deal: {title: X, stage: new}}]")],
            "a -> (stage new) -> a",
        ),
        ([("[{deal_stage: {pipeline: sales, stage: new}}]", "[{add_deal: X}]")], "a -> (stage new) -> a"),
        (
            [("[{goal_achieved: {campaign: b, goal: met}}]", "[{start_campaign: b}]"),
             ("[manual]", "[{goal: {name: met, when: score > 5}}]")],
            "a -> b -> (goal b/met/achieved) -> a",
        ),
        (
            [("[{goal_skipped: {campaign: a, goal: met}}]",
              "[{goal: {name: met, when: score > 5, unmet: continue}}]")],
            "a -> (goal a/met/skipped) -> a",
        ),
        (
            [("[{enters_segment: warmer}]", "[{remove_tag: hot}, {adjust_score: {reset: true}}]"),
             ("[{leaves_segment: warm}]", "[{adjust_score: +90}, {add_tag: hot}]")],
            "a -> (tag hot) -> (segment warmer) -> a",
        ),
        (
            [("[{tag_added: x}]", "[{split_paths: {paths: {l: [{wait: 1 day}], r: [{start_campaign: b}]}}}]"),
             ("[manual]", "[{wait: 0 days}, {add_tag: x}]")],
            "a -> b -> (tag x) -> a",
        ),
        (
            [('[{tag_added: x, when: country == "US"}]', "[{remove_tag: x}, {add_tag: y}]"),
             ("[{tag_added: y}]", "[{add_tag: x}, {remove_tag: y}]")],
            "a -> (tag y) -> b -> (tag x) -> a",
        ),
    ],
)  # fmt: skip
def test_an_indirect_loop_is_a_warning_that_prints_it(campaigns: list[tuple[str, str]], way: str) -> None:
    assert said(*campaigns) == [("L120", way)]


@pytest.mark.parametrize(
    "campaigns",
    [
        [("[{tag_added: x}]", "[{add_tag: x}]")],
        [("[{tag_added: x}]", "[{wait: 1 day}, {remove_tag: x}, {add_tag: x}]")],
        [("[{tag_added: x}]", "[{add_tag: y}]"),
         ("[{tag_added: y}]", "[{wait: {until: score > 5}}, {add_tag: x}]")],
        [("[{tag_removed: x}]", "[{add_tag: y}]"), ("[{tag_added: y}]", "[{add_tag: x}]")],
        [('[{score_crosses: ">= 50"}]', "[{adjust_score: +10}]"),
         ('[{score_crosses: ">= 80"}]', "[{adjust_score: +10}]")],
        [("[{enters_segment: warm}]", "[{adjust_score: +10}, {add_tag: hot}]")],
        [("[{field_changed: status}]", "[{update_contact: {set: {status: open}}}]")],
        [("[{field_changed: {field: status, to: open}}]", "[{update_contact: {set: {status: open}}}]")],
        [("[{subscribed: news}]", "[{subscribe: news}]")],
        [("[{deal_stage: new}]", "[{update_deal: {stage: new}}]")],
        [("[{event: email.open of hello}]", "[{send_email: hello}]")],
        [("[{goal_achieved: {campaign: a, goal: met}}]",
          "[{goal: {name: met, when: did email.open of hello since start, unmet: end}}]")],
        [('[{tag_added: x, when: not tagged "y"}]', "[{remove_tag: x}, {add_tag: y}]"),
         ("[{tag_added: y}]", "[{add_tag: x}, {remove_tag: y}]")],
        [('[{event: converted, when: event.value > 5}]', "[{convert: bought}]")],
        [("[manual]", "[{wait: 1 day}, {start_campaign: a}]")],
        [("[manual]", "[{goal: {name: met, when: score > 5}}, {start_campaign: a}]")],
        [("[manual]", "[end, {start_campaign: a}]")],
        [("[manual]", "[{start_campaign: b}]"),
         ("[manual]", "[{wait: {at: \"09:00\"}}, {start_campaign: a}]")],
    ],
)  # fmt: skip
def test_what_does_not_go_round_is_left_alone(campaigns: list[tuple[str, str]]) -> None:
    assert said(*campaigns) == []


@pytest.mark.parametrize(
    ("campaigns", "way"),
    [
        ([("[manual]", "[{start_campaign: b}]"), ("[manual]", "[{start_campaign: a}]")], "a -> b -> a"),
        ([("[manual]", "[{wait: 0 days}, {start_campaign: a}]")], "`a` starts itself without a wait"),
        (
            [("[manual]", "[{if: score > 5, then: [{start_campaign: c}]}]"), ("[manual]", "[{add_tag: x}]"),
             ("[manual]", "[{start_campaign: b}, {start_campaign: a}]")],
            "a -> c -> a",
        ),
        (
            [("[manual]", "[{start_campaign: {rules: [{when: score > 5, use: b}], default: no_action}}]"),
             ("[manual]", "[{goal: {name: met, when: score > 5, unmet: continue}}, {start_campaign: a}]")],
            "a -> b -> a",
        ),
        (
            [("[manual]", "[{wait: {rules: [{when: score > 5, use: 1 day}], default: no_action}}, "
              "{start_campaign: a}]")],
            "`a` starts itself without a wait",
        ),
    ],
)  # fmt: skip
def test_campaigns_that_start_each_other_are_a_mistake(campaigns: list[tuple[str, str]], way: str) -> None:
    assert said(*campaigns) == [("F121", way)]


def test_each_knot_of_campaigns_is_told_once() -> None:
    two = [
        ("[{tag_added: x}]", "[{remove_tag: x}, {add_tag: x}]"),
        ("[{converted: bought}]", "[{convert: bought}]"),
    ]
    assert said(*two) == [("L120", "a -> (tag x) -> a"), ("L120", "b -> (conversion bought) -> b")]


GRAPHS = st.dictionaries(st.integers(0, 7), st.lists(st.integers(0, 7), max_size=4), max_size=8)


def reached(graph: dict[int, list[int]], start: int) -> set[int]:
    """What one or more edges lead to."""
    found: set[int] = set()
    todo = list(graph.get(start, ()))
    while todo:
        vertex = todo.pop()
        if vertex not in found:
            found.add(vertex)
            todo += graph.get(vertex, ())
    return found


@settings(max_examples=100, deadline=None)
@given(GRAPHS)
def test_knots_are_the_vertices_that_lead_to_each_other(graph: dict[int, list[int]]) -> None:
    """Against the definition: whoever reaches somebody who reaches it back."""
    leads = {vertex: reached(graph, vertex) for vertex in range(8)}
    wanted = {frozenset(b for b in leads[a] if a in leads[b]) for a in range(8)} - {frozenset()}
    found = knots(graph)
    assert {frozenset(knot) for knot in found} == wanted
    for knot in found:
        way = shortest_circle(graph, min(knot), set(knot))
        assert way[0] == min(knot)
        assert all(after in graph[before] for before, after in zip(way, [*way[1:], way[0]], strict=True))


FUNNEL = b"""funnel:
  mode: hybrid
  qualified_when: score >= 65
  active_statuses: [open]
  inactive_statuses: [nurture]
"""
STATUS = "{update_contact: {set: {status: nurture}}}"
SCENARIOS = [
    (
        "type: score, crosses: score >= 65",
        "{adjust_score: {set: 0}}, {adjust_score: {set: 90}}",
        "(score) -> ",
    ),
    ("type: active_status", "{add_tag: x}", "(status) -> "),
    ("type: invocable, on: {event: converted}", "{convert: bought}", "(converted) -> "),
    ("type: response_prompt, prompts: [hall]", "{record_response: hall}", ""),
]


def said_of(scenario: str, steps: str) -> list[str]:
    """What is said of a campaign that starts at a new owner, and a scenario that assigns one."""
    text = f"""campaigns:
  a: {{starts_when: [{{field_changed: owner}}], runs: every_time, steps: [{steps}]}}
  hall: {{statuses: {{in: {{responded: true}}}}}}
reactivation_scenarios:
  again:
    {{{scenario}, sync: {{status: open}}, assign: {{round_robin: sdr}},
      eligible: {{any: [never_reactivated]}}}}
"""
    files = {"oncue.yaml": SETTINGS + FUNNEL, "c.yaml": (text + REST).encode(), "hello.md": b"Hello"}
    found = compile_files(files)[1]
    assert [each for each in found if each.severity == "error"] == []
    return [each.message.rpartition(": ")[2] for each in found if each.code == "L120"]


@pytest.mark.parametrize(("scenario", "step", "way"), SCENARIOS)
def test_a_loop_through_a_scenario_is_told(scenario: str, step: str, way: str) -> None:
    loop = f"a -> {way}(scenario again) -> (owner) -> a"
    assert said_of(scenario, f"{STATUS}, {step}") == [loop]
    assert said_of(scenario, step) == [], "the response stays active, so that the scenario does nothing"
    assert said_of(scenario, f"{STATUS.replace('nurture', 'busy')}, {step}") == []
    assert said_of(f"{scenario}, wait: 1 day", f"{STATUS}, {step}") == []
