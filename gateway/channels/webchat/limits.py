"""The web chat: its limits as named constants; all of them are our own, as there is no provider.

A rate is (burst, seconds until one more). Many citizens may share one address, a whole school for example, and must be
let in.
"""

from gateway.core.rate_limit import Rate

TEXT_LENGTH = 4096  # characters; what the dialogue engine takes
CHOICE_LENGTH = 128
ID_LENGTH = 64
# A form of one message; the longest text in four-byte characters, each percent-encoded.
BODY_BYTES = 64 * 1024

SESSION_MESSAGES = Rate(12, 4.0)
# Once an address is over its own limit, each session there still has this, so that danger gets through.
SESSION_ALWAYS = Rate(6, 10.0)
ADDRESS_MESSAGES = Rate(120, 0.5)
ADDRESS_SESSIONS = Rate(100, 30.0)

STREAMS = 2000  # open streams of one process
STREAMS_OF_ADDRESS = 120
STREAMS_OF_SESSION = 4  # tabs
