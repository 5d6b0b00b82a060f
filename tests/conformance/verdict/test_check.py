"""A candidate is asked what it declared and nothing else, identity first, and everything again at the end."""

from gradspec.corpus.case import Case
from gradspec.transport.supervisor import Supervisor
from gradspec.verdict.check import check
from gradspec.verdict.run import Run
from gradspec.verdict.variants import AGAIN
from harness import AMPLE, HARNESS, LIMIT, command, failures, judged

pytestmark = HARNESS


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


def test_what_a_candidate_says_unasked_fails_identity(few: list[Case]) -> None:
    run = judged(few, AMPLE, "answers_unasked")
    assert {r.verdict for r in run.results} == {"wrong_id"}
    assert run.skipped.keys() == {c.id for c in few if c.layer != "identity"}


def test_a_candidate_that_always_hangs_fails_identity_and_no_more_is_asked(few: list[Case]) -> None:
    run = judged(few, LIMIT, "hangs", "always")
    assert [r.verdict for r in run.results] == ["timeout", "not_asked", "not_asked"]
    assert {r.variant.case.layer for r in run.results} == {"identity"}
    assert set(run.skipped.values()) == {"identity failed"}
    assert len(run.skipped) == len(few) - 1
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
