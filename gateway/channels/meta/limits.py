"""Messenger and Instagram: Meta's limits as named constants, with the page that says so (2026).

Lengths are in characters where nothing else is said, durations in seconds.
"""

import datetime as dt

# Messenger, "Send API": characters of a text. Instagram, "Send messages": bytes of it in UTF-8.
MESSENGER_TEXT = 2000
INSTAGRAM_TEXT_BYTES = 1000
# "Quick replies".
QUICK_REPLIES = 13
QUICK_REPLY_TITLE = 20
QUICK_REPLY_PAYLOAD = 1000
# "Button template".
BUTTONS = 3
BUTTON_TITLE = 20
BUTTONS_TEXT = 640
# "Policy overview": a free reply for 24 hours after a person's last act.
REPLY_WINDOW = dt.timedelta(hours=24)
# "Message tags", HUMAN_AGENT: what a person wrote, for 7 days. The other tags have been refused since 2026-04-27.
HUMAN_AGENT = "HUMAN_AGENT"
HUMAN_AGENT_WINDOW = dt.timedelta(days=7)
# "Rate limits": calls a second for a Page or account; and 200 a day for each person who has written lately.
CALLS_PER_SECOND = 300.0
PERSON_BURST = 200.0
PERSON_SECONDS = 24 * 3600 / 200
# "Personas".
PERSONA_NAME = 50
# A name in a link of ours; whatever else stands there was not made by us.
REFERRAL = 64
