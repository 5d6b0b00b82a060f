"""gradspec.corpus.coverage: no declaration of less is an escape."""

from dataclasses import replace

from gradspec.corpus.case import Case
from gradspec.corpus.coverage import CASES, EDGES, FLOORS, Cell, below_floor, cells
from gradspec.corpus.spec import layers


def test_no_cell_of_the_corpus_is_below_its_floor(cases: list[Case]) -> None:
    assert below_floor(cases) == []


def test_every_setting_of_every_layer_is_a_cell(cases: list[Case]) -> None:
    found = cells(cases)
    for name, layer in layers().items():
        settings = {cell.setting for cell in found if cell.layer == name}
        count = 1
        for values in layer.attributes.values():
            count *= len(values)
        assert len(settings) == count, name


def test_an_edge_that_one_setting_has_is_counted_in_every_other(cases: list[Case]) -> None:
    kinks = [c for c in cases if c.layer == "two_layer_classifier" and "kink" in c.tags]
    assert len(kinks) == 12  # two layouts, three reductions, two dtypes
    fewer = [c for c in cases if c.id != "two_layer_classifier/float32/kink_in_hidden_layer_sum_columns"]
    (sentence,) = below_floor(fewer)
    assert sentence == "two_layer_classifier, float32, columns, sum: 0 kink, and at least 1 are needed"


def test_too_few_cases_are_named(cases: list[Case]) -> None:
    own = [c for c in cases if c.layer == "bias" and c.attributes["layout"] == "rows"]
    low = below_floor(own)
    assert "bias, float64, columns: 0 cases, and at least 4 are needed" in low
    assert cells(own)[Cell("bias", "columns", "float64", CASES)] == 0


def test_every_edge_occurs_and_has_a_floor(cases: list[Case]) -> None:
    assert {tag for c in cases for tag in c.tags} >= set(EDGES)
    assert set(EDGES) <= set(FLOORS)


def test_a_case_without_gradients_counts_as_a_case_alone(cases: list[Case]) -> None:
    case = next(c for c in cases if c.layer == "relu" and c.gradients)
    bare = cells([replace(case, gradients={}, tags=())])
    assert bare == {Cell("relu", "", case.dtype, CASES): 1}
