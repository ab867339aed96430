"""Random histories over a plan that has a bit of everything.

The stage itself checks at every step that the given state is unchanged, that the same input gives the same
outcome, that counts add up and that nobody stands in one place twice. Here it is checked besides that looking
only at what an input touches finds the same as looking at everything, and that nothing changes late.
"""

from __future__ import annotations

from collections import Counter
from unittest import mock

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from oncue.runtime.kernel.conditions.watches import Watches
from oncue.runtime.kernel.flow.removal import NOT_ENTERED
from oncue.runtime.kernel.flow.travel import chosen
from oncue.runtime.kernel.flow.trials import condition_of, stay_of
from oncue.runtime.kernel.inputs import Event, Handover, Input, Outcome, Suppress, Wake
from oncue.runtime.kernel.step import step
from oncue.runtime.kernel.turn import Turn
from oncue.schemas.actions import WaitUntil
from oncue.schemas.values import DAY, HOUR, MINUTE, SCALE, Value
from tests.runtime.kernel.stage import Stage

PLAN = """
segments:
  hot: score >= 50
  buyers: count(purchase in last 3 days) >= 2
  hot-buyers: in segment hot and in segment buyers
  quiet: not did web_form.submission of f in last 2 days
  inside: in campaign nurture
  mornings: now between 08:00 and 12:00
  due: renewal_date within next 7 days
web_forms:
  f:
    on_submission:
      - {adjust_score: +30, once: true}
      - {add_tag: asked}
      - {subscribe: newsletter}
      - {send_email: {rules: [{when: score > 40, use: invite-vip}], default: invite}}
  g:
    on_submission:
      - {adjust_score: -30}
      - {remove_tag: asked}
      - {unsubscribe: prospects}
      - {update_contact: {copy: {size: industry}}}
campaigns:
  nurture:
    starts_when: [{event: purchase, when: event.total > 10}, {enters_segment: hot}]
    runs: every_time
    exit_when: tagged "stop" or last(purchase) older than 5 days
    steps:
      - id: mail
        send_email: {rules: [{when: in segment hot, use: invite-vip}], default: invite}
      - wait: {until: did email.open of step mail, at_most: 2 days, on_timeout: [{adjust_score: -5}]}
      - if: did email.open of step mail
        then: [{adjust_score: +10}, {wait: 6 hours}]
        else: [{add_tag: cold, when: score < 20}]
      - wait: {rules: [{when: score > 60, use: 1 hour}], default: {at: "monday 09:00"}}
      - goto: {step: mail, at_most: 3}
  many:
    starts_when: [{event: purchase}, {tag_added: asked, runs: once}]
    runs: every_time
    entries: many
    entry_key: sku
    steps:
      - wait: 30 hours
      - add_note: "{{ entry.sku }}"
      - {update_contact: {copy: {size: industry}}, on_failure: end}
      - add_tag: done
  renew:
    starts_when:
      - date: {field: renewal_date, offset: -2 days, at: "09:00"}
      - field_changed: industry
      - leaves_segment: quiet
    runs: every_time
    exit_when: in segment hot-buyers
    steps: [{wait: {date: renewal_date, if_past: end}}, {adjust_score: {reset: true}}, {subscribe: prospects}]
  echo:
    starts_when: [{score_crosses: ">= 60"}, {event: email.sent}, {event: action.failed}]
    steps: [{wait: {until: in segment quiet}}, {remove_tag: cold}]
  chase:
    starts_when: [{event: web_form.submission of g}, {goal_skipped: {campaign: chase, goal: late}}]
    runs: every_time
    exit_when: tagged "stop"
    steps:
      - id: note
        send_email: invite
      - split_test:
          paths:
            a:
              - wait: 1 day
              - goal: {name: early, when: score > 60, unmet: continue}
              - start_campaign: many
            b:
              - goal: {name: mid, when: did email.open of step note, at_most: 20 hours}
              - end_campaign: nurture
          match: did email.open of step note or in segment buyers
          decide: {matches: 3}
      - split_paths: {paths: {x: {percent: 30, steps: [{wait: 5 hours}]}, y: {percent: 70, steps: []}}}
      - goal: {name: late, when: last(purchase) older than 2 days, unmet: end}
      - wait: 2 days
      - goal: {name: back, when: tagged "asked", from: anywhere, unmet: continue}
      - split_until: {until: {contacts: 2}, before: [{adjust_score: +5}], after: [{end_campaign: others}]}
      - goto: {step: note, at_most: 2}
"""
UNITS = ["campaigns/nurture", "campaigns/many", "web_forms/f", "web_forms/f/on_submission"]

rows = st.fixed_dictionaries(
    {},
    optional={
        "score": st.integers(0, 100),
        "industry": st.sampled_from(["small", "retail", ""]),
        "renewal_date": st.sampled_from(["2026-03-05", "2026-03-09", ""]),
        "tags": st.sampled_from(["stop", "asked", "cold"]),
        "subscribed": st.sampled_from(["prospects", "newsletter"]),
    },
)
moves = st.one_of(
    st.tuples(st.just("purchase"), st.sampled_from(["a", "b", ""]), st.integers(0, 20), st.integers(0, 3)),
    st.tuples(st.just("form"), st.sampled_from(["f", "g"])),
    st.tuples(
        st.just("mail"),
        st.sampled_from(["open", "click", "unsubscribe"]),
        st.sampled_from(["invite", "invite-vip"]),
    ),
    st.tuples(st.just("row"), rows, st.booleans()),
    st.tuples(st.just("time"), st.sampled_from([MINUTE, 5 * HOUR, 26 * HOUR, 80 * HOUR])),
    st.tuples(st.just("pause"), st.sets(st.sampled_from(UNITS))),
    st.tuples(st.just("handover"), st.sampled_from(["done", "refused", "failed", "cancelled"])),
    st.tuples(st.just("suppress"), st.booleans()),
    st.tuples(st.just("enrol"), st.sampled_from(["nurture", "many", "echo", "chase"])),
    st.tuples(st.just("other"), st.booleans()),
)


