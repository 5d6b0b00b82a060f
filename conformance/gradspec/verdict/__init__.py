"""Judge what a candidate answers: the pass rule, the variants of a case, a whole run."""
