"""``python -m ipsec_edu``: the same as the command ``ipsec-edu``."""

from __future__ import annotations

import sys

from ipsec_edu.cli import main

__all__: list[str] = []

if __name__ == "__main__":
    sys.exit(main())
