"""WhatsApp: Meta's limits of the Cloud API as named constants.

Source of each: Meta's pages "Text messages", "Interactive reply buttons messages" and "Interactive list
messages" of the WhatsApp Business Platform documentation, as of 2026. Lengths are in characters.
"""

# The customer service window: 24 hours from the citizen's last message (page "Pricing").
REPLY_WINDOW_HOURS = 24

TEXT_BODY = 4096
BUTTONS = 3
BUTTON_TITLE = 20
BUTTON_ID = 256
BUTTONS_BODY = 1024
LIST_ROWS = 10
LIST_ROW_TITLE = 24
LIST_ROW_ID = 200
LIST_BODY = 4096
LIST_BUTTON = 20
# "Image messages", "Document messages".
CAPTION = 1024
# "Media": the largest file of a type, in bytes; a picture that moves in a sticker takes more than one that does not.
PICTURE_BYTES = 5 * 1024 * 1024
SOUND_OR_FILM_BYTES = 16 * 1024 * 1024
DOCUMENT_BYTES = 100 * 1024 * 1024
STICKER_BYTES = 500 * 1024
SHA256_HEX = 64
