"""What each action comes to in the plan, and that no garbage in an action's place does harm."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from textwrap import indent
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oncue.compiler.bind.steps import ACTIONS
from oncue.compiler.pipeline import compile_files
from oncue.schemas import actions as does
from oncue.schemas import triggers as ways
from tests.compiler.model.plans import compiled

SETTINGS = b"""project: acme
timezone: America/New_York
fields: {points: number, renewal: date, vip: boolean, interests: {type: text, many: true}}
account_fields: {seats: number, since: datetime}
deal_fields: {product: text, closes: date}
"""
REST = """
lists: [news]
users: {ana: {email: ana@acme.test}}
teams: {sdr: [ana]}
conversions: [bought]
audiences: {buyers: {id: "238"}}
site_messages: {sale: {text: Sale}}
emails: {hello: {subject: Hello, body: hello.md, list: news}}
pipelines:
  sales: {stages: [new, qualified]}
"""
DOES = [key for key in ACTIONS if key not in ("goto", "end")]


def workspace(steps: str, starts: str = "[manual]", settings: bytes = SETTINGS) -> dict[str, bytes]:
    campaign = f"campaigns:\n  c:\n    starts_when: {starts}\n    steps:\n{indent(steps.strip(), '      ')}\n"
    return {
        "oncue.yaml": settings,
        "c.yaml": campaign.encode(),
        "r.yaml": REST.encode(),
        "hello.md": b"Hello",
    }


def steps(text: str) -> list[Any]:
    """What the campaign's steps do by default."""
    return [step.default for step in compiled(workspace(text)).campaigns["c"].steps]


def codes(text: str, starts: str = "[manual]") -> list[str]:
    """The codes of the errors and warnings about these steps."""
    found = compile_files(workspace(text, starts))[1]
    return [each.code for each in found if each.severity != "note"]


# --- forms ---


def test_a_new_deal_goes_into_the_only_pipeline_and_its_first_stage() -> None:
    assert steps("- add_deal: Renewal") == [does.AddDeal("Renewal", "sales", "new")]


def test_an_owner_is_a_user_a_team_in_turn_or_the_contacts_own() -> None:
    found = steps("""
- add_task: {title: A, owner: ana}
- add_task: {title: B, owner: {round_robin: sdr}}
- add_task: {title: C, owner: contact_owner}
- add_task: D
- add_deal: E
""")
    assert [each.owner for each in found] == [
        does.Assignee(user="ana"),
        does.Assignee(team="sdr"),
        does.Assignee(),
        does.Assignee(),
        None,
    ]


def test_people_who_are_told_are_users_teams_and_the_owner_each_once() -> None:
    (found,) = steps("- send_notification: {to: [ana, sdr, ana, owner], subject: Hello, text: Hi}")
    assert found == does.SendNotification("Hello", "Hi", ("ana",), ("sdr",), owner=True)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("points + 10", does.Math("points", "add", does.Operand(number="10"))),
        ("points - -0.50", does.Math("points", "subtract", does.Operand(number="-0.5"))),
        ("  points  *  score ", does.Math("points", "multiply", does.Operand(field="score"))),
        ("renewal - 2 weeks", does.Math("renewal", "subtract", does.Operand(micros=14 * 86_400_000_000))),
        (
            "account.since + 90 minutes",
            does.Math("since", "add", does.Operand(micros=5_400_000_000), of="account"),
        ),
        (
            "deal.value / account.seats",
            does.Math("value", "divide", does.Operand(field="seats", of="account"), "deal", does.DealPick()),
        ),
        (
            "points + deal.value",
            does.Math("points", "add", does.Operand(field="value", of="deal"), deal=does.DealPick()),
        ),
    ],
)
def test_a_calculation_is_read_from_its_text(text: str, wanted: does.Math) -> None:
    assert steps(f"- math: {json.dumps(text)}") == [wanted]


def test_a_calculation_by_keys_is_the_same() -> None:
    by_text, by_keys = steps("- math: points * 2\n- math: {field: points, multiply: 2.0}")
    assert by_text == by_keys


def test_a_decision_by_date_is_an_instant_of_the_projects_zone() -> None:
    (found,) = steps('- split_until: {until: {date: 2026-03-08, at: "02:30"}}')
    assert found.decide.at == int(datetime(2026, 3, 8, 7, tzinfo=UTC).timestamp()) * 1_000_000  # in the gap
    (found,) = steps("- split_until: {until: {date: 2026-05-01}}")
    assert found.decide.at == int(datetime(2026, 5, 1, 4, tzinfo=UTC).timestamp()) * 1_000_000


