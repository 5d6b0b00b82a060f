"""What an algorithm gives where its condition does not hold: nothing that counts [TO-F2]."""

from __future__ import annotations

from typing import Any


class LeftOut:
    """Whatever is computed of it is left out as well."""

    __slots__ = ()

    def _same(self, *_: Any) -> LeftOut:
        return self

    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __truediv__ = __rtruediv__ = __neg__ = _same
    exp = log = settle = maximum = _same


LEFT_OUT = LeftOut()
