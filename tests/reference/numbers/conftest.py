"""The precision of balls in these tests."""

from collections.abc import Iterator

import flint
import pytest


@pytest.fixture(autouse=True, scope="module")
def precision() -> Iterator[None]:
    with flint.ctx.workprec(256):
        yield
