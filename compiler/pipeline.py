"""Files to plan: every stage in order, every mistake of every stage in one list.

    text -> nodes -> definitions -> shape -> model -> names and conditions -> messages -> lints -> plan

A stage never stops at a mistake; it leaves the wrong part out and the next one works with the rest. Only
the last stage, the plan, needs a workspace without errors, and only it is left out where nobody asks for
it: by then every mistake is known. Pure: bytes in, (plan, diagnostics) out, the same for the same bytes, in
whatever order the files come.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Set

from oncue.compiler import lints
from oncue.compiler.ahead import Ahead
from oncue.compiler.beside import beside
from oncue.compiler.bind.declarations import SETTINGS_FILE, Declared, collect
from oncue.compiler.bind.reading import unreadable
from oncue.compiler.bind.units import bind
from oncue.compiler.diagnostics import Diagnostic, arrange
from oncue.compiler.levels import apply
from oncue.compiler.resolve.lookup import catalog_of
from oncue.compiler.resolve.workspace import Resolved, resolve
from oncue.compiler.shape.check import check
from oncue.compiler.source import Source, Span
from oncue.compiler.templates.attachments import Fetch
from oncue.compiler.templates.messages import Message, messages
from oncue.compiler.yaml import nodes
from oncue.compiler.yaml.nodes import Node
from oncue.schemas.plan import Plan
from oncue.schemas.tests import Suite

YAML = (".yaml", ".yml")
# What nobody uses, or does nothing, is told when there is no error: a slip would bring it for its target.
UNUSED = frozenset(["L103", "L104", "L105", "L124", "L131", "L132", "L133", "L134", "L163"])
# Unknown names and unused things: a file that cannot be read may declare the one and use the other.
NEEDS_EVERY_FILE = UNUSED | frozenset(
    ["C010", "C011", "C012", "C013", "C016", "C018", "N201", "N202", "N203", "T104", "X102"]
)


def compile_files(files: Mapping[str, bytes]) -> tuple[Plan | None, list[Diagnostic]]:
    """The plan of a workspace's files (path -> content: every YAML file and every body of a message), and
    what there is to say about them, sorted. The plan is None if anything of it is an error."""
    diagnostics, plan = check_files(files)
    return plan(), diagnostics


def check_files(
    files: Mapping[str, bytes], fetch: Fetch | None = None
) -> tuple[list[Diagnostic], Callable[[], Plan | None]]:
    """What there is to say about a workspace's files, and what makes their plan when it is called. `fetch`
    finds the content of an attachment; None: attachments stand among `files`."""
    diagnostics, plan, _ = check_with_tests(files, fetch)
    return diagnostics, plan


def check_with_tests(
    files: Mapping[str, bytes], fetch: Fetch | None = None
) -> tuple[list[Diagnostic], Callable[[], Plan | None], Suite]:
    """The same, with the workspace's tests; where there is an error, they may be incomplete."""
    ahead = Ahead(files, sorted(path for path in files if path.endswith(YAML)))
    read = ahead.documents()
    documents = {path: root for path, (root, _) in read.items()}
    diagnostics = [one for _, found in read.values() for one in found]
    broken = {one.span.path for one in diagnostics if documents[one.span.path] is None}
    if SETTINGS_FILE not in files:
        diagnostics.append(_no_settings())
    declared = collect(documents)
    shaped = beside(lambda: _shape(declared, documents, broken), ahead.forks)
    bound = bind(declared, tuple(path for path in documents if not _only_tests(documents[path])))
    catalog = catalog_of(bound.workspace)
    ahead.ask(bound.conditions, catalog)
    compiled = ahead.outcomes()
    resolved, found = resolve(bound.workspace, catalog, compiled)
    diagnostics += found
    proofs = beside(lambda: lints.run(resolved, lints.PROOFS), ahead.forks)
    written, found = messages(resolved, files, fetch)
    diagnostics += found
    diagnostics += lints.run(resolved, lints.RULES)
    suite, found, problems = _suite(resolved)
    diagnostics += found
    taken = {one.span for one in bound.errors if one.code == "N108"}  # which says more than its shape would
    shape = shaped()
    shape += unreadable(bound.problems, shape)
    shape = [one for one in shape if one.span not in taken]
    diagnostics += [*declared.diagnostics, *shape, *bound.errors, *unreadable(problems, shape)]
    diagnostics += proofs()
    if broken:
        diagnostics = [one for one in diagnostics if one.code not in NEEDS_EVERY_FILE]
    arranged = arrange(apply(diagnostics, bound.workspace.settings.levels, files, documents))
    if any(one.severity == "error" for one in arranged):
        return [one for one in arranged if one.severity == "error" or one.code not in UNUSED], _no_plan, suite
    return arranged, lambda: _plan(resolved, written), suite


def _suite(resolved: Resolved) -> tuple[Suite, list[Diagnostic], list[Diagnostic]]:
    """The workspace's tests, what is wrong with them, and what could not be read."""
    if not resolved.workspace.tests:
        return Suite(), [], []
    from oncue.compiler.suite.build import build  # a workspace without tests does without

    return build(resolved)


def _plan(resolved: Resolved, written: dict[str, Message]) -> Plan:
    from oncue.compiler.lower.workspace import lower  # checking does without

    return lower(resolved, written)


def _no_plan() -> None:
    return None


def plan_json(plan: Plan) -> bytes:
    """The plan's canonical JSON: sorted keys, defaults left out, a newline at the end."""
    from oncue.compiler.lower.digests import canonical

    return canonical(plan) + b"\n"


def _only_tests(root: Node | None) -> bool:
    """Whether a file holds nothing but tests, which are no part of the plan."""
    return isinstance(root, nodes.Mapping) and {key.text for key, _ in root} == {"tests"}


def _no_settings() -> Diagnostic:
    message = f"there is no {SETTINGS_FILE}"
    return Diagnostic(
        "W001", "error", message, Span(SETTINGS_FILE, 1, 1), "it holds at least `project` and `timezone`"
    )


def _shape(declared: Declared, documents: Mapping[str, Node | None], broken: Set[str]) -> list[Diagnostic]:
    """What is wrong with the shape of the settings and of every definition."""
    root = documents.get(SETTINGS_FILE)
    if root is None and SETTINGS_FILE in documents and SETTINGS_FILE not in broken:
        root = nodes.Mapping(
            Source(SETTINGS_FILE, ""), 1, 1, 1, 1, []
        )  # an empty file lacks what it must have
    found = check("oncue", root) if isinstance(root, nodes.Mapping) else []
    for unit in declared:
        if unit.node is not None and not unit.bare:
            found += check(unit.kind, unit.node)
    return found
