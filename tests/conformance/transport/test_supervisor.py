"""Whole lives of a candidate: unusual but right, slow, hanging, dying, not starting again."""

from collections import Counter

import numpy as np
import pytest

from gradspec.corpus.case import Case, Interval
from gradspec.report.summary import reasons
from gradspec.transport.supervisor import NOT_ASKED, Supervisor
from gradspec.verdict.check import check
from gradspec.verdict.run import Run
from gradspec.verdict.variants import AGAIN, PLAIN, variants
from harness import AMPLE, CULPRIT, HARNESS, LIMIT, command, failures, judged, the_failure

pytestmark = HARNESS


@pytest.mark.parametrize(
    "fault", ["none", "floods_stderr", "has_a_helper", "lives_on", "integral_floats", "other_form_of_json"]
)
def test_what_is_unusual_but_right_passes(few: list[Case], fault: str) -> None:
    run = judged(few, AMPLE, fault, "case")
    assert failures(run) == {}
    assert run.exit_code == 0


def test_the_limit_is_for_each_request(few: list[Case]) -> None:
    run = judged(few, LIMIT, "sleeps", "case", 0.5 * LIMIT)
    assert failures(run) == {}
    assert run.asking_seconds > 2.5 * LIMIT


def test_a_candidate_may_hold_replies_back_while_requests_wait(few: list[Case]) -> None:
    """PR-1 allows it, so the requests that wait must not add up to a timeout."""
    assert failures(judged(few, LIMIT, "buffers_and_sleeps", "once", 0.03)) == {}


def test_a_candidate_that_never_flushes_runs_into_the_limit(identity: list[Case]) -> None:
    run = judged(identity, LIMIT, "never_flushes")
    assert [r.verdict for r in run.results] == ["timeout", "not_asked", "not_asked"]


def test_all_answers_pass_whatever_the_candidate_buffers(identity: list[Case]) -> None:
    """A long reply may follow a short one in the same breath."""
    big = np.linspace(-1.0, 1.0, 40_000)
    interval = {"x": Interval(big, big, big)}
    case = Case("identity", "float64", "big", "", {}, (), (), {"x": big}, {"y": big}, {"y": interval["x"]}, interval)
    assert failures(judged([*identity, case, *identity], AMPLE, "buffers_and_sleeps")) == {}


def test_a_candidate_that_always_hangs_fails_identity_and_no_more_is_asked(few: list[Case]) -> None:
    run = judged(few, LIMIT, "hangs", "always")
    assert [r.verdict for r in run.results] == ["timeout", "not_asked", "not_asked"]
    assert {r.variant.case.layer for r in run.results} == {"identity"}
    assert set(run.skipped.values()) == {"identity failed"}
    assert len(run.skipped) == len(few) - 1
    assert run.exit_code == 1


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


def test_only_another_order_shows_what_a_candidate_remembers(few: list[Case]) -> None:
    def asked_again(seed: int) -> Run:
        candidate, run = Supervisor(command("remembers_relu"), AMPLE), Run(len(few), seed)
        check(run, candidate, few)
        candidate.close()
        return run

    found = [failures(asked_again(seed)) for seed in (1, 1, 2)]
    assert {name for failed in found for _, name in failed} == {AGAIN}
    assert all(r.verdict == "wrong" for failed in found for r in failed.values())
    assert found[0].keys() == found[1].keys() != found[2].keys()


@pytest.mark.parametrize(
    ("fault", "verdict"),
    [("segfaults", "crash"), ("invalid_utf8", "garbage"), ("wrong_id", "wrong_id"), ("raises", "error")],
)
def test_what_fails_always_fails_every_request_by_the_same_name(identity: list[Case], fault: str, verdict: str) -> None:
    run = judged(identity, AMPLE, fault, "always")
    assert [r.verdict for r in run.results] == [verdict] * len(list(variants(identity[0])))


def test_dying_at_random_passes_no_run_and_spoils_no_other_answer(cases: list[Case]) -> None:
    some = [c for c in cases if c.layer == "relu"]
    run = judged(some, AMPLE, "dies_at_random")
    found = failures(run)
    assert {r.verdict for r in found.values()} == {"crash"}
    assert run.exit_code == 1
    assert 0 < len(found) < len(run.results) / 4


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ("does_not_start_again", "the lock is held"),
        ("declares_less_each_time", "declares something else than at first"),
    ],
)
def test_a_candidate_that_does_not_start_again_as_it_was_fails_the_rest(
    few: list[Case], fault: str, words: str
) -> None:
    run = judged(few, AMPLE, fault)
    order = [(c.id, p.name) for c in few for p in variants(c) if p.name != AGAIN]
    first = order.index((CULPRIT, PLAIN))
    verdicts = {(r.variant.case.id, r.variant.name): r for r in run.results}
    assert {verdicts[key].verdict for key in order[:first]} == {"passed"}
    rest = verdicts.keys() - set(order[:first])
    assert {verdicts[key].verdict for key in rest} == {"crash"}
    assert all(words in verdicts[key].message for key in rest - {(CULPRIT, PLAIN)})


def test_one_failed_start_is_no_verdict(few: list[Case]) -> None:
    found = the_failure(judged(few, AMPLE, "starts_every_second_time"))
    assert "exited with code 7" in found.message
