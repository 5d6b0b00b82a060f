"""A candidate that hangs everywhere costs a bounded number of time limits."""

from collections import Counter

from gradspec.corpus.case import Case
from gradspec.report.summary import reasons
from gradspec.transport.supervisor import NOT_ASKED, Supervisor
from gradspec.verdict.check import check
from gradspec.verdict.run import Run
from gradspec.verdict.variants import PLAIN
from harness import HARNESS, LIMIT, command

pytestmark = HARNESS


def test_a_layer_is_given_up_once_three_cases_in_a_row_hang(few: list[Case]) -> None:
    """PR-H6: the others are reported as not asked, and no run that gave up is ever green."""
    candidate, run = Supervisor(command("hangs", "always"), LIMIT), Run(len(few))
    check(run, candidate, few, keep_going=True)
    candidate.close()
    verdicts = Counter((r.variant.case.layer, r.verdict) for r in run.results if r.variant.name == PLAIN)
    assert verdicts == {
        ("identity", "timeout"): 1,
        ("affine", "timeout"): 3,
        ("affine", NOT_ASKED): 3,
        ("relu", "timeout"): 2,
    }
    assert {r.verdict for r in run.results if r.variant.name != PLAIN} == {NOT_ASKED}
    assert reasons(run) == {"not asked: 3 cases of affine in a row ran into the time limit": 3}
    run.surprises = {}
    assert run.exit_code == 1
