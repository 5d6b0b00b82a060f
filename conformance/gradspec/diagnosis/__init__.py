"""Say what went wrong: known mistakes, simple relations, the account of a run."""
