"""Dialogue, the words: how long a text may be, and who says so.

WhatsApp's limits are Meta's, per message, counted in characters (Cloud API reference, "Interactive reply buttons
messages", "Interactive list messages" and "Text messages", as of 2026-11).
"""

from typing import Final

LANGUAGES: Final = ("fi", "sv", "en")

# Meta, "Interactive reply buttons messages": at most three buttons, each with a title of its own.
REPLY_BUTTONS: Final = 3
REPLY_BUTTON_TITLE: Final = 20
# The same page: the body above the buttons.
BODY_WITH_BUTTONS: Final = 1024

# Meta, "Interactive list messages".
LIST_BUTTON: Final = 20
LIST_ROW_TITLE: Final = 24

# Meta, "Text messages": `text.body`. Ours for what a citizen writes, too: nobody can send more in one message.
TEXT: Final = 4096

# Ours: room for the address of the privacy page of any installation, because the checks do not know the real one.
PRIVACY_URL: Final = 60

# Ours: what a short answer may have, filled, before it is not short any more.
IN_SHORT: Final = 350
WHY: Final = 420
# A short answer to one question, a question back, and what is said to an act.
PIECE: Final = 300
ASK: Final = 160
ACT: Final = 320
# One wording of a question as people ask it: longer ones are whole stories, to which no message is alike.
ASKED: Final = 160

# Lines that stand in a narrower place than the body of a message.
LINE_LENGTHS: Final = {
    "list_button": LIST_BUTTON,
    "list_title": LIST_ROW_TITLE,
    "bulletin_follow_button": REPLY_BUTTON_TITLE,
    "follow_up_more_button": REPLY_BUTTON_TITLE,
    "follow_up_helped_button": REPLY_BUTTON_TITLE,
    "follow_up_not_helped_button": REPLY_BUTTON_TITLE,
}
