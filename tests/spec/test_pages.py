"""The spec holds together: pages, JSON, registrations, labels and examples."""

import json
import re
from collections import Counter
from typing import Any

import numpy as np
import pytest

from gradspec.corpus.case import Case
from gradspec.corpus.spec import layers
from gradspec.verdict import rejections as refusals
from gradspec.verdict.judge import Expectation
from gradspec_reference.cases import CASES
from gradspec_reference.evaluate import Request
from gradspec_reference.layers import LAYERS
from gradspec_reference.prove import prove
from paths import ROOT

PAGES = sorted((ROOT / "spec" / "layers").glob("*.md"))
LABEL = re.compile(r"\b(?!RFC|UTF|SHA)[A-Z]{2}-[A-Z]?[0-9]+\b")
PYTHON = [*ROOT.glob("reference/**/*.py"), *ROOT.glob("conformance/gradspec/*.py")]
SOURCES = [*ROOT.glob("spec/**/*.md"), *PYTHON]


def defined() -> Counter[str]:
    text = "\n".join(p.read_text() for p in ROOT.glob("spec/**/*.md"))
    return Counter(re.findall(r"\*\*([A-Z]{2}-[A-Z]?[0-9]+)\*\*", text))


def clauses_of(page: Any) -> list[str]:
    return re.findall(r"^\*\*([A-Z]{2}-I?[0-9]+)\*\*", page.read_text(), re.MULTILINE)


def test_every_layer_has_page_contract_code_and_cases() -> None:
    names = [p.stem for p in PAGES]
    assert set(names) == set(layers()) == set(LAYERS) == set(CASES)
    assert list(LAYERS) == list(CASES)


def test_every_label_is_defined_once() -> None:
    assert {label: n for label, n in defined().items() if n > 1} == {}


@pytest.mark.parametrize("path", SOURCES, ids=lambda p: str(p.relative_to(ROOT)))
def test_no_label_dangles(path: Any) -> None:
    assert set(LABEL.findall(path.read_text())) - set(defined()) == set()


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.stem)
def test_the_contract_lists_the_clauses_of_the_page(page: Any) -> None:
    assert sorted(clauses_of(page)) == sorted(layers()[page.stem].clauses)


def test_cases_cite_defined_clauses_and_every_clause_is_cited(cases: list[Case]) -> None:
    cited = {label for case in cases for label in case.clauses} | {refusal.clause for refusal in refusals.load()}
    assert cited - set(defined()) == set()
    uncited = [c for layer in layers().values() for c in layer.clauses if c not in cited]
    print("uncited:", uncited)
    assert uncited == []


def tensor(value: Any, dtype: str) -> Any:
    return np.array(value, dtype=dtype)


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.stem)
def test_the_example_of_the_page_is_right(page: Any) -> None:
    examples = re.findall(r"```json\n(.*?)```", page.read_text(), re.DOTALL)
    assert examples
    for text in examples:
        e = json.loads(text)
        layer = layers()[e["layer"]]
        kinds = {t.name: e["dtype"] if t.dtype == "float" else "int64" for t in layer.inputs}
        inputs = {k: tensor(v, kinds[k]) for k, v in e["inputs"].items()}
        cotangents = {k: tensor(v, e["dtype"]) for k, v in e["cotangents"].items()}
        asked = tuple(e["gradients"])
        layer.check(e["dtype"], e["attributes"], inputs, cotangents, asked)
        assert list(asked) == layer.differentiable
        outputs, gradients = prove(Request(e["layer"], e["dtype"], e["attributes"], inputs, cotangents, asked))
        for proven, printed in ((outputs, e["outputs"]), (gradients, e["gradients"])):
            answer = {k: tensor(v, e["dtype"]) for k, v in printed.items()}
            assert {k: v.shape for k, v in answer.items()} == {k: v.value.shape for k, v in proven.items()}
            assert Expectation(proven, e["dtype"]).judge(answer).findings == ()


def test_links_between_pages_lead_somewhere() -> None:
    for path in ROOT.glob("**/*.md"):
        if any(part.startswith(".") for part in path.relative_to(ROOT).parts):
            continue
        for target in re.findall(r"\]\(([^)#]+?)(?:#[^)]*)?\)", path.read_text()):
            assert "://" in target or (path.parent / target).exists(), f"{path.relative_to(ROOT)}: {target}"


def prose(text: str) -> str:
    return re.sub(r"`[^`\n]*`", "", re.sub(r"```.*?```", "", text, flags=re.DOTALL))


@pytest.mark.parametrize("path", sorted(ROOT.glob("spec/**/*.md")), ids=lambda p: str(p.relative_to(ROOT)))
def test_math_and_tables_render(path: Any) -> None:
    """Math is balanced and free of escapes that Markdown eats; every row of a table has the columns of its head."""
    text = prose(path.read_text())
    displayed = re.findall(r"\$\$(.*?)\$\$", text, re.DOTALL)
    inline = [m for block in text.split("\n\n") for m in block.replace("$$", "").split("$")[1::2]]
    for block in re.sub(r"\$\$.*?\$\$", "", text, flags=re.DOTALL).split("\n\n"):
        assert block.count("$") % 2 == 0, block
    for math in [*displayed, *inline]:
        assert math.count("{") == math.count("}"), math
        assert not re.search(r"\\[_,;!*]", math), math
    for table in re.findall(r"(?:^\|.*\n)+", text, re.MULTILINE):
        assert len({row.replace("\\|", "").count("|") for row in table.splitlines()}) == 1, table
