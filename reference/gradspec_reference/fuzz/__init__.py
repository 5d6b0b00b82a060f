"""The fuzzer: random requests are proved, put to every allowed algorithm, and shrunk where an answer leaves its interval."""
