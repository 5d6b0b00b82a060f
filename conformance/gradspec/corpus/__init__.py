"""What is asked and what is right: the contracts of the layers, the cases, their files and their proven answers."""

SPEC_VERSION = "1.1"
PROTOCOL_VERSION = 1
