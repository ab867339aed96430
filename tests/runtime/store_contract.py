"""What every store must do. A test class of a store inherits StoreContract and gives a `store` fixture."""

from __future__ import annotations

import pytest

from oncue.runtime.stores.base import Changes, Store


def changes(**lists: list[tuple]) -> Changes:
    found = Changes()
    for name, rows in lists.items():
        getattr(found, name).extend(rows)
    return found


def commit(store: Store, **lists: list[tuple]) -> None:
    with store.transaction():
        store.write(changes(**lists))


PEOPLE = [(number, f"id:{number}", number * 10, number, b"state%d" % number) for number in (1, 2, 3)]
LOG = [
    (1, 100, "event", 1, 0, 1, b"{}", b"[1]"),
    (2, 200, "event", 2, 0, 1, b"{}", None),
    (3, 300, "wake", 1, 1, 2, None, b"[2]"),
    (4, 400, "pause", 0, 0, 0, b"{}", None),
]


class StoreContract:
    def test_a_new_store_is_empty(self, store: Store) -> None:
        assert store.top() == (0, 0)
        assert store.next_wake() is None
        assert store.plan_in_force() is None
        assert list(store.contacts()) == list(store.log()) == store.outbox(["queued"]) == []

    def test_contacts_come_back_by_number(self, store: Store) -> None:
        commit(store, born=PEOPLE)
        assert [(row.id, row.key, row.wake, row.last, row.state) for row in store.load([3, 1, 9])] == [
            PEOPLE[0], PEOPLE[2],
        ]  # fmt: skip
        assert store.top()[0] == 3
        assert store.living() == 3
        assert store.keys([2, 2, 7]) == {2: "id:2"}

    def test_a_changed_contact_keeps_its_wake_unless_it_moved(self, store: Store) -> None:
        commit(store, born=PEOPLE)
        commit(store, kept=[(7, b"new1", 1)], moved=[(None, 8, b"new2", 2)])
        assert [(row.wake, row.last, row.state) for row in store.load([1, 2])] == [
            (10, 7, b"new1"), (None, 8, b"new2"),
        ]  # fmt: skip

    def test_due_contacts_come_by_instant_then_by_key(self, store: Store) -> None:
        born = [
            (n, key, wake, 0, b"") for n, key, wake in ((1, "b", 5), (2, "a", 5), (3, "c", 4), (4, "d", None))
        ]
        commit(store, born=born)
        assert store.due((0, ""), 6, 9) == [(4, "c", 3), (5, "a", 2), (5, "b", 1)]
        assert store.due((0, ""), 5, 9) == [(4, "c", 3)], "before, not at"
        assert store.due((4, "c"), 6, 1) == [(5, "a", 2)], "after what was seen"
        assert store.next_wake() == 4

    def test_identifiers_stay_with_whom_they_were_first_seen(self, store: Store) -> None:
        commit(store, identifiers=[("id:1", 1), ("email:a@x.test", 1)])
        commit(store, identifiers=[("email:a@x.test", 2)])
        assert store.find(["email:a@x.test", "id:1", "id:9"]) == {"email:a@x.test": 1, "id:1": 1}

    def test_processed_ids_are_found_again(self, store: Store) -> None:
        commit(store, processed=[("e1", 5), ("row:f:1", 6)])
        commit(store, processed=[("row:f:1", 9)])
        assert store.processed(["e1", "e2", "row:f:1"]) == {"e1": 5, "row:f:1": 9}

    def test_any_text_may_be_an_id(self, store: Store) -> None:
        ids = ['"', "\\", "é", "\u2028", "a" * 500, "'; DROP TABLE log; --"]
        commit(store, processed=sorted((one, 1) for one in ids))
        assert set(store.processed(ids)) == set(ids)

    def test_a_contacts_log_is_a_chain(self, store: Store) -> None:
        commit(store, log=LOG)
        assert [row.seq for row in store.chain(3)] == [1, 3]
        assert [row.seq for row in store.log(after=1, kinds=["wake", "pause"])] == [3, 4]
        row = store.log_row(3)
        assert row is not None
        assert (row.at, row.kind, row.entries) == (300, "wake", b"[2]")

    def test_rows_about_nobody_are_found_by_their_kind(self, store: Store) -> None:
        nobodys = [(5, 5, "plan", 0, 0, 0, b"{}", None), (6, 6, "wake", 0, 0, 0, None, b"[]")]
        commit(store, log=[*LOG, *nobodys])
        found = [row.seq for row in store.log_of_nobody(["plan", "pause"])]
        assert found == [row[0] for row in (*LOG, *nobodys) if row[3] == 0 and row[2] in ("plan", "pause")]
        assert 5 in found

    def test_identifiers_are_found_by_their_beginning(self, store: Store) -> None:
        commit(store, born=PEOPLE, identifiers=[("email:ana@x", 1), ("email:anna@x", 2), ("id:ana", 1)])
        assert store.identifiers_named("email:an", 10) == ["email:ana@x", "email:anna@x"]
        assert store.identifiers_named("email:an", 1) == ["email:ana@x"]
        assert store.identifiers_named("email:b", 10) == []

    def test_one_outbox_row_per_key(self, store: Store) -> None:
        effect = ("k1", 1, 50, None, "email", "campaigns/a", "queued", b"first", 0, None, 0)
        other = ("k2", 1, 60, 55, "email", "u", "held", b"")
        commit(store, effects=[effect])
        commit(store, effects=[(*effect[:7], b"second", 0, None, 0), (*other, 0, None, 0)])
        rows = [(row.key, row.payload) for row in store.outbox(["queued", "held"])]
        assert rows == [("k1", b"first"), ("k2", b"")]
        commit(store, settled=[("done", "", 70, "k1")])
        assert [row.key for row in store.outbox(["queued", "held"])] == ["k2"]
        found = store.effect("k1")
        assert found is not None
        assert (found.status, found.handed) == ("done", 70)
        assert store.statuses() == {"done": 1, "held": 1}

    def test_effects_are_found_by_the_beginning_of_their_key(self, store: Store) -> None:
        rows = [(key, 1, 50, None, "sms", "u", "queued", b"", 0, 60, 1) for key in ("ab1", "ab2", "b%")]
        commit(store, effects=rows)
        assert [row.key for row in store.effects_named("ab", 5)] == ["ab1", "ab2"]
        assert [row.key for row in store.effects_named("ab", 1)] == ["ab1"]
        assert [row.key for row in store.effects_named("b%", 5)] == ["b%"]
        assert store.effects_named("c", 5) == []

    def test_a_queued_effect_is_due_at_its_next_attempt(self, store: Store) -> None:
        rows = [(f"k{n}", 1, 50, None, "sms", "u", "queued", b"", 0, 60 - n, 1) for n in range(3)]
        commit(store, effects=[*rows, ("folder", 1, 50, None, "sms", "u", "queued", b"", 0, None, 0)])
        assert [row.key for row in store.due_effects(True, "sms", 59, 9)] == ["k2", "k1"]
        assert [row.key for row in store.due_effects(True, "sms", 59, 1)] == ["k2"]
        assert store.due_effects(True, "email", 99, 9) == store.due_effects(False, "sms", 99, 9) == []
        assert [store.next_effect(True, "sms", after) for after in (0, 58, 60)] == [58, 59, None]
        assert store.next_effect(False, "sms", 0) is None
        assert [store.number_queued(kind) for kind in ("sms", "email")] == [3, 0]
        commit(store, tried=[("trying", "", 1, None, "k2"), ("queued", "busy", 1, 500, "k1")])
        assert [row.key for row in store.outbox(["trying"])] == ["k2"]
        found = store.effect("k1")
        assert found is not None
        assert (found.status, found.why, found.attempts, found.next_at) == ("queued", "busy", 1, 500)
        commit(store, tried=[("queued", "", 2, 70, "k0")], settled=[("done", "", 80, "k0")])
        assert store.next_effect(True, "sms", 0) == 500

    def test_totals_add_up(self, store: Store) -> None:
        commit(store, counts=[("u", "s", "done", 2, 100)])
        commit(store, counts=[("u", "s", "done", -1, 90), ("u", "", "entered", 1, 90)])
        assert store.counts() == {("u", "s", "done"): (1, 100), ("u", "", "entered"): (1, 90)}

    def test_a_failed_transaction_leaves_nothing(self, store: Store) -> None:
        def fail() -> None:
            with store.transaction():
                store.write(changes(born=PEOPLE))
                store.put_plan(1, "digest", b"{}")
                raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            fail()
        assert store.top() == (0, 0)
        assert store.plan_in_force() is None

    def test_what_is_held_is_seen_and_committed_later(self, store: Store) -> None:
        with store.hold():
            store.write(changes(born=PEOPLE))
        assert store.top()[0] == 3
        store.let_go()
        assert store.living() == 3
        with store.hold():
            store.write(changes(kept=[(9, b"new", 1)]))
        commit(store, kept=[(9, b"new", 2)])
        assert [row.state for row in store.load([1, 2, 3])] == [b"new", b"new", b"state3"]

    def test_plans_and_switches(self, store: Store) -> None:
        with store.transaction():
            store.put_plan(1, "one", b"1")
            store.put_plan(2, "two", b"2")
            store.switch("campaigns/a", False, 1)
            store.switch("campaigns/a", False, 2)
            store.switch("campaigns/b", False, 2)
            store.switch("campaigns/b", True, 3)
        assert store.plan_in_force() == ("two", b"2")
        assert store.plans() == [(1, "one", b"1"), (2, "two", b"2")]
        assert store.paused() == {"campaigns/a"}

    def test_paused_units_go_on_under_other_names(self, store: Store) -> None:
        with store.transaction():
            for name in "abc":
                store.switch(f"campaigns/{name}", False, 1)
            store.rename_paused({"campaigns/a": "campaigns/b", "campaigns/b": "campaigns/a"})
            store.rename_paused({"campaigns/c": "campaigns/d", "campaigns/none": "campaigns/e"})
        assert store.paused() == {"campaigns/a", "campaigns/b", "campaigns/d"}

    def test_merged_contacts_become_one(self, store: Store) -> None:
        commit(store, born=PEOPLE, identifiers=[("id:1", 1), ("id:2", 2)], log=LOG)
        commit(store, kept=[(3, b"state1", 1), (2, b"state2", 2)])
        with store.transaction():
            store.merge(1, 2)
        assert store.find(["id:2"]) == {"id:2": 1}
        survivor = store.load([1])[0]
        assert [row.seq for row in store.chain(survivor.last)] == [1, 2, 3]
        assert store.load([2])[0].state is None
        assert store.living() == 2

    def test_the_log_by_contact_follows_merges(self, store: Store) -> None:
        sent = b'[{"what":"event","unit":"email.sent"}]'
        rows = [
            (seq, seq, "event", contact, 0, seq, b"{}", b"[]") for seq, contact in ((1, 2), (2, 1), (3, 2))
        ]
        commit(
            store,
            born=PEOPLE,
            log=[*rows, (4, 4, "wake", 3, 0, 1, None, sent), (5, 5, "wake", 3, 0, 2, None, b"[]")],
        )
        assert [(row.contact, row.seq) for row in store.log_by_contact()] == [(1, 2), (2, 1), (2, 3), (3, 4)]
        with store.transaction():
            store.merge(1, 2)
        assert [(row.contact, row.seq) for row in store.log_by_contact()] == [(1, 1), (1, 2), (1, 3), (3, 4)]
        assert (store.merged_into(1), store.merged_into(2)) == ([store.load([2])[0].key], [])

    def test_an_erased_contact_leaves_an_empty_shell(self, store: Store) -> None:
        queued = ("k1", 1, 50, None, "email", "u", "queued", b"secret", 0, None, 0)
        done = ("k2", 1, 50, None, "email", "u", "done", b"secret", 1, None, 1)
        failed = ("k3", 1, 50, None, "email", "u", "queued", b"secret", 1, None, 1)
        commit(store, born=PEOPLE, identifiers=[("id:1", 1)], log=LOG, effects=[queued, done, failed])
        commit(store, settled=[("failed", "nobody is called ana@x.test here", None, "k3")])
        assert store.failures(3) == {"nobody is called ana@x.test here": 1}
        with store.transaction():
            assert store.erase(1, [1, 3], "erased:1") == ["k1"]
        assert store.failures(3) == {}
        row = store.load([1])[0]
        assert (row.key, row.state, row.wake) == ("erased:1", None, None)
        assert store.find(["id:1"]) == {}
        assert [(row.seq, row.body, row.entries) for row in store.log() if row.contact == 1] == [
            (1, None, None), (3, None, None),
        ]  # fmt: skip
        left = [(row.status, row.payload, row.why) for row in store.outbox(["queued", "done", "failed"])]
        assert left == [("done", None, ""), ("failed", None, "")]
        assert store.effect("k2") is None, "the key is free for the contact when it comes back"

    def test_what_an_emptied_row_said_is_known_by_its_hash(self, store: Store) -> None:
        with store.transaction():
            store.keep_lines([(1, b"one"), (3, b"three")])
        assert [store.line_kept(seq) for seq in (1, 2, 3)] == [b"one", None, b"three"]

    def test_stops_and_latency_and_clashes(self, store: Store) -> None:
        with store.transaction():
            store.add_stop(b"hash")
            store.add_stop(b"hash")
            store.add_latency({5: 2})
            store.add_latency({5: 1, 9: 1})
            store.write(changes(clashes=[(1, 10, 2, "email:a@x.test", 1)]))
        assert store.stops() == {b"hash"}
        assert store.latency() == {5: 3, 9: 1}
        assert store.clashes() == [(10, 2, "email:a@x.test", 1)]

    def test_entities_come_back_by_name_and_by_the_beginning_of_it(self, store: Store) -> None:
        names = ["account/a", "account/b", "split/a/b", "task/10", "task/1"]
        commit(store, entities=sorted((name, 1, None, name.encode()) for name in names))
        commit(store, entities=[("account/b", 1, 5, b"new")])
        row = store.entity("account/b")
        assert row is not None
        assert (row.name, row.wake, row.state) == ("account/b", 5, b"new")
        assert store.entity("account/c") is None
        assert [row.name for row in store.entities("task/1")] == ["task/1", "task/10"]
        assert [row.name for row in store.entities("")] == sorted(names)
        assert list(store.entities("team/")) == []

    def test_due_entities_come_by_instant_then_rank_then_name(self, store: Store) -> None:
        rows = [("task/a", 5, 7, b""), ("split/z", 1, 7, b""), ("split/b", 1, 7, b""), ("task/c", 5, 3, b"")]
        commit(store, entities=[*sorted(rows), ("team/x", 3, None, b"")])
        assert store.due_entities((0, 0, ""), 8, 9) == [
            (3, 5, "task/c"), (7, 1, "split/b"), (7, 1, "split/z"), (7, 5, "task/a"),
        ]  # fmt: skip
        assert store.due_entities((0, 0, ""), 7, 9) == [(3, 5, "task/c")], "before, not at"
        assert store.due_entities((7, 1, "split/b"), 8, 1) == [(7, 1, "split/z")], "after what was seen"
        assert store.next_wake() == 3
        commit(store, born=[(1, "id:1", 2, 0, b"")])
        assert store.next_wake() == 2

    def test_a_roster_is_in_order_of_joining(self, store: Store) -> None:
        commit(store, joined=[("acme", 3), ("acme", 1), ("other", 2)])
        commit(store, joined=[("acme", 3), ("acme", 2)])
        assert store.roster("acme") == [3, 1, 2], "who is there keeps the place"
        commit(store, left=[("acme", 3), ("acme", 9)], joined=[("acme", 3)])
        assert store.roster("acme") == [1, 2, 3]
        assert (store.roster("other"), store.roster("none")) == ([2], [])

    def test_merged_and_erased_contacts_are_in_no_account(self, store: Store) -> None:
        commit(store, born=PEOPLE, joined=[("acme", 2), ("acme", 1), ("acme", 3)])
        with store.transaction():
            store.merge(1, 2)
            store.erase(3, [], "erased:3")
        assert store.roster("acme") == [1]

    # --- fulfillment lists

    def test_contacts_wait_in_order_of_joining_and_keep_their_place(self, store: Store) -> None:
        commit(store, born=PEOPLE, waiting=[("box", 2, 5, "[]"), ("box", 1, 6, '["q1"]')])
        commit(store, waiting=[("box", 2, 9, '["q2"]'), ("box", 1, 9, '["q3"]'), ("other", 3, 9, "[]")])
        first, second = store.waiting("box", 0, -1, 9)
        assert (first.contact, first.at, first.released, first.questions) == (2, 5, 0, '["q2"]')
        assert (second.contact, second.at, second.questions) == (1, 6, '["q1","q3"]')
        assert store.waiting("box", first.id, -1, 9) == [second]
        assert store.waiting("box", 0, first.id, 9) == [first]
        assert store.last_waiting("box") == second.id
        assert store.number_waiting("box") == 2
        assert store.lists_of(1) == [("box", 6)]
        assert store.waiting_of("other", 1) == []

    def test_who_waits_can_be_released_answered_and_taken_off(self, store: Store) -> None:
        commit(store, born=PEOPLE, waiting=[("box", n, 5, '["q"]') for n in (1, 2, 3)])
        with store.transaction():
            store.release("box", 1)
            store.off_list("box", 3)
        assert [row.released for row in store.waiting("box", 0, -1, 9)] == [1, 0]
        places = [row.id for row in store.waiting("box", 0, -1, 9)]
        with store.transaction():
            store.answer(places[:1])
            store.off(places[1:])
        (left,) = store.waiting("box", 0, -1, 9)
        assert (left.contact, left.released, left.questions) == (1, 0, "[]")
        with store.transaction():
            store.rename_list("box", "crate")
        assert store.number_waiting("box") == 0
        assert store.number_waiting("crate") == 1

    def test_a_batch_keeps_its_lines_in_order(self, store: Store) -> None:
        commit(store, born=PEOPLE)
        with store.transaction():
            batch = store.open_batch("box-1", "box", 100, 50, b"name\r\n")
            store.add_rows([(batch, 0, 2, b"b\r\n", "[]"), (batch, 1, 1, b"a\r\n", '["q"]')])
            store.close_batch(batch, 2, 1, 12, "digest")
            dropped = store.open_batch("box-2", "box", 200, 100, b"")
            store.drop_batch(dropped)
        row = store.batch("box-1")
        assert row is not None
        assert (row.list, row.at, row.since, row.rows, row.held, row.size) == ("box", 100, 50, 2, 1, 12)
        assert store.batches("box") == store.batches() == [row]
        assert b"".join(store.file("box-1")) == b"name\r\nb\r\na\r\n"
        assert list(store.file("box-2")) == []
        assert store.questions(batch, -1, 9) == [(1, 1, '["q"]')]
        assert store.batches_of(1) == ["box-1"]
        with store.transaction():
            store.answered(batch)
        assert store.questions(batch, -1, 9) == []

    def test_merging_and_erasing_go_through_lists(self, store: Store) -> None:
        waiting = [("box", 2, 5, '["q2"]'), ("box", 1, 6, '["q1"]'), ("other", 2, 7, "[]")]
        commit(store, born=PEOPLE, waiting=waiting)
        with store.transaction():
            batch = store.open_batch("box-1", "box", 100, 50, b"h\r\n")
            store.add_rows([(batch, 0, 2, b"b\r\n", "[]")])
            store.close_batch(batch, 1, 0, 6, "digest")
            store.merge(1, 2)
        (place,) = store.waiting("box", 0, -1, 9)
        assert (place.contact, place.at, place.questions) == (1, 5, '["q2","q1"]')
        assert store.lists_of(1) == [("box", 5), ("other", 7)]
        assert store.batches_of(1) == ["box-1"]
        with store.transaction():
            store.erase(1, [], "erased:1")
        assert store.lists_of(1) == []
        assert list(store.file("box-1")) == [b"h\r\n"]
        assert len(store.secret()) == 16