class Careful(Stage):
    """Plays every input a second time looking at everything, and compares."""

    def play(self, given: Input) -> Outcome:
        state = self.state
        with (
            mock.patch.object(Watches, "touched_by", lambda watches, needs: set(watches.segments)),
            mock.patch.object(Turn, "stirred", return_value=True),
        ):
            thorough = step(self.program, state, given, self.now)
        outcome = super().play(given)
        assert without_timers(outcome) == without_timers(thorough)
        return outcome

    def make(self, move: tuple[object, ...]) -> None:
        match move:
            case ("purchase", sku, total, late):
                self.numbers += 1
                props: dict[str, Value] = {"sku": str(sku)} if sku else {}
                props["total"] = int(str(total)) * SCALE
                self.play(Event(f"e{self.numbers}", "purchase", self.now - int(str(late)) * DAY, props=props))
            case ("form", form):
                self.event(f"web_form.submission of {form}")
            case ("mail", what, email):
                self.event(f"email.{what} of {email}")
            case ("row", dict(row), bool(triggers)):
                self.load(email="ana@x.test", triggers=triggers, **row)
            case ("time", int(micros)):
                self._until(self.now + micros)
            case ("pause", set(units)):
                self.pause(*units)
                self.play(Wake(afresh=True))
            case ("handover", str(result)) if self.effects:
                self.play(Handover(self.effects[-1].key, result, "" if result == "done" else "why"))
            case ("suppress", bool(lift)):
                self.play(Suppress("stop", lift=lift))
            case ("enrol", str(campaign)):
                self.enrol(campaign)
            case ("other", bool(buys)):
                self.somebody_else(buys=buys)

    def somebody_else(self, *, buys: bool) -> None:
        """Another contact comes to the same splits."""
        present = self.key
        self.meet(email=f"n{len(self.states)}@x.test", tags="asked" if buys else "", subscribed="prospects")
        self.enrol("chase")
        self.key, self.fresh = present, False

    def check_nothing_is_late(self) -> None:
        """Segments are as they would be judged now; nobody stays who should have left or moved."""
        self._until(self.now)
        state, now, program = self.state, self.now, self.program
        for name, condition in program.watches.segments.items():
            assert condition.test(state, now, {}, None) is (name in state.segments), name
        for member in state.members:
            campaign = program.campaign(member.campaign)
            assert campaign.exit is None or not campaign.exit.test(state, now, {}, member), member
            if program.is_paused(campaign.unit):
                continue
            assert member.rule != NOT_ENTERED
            assert member.due is None or member.due > now
            action = chosen(campaign.steps[member.step], member.rule)
            if isinstance(action, WaitUntil):
                assert not program.condition(action.until.condition).test(state, now, {}, member), member
            for goal in campaign.goals:
                ahead = goal.anywhere or goal.place >= campaign.places[member.step]
                if ahead and goal.step not in member.goals:
                    assert not goal.condition.test(state, now, {}, member), (goal, member)
        assert not state.errands
        assert not any(member.asked for member in state.members)
        for trial in state.trials:
            condition = condition_of(program, trial)
            assert condition is not None
            assert not condition.test(state, now, {}, stay_of(state, trial)), trial

    def check_every_step_has_its_end(self) -> None:
        """By the audit: every step entered was left, or somebody stands at it."""
        standing = Counter(
            entry.unit + " " + entry.step for entry in self.audit if entry.what == "step.entered"
        )
        standing -= Counter(
            entry.unit + " " + entry.step for entry in self.audit if entry.what == "step.left"
        )
        assert standing == Counter(
            f"campaigns/{member.campaign} {member.step}"
            for state in self.states.values()
            for member in state.members
            if member.rule != NOT_ENTERED
        )


def without_timers(outcome: Outcome) -> Outcome:
    state = msgspec.structs.replace(outcome.state, due={}, wake=None)
    return msgspec.structs.replace(outcome, state=state)


@given(st.lists(moves, min_size=1, max_size=25))
@settings(max_examples=50, deadline=None)
def test_random_histories_keep_every_promise(history):
    stage = Careful(PLAN)
    for move in history:
        stage.make(move)
        stage.check_nothing_is_late()
    stage.check_every_step_has_its_end()
    stage.pause()
    stage.play(Wake(afresh=True))
    stage._until(stage.now + 900 * HOUR)
    stage.check_nothing_is_late()
    stage.check_every_step_has_its_end()


CHANGED = (
    PLAN.replace("2 days", "3 days")
    .replace("      - id: mail\n", "      - add_note: new\n      - id: mail\n")
    .replace("score >= 50", "score >= 20")
    .replace("      - wait: 30 hours\n", "")
)


@given(st.lists(moves, min_size=1, max_size=12), st.lists(moves, max_size=8))
@settings(max_examples=30, deadline=None)
def test_random_histories_across_a_changed_plan(before, after):
    stage = Careful(PLAN)
    for move in before:
        stage.make(move)
    stage.check_nothing_is_late()
    stage.pause()
    stage.play(Wake(afresh=True))
    for text in (CHANGED, PLAN):
        stage.change_plan(text)
        stage.check_nothing_is_late()
        for move in after:
            stage.make(move)
            stage.check_nothing_is_late()
