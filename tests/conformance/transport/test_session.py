"""One fault in one case: that case fails by the right name, and the rest of the run goes on."""

import signal

import pytest

import bad_candidates
from gradspec.corpus.case import Case
from harness import AMPLE, CULPRIT, HARNESS, LIMIT, failures, judged, the_failure
from paths import ROOT

pytestmark = HARNESS


ONE_FAULT = {
    "hangs": (LIMIT, "timeout", f"no reply within {LIMIT:g} s"),
    "ignores_sigterm": (LIMIT, "timeout", f"no reply within {LIMIT:g} s"),
    "stops_itself": (LIMIT, "timeout", f"no reply within {LIMIT:g} s"),
    "closes_stdin": (LIMIT, "timeout", f"no reply within {LIMIT:g} s"),
    "replies_by_half_and_hangs": (LIMIT, "timeout", 'only the beginning of a line: {"kind": "result"'),
    "forgets_the_line_feed": (LIMIT, "timeout", 'only the beginning of a line: {"kind": "result"'),
    "segfaults": (AMPLE, "crash", "killed by SIGSEGV"),
    "is_killed": (AMPLE, "crash", "killed by SIGKILL"),
    "aborts": (AMPLE, "crash", "killed by SIGABRT"),
    "runs_out_of_memory": (AMPLE, "crash", "exited with code 1"),
    "dies_of_a_nameless_signal": (AMPLE, "crash", str(signal.SIGRTMIN + 6)),
    "exits": (AMPLE, "crash", "exited with code 7"),
    "replies_by_half_and_exits": (AMPLE, "crash", "exited with code 0, only the beginning of a line"),
    "closes_stdout": (AMPLE, "crash", "closed its output but goes on"),
    "dies_with_unflushed_replies": (AMPLE, "crash", "killed by SIGKILL"),
    "screams_in_colour": (AMPLE, "crash", "exited with code 9"),
    "floods_stderr_and_dies": (AMPLE, "crash", "exited with code 7"),
    "endless_line": (AMPLE, "garbage", "without the end of a line"),
    "floods_everything": (AMPLE, "garbage", "without the end of a line"),
    "endless_lines": (AMPLE, "garbage", "not JSON"),
    "invalid_utf8": (AMPLE, "garbage", "not JSON"),
    "prints_to_stdout": (AMPLE, "garbage", "DEBUG x.shape = (67, 3)"),
    "bare_nan": (AMPLE, "garbage", "not JSON"),
    "null_for_nan": (AMPLE, "garbage", "outputs/y/data"),
    "deeply_nested": (AMPLE, "garbage", "is not of type 'object'"),
    "nested_2000_deep": (AMPLE, "garbage", "depth limit exceeded"),
    "nested_100000_deep": (AMPLE, "garbage", "longer than any reply"),
    "beyond_doubles": (AMPLE, "garbage", "infinity"),
    "ten_thousand_digits": (AMPLE, "garbage", "infinity"),
    "a_million_digits": (AMPLE, "garbage", "longer than any reply"),
    "a_key_twice": (AMPLE, "garbage", "the key outputs comes twice"),
    "a_tensor_twice": (AMPLE, "garbage", "the key y comes twice"),
    "echoes": (AMPLE, "garbage", "kind among result, refusal, error"),
    "two_replies_in_one_line": (AMPLE, "garbage", "not JSON"),
    "extra_key": (AMPLE, "garbage", "seconds"),
    "says_hello_again": (AMPLE, "garbage", "kind among result, refusal, error"),
    "no_base64": (AMPLE, "garbage", "not base64"),
    "list_for_base64": (AMPLE, "garbage", "outputs/y: data must be in encoding base64, as the hello declared"),
    "negative_shape": (AMPLE, "garbage", "is less than the minimum of 0"),
    "wrong_id": (AMPLE, "wrong_id", "the reply has id"),
    "replies_to_nothing": (AMPLE, "wrong_id", "the reply has id 0"),
    "out_of_order": (AMPLE, "wrong_id", "none of them alone does it"),
    "wrong_shape": (AMPLE, "wrong_shape", "outputs/y must be float64 [67, 2], got float64 [2, 67]"),
    "wrong_rank": (AMPLE, "wrong_shape", "outputs/y must be float64 [67, 2], got float64 [134]"),
    "enormous_shape": (AMPLE, "wrong_shape", "got float64 [4611686018427387904, 4611686018427387904]"),
    "broadcast_shape": (AMPLE, "wrong_shape", "gradients/b must be float64 [2], got float64 [1, 2]"),
    "wrong_dtype": (AMPLE, "wrong_shape", "outputs/y must be float64 [67, 2], got float32 [67, 2]"),
    "missing_tensor": (AMPLE, "wrong_shape", "lacks gradients/w"),
    "extra_tensor": (AMPLE, "wrong_shape", "has unasked outputs/z"),
    "base64_too_short": (AMPLE, "wrong_shape", "needs 134 elements, got 133"),
    "base64_in_mid_element": (AMPLE, "wrong_shape", "no whole number of float64"),
    "refuses": (AMPLE, "refused", "unsupported: no affine of 67 rows"),
    "refuses_in_colour": (AMPLE, "refused", "unsupported: "),
    "raises": (AMPLE, "error", "IndexError: list index out of range"),
    "nan_gradients": (AMPLE, "wrong", ""),
    "garbage_gradients": (AMPLE, "wrong", ""),
    "one_bit_off": (AMPLE, "wrong", ""),
}