def test_the_steps_of_a_path_are_led_by_its_name_and_lead_on_to_what_follows() -> None:
    plan = compiled(
        workspace("""
- split_paths:
    paths:
      blue: [{add_tag: a}, {add_tag: b}]
      green: []
- split_until: {until: {contacts: 5}, after: [{wait: 1 day}]}
- add_note: Done
""")
    )
    found = {step.id: step for step in plan.campaigns["c"].steps}
    assert list(found) == [
        "split_paths", "split_paths/blue/add_tag", "split_paths/blue/add_tag-2",
        "split_until", "split_until/after/wait", "add_note",
    ]  # fmt: skip
    assert found["split_paths/blue/add_tag-2"].next == "split_until"
    assert found["split_paths/blue/add_tag"].parent == "split_paths"
    assert found["split_paths"].default == does.SplitPaths(
        (does.Path("blue", "split_paths/blue/add_tag"), does.Path("green"))
    )
    assert found["split_until/after/wait"].next == "add_note"


def test_percentages_are_written_shortest() -> None:
    (found,) = steps(
        "- split_paths: {paths: {a: {percent: 33.30, steps: []}, b: {percent: 66.7, steps: []}}}"
    )
    assert [path.percent for path in found.paths] == ["33.3", "66.7"]


def test_a_stage_alone_means_the_one_pipeline_that_has_it() -> None:
    plan = compiled(workspace("- add_note: Hello", "[{deal_stage: qualified}]"))
    (start,) = plan.campaigns["c"].starts
    assert isinstance(start, ways.OnDealStage)
    assert (start.pipeline, start.stage) == ("sales", "qualified")


def test_a_failure_anywhere_needs_no_campaign() -> None:
    plan = compiled(workspace("- add_note: Hello", "[{action_failed: {}}, {action_failed: c}]"))
    assert [(each.campaign, each.step) for each in plan.campaigns["c"].starts] == [(None, None), ("c", None)]


def test_a_bare_word_is_an_action_that_needs_no_more() -> None:
    found = steps("- create_salesforce_lead\n- create_salesforce_lead:\n- create_salesforce_lead: {}")
    assert found == [does.CreateSalesforce("Lead")] * 3


# --- bounds ---


@pytest.mark.parametrize(
    "action",
    [
        "add_note: NOTE",
        "add_deal_note: {text: NOTE}",
        "add_task: {title: Call, note: NOTE}",
        "webhook: {url: env:X, raw: NOTE}",
        "webhook: {url: env:X, body: {a: NOTE}}",
        "send_notification: {to: ana, subject: Hello, text: NOTE}",
        "create_salesforce_lead: {set: {Description: NOTE}}",
    ],
)
def test_a_note_of_a_megabyte_is_refused_and_one_of_64_kib_is_taken(action: str) -> None:
    assert codes(f"- {action.replace('NOTE', 'x' * 1_000_000)}") == ["S121"]
    assert codes(f"- {action.replace('NOTE', 'x' * 65_536)}") == []
    assert codes(f"- {action.replace('NOTE', 'é' * 32_769)}") == ["S121"]


@pytest.mark.parametrize("action", ["add_deal: TEXT", "add_task: TEXT", "update_deal: {title: TEXT}"])
def test_a_title_has_at_most_250_characters(action: str) -> None:
    assert codes(f"- {action.replace('TEXT', 'x' * 250)}") == []
    assert codes(f"- {action.replace('TEXT', 'x' * 251)}") == ["S121"]


def test_a_text_message_has_at_most_1600_characters() -> None:
    message = "- send_sms: {text: TEXT, operational: true}"
    assert codes(message.replace("TEXT", "x" * 1_600)) == []
    assert codes(message.replace("TEXT", "x" * 1_601)) == ["S121"]


@pytest.mark.parametrize("number", [0, 1, 11])
def test_a_split_has_2_to_10_paths(number: int) -> None:
    paths = {f"p{each}": [] for each in range(number)}
    assert codes(f"- split_paths: {json.dumps({'paths': paths})}") == ["S108"]


def test_ten_paths_are_not_too_many() -> None:
    paths = {f"p{each}": [{"add_tag": "x"}] for each in range(10)}
    assert codes(f"- split_paths: {json.dumps({'paths': paths})}") == []


@pytest.mark.parametrize("step", ["- if: score > 5", "- split_paths: {paths: {a: [], b: []}}"])
def test_what_does_nothing_is_told(step: str) -> None:
    assert codes(step) == ["L124"]


def test_a_campaign_without_steps_is_told() -> None:
    files = {
        "oncue.yaml": b"project: x\ntimezone: UTC\n",
        "c.yaml": b"campaigns: {c: {starts_when: [manual]}}",
    }
    assert [(each.code, each.span.line) for each in compile_files(files)[1]] == [("L124", 1)]


