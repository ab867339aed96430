"""Each question of docs/semantics.md that people ask before they change a campaign is answered there, and
the answer is run by the tests named here."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
KERNEL = "runtime/kernel"
OLDER = "runtime/test_older_versions.py"
WHEN = f"{KERNEL}/test_what_happens_when.py"

# what the page asks, and where its answer is run
ANSWERS = {
    "A contact triggers a campaign that it is in already.": [
        f"{KERNEL}/test_starts.py::test_every_time_lets_a_contact_in_again_after_leaving_not_before",
        f"{KERNEL}/test_starts.py::test_entries_many_lets_one_in_per_key",
    ],
    "A contact triggers a campaign that it has finished.": [
        f"{KERNEL}/test_starts.py::test_runs_once_lets_a_contact_in_once_ever_whatever_the_way",
        f"{KERNEL}/test_starts.py::test_every_time_lets_a_contact_in_again_after_leaving_not_before",
    ],
    "A contact responds, and its score comes later.": [
        f"{KERNEL}/test_funnel.py::test_one_that_does_not_qualify_is_resolved_and_a_later_score_changes_nothing",
        f"{KERNEL}/test_scenarios.py::test_the_score_that_comes_late_makes_the_response_active_after_the_wait",
    ],
    "A contact responds while it has an active response.": [
        f"{KERNEL}/test_funnel.py::"
        "test_with_an_active_response_every_other_one_is_already_engaged_whether_it_qualifies_or_not",
    ],
    "A contact responds twice in one campaign.": [
        f"{KERNEL}/test_funnel.py::test_another_responded_status_changes_the_status_and_nothing_else",
    ],
    "A score falls back while a scenario waits.": [
        f"{KERNEL}/test_scenarios.py::test_a_score_that_crosses_back_during_the_wait_does_nothing",
    ],
    "Two scenarios are set off at one instant.": [
        f"{KERNEL}/test_scenarios.py::"
        "test_two_at_one_instant_run_in_order_of_id_and_the_first_that_activates_wins",
    ],
    "A scenario is removed while it waits.": [
        f"{KERNEL}/test_scenarios.py::test_a_scenario_that_is_gone_waits_no_more_and_its_prompt_is_recorded",
    ],
    "A step is inserted before a member's place.": [
        f"{KERNEL}/test_adopt.py::test_a_step_inserted_before_a_member_s_place_is_not_made_up",
    ],
    "A step is inserted right after a member's place.": [
        f"{KERNEL}/test_adopt.py::test_a_step_inserted_right_after_a_member_s_place_is_next",
    ],
    "Which plan says so?": [f"{OLDER}::test_what_an_older_version_asks_of_its_own_messages_is_still_heard"],
    "Only triggers, statuses or words of a campaign are changed.": [
        f"{OLDER}::test_words_and_triggers_are_no_version"
    ],
    "The steps change again while members are on an older version.": [
        "runtime/test_finish.py::"
        "test_members_go_on_as_if_nothing_had_changed_and_newcomers_as_if_it_had_always_been_so",
    ],
    "The old steps come back.": [f"{OLDER}::test_going_back_to_the_old_steps_takes_everybody_along"],
    "`on_change` is taken out.": [f"{OLDER}::test_without_on_change_they_go_on_by_the_new_steps"],
    "The older version names something that has changed.": [
        f"{OLDER}::test_a_changed_segment_is_that_of_the_plan_in_force"
    ],
    "The older version names something that is gone": [
        f"{OLDER}::test_what_an_older_version_names_must_stay",
        f"{OLDER}::test_a_field_of_another_type_is_another_thing",
    ],
    "The campaign is removed.": [
        f"{OLDER}::test_a_removed_campaign_is_refused_for_those_on_older_versions_too",
        f"{OLDER}::test_a_renamed_campaign_keeps_its_versions",
    ],
    "A split that contacts decide together": [
        f"{OLDER}::test_a_split_test_goes_on_for_each_version_by_itself"
    ],
    "Entering is one thing for all versions": [
        f"{OLDER}::test_entering_is_one_thing_for_all_versions",
        f"{OLDER}::test_a_paused_campaign_holds_every_version",
        f"{OLDER}::test_members_of_two_versions_merge_and_are_erased",
    ],
    "The report": [f"{OLDER}::test_steps_that_only_an_older_version_has_are_reported"],
    "The last member leaves.": [
        f"{OLDER}::test_an_older_version_goes_with_the_next_change_once_nobody_is_on_it"
    ],
    "A step is added at the end.": [
        f"{KERNEL}/test_adopt.py::test_members_who_ended_are_not_called_back",
    ],
    "A wait is made longer or shorter.": [
        f"{KERNEL}/test_adopt.py::test_a_changed_wait_counts_the_time_that_has_passed",
        f"{KERNEL}/test_adopt.py::test_a_wait_that_is_over_by_its_new_length_ends_at_once",
    ],
    "A wait is removed.": [f"{WHEN}::test_who_stands_at_a_wait_that_is_removed_goes_on_at_once"],
    "A step is removed while members stand at it.": [
        f"{KERNEL}/test_adopt.py::test_a_removed_step_sends_its_members_to_the_next_sibling_that_is_left",
        f"{KERNEL}/test_adopt.py::test_then_to_what_follows_the_branch_then_to_the_end",
    ],
    "The order of rules is changed.": [
        f"{WHEN}::test_the_order_of_rules_changes_for_those_who_come_to_the_step_from_then_on",
        f"{WHEN}::test_who_has_passed_rules_whose_order_changes_is_not_asked_again",
    ],
    "A segment is changed.": [
        f"{KERNEL}/test_adopt.py::test_a_changed_segment_changes_without_a_word_and_starts_nothing",
        f"{WHEN}::test_a_changed_segment_lets_members_stay_and_triggers_nothing",
    ],
    "A campaign is removed while contacts are in it.": [
        "cli/test_changed_plans.py::test_a_campaign_with_members_cannot_be_removed",
        "cli/test_changed_plans.py::test_a_campaign_with_members_can_be_renamed_with_was",
        "cli/test_migrate.py::test_members_of_a_removed_campaign_end_with_a_reason",
    ],
    "A fulfillment list is removed while contacts wait on it.": [
        "cli/test_migrate.py::test_waiting_contacts_of_a_removed_fulfillment_list_go_to_another",
    ],
    "A path of a split is removed while contacts are in it.": [
        "cli/test_migrate.py::test_members_on_a_removed_path_go_where_the_entry_says",
        "cli/test_migrate.py::test_a_path_with_another_name_goes_on_with_was",
    ],
    "`migrate` moves members to another campaign.": [
        "cli/test_migrate.py::test_members_of_a_removed_campaign_go_to_a_step_of_another",
        "cli/test_migrate.py::test_who_may_not_enter_the_other_campaign_ends",
    ],
    "`migrate` moves subscribers to another list.": [
        "cli/test_migrate.py::test_subscribers_of_a_removed_list",
        "cli/test_migrate.py::test_who_has_unsubscribed_from_the_other_list_stays_so",
    ],
    "`migrate` moves contacts to another fulfillment list.": [
        "cli/test_migrate.py::test_waiting_contacts_of_a_removed_fulfillment_list_go_off",
    ],
    "A paused campaign.": [
        f"{KERNEL}/test_flow.py::test_in_a_paused_campaign_contacts_enter_and_take_no_step",
        f"{KERNEL}/test_flow.py::test_a_member_of_a_paused_campaign_may_exit",
        f"{KERNEL}/test_flow.py::test_waits_go_on_elapsing_while_paused_and_end_at_resume",
        "cli/test_looking.py::test_a_paused_campaign_takes_no_step_until_it_is_resumed",
    ],
    "A contact unsubscribes while it waits.": [
        f"{WHEN}::test_who_unsubscribes_while_waiting_stays_and_gets_only_what_needs_no_consent",
        f"{WHEN}::test_who_unsubscribes_from_everything_while_waiting_gets_nothing_more",
    ],
    "A contact is erased.": [
        f"{KERNEL}/test_identity.py::test_erasing_ends_every_stay_and_cancels_every_message",
        f"{WHEN}::test_who_is_erased_while_waiting_gets_nothing_more",
        "runtime/test_operator.py::test_an_erased_contact_may_come_back_as_somebody_new",
        "runtime/test_operator.py::test_a_suppressed_address_stays_suppressed_after_it_was_erased",
    ],
    "Two contacts are merged.": [
        f"{KERNEL}/test_identity.py::test_in_the_same_campaign_the_older_stay_goes_on",
        f"{KERNEL}/test_identity.py::test_tags_history_and_once_marks_are_united",
        f"{KERNEL}/test_identity.py::test_suppression_and_unsubscribes_win",
        f"{KERNEL}/test_identity.py::test_what_a_merge_makes_true_is_an_edge",
    ],
}


@pytest.mark.parametrize("question", ANSWERS)
def test_the_page_answers_the_question(question: str) -> None:
    page = (ROOT / "docs/semantics.md").read_text("utf-8")
    answer = page.partition(f"**{question}**")[2].split("\n\n")[0]
    assert len(answer.split()) > 3


@pytest.mark.parametrize("question", ANSWERS)
def test_the_answer_is_run_by_tests_that_there_are(question: str) -> None:
    for place in ANSWERS[question]:
        file, _, name = place.partition("::")
        assert re.search(rf"^def {name}\(", (ROOT / "tests" / file).read_text("utf-8"), re.M), place
