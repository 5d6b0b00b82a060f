"""The scalar factors of a request, and the ways to split them that its algorithms have [TO-F1, TO-F3]."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from gradspec.corpus.spec import layers

from .evaluate import Request
from .numbers.ball import UndecidedError
from .numbers.model import Scale


def scale_of_loss(request: Request) -> Scale | None:
    """Return the factor of the reduced loss: 1/N for ``mean`` over some examples."""
    shares = _shares(request)
    return Scale(shares) if shares else None


def scale_of_gradients(request: Request) -> Scale | None:
    """Return the factor of all gradients of a loss: a scalar cotangent, and 1/N for ``mean`` over some examples."""
    if request.attributes.get("reduction", "none") == "none" or not request.gradients:
        return None
    (cotangent,) = (request.cotangents[name] for name in layers()[request.layer].cotangents)
    if not np.isfinite(cotangent):
        raise UndecidedError("a scalar cotangent is not finite")
    return Scale((Fraction(float(cotangent)), *share) for share in _shares(request) or [()])


def _shares(request: Request) -> list[tuple[Fraction, ...]]:
    """Return the ways to apply the 1/N of a mean; of squares also as a mean over N C elements, times C/2 [TO-F6]."""
    sizes = layers()[request.layer].bind(request.attributes, request.inputs)
    if request.attributes.get("reduction") != "mean" or not sizes["N"]:
        return []
    n, c = sizes["N"], sizes.get("C", 0)
    squares = "target" in {tensor.name for tensor in layers()[request.layer].inputs}
    return [(Fraction(1, n),), *([(Fraction(c, 2), Fraction(2), Fraction(1, n * c))] if squares and c else [])]
