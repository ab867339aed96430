"""The questions that lints ask about conditions, each answered once.

A quick look settles most of them: somebody for whom all that one condition needs is there, and nothing
else, meets no condition that needs more. Then the cells are searched, and where tests hang together the
solver is asked.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from importlib.util import find_spec

from msgspec import Struct

from oncue.compiler.expr.catalog import Catalog
from oncue.compiler.proofs.atoms import Sample, Subject
from oncue.compiler.proofs.forms import Form, Forms, Segment
from oncue.compiler.proofs.glance import Glance, Glances, escapes
from oncue.compiler.proofs.search import Table, TooManyError, search
from oncue.compiler.proofs.specs import specs_of
from oncue.compiler.proofs.windows import can_be
from oncue.schemas import conditions as c

Contact = Mapping[Subject, Sample]  # of each subject that matters a sample


class Answer(Struct, frozen=True):
    """Whether conditions can hold together (None: it is not known), and somebody for whom they do. Where
    tests hang together, `contact` is there only if the solver found it."""

    possible: bool | None
    contact: Contact | None = None


IMPOSSIBLE, UNKNOWN = Answer(False), Answer(None)


class Prover:
    """Answers for the conditions of one workspace. `solver` False: does without it."""

    def __init__(
        self, catalog: Catalog, tracks: Mapping[str, c.Track], segment: Segment, solver: bool = True
    ) -> None:
        self.catalog = catalog
        self.specs = specs_of(catalog, tracks)
        self.forms = Forms(tracks, segment)
        self.glances = Glances(tracks, self.specs)
        self.solver = solver and find_spec("z3") is not None
        self._forms: dict[tuple[int, bool], tuple[c.CondNode, Form]] = {}
        self._looks: dict[int, Glance | None] = {}
        self._verdicts: dict[int, bool | None] = {}

    # --- questions

    def verdict(self, node: c.CondNode) -> bool | None:
        """True: it holds for everybody at every time. False: for nobody. None: neither, or it is not
        known."""
        key = id(node)
        if key not in self._verdicts:
            self._verdicts[key] = self._judge(node)
        return self._verdicts[key]

    def _judge(self, node: c.CondNode) -> bool | None:
        if isinstance(node, c.Const):
            return node.value
        look = self._look(node)
        if look is not None and look.clear:
            return None
        if self.together([(node, True)]).possible is False:
            return False
        return True if self.together([(node, False)]).possible is False else None

    def hiding(self, node: c.CondNode, earlier: Sequence[c.CondNode]) -> tuple[int, ...]:
        """Which of the earlier conditions, together, hold wherever this one does: a least set of them, by
        place. Empty if somebody meets this one and none of them, or if it is not known."""
        look, looks = self._look(node), [self._look(each) for each in earlier]
        if escapes(look, looks):
            return ()
        for place, each in enumerate(earlier):
            if not escapes(look, [looks[place]]) and self._hide(node, [each]):
                return (place,)
        if len(earlier) < 2 or not self._hide(node, earlier):
            return ()
        left = list(range(len(earlier)))
        for place in range(len(earlier)):
            fewer = [each for each in left if each != place]
            if self._hide(node, [earlier[each] for each in fewer]):
                left = fewer
        return tuple(left)

    def _hide(self, node: c.CondNode, earlier: Iterable[c.CondNode]) -> bool:
        return self.together([(node, True), *((each, False) for each in earlier)]).possible is False

    def together(self, wanted: Sequence[tuple[c.CondNode, bool]]) -> Answer:
        """Whether all these conditions can hold (or, where False stands beside one, not hold) at one time."""
        forms = [self._form(node, holds) for node, holds in wanted]
        table = Table(forms, self.forms.atoms, self.specs)
        try:
            cells = search(forms, table)
        except TooManyError:
            return self._solve(forms, table) if self.solver else UNKNOWN
        if cells is None:
            return IMPOSSIBLE
        if not table.tied() or can_be(table, cells):
            return Answer(True, table.contact(cells))
        return self._solve(forms, table) if self.solver else UNKNOWN

    # --- once each

    def _form(self, node: c.CondNode, holds: bool) -> Form:
        key = (id(node), holds)
        found = self._forms.get(key)
        if found is None:
            found = self._forms[key] = (
                node,
                self.forms.form(node, holds),
            )  # the node lives as long as its id
        return found[1]

    def _look(self, node: c.CondNode) -> Glance | None:
        key = id(node)
        if key not in self._looks:
            self._looks[key] = self.glances.look(node)
        return self._looks[key]

    def _solve(self, forms: list[Form], table: Table) -> Answer:
        from oncue.compiler.proofs.solver import solve  # z3 is an extra, and takes its time to load

        possible, contact = solve(forms, table, self.specs, self.forms.tracks, self.catalog.timezone)
        return Answer(possible, contact)
