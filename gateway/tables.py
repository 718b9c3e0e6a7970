"""Under the road: every module with tables, imported once, so that migrations and their checks know all of them."""

import gateway.accounts.models
import gateway.bulletins.models
import gateway.channels.webchat.models
import gateway.content.models
import gateway.conversations.models
import gateway.doors.models
import gateway.figures.models
import gateway.handover.models
import gateway.handover.notes
import gateway.hours.models
import gateway.privacy.models  # noqa: F401  # tables register themselves
