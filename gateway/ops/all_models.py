"""Operations, migrations: imports every module with tables, so that Alembic and the schema checks know all of them."""

import gateway.accounts.models
import gateway.analytics.models
import gateway.api.models
import gateway.bulletins.models
import gateway.channels.webchat.models
import gateway.content.models
import gateway.conversations.models
import gateway.core.models
import gateway.handover.models
import gateway.handover.notes
import gateway.handover.team_models
import gateway.hours.models
import gateway.privacy.models
import gateway.referrals.models  # noqa: F401
