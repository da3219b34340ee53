"""What a question is: its text, its choices, and the way to read the answer off a run."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from ipsec_edu.run import Run
from ipsec_edu.teach.answers import Answer

__all__ = ["Question"]


@dataclass(frozen=True, slots=True)
class Question:
    """A question and how a run answers it.

    Attributes
    ----------
    text : str
        What is asked.
    truth : callable
        Run to the right answer.
    options, unit, preset
        As in `Prediction`.
    why : mapping
        Option to what speaks for or against it.
    lab : str
        Where the answer is a way through a network: the lab's name; `preset` is then a way, too.
    """

    text: str
    truth: Callable[[Run], Answer]
    options: tuple[str, ...] = ()
    unit: str = ""
    preset: float | str = 0.0
    why: Mapping[str, str] = field(default_factory=dict)
    lab: str = ""
