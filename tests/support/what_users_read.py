"""What a user reads when something is bad: run each row, or rewrite the table of conformance/README.md from them.

``python tests/support/what_users_read.py`` rewrites the table.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from click.testing import CliRunner

from gradspec.cli import main
from gradspec.cli.check import REFERENCE
from gradspec.corpus.location import FIXTURES
from harness import CULPRIT, command
from paths import ROOT
from right_candidate import STATE

README = ROOT / "conformance" / "README.md"
HEADER = "| bad input | what the user reads | exit code |\n| --- | --- | --- |\n"
CHOSEN = ("affine", "identity", "relu")
SOME = ["--case", "identity/float64/scalar", "--case", CULPRIT, "--case", "relu/float64/vector"]


@dataclass(frozen=True)
class Row:
    """A bad input, how it comes about, and what stands in the line that tells the user of it."""

    what: str
    fault: str = "none"
    scope: str = "once"
    options: tuple[str, ...] = ()
    command: tuple[str, ...] = ()
    shows: str = "  variant: plain; verdict: "
    expected: str | None = None


def none(what: str, fault: str, *options: str) -> Row:
    return Row(what, fault, options=options, shows="Error: ")


LONGEST = 300  # characters of a line in the table
QUICK = ("--timeout", "1")
KEEP_GOING = ("--keep-going", "--layer", "affine")
ROWS = [
    Row("command not found", command=("/nonexistent/mine",), shows="Error: "),
    Row("command not executable", command=("README.md",), shows="Error: "),
    none("exits at start", "exits_at_start"),
    none("never says hello", "says_no_hello", *QUICK),
    none("says something else first", "greets_in_words"),
    none("hello of another protocol version", "other_protocol"),
    none("hello of the wrong shape", "invalid_hello"),
    none("hello with a key twice", "hello_with_a_key_twice"),
    none("hello without end", "endless_hello"),
    Row("echoes what it is sent, hello included", command=("cat",), shows="Error: "),
    Row("declares nothing", "declares_nothing", shows="No case was run"),
    Row("declares a layer that the spec has not", "declares_an_unknown_layer", shows="  declared, but not part"),
    Row("starts once, and never again", "does_not_start_again", shows="  variant: again; verdict: "),
    Row("declares something else when started again", "declares_less_each_time", shows="  variant: again; verdict: "),
    Row("hangs in one case", "hangs", options=QUICK),
    Row("hangs in every request", "hangs", "always", options=QUICK, shows="identity failed"),
    Row(
        "hangs in every request, and is kept going",
        "hangs",
        "always",
        options=(*QUICK, "--keep-going", "--case", "affine/float64/odd*", "--case", "affine/float64/one_*"),
        shows="not asked: ",
    ),
    Row("hangs and ignores SIGTERM", "ignores_sigterm", options=QUICK),
    Row("stops itself (SIGSTOP)", "stops_itself", options=QUICK),
    Row("forgets the line feed", "forgets_the_line_feed", options=QUICK),
    Row("half a reply, then nothing", "replies_by_half_and_hangs", options=QUICK),
    Row("half a reply, then exits", "replies_by_half_and_exits"),
    Row("SIGSEGV", "segfaults"),
    Row("SIGKILL, as by an out-of-memory killer", "is_killed"),
    Row("abort", "aborts"),
    Row("runs out of memory", "runs_out_of_memory"),
    Row("exits", "exits"),
    Row("closes standard output, but lives", "closes_stdout"),
    Row("exits; a grandchild holds the pipes", "leaves_a_grandchild"),
    Row("exits; a daemon with a session of its own holds the pipes", "leaves_a_daemon"),
    Row("exits after its reply", "dies_after_the_reply"),
    Row("1 GB on standard output without a line feed", "endless_line"),
    Row("empty lines without end", "endless_lines"),
    Row("1 GB on standard output and standard error at once", "floods_everything"),
    Row("escape sequences for the terminal in a message", "refuses_in_colour"),
    Row("debug print on standard output", "prints_to_stdout"),
    Row("invalid UTF-8", "invalid_utf8"),
    Row("two replies in a line", "two_replies_in_one_line"),
    Row("a key twice", "a_key_twice"),
    Row("NaN as a bare word", "bare_nan"),
    Row("1e999", "beyond_doubles"),
    Row("nesting 600 deep", "deeply_nested"),
    Row("nesting 2,000 deep", "nested_2000_deep"),
    Row("nesting 100,000 deep", "nested_100000_deep"),
    Row("an integer of 10^4 digits", "ten_thousand_digits"),
    Row("an integer of 10^6 digits", "a_million_digits"),
    Row("a key that the schema has not", "extra_key"),
    Row("echoes the request", "echoes"),
    Row("another id", "wrong_id"),
    Row("a reply twice", "replies_twice"),
    Row("replies out of order", "out_of_order"),
    Row("a reply to nothing", "replies_to_nothing"),
    Row("list where base64 was declared", "list_for_base64"),
    Row("no base64", "no_base64"),
    Row("base64 of the wrong length", "base64_too_short"),
    Row("base64 that ends in mid-element", "base64_in_mid_element"),
    Row("shape transposed", "wrong_shape"),
    Row("another rank", "wrong_rank"),
    Row("another dtype", "wrong_dtype"),
    Row("negative shape", "negative_shape"),
    Row("enormous shape", "enormous_shape"),
    Row("a tensor missing", "missing_tensor"),
    Row("a tensor too many", "extra_tensor"),
    Row("refuses what it declared", "refuses"),
    Row("raises", "raises"),
    Row("computes what it has to refuse", options=("--layer", "relu"), shows="  computed: "),
    Row("right outputs, garbage for gradients", "garbage_gradients", shows="  gradients/w"),
    Row(
        "answers depend on the order of requests",
        "remembers_relu",
        options=("--seed", "1"),
        shows="  variant: again; verdict: ",
    ),
    Row("a known failure, expected", "refuses", expected=f"{CULPRIT} refused", shows="1 failed as expected"),
    Row("a known failure that passes", expected=f"{CULPRIT} refused", shows="UNEXPECTED PASS"),
    Row("a known failure that fails otherwise", "raises", expected=f"{CULPRIT} refused", shows="CHANGED"),
    Row("a failure that was not expected", "raises", expected="", shows="UNEXPECTED FAILURE"),
    Row("an expected failure of a case that is none", expected="affine/float64/gone wrong", shows="STALE"),
    Row("a file of expectations that is none", expected="affine is broken", shows="Error: "),
    Row("an unknown layer to select", options=("--layer", "rleu"), shows="Error: "),
    Row("a time limit that is none", options=("--timeout", "nan"), shows="Error: "),
    Row("fixtures that are not there", options=("--fixtures", "/nonexistent"), shows="Error: "),
    Row("hangs at every tenth request, and is right in all", "hangs_at_every_tenth", options=QUICK, shows="variant: "),
    Row("hangs once, and is right in all", "hangs_once", options=QUICK, shows="  variant: "),
    Row("crashes in every request, and is kept going", "segfaults", "always", KEEP_GOING, shows="in a row broke"),
    Row("is right in all, and exits with code 3 at the end", "ends_badly", shows="  variant: "),
    Row("a claim of its own in a message", "forges_a_claim"),
    Row("a message of 60 kB", "talks_at_length"),
    Row("a claim of its own on standard error", "dies_before_it_greets", shows="    conforms to"),
    Row("a name of 300 kB, and 1,000 layers that the spec has not", "long_names", shows="  declared, but not part of"),
    Row("a layer with no attribute value of the spec", "declares_an_unknown_value", shows="affine layout = diagonal"),
    none("expectations that are a device", "none", "--expect", "/dev/zero"),
    none("expectations that are a pipe", "none", "--expect", "{}/pipe"),
    none("expectations that are a directory", "none", "--expect", "{}"),
    none("expectations that are not UTF-8", "none", "--expect", "{}/latin"),
    none("a report that is a circle of links", "none", "--json", "{}/circle"),
    none("a report whose name is too long", "none", "--json", "{}/" + "a" * 300),
    none("a report on a full device", "none", "--json", "/dev/full"),
    none("a report and expectations in one file", "none", "--json", "{}/both", "--write-expect", "{}/both"),
    none("a seed of more than 63 bits", "none", "--seed", str(2**63)),
    none("more processes than there may be", "none", "--jobs", "50000000"),
    Row("fixtures of some layers only", command=tuple(REFERENCE), shows="No claim of conformance"),
]


def small(directory: Path) -> Path:
    """Put the fixtures of what the bad candidates have into `directory`: they load in no time."""
    manifest = json.loads((FIXTURES / "manifest.json").read_text())
    manifest["files"] = {name: sha for name, sha in manifest["files"].items() if name.partition(".")[0] in CHOSEN}
    for key in ("cases", "reasons"):
        manifest[key] = {name: told for name, told in manifest[key].items() if name.partition("/")[0] in CHOSEN}
    manifest["count"] = len(manifest["cases"])
    (directory / "manifest.json").write_text(json.dumps(manifest))
    for name in [*manifest["files"], "refusals.json"]:
        shutil.copy(FIXTURES / name, directory)
    return directory


def read(row: Row, fixtures: Path, scratch: Path) -> tuple[str, int]:
    """Run a row; return the line that tells the user, without paths and numbers that vary, and the exit code."""
    os.environ[STATE] = str(scratch / "state")
    (scratch / "latin").write_bytes(b"\xe9 wrong\n")
    (scratch / "circle").symlink_to("circle")
    os.mkfifo(scratch / "pipe")
    options = ["--fixtures", str(fixtures)]
    if "--layer" not in row.options and row.shows != "No claim of conformance":
        options += SOME
    if row.expected is not None:
        (scratch / "expected").write_text(row.expected)
        options += ["--expect", str(scratch / "expected")]
    options += [word.replace("{}", str(scratch)) for word in row.options]
    words = list(row.command) or command(row.fault, row.scope)
    done = CliRunner().invoke(
        main, ["check", *options, *(word.replace("{}", str(scratch)) for word in row.options), "--", *words]
    )
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    said = next((line for line in done.output.splitlines() if row.shows in line), "")
    assert said, f"{row.what}: no line with {row.shows!r}: {done.output}"
    said = said.removeprefix("  variant: plain; ").strip()
    said = said.replace(shlex.join(words), "COMMAND").replace(str(scratch / "expected"), "FILE")
    said = said.replace(str(fixtures), "DIRECTORY").replace(str(scratch), "DIRECTORY")
    said = said if len(said) < LONGEST else f"{said[:120]} ... {said[-60:]}"
    return re.sub(r"\d{4,}", "N", said), done.exit_code


def written(row: Row, said: str, code: int) -> str:
    """Return a row as a line of the table."""
    text = said.replace("|", "\\|")
    fence = "``" if "`" in text else "`"
    return f"| {row.what} | {fence}{text}{fence} | {code} |\n"


def table() -> str:
    """Return the table that stands at the end of the README."""
    return README.read_text().partition(HEADER)[2]


def rewrite() -> None:
    """Run every row and write the README anew."""
    before = README.read_text().partition(HEADER)[0]
    with tempfile.TemporaryDirectory() as name:
        fixtures = Path(name) / "fixtures"
        fixtures.mkdir()
        small(fixtures)
        lines = []
        for number, row in enumerate(ROWS):
            scratch = Path(name) / str(number)
            scratch.mkdir()
            lines.append(written(row, *read(row, fixtures, scratch)))
            print(lines[-1], end="", file=sys.stderr)
    new = README.with_name(".README.md.new")
    new.write_text(before + HEADER + "".join(lines))
    new.replace(README)


if __name__ == "__main__":
    rewrite()
