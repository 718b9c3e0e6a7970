"""Meta's limits of Messenger and Instagram as named constants.

Written apart from the gateway's own list on purpose: a check must not share its source with what it checks. Each names
Meta's page of the Messenger Platform or the Instagram Platform (2026 copies). Durations are seconds.
"""

# "Send API" (characters) and "Send a text message" (bytes in UTF-8).
TEXT_CHARACTERS = 2000
TEXT_BYTES = 1000

# "Quick replies".
QUICK_REPLIES = 13
QUICK_REPLY_TITLE = 20
QUICK_REPLY_PAYLOAD = 1000

# "Button template".
BUTTONS = 3
BUTTON_TITLE = 20
BUTTONS_TEXT = 640

# "Policy overview" and "Message tags".
STANDARD_WINDOW = 24 * 3600.0
HUMAN_AGENT_WINDOW = 7 * 24 * 3600.0
# Refused since 2026-04-27 ("Changelog").
GONE_TAGS = frozenset({"ACCOUNT_UPDATE", "POST_PURCHASE_UPDATE", "CONFIRMED_EVENT_UPDATE"})

# "Rate limits": calls a second for one Page or account.
CALLS_PER_SECOND = 300

# "Personas".
PERSONA_NAME = 50

# "Sender actions": dots for so long or until the answer.
TYPING_SECONDS = 20.0