@pytest.mark.parametrize("wrong", ["2.5", "0", "-1", "many", "1e3"])
def test_contacts_and_matches_are_whole_numbers(wrong: str) -> None:
    split = "- split_test: {paths: {a: [], b: []}, match: score > 5, decide: {KEY: WRONG}}"
    for key in ("contacts", "matches"):
        assert set(codes(split.replace("KEY", key).replace("WRONG", wrong))) <= {"S103", "S104"}
        assert codes(split.replace("KEY", key).replace("WRONG", wrong))


# --- garbage ---

WORDS = st.sampled_from(
    [
        "",
        "no_action",
        "owner",
        "others",
        "contact_owner",
        "hello",
        "ana",
        "sdr",
        "sales",
        "new",
        "news",
        "bought",
        "points + 10",
        "points + renewal",
        "deal. + 1",
        "account.seats / 0",
        "3 days",
        "-1",
        "1.5",
        "true",
        "env:X",
        "env:",
        "https://",
        "http://[",
        "https://a.test:99999",
        "{{ first_name }}",
        "{{ deal.x }}",
        "{{",
        "{%",
        "end",
        "score > 5",
        "2026-02-30",
        "2026-05-01",
        "25:00",
        "c",
        "\u0000",
        "a\nb",
        "é" * 9,
        "*",
        "&a",
        "!!python/name:os",
    ]
)
KEY_WORDS = """
text list operational message to subject url method headers body raw field add divide deal step
pipeline title stage value value_from owner round_robin set copy clear by reset due note
campaign others conversion audience paths percent steps match decide contacts matches date at
until before after name when unmet at_most from rules default use odd+key email all timezone
"""
KEYS = st.sampled_from(KEY_WORDS.replace("+", " ").split())
GARBAGE = st.recursive(
    st.one_of(WORDS, st.none(), st.booleans(), st.integers(-5, 5)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(KEYS, inner, max_size=4)),
    max_leaves=8,
)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(DOES), GARBAGE), min_size=1, max_size=4), st.booleans())
def test_garbage_in_an_actions_place_is_told_and_never_a_traceback(
    given_: list[tuple[str, Any]], fulfillment: bool
) -> None:
    files = workspace("- add_note: Hello")
    actions = json.dumps([{key: value} for key, value in given_])
    where = "web_forms:\n  f:\n    on_submission: " if fulfillment else "campaigns:\n  g:\n    steps: "
    files["g.yaml"] = f"{where}{actions}\n".encode()
    plan, diagnostics = compile_files(files)
    assert plan is not None or any(each.severity == "error" for each in diagnostics)


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(DOES), KEYS, GARBAGE, st.data())
def test_garbage_in_a_right_actions_key_is_told_too(
    key: str, name: str, value: Any, data: st.DataObject
) -> None:
    files = workspace("- add_note: Hello")
    whole = dict(
        data.draw(st.sampled_from([each for each in RIGHT.get(key, [{}]) if isinstance(each, dict)] or [{}]))
    )
    action = json.dumps([{key: {**whole, name: value}}])
    files["g.yaml"] = f"campaigns:\n  g:\n    steps: {action}\n".encode()
    plan, diagnostics = compile_files(files)
    assert plan is not None or any(each.severity == "error" for each in diagnostics)


RIGHT: dict[str, list[Any]] = {
    "send_sms": [{"text": "Hello", "list": "news"}],
    "send_notification": [{"to": ["ana", "owner"], "subject": "Hello", "text": "Hello"}],
    "webhook": [{"url": "https://a.test", "headers": {"X-A": "b"}, "body": {"a": "b"}}],
    "math": [{"field": "deal.value", "multiply": "2", "deal": {"pipeline": "sales"}}],
    "convert": [{"conversion": "bought", "value": 5}],
    "add_deal": [{"title": "Renewal", "set": {"product": "pro"}, "copy": {"closes": "renewal"}}],
    "update_deal": [{"deal": {"title": "Renewal"}, "stage": "new", "clear": ["product"]}],
    "add_task": [{"title": "Call", "owner": {"round_robin": "sdr"}, "due": "3 days"}],
    "split_paths": [{"paths": {"a": [], "b": [{"add_tag": "b"}]}}],
    "split_test": [{"paths": {"a": [], "b": []}, "match": "score > 5", "decide": {"contacts": 5}}],
    "split_until": [{"until": {"matches": 5}, "match": "score > 5", "before": []}],
    "goal": [{"name": "met", "when": "score > 5"}],
}
