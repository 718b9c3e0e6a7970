"""Meta's limits of the WhatsApp Cloud API as named constants.

Written apart from the gateway's own list on purpose: a check must not share its source with what it checks. Lengths are
in characters (Unicode code points), durations in seconds. Each group names Meta's page (WhatsApp Business Platform
documentation, 2026 copies).
"""

# "Text messages".
TEXT_BODY = 4096

# "Interactive reply buttons messages".
BUTTONS = 3
BUTTON_TITLE = 20
BUTTON_ID = 256
BUTTONS_BODY = 1024

# "Interactive list messages": rows count over all sections together.
LIST_ROWS = 10
LIST_SECTIONS = 10
LIST_ROW_TITLE = 24
LIST_ROW_DESCRIPTION = 72
LIST_ROW_ID = 200
LIST_BUTTON = 20
LIST_SECTION_TITLE = 24
LIST_BODY = 4096

# Both pages, and "Interactive call-to-action URL button messages" and "Location request messages".
HEADER = 60
FOOTER = 60
LINK_BUTTON_TITLE = 20
OTHER_INTERACTIVE_BODY = 1024

# "Image messages", "Video messages", "Document messages".
CAPTION = 1024

# "Template components": the body with its gaps filled.
TEMPLATE_BODY = 1024

# "Status messages webhook reference": the reference that comes back with each status.
OPAQUE_REFERENCE = 512

# "Typing indicators": shown for this long or until the answer.
TYPING_SECONDS = 25.0

# "Mark messages as read" and "Reaction messages".
READ_WITHIN = 30 * 24 * 3600.0
REACTION_WITHIN = 30 * 24 * 3600.0

# "Service messages": the customer service window after the user's last message.
SERVICE_WINDOW = 24 * 3600.0

# "About the platform": one message each 6 seconds to one user; 45 may be borrowed from the future.
PAIR_BURST = 45
PAIR_SECONDS = 6.0

# "Throughput": 80 messages a second for a number, both directions together.
NUMBER_PER_SECOND = 80

# "Webhooks": one body carries at most this many updates.
BATCH = 1000

# "Business-scoped user IDs": the country, a dot, and letters and digits.
USER_ID_LENGTH = 128

# "Media": the types that may be uploaded, with the most bytes of each; documents are not all of them here.
MEGABYTE = 1024 * 1024
UPLOADS = {
    "image/jpeg": 5 * MEGABYTE,
    "image/png": 5 * MEGABYTE,
    "audio/aac": 16 * MEGABYTE,
    "audio/mp4": 16 * MEGABYTE,
    "audio/mpeg": 16 * MEGABYTE,
    "audio/ogg": 16 * MEGABYTE,
    "video/mp4": 16 * MEGABYTE,
    "application/pdf": 100 * MEGABYTE,
    "text/plain": 100 * MEGABYTE,
}
# Of which type the file of a message must be; a document may be any.
KINDS_OF_MEDIA = {"image": "image/", "audio": "audio/", "video": "video/", "document": ""}

# "Media": an address of a file lives this long.
MEDIA_ADDRESS_SECONDS = 300.0
