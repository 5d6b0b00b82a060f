"""The fuzzer: random requests are proved and put to every allowed algorithm; what leaves its interval is shrunk."""
