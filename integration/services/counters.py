"""What this process counted since it started, of things that leave no row: too large, unknown sender, busy."""

from collections import Counter

counted: Counter[str] = Counter()