@pytest.mark.parametrize("fault", ONE_FAULT)
def test_one_fault_in_one_case_fails_that_case_by_name(few: list[Case], fault: str) -> None:
    limit, verdict, message = ONE_FAULT[fault]
    found = the_failure(judged(few, limit, fault))
    assert (found.verdict, message in found.message) == (verdict, True), found.message


@pytest.mark.parametrize("fault", ["leaves_a_grandchild", "leaves_a_daemon"])
def test_an_end_is_told_even_if_a_grandchild_holds_the_pipes(few: list[Case], fault: str) -> None:
    found = the_failure(judged(few, LIMIT, fault))
    assert found.verdict in ("crash", "timeout")  # that the output stays open is all that the harness can know at first
    assert "exited with code 5" in found.message


@pytest.mark.parametrize(
    ("fault", "end"),
    [
        ("exits", "assertion failed: n < 67"),
        ("aborts", "free(): invalid pointer"),
        ("floods_stderr_and_dies", "the end of the flood"),
    ],
)
def test_the_end_of_standard_error_is_kept_with_the_failure(few: list[Case], fault: str, end: str) -> None:
    assert the_failure(judged(few, AMPLE, fault)).stderr.endswith(end)


@pytest.mark.parametrize("scope", ["once", "last", "case"])
@pytest.mark.parametrize("fault", ["replies_twice", "dies_after_the_reply", "out_of_order"])
def test_a_fault_that_shows_at_the_next_request_is_not_the_next_ones(few: list[Case], fault: str, scope: str) -> None:
    run = judged(few, AMPLE, fault, scope)
    assert {case_id for case_id, _ in failures(run)} == {CULPRIT}
    expected = {"replies_twice": {"garbage", "wrong_id"}, "dies_after_the_reply": {"crash"}}
    assert {r.verdict for r in failures(run).values()} <= expected.get(fault, {"wrong_id"})


def test_a_reply_followed_by_an_endless_line_fails_and_ends(few: list[Case]) -> None:
    run = judged(few, AMPLE, "mutters_after_the_reply", "last")
    assert {case_id for case_id, _ in failures(run)} == {CULPRIT}
    assert {r.verdict for r in failures(run).values()} == {"garbage"}


def test_every_fault_is_tested() -> None:
    text = "".join(path.read_text() for path in (ROOT / "tests").rglob("test_*.py"))
    names = {*bad_candidates.STARTS, *bad_candidates.FAULTS, *bad_candidates.LIVES}
    assert {name for name in names if f'"{name}"' not in text} == set()
