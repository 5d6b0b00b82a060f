"""What happens before the first request: a candidate that is none, and one that declares little or too much."""

from harness import HARNESS

pytestmark = HARNESS
