"""Ask a candidate: messages, processes, conversations, time limits."""
