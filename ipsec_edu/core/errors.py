"""The errors a user can meet: one root, one class per kind of blame.

Every message says what is wrong *and* what to do next. The command line prints it on one
line and exits with status 2; nothing else may escape as a traceback.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = [
    "ConfigError",
    "IpsecEduError",
    "LabError",
    "LiveError",
    "Problem",
    "ScenarioError",
    "WireError",
]


class IpsecEduError(Exception):
    """Root of all errors that this package raises on purpose."""


class WireError(IpsecEduError):
    """Bytes that are not a well-formed message of their format."""


class LabError(IpsecEduError):
    """A lab folder that cannot be loaded, or a name that does not exist in it."""


class ScenarioError(IpsecEduError):
    """An impossible fault, flow or run option."""


class LiveError(IpsecEduError):
    """A real socket or peer that cannot be had as asked for."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One finding about a line of configuration.

    Attributes
    ----------
    file, line, column : str, int, int
        Where; line and column count from 1 (column 0: the whole line).
    severity : str
        ``error``, ``warning`` (near miss), ``not-modelled`` (understood, has no effect here).
    text : str
        The source line without its line end.
    message : str
        What is wrong and what to do next.
    """

    file: str
    line: int
    column: int
    severity: str
    text: str
    message: str

    def __str__(self) -> str:
        head = f"{self.file}:{self.line}: {self.severity}: {self.message}"
        if not self.text or not self.column:
            return head
        shown = self.text[:160]
        return f"{head}\n  {shown}\n  {' ' * min(self.column - 1, len(shown))}^"


class ConfigError(IpsecEduError):
    """Configuration text that the grammar does not accept; carries every problem found."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = problems
        super().__init__("\n".join(str(problem) for problem in problems))
