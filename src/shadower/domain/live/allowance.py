"""How much somebody may do in how much time."""


class Allowance:
    """A token bucket: `burst` at once, and `per_second` from then on."""

    __slots__ = ("_at", "_burst", "_left", "_per_second")

    def __init__(self, per_second: float, burst: int) -> None:
        self._per_second = per_second
        self._burst = burst
        self._left = float(burst)
        self._at: float | None = None

    def spend(self, now: float) -> bool:
        """Whether one more is allowed, which is then spent. `now`: seconds of a clock that never goes back."""
        passed = 0.0 if self._at is None else now - self._at
        self._at = now
        self._left = min(self._burst, self._left + passed * self._per_second)
        if self._left < 1:
            return False
        self._left -= 1
        return True
