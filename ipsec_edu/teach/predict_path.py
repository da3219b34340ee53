"""Predict the way of a packet: drawn on the map or written, committed, held against the way it took."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from typing import Any

from ipsec_edu.core.errors import ScenarioError
from ipsec_edu.core.units import to_us
from ipsec_edu.lab import Lab
from ipsec_edu.run import Run
from ipsec_edu.teach.answers import Answer, AnswerBook
from ipsec_edu.teach.predict import LOCKED, Prediction

__all__ = ["PathPrediction", "path_taken", "predict_path"]

_BETWEEN = re.compile(r"\s*(?:->|→|>|,|;|\s)\s*")


def path_taken(run: Run, flow: str, at_s: float) -> list[str]:
    """Return the devices that a packet of a flow passed, from its source to where it arrived or died.

    Parameters
    ----------
    run : Run
        The run.
    flow : str
        As in the lab's scenario, ``R1>R2``.
    at_s : float
        The packet is the first that was sent at or after this time, in seconds.

    Raises
    ------
    ScenarioError
        There is no such flow, or none of its packets was sent after `at_s`.
    """
    if flow not in run.flows:
        raise ScenarioError(f"there is no flow {flow!r}; flows are {', '.join(run.flows)}")
    number = next((p.number for p in run.flows[flow] if p.sent_us >= to_us(at_s)), None)
    if number is None:
        raise ScenarioError(
            f"{flow} sends nothing at or after {at_s:g} s; the run ends at {run.until_us / 1e6:g} s"
        )
    hops = [h for h in run.trace.hops if h.flow == flow and h.number == number and not h.answer]
    way: list[str] = []
    for hop in sorted(hops, key=lambda hop: hop.left_us):
        ends = [hop.sender.partition(":")[0]]
        if hop.arrived_us is not None:
            ends.append(hop.receiver.partition(":")[0])
        way += [node for node in ends if not way or way[-1] != node]
    return way


class PathPrediction(Prediction):
    """A question whose answer is a way through the network, kept as ``R1 > ASA1 > R2``.

    Parameters
    ----------
    nodes : sequence of str
        The devices that a way may pass.
    wires : collection of str
        Those of them that one may leave out, because they forward without a choice: switches, clouds.
    """

    def __init__(
        self, key: str, question: str, nodes: list[str], wires: Collection[str] = (), **options: Any
    ) -> None:
        self.nodes = nodes
        self.wires = set(wires)
        self._fields: list[Any] = []
        self._stages: list[Any] = []
        super().__init__(key, question, **options)

    def way(self, answer: Answer) -> list[str] | None:
        """Return the devices that `answer` names; None where it is no way of at least two of them."""
        known = {node.lower(): node for node in self.nodes}
        words = [word for word in _BETWEEN.split(str(answer).strip()) if word]
        way = [known[word.lower()] for word in words if word.lower() in known]
        return way if len(way) == len(words) > 1 else None

    def commit(self, answer: Answer | list[str]) -> None:
        """Answer with names in a row (``R1 > ASA1``, or a list of them); see `Prediction.commit`."""
        way = self.way(" > ".join(answer) if isinstance(answer, list) else answer)
        if way is None:
            raise ScenarioError(
                f"{answer!r} is no way through the network; name at least two of {', '.join(self.nodes)}, "
                "in order: R1 > R2"
            )
        super().commit(" > ".join(way))
        for stage in self._stages:
            stage.sketch = None

    def compare(self, truth: Answer) -> str:
        """Return guess beside truth, and where they part."""
        if self.guess is None:
            return LOCKED
        guess, real = (
            [node for node in self.way(answer) or [] if node not in self.wires]
            for answer in (self.guess, truth)
        )
        head = f"You said **{' > '.join(guess)}**, the packet took **{' > '.join(real)}**"
        if guess == real:
            return f"{head}: you have it."
        same = next((i for i, (a, b) in enumerate(zip(guess, real, strict=False)) if a != b), None)
        if same == 0:
            return f"{head}: they begin at different devices."
        if same is None:
            last = guess[-1] if len(guess) < len(real) else real[-1]
            return f"{head}: the same way as far as {last}."
        return f"{head}: they part after {guess[same - 1]}."

    def verdict(self, truth: Answer) -> dict[str, Any] | None:
        """Return both ways as the stage draws them."""
        if self.guess is None:
            return None
        guess, real = self.way(self.guess) or [], self.way(truth) or []
        return {"guess": " > ".join(guess), "truth": " > ".join(real), "paths": [guess, real]}

    def _veiled(self, run: Run, curtain_s: float) -> object:
        stage: Any = run.stage(curtain=curtain_s, sketch=True)
        stage.observe(self._drawn, names="sketch")
        self._stages.append(stage)
        return stage

    def _drawn(self, change: Any) -> None:
        """Write into the form what was drawn on a map."""
        if change["new"] is not None:
            for field in self._fields:
                field.value = " > ".join(change["new"])

    def _written(self, change: Any) -> None:
        """Draw on the maps what was written into the form."""
        way = self.way(change["new"])
        if way is not None and not self.committed:
            for stage in self._stages:
                stage.sketch = way

    def _fits(self, answer: Answer) -> bool:
        return isinstance(answer, str) and self.way(answer) is not None

    def _read(self, value: str | None) -> Answer | None:
        way = self.way(value or "")
        return None if way is None else " > ".join(way)

    def _wanted(self) -> str:
        return "Draw the way on the map below, or write it: R1 > R2."

    def _field(self, said: str, done: bool) -> Any:
        field = super()._field(said, done)
        field.description = "Your way:"
        field.layout.width = "26em"
        field.observe(self._written, names="value")
        self._fields.append(field)
        return field


def predict_path(
    key: str,
    question: str,
    lab: Lab,
    *,
    preset: str,
    judge: Callable[[Run], list[str]] | None = None,
    answers: AnswerBook | None = None,
) -> PathPrediction:
    """Ask for the way of a packet through `lab`.

    Parameters
    ----------
    preset : str
        The automatic answer, ``R1 > ASA1``; it stands in no form.
    judge : callable, optional
        Reads the right way off a run; `path_taken` knows how.

    Raises
    ------
    ScenarioError
        `preset` is no way through the lab.
    """
    nodes = list(lab.layout["nodes"])
    read = None if judge is None else lambda run: " > ".join(judge(run))
    wires = [
        name for name, node in lab.layout["nodes"].items() if node["kind"] in ("bridge", "switch", "cloud")
    ]
    made = PathPrediction(key, question, nodes, wires, preset=preset, judge=read, answers=answers)
    if made.way(preset) is None:
        raise ScenarioError(
            f"the preset {preset!r} is no way through {lab.name}; devices are {', '.join(nodes)}"
        )
    return made
