"""The reader's decision tree for broken tunnels, walked with what each network really shows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from html import escape

from ipsec_edu.core.errors import ScenarioError
from ipsec_edu.teach.panel import Panel, inline, table
from ipsec_edu.teach.sightings import FAULTS, OBSERVATIONS, differences, observe

__all__ = ["TreeResult", "check_tree", "walk"]

Tree = str | Mapping[str, object]
"""A fault's name, or ``{observation: {value: Tree, ...}}``.

A log line may be named by a part of it; ``...`` catches the rest.
"""

REST = "..."


@dataclass(frozen=True, slots=True)
class TreeResult:
    """Where each network ended up in the tree.

    Attributes
    ----------
    right : tuple of str
        Faults that the tree names correctly.
    wrong : dict of str to str
        Fault to what went wrong, in a sentence that says which observation would help.
    questions : int
        The longest way from the root to a leaf.
    """

    right: tuple[str, ...]
    wrong: dict[str, str]
    questions: int

    @property
    def ok(self) -> bool:
        """True where every fault is told apart."""
        return not self.wrong

    def panel(self) -> Panel:
        """Return the result for the page."""
        total = len(self.right) + len(self.wrong)
        right = f"{len(self.right)} of {total}"
        head = f"Your tree names **{right}** networks with at most {self.questions} questions."
        if self.ok:
            return Panel(f"<p>{inline(head)}</p>", head)
        rows = [(f"`{fault}`", why) for fault, why in self.wrong.items()]
        listing = table(("network", "what your tree did"), rows)
        return Panel(f"<p>{inline(head)}</p>{listing.html}", f"{head}\n{listing.text}")

    def _repr_html_(self) -> str:
        return self.panel().html

    def __repr__(self) -> str:
        return self.panel().text


def walk(tree: Tree, sightings: Mapping[str, str]) -> tuple[str | None, list[tuple[str, str]]]:
    """Follow `tree` with the given sightings.

    Returns
    -------
    tuple
        The fault named at the leaf (None where a branch is missing), and the way:
        observation and value at each step.

    Raises
    ------
    ScenarioError
        A node that is no tree: it asks two things at once, or for something that nobody can see.
    """
    way: list[tuple[str, str]] = []
    node: object = tree
    while not isinstance(node, str):
        question, branches = _question(node)
        value = sightings[question]
        way.append((question, value))
        branch = _branch(question, value, branches)
        if branch not in branches:
            return None, way
        node = branches[branch]
    if node not in FAULTS:
        raise ScenarioError(f"{node!r} is none of the networks: {', '.join(FAULTS)}")
    return node, way


def _branch(question: str, value: str, branches: Mapping[str, object]) -> str:
    """Return the branch to take for `value`; a log line may be named by a part of it."""
    if value in branches:
        return value
    if question.startswith("log"):
        return next((name for name in branches if name in value), REST)
    return REST


def check_tree(tree: Tree, faults: tuple[str, ...] = FAULTS) -> TreeResult:
    """Walk `tree` with every network of `faults`, and say where it goes astray and what would help."""
    right: list[str] = []
    wrong: dict[str, str] = {}
    longest = 0
    for fault in faults:
        named, way = walk(tree, observe(fault))
        longest = max(longest, len(way))
        if named == fault:
            right.append(fault)
        elif named is None:
            question, value = way[-1]
            wrong[fault] = f"shows `{question}` = `{value}`, and there your tree has no branch"
        else:
            wrong[fault] = f"ends at `{named}`. {_advice(fault, named, way)}"
    return TreeResult(tuple(right), wrong, longest)


def _advice(fault: str, named: str, way: list[tuple[str, str]]) -> str:
    """Say which observation not yet asked for parts the two networks."""
    asked = {question for question, _ in way}
    for question, (mine, other) in differences(fault, named).items():
        if question not in asked:
            return f"Both look the same so far; ask for `{question}`: here `{mine}`, there `{other}`"
    return "The observations on this way part the two: the leaf holds the wrong name"


def _question(node: object) -> tuple[str, Mapping[str, object]]:
    """Return the question that `node` asks and its branches."""
    if not isinstance(node, Mapping) or len(node) != 1:
        raise ScenarioError(
            'a node of the tree asks one question: {"last message": {"MM1": ..., "MM5": ...}}'
        )
    question, branches = next(iter(node.items()))
    if question not in OBSERVATIONS:
        raise ScenarioError(f"{question!r} is no observation; there are {', '.join(OBSERVATIONS)}")
    if not isinstance(branches, Mapping) or not branches:
        raise ScenarioError(
            f"{question!r} needs branches: a value and what follows from it, {escape('{value: tree}')}"
        )
    return question, branches
