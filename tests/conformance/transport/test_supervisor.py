"""Whole lives of a candidate: unusual but right, slow, hanging, dying, not starting again."""

import time
from collections import deque

import numpy as np
import pytest

from gradspec.corpus.case import Case, Interval
from gradspec.transport.supervisor import CandidateError, Supervisor
from gradspec.verdict.variants import AGAIN, PLAIN, variants
from harness import (
    AMPLE,
    CULPRIT,
    HARNESS,
    LIMIT,
    command,
    failures,
    judged,
    questions,
    the_failure,
)

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


NO_CANDIDATE = {
    "exits_at_start": (AMPLE, "the process exited with code 3"),
    "says_no_hello": (LIMIT, f"no reply within {LIMIT:g} s"),
    "other_protocol": (AMPLE, "no hello of protocol 1"),
    "invalid_hello": (AMPLE, "encoding"),
    "greets_in_words": (AMPLE, "Welcome to mylib 0.3!"),
    "endless_hello": (AMPLE, "without the end of a line"),
    "hello_that_is_a_list": (AMPLE, "must have a kind among hello"),
    "hello_with_a_key_twice": (AMPLE, "the key protocol comes twice"),
}


@pytest.mark.parametrize("fault", NO_CANDIDATE)
def test_a_candidate_without_a_right_hello_is_none(fault: str) -> None:
    limit, message = NO_CANDIDATE[fault]
    with pytest.raises(CandidateError) as error:
        Supervisor(command(fault), limit)
    assert message in str(error.value)


def test_what_a_candidate_said_before_it_failed_to_start_is_shown() -> None:
    with pytest.raises(CandidateError, match=r"libmine\.so: cannot open shared object file"):
        Supervisor(command("exits_at_start"), AMPLE)


def test_the_harness_may_be_slow_itself(few: list[Case]) -> None:
    """Time that the harness takes, or loses while it is suspended, is not the candidate's."""
    supervisor, kinds = Supervisor(command("none"), LIMIT), []
    for question, reply in supervisor.ask(questions(few[:3])):
        if question.id in (0, 2):
            time.sleep(1.5 * LIMIT)
        kinds.append(reply["kind"] if isinstance(reply, dict) else reply)
    supervisor.close()
    assert kinds == ["result"] * len(questions(few[:3]))


def test_closing_is_quiet_whatever_is_still_being_written(identity: list[Case]) -> None:
    supervisor = Supervisor(command("mutters_after_the_reply", "always"), AMPLE)
    (question, *_) = questions(identity)
    replies = [reply for _, reply in supervisor._alive().exchange(deque([question]), 1)]
    time.sleep(0.5)
    supervisor.close()
    assert [r["kind"] for r in replies] == ["result"]


def test_supervisors_may_be_closed_twice(identity: list[Case]) -> None:
    supervisor = Supervisor(command("none"), AMPLE)
    supervisor.close()
    supervisor.close()
    assert [type(reply) for _, reply in supervisor.ask(questions(identity))] == [dict] * 3
    supervisor.close()
