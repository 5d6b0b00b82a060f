"""What happens before the first request: a candidate that is none, and one that declares little or too much."""

import pytest

from gradspec.corpus.case import Case
from gradspec.report.summary import claim, unknown_to_the_spec
from gradspec.transport.supervisor import CandidateError, Supervisor
from gradspec.verdict.check import check
from gradspec.verdict.run import Run
from harness import AMPLE, HARNESS, LIMIT, command, judged

pytestmark = HARNESS


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


def test_a_candidate_that_declares_nothing_is_asked_nothing(few: list[Case]) -> None:
    supervisor, run = Supervisor(command("declares_nothing"), AMPLE), Run(len(few))
    check(run, supervisor, few)
    supervisor.close()
    assert (run.results, run.exit_code, len(run.skipped)) == ([], 2, len(few))


def test_only_what_was_declared_is_asked(cases: list[Case]) -> None:
    some = [c for c in cases if c.layer in ("identity", "affine")]
    supervisor, run = Supervisor(command("declares_float32_only"), AMPLE), Run(len(some))
    check(run, supervisor, some)
    supervisor.close()
    asked = {c.id for c in some if c.layer == "affine" and c.dtype == "float32" and c.attributes["layout"] == "rows"}
    assert {r.variant.case.id for r in run.results} == asked
    assert run.skipped.keys() == {c.id for c in some} - asked
    assert set(run.skipped.values()) == {
        "layer identity not declared",
        "dtype float64 not declared",
        "layout = columns not declared",
    }


@pytest.mark.parametrize(
    ("fault", "claimed"),
    [
        (
            "declares_an_unknown_layer",
            "identity, relu (float64, float32); affine (float64, float32; layout rows, columns)",
        ),
        ("declares_an_unknown_value", "identity (float64)"),
    ],
)
def test_nothing_is_claimed_of_what_was_not_asked(cases: list[Case], fault: str, claimed: str) -> None:
    supervisor, run = Supervisor(command(fault), AMPLE), Run(len(cases))
    check(run, supervisor, cases)
    supervisor.close()
    assert run.exit_code == 0
    n = len(run.selected)
    assert claim(run) == f"conforms to gradspec 1.0 on the {n} published cases: {claimed}"


def test_what_was_declared_and_the_spec_has_not_is_named(few: list[Case]) -> None:
    found = {}
    for fault in ("declares_an_unknown_layer", "declares_an_unknown_value", "none"):
        run = Run(len(few))
        supervisor = Supervisor(command(fault), AMPLE)
        check(run, supervisor, few)
        supervisor.close()
        found[fault] = unknown_to_the_spec(run)
    assert found == {
        "declares_an_unknown_layer": ["layer warp"],
        "declares_an_unknown_value": ["affine layout = diagonal", "affine speed = high"],
        "none": [],
    }


def test_what_a_candidate_says_unasked_fails_identity(few: list[Case]) -> None:
    run = judged(few, AMPLE, "answers_unasked")
    assert {r.verdict for r in run.results} == {"wrong_id"}
    assert run.skipped.keys() == {c.id for c in few if c.layer != "identity"}


def test_a_part_of_the_corpus_allows_no_claim_of_the_rest(identity: list[Case]) -> None:
    run = judged(identity, AMPLE, "none")
    assert run.exit_code == 0
    assert not {"relu", "affine", "float32"} & set(claim(run).replace(",", " ").replace("(", " ").split())
