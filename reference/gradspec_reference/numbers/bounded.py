"""What tells numbers of a proof from others without importing what proves."""

from __future__ import annotations

from typing import Any


class Bounded:
    """A number that carries a bound of its error: `rounded.Rounded`."""

    __slots__ = ()

    value: Any
    error: Any
    drift: Any
    grid: Any
    scaled: Any
    model: Any
    magnitude: Any

    def settle(self) -> Any:
        """Return the number with what is pending charged."""
        raise NotImplementedError

    def lowest(self) -> Any:
        """Return the smallest magnitude that a computation of it may have."""
        raise NotImplementedError


class LeftOut:
    """What an algorithm gives where its condition does not hold; whatever is computed of it is left out [TO-F2]."""

    __slots__ = ()

    def _same(self, *_: Any) -> LeftOut:
        return self

    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __truediv__ = __rtruediv__ = __neg__ = _same
    exp = log = settle = maximum = _same


LEFT_OUT = LeftOut()
