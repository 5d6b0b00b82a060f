"""A wrong answer names the elements that are wrong."""

import numpy as np

from gradspec.corpus.case import Case
from harness import AMPLE, HARNESS, judged, the_failure

pytestmark = HARNESS


def test_the_elements_that_are_wrong_are_named(few: list[Case]) -> None:
    (finding,) = the_failure(judged(few, AMPLE, "one_bit_off")).judgement.findings
    assert (finding.tensor, finding.wrong, finding.elements) == ("gradients/w", 1, 6)
    assert finding.index == (2, 1)
    assert not finding.lo <= finding.got <= finding.hi
    assert finding.fraction > 1
    nans = the_failure(judged(few, AMPLE, "nan_gradients")).judgement.findings
    assert {f.tensor: f.wrong for f in nans} == {"gradients/b": 2, "gradients/w": 6, "gradients/x": 201}
    assert all(np.isnan(f.got) and f.fraction == np.inf for f in nans)
