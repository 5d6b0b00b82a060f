"""What is known of a number, and what it costs to store it. Sums and products wait: one charge covers every order.

The rules and their proofs are in ``spec/accuracy.md``; the clause IDs below are its.
"""

from __future__ import annotations

from typing import Any, Self

from .ball import UndecidedError, exact, sign
from .bounded import Bounded
from .model import SCALINGS, ZERO, Model, power_of_two


class Pending(Bounded):
    """A number as correctly rounded arithmetic may know it.

    Attributes
    ----------
    value
        The true value; of a number that carries the model's scalar factor, in units of it.
    error
        Bounds the difference of the computed number from the exact function of the numbers that it is computed from:
        of the inputs, or of logits that are taken as they were computed [TO-X1].
    drift
        Bounds the difference of that function's value from `value`; 0 unless logits are taken as they were computed.
    grid
        Exponent of a power of two that divides `value`, if the number is computed exactly; else None. A number that
        carries the scalar factor keeps an `error` then, too: what it costs where a later sum is not exact [TO-F3].
    scaled
        Whether the number carries the scalar factor.
    least, most
        Bounds of the computed number that are known in another way, or None.
    magnitude, terms, products
        Of a pending sum: a bound of the sum of its finite terms' magnitudes, how many they are, and how many roundings
        each has yet to meet beside those of the sum.
    """

    __slots__ = (
        "_settled", "drift", "error", "grid", "least", "magnitude", "model", "most", "products", "scaled", "terms",
        "value",
    )  # fmt: skip

    def __init__(
        self,
        model: Model,
        value: Any,
        error: Any = ZERO,
        *,
        drift: Any = ZERO,
        grid: int | None = None,
        scaled: bool = False,
        magnitude: Any = None,
        terms: int = 1,
        products: int = 0,
        least: Any = None,
        most: Any = None,
    ) -> None:
        self.model, self.value, self.error, self.drift, self.grid = model, value, error, drift, grid
        self.scaled, self.terms, self.products, self.least, self.most = scaled, terms, products, least, most
        finite = abs(value) + drift + error if value.is_finite() else ZERO
        self.magnitude = finite if magnitude is None else magnitude
        self._settled: Self | None = None

    @classmethod
    def of(cls, model: Model, number: float) -> Self:
        """Return a given number, which has no error unless it may be flushed [TO-Z1]."""
        value = exact(number)
        if not value.is_finite():
            return cls(model, value)
        if model.flush and not value.is_zero() and abs(value) < model.smallest_normal:
            return cls(model, value, abs(value), least=value.min(ZERO), most=value.max(ZERO))
        return cls(model, value, grid=int(value.man_exp()[1]))

    def is_exact(self) -> bool:
        """Tell whether every allowed computation gives exactly `value`."""
        return self.grid is not None and self.terms == 1 and not self.products

    def is_zero(self) -> bool:
        """Tell whether this is zero without error."""
        return bool(self.value.is_zero()) and self.is_exact()

    def is_power_of_two(self) -> bool:
        """Tell whether this is a power of two without error, of either sign, and nothing is to be applied to it."""
        return not self.scaled and self.is_exact() and bool(abs(self.value) == power_of_two(self.grid or 0))

    def reach(self) -> Any:
        """Bound the magnitude of the exact function of what the number is computed from."""
        return abs(self.value) + self.drift

    def lowest(self) -> Any:
        """Bound the magnitude of the computed number from below."""
        return abs(self.value) - self.drift - self.error

    def sign(self) -> int | None:
        """Return the sign of the computed number, or None where it may have several."""
        if self.is_zero():
            return 0
        return sign(self.value) if not self.value.is_finite() or self.lowest() > 0 else None

    def settle(self) -> Self:
        """Charge what is pending, as when the number is stored or used [TO-S1, TO-S2]."""
        if self._settled is None:
            self._settled = self._charged() if self.terms - 1 + self.products else self
        return self._settled

    def _charged(self) -> Self:
        n, m = self.terms - 1 + self.products, self.model
        if self.value.is_nan():
            return type(self)(m, self.value, scaled=self.scaled)
        self.require_in_range(self.magnitude * (1 + m.gamma(n)))
        if not self.value.is_finite():
            return type(self)(m, self.value, scaled=self.scaled)
        if self.grid is not None and (
            m.is_exact(self.grid, self.magnitude, self.scaled)
            or (n == 1 and self.terms == 2 and m.represents(self.value, self.scaled))
        ):
            return type(self)(m, self.value, self.error, grid=self.grid, scaled=self.scaled)
        each = (self.products > 0) + SCALINGS * self.scaled + m.flush  # underflows of each term [TO-M5]
        before_last = self.error + m.gamma(n - 1) * self.magnitude + 2 * each * (self.terms + 1) * m.eta[self.scaled]
        error = before_last + m.u * (self.reach() + before_last)
        return type(self)(m, self.value, error, drift=self.drift, scaled=self.scaled)

    def require_in_range(self, magnitude: Any) -> None:
        """Raise `UndecidedError` unless a number of this magnitude is finite wherever scalar factors are applied."""
        if not magnitude < self.model.limit[self.scaled]:
            raise UndecidedError("an allowed computation may overflow [TO-V1]")
