"""The cases of the corpus, loaded once a process: loading them takes a second."""

from gradspec.corpus.load import load

CASES = load()
