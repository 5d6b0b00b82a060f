"""gradspec's conformance suite: fixtures in, a candidate's answers out, and a verdict on every element."""

SPEC_VERSION = "1.0"
PROTOCOL_VERSION = 1
