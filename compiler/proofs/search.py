"""Whether forms can hold together, by the cells of their subjects: an exact search, where the subjects do
not hang together, or only as windows that lie in each other.

What must hold narrows the cells of its subject; where nothing more must, one `any` is split: the one with
the fewest parts that still can hold. A subject without cells left ends a branch.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from oncue.compiler.proofs.atoms import Atom, Sample, Subject
from oncue.compiler.proofs.cells import Specs, samples
from oncue.compiler.proofs.forms import All, Any, Form, leaves
from oncue.compiler.proofs.ladders import Cells, keep_order, ladders
from oncue.schemas import conditions as c

MOST = 3_000  # branches of one search

_RELATING = (c.Cmp, c.In, c.Within, c.OlderThan, c.IsSet)  # what the solver understands better

Fits = tuple[Subject, int]  # of a leaf: its subject, and the cells in which it holds


class TooManyError(Exception):
    """The search would take too long."""


class Table:
    """The cells of every subject in some forms, and in which of them each leaf holds."""

    def __init__(self, forms: Iterable[Form], atoms: list[Atom], specs: Specs) -> None:
        numbers = list(dict.fromkeys(leaf // 2 for form in forms for leaf in leaves(form)))
        self.atoms = {number: atoms[number] for number in numbers}
        self.about = _subjects(self.atoms)
        self.kinds: dict[Subject, list[Sample]] = {}
        self.masks: dict[int, Fits] = {}
        of: dict[Subject, list[int]] = {}
        for number in numbers:
            of.setdefault(self.about[number], []).append(number)
        self.ladders = ladders(of)
        self.orders = set(self.ladders.values())
        for subject, members in of.items():
            rungs = self.ladders.get(subject, (subject,))
            self._add(subject, members, [number for rung in rungs for number in of[rung]], specs)

    def _add(self, subject: Subject, members: list[int], telling: list[int], specs: Specs) -> None:
        """The cells of a subject, and in which of them its `members` hold; `telling` are the atoms that tell
        them apart, which are those of its whole ladder."""
        kinds = samples(subject, [self.atoms[number] for number in telling], specs)
        if kinds is None:  # each test is free then
            for number in members:
                self._add(Subject("free", number), [number], [number], specs)
            return
        self.kinds[subject] = kinds
        for number in members:
            holds = bool if subject.kind == "free" else self.atoms[number].holds
            mask = sum(1 << place for place, each in enumerate(kinds) if holds(each))
            self.masks[2 * number] = (subject, mask)
            self.masks[2 * number + 1] = (subject, self.every(subject) & ~mask)

    def tied(self) -> set[Subject]:
        """The subjects that may hang together with others, in ways that cells do not show."""
        of: dict[object, set[Subject]] = {}
        for number, each in self.atoms.items():
            for family in each.families:
                of.setdefault(family, set()).add(self.about[number])
        shared = {subject for members in of.values() if len(members) > 1 for subject in members}
        alone = {
            self.about[number] for number, each in self.atoms.items() if isinstance(each.node, _RELATING)
        }
        return shared | {each for each in alone if each.kind == "free" or isinstance(each.of, c.Arith)}

    def contact(self, cells: Cells) -> dict[Subject, Sample]:
        """Somebody in these cells."""
        return {
            subject: self.kinds[subject][_lowest(mask)]
            for subject, mask in cells.items()
            if mask != self.every(subject)
        }

    def every(self, subject: Subject) -> int:
        """All cells of a subject."""
        return (1 << len(self.kinds[subject])) - 1


def _lowest(mask: int) -> int:
    """The place of the lowest bit."""
    return (mask & -mask).bit_length() - 1


def _subjects(atoms: Mapping[int, Atom]) -> dict[int, Subject]:
    """Each atom's subject. Whether a value is there is asked of how far it lies from now, if that alone is
    asked of it otherwise."""
    own = {each.subject for each in atoms.values() if not each.presence}
    found = {}
    for number, each in atoms.items():
        subject = each.subject
        if each.presence and subject not in own:
            ago = Subject(subject.kind, subject.of, "ago")
            subject = ago if ago in own else subject
        found[number] = subject
    return found


def search(forms: Iterable[Form], table: Table) -> Cells | None:
    """Cells for which all forms hold, of each subject that matters; None if there are none. TooManyError
    where it would take too long."""
    return _Search(table).run(list(forms), {})


class _Search:
    def __init__(self, table: Table) -> None:
        self.table = table
        self.left = MOST

    def run(self, wanted: list[Form], cells: Cells) -> Cells | None:
        """The cells that are left when all of `wanted` holds. `cells` is changed."""
        self.left -= 1
        if not self.left:
            raise TooManyError
        choices = self._narrow(wanted, cells)
        while choices:
            open_ = []
            for choice in choices:
                parts = [part for part in choice.parts if self._may(part, cells)]
                if not parts:
                    return None
                if not any(self._holds(part, cells) for part in parts):
                    open_.append(Any(tuple(parts)))
            forced = [choice.parts[0] for choice in open_ if len(choice.parts) == 1]
            if not forced:
                return self._split(open_, cells)
            more = self._narrow(forced, cells)
            if more is None:
                return None
            choices = [each for each in open_ if len(each.parts) > 1] + more
        return None if choices is None else cells

    def _narrow(self, wanted: list[Form], cells: Cells) -> list[Any] | None:
        """Takes what must hold into the cells and gives the choices that are left; None if it cannot hold."""
        choices = []
        waiting = list(wanted)
        while waiting:
            form = waiting.pop()
            if isinstance(form, All):
                waiting.extend(form.parts)
            elif isinstance(form, Any):
                choices.append(form)
            elif form is False:
                return None
            elif form is not True:
                subject, mask = self.table.masks[form]
                left = cells[subject] = cells.get(subject, -1) & mask
                if not left:
                    return None
        ordered = all(keep_order(ladder, cells) for ladder in self.table.orders)
        return choices if ordered else None

    def _split(self, choices: list[Any], cells: Cells) -> Cells | None:
        if not choices:
            return cells
        choices.sort(key=lambda each: len(each.parts))
        for part in choices[0].parts:
            found = self.run([part, *choices[1:]], dict(cells))
            if found is not None:
                return found
        return None

    def _may(self, form: Form, cells: Cells) -> bool:
        """Whether a part may still hold, as far as its leaves alone tell."""
        if isinstance(form, bool):
            return form
        if isinstance(form, All):
            return all(self._may(part, cells) for part in form.parts)
        if isinstance(form, Any):
            return any(self._may(part, cells) for part in form.parts)
        subject, mask = self.table.masks[form]
        return bool(cells.get(subject, -1) & mask)

    def _holds(self, form: Form, cells: Cells) -> bool:
        """Whether a leaf holds in all cells that are left."""
        if isinstance(form, bool) or not isinstance(form, int):
            return form is True
        subject, mask = self.table.masks[form]
        return subject in cells and not cells[subject] & ~mask
