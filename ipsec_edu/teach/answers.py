"""What the learner committed to, kept beside the notebook so that a restart does not forget it."""

from __future__ import annotations

import json
import os
from pathlib import Path

__all__ = ["FILE_NAME", "AnswerBook", "automatic", "book"]

FILE_NAME = ".ipsec_edu_answers.json"
AUTOMATIC = "IPSEC_EDU_AUTOANSWER"

Answer = float | str


def automatic() -> bool:
    """Tell whether questions answer themselves (``IPSEC_EDU_AUTOANSWER=1`` runs a lesson unattended)."""
    return os.environ.get(AUTOMATIC, "") not in ("", "0")


class AnswerBook:
    """Answers by key, in memory and in a small JSON file.

    The file is a convenience: where it cannot be read or written, answers live in memory
    and nobody is told, because a learner on a read-only disk has done nothing wrong.

    Parameters
    ----------
    path : Path, optional
        The file; default is ``.ipsec_edu_answers.json`` in the current folder.
    """

    def __init__(self, path: Path | None = None) -> None:
        self.path = path or Path.cwd() / FILE_NAME
        self._memory: dict[str, Answer] = {}

    def get(self, key: str) -> Answer | None:
        """Return the answer to `key`, or None."""
        if key not in self._memory:
            self._memory = self._read() | self._memory
        return self._memory.get(key)

    def put(self, key: str, answer: Answer) -> None:
        """Keep `answer`; other notebooks that write the same file lose nothing."""
        self._memory[key] = answer
        self._write(self._read() | self._memory)

    def forget(self, prefix: str = "") -> int:
        """Drop every answer whose key begins with `prefix`; return how many there were."""
        everything = self._read() | self._memory
        kept = {key: answer for key, answer in everything.items() if not key.startswith(prefix)}
        self._memory = kept
        self._write(kept)
        return len(everything) - len(kept)

    def _read(self) -> dict[str, Answer]:
        """Return what the file holds; nothing where it is absent, unreadable or not ours."""
        try:
            content = json.loads(self.path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        if not isinstance(content, dict):
            return {}
        return {
            str(key): answer
            for key, answer in content.items()
            if isinstance(answer, (int, float, str)) and not isinstance(answer, bool)
        }

    def _write(self, answers: dict[str, Answer]) -> None:
        """Replace the file in one step, so that a stopped kernel leaves the old one or the new one."""
        scratch = self.path.with_name(self.path.name + ".new")
        try:
            scratch.write_text(json.dumps(answers, indent=1, sort_keys=True) + "\n", encoding="utf-8")
            scratch.replace(self.path)
        except OSError:
            return


_books: dict[Path, AnswerBook] = {}


def book() -> AnswerBook:
    """Return the answer book of the current folder."""
    path = Path.cwd() / FILE_NAME
    return _books.setdefault(path, AnswerBook(path))
