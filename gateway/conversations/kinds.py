"""The enums that tables and stations share; stored as they are, through `gateway.core.database.enum_column`."""

from enum import IntEnum, StrEnum


class ChannelName(StrEnum):
    """The messaging platforms, by the names that tables, settings and logs use."""

    WHATSAPP = "whatsapp"
    MESSENGER = "messenger"
    INSTAGRAM = "instagram"
    WEB = "web"


class Author(StrEnum):
    """Who speaks in a reply; `SYSTEM` is a fixed text of the service itself."""

    BOT = "bot"
    OFFICER = "officer"
    SYSTEM = "system"


class AddressKind(StrEnum):
    """What a contact is reached by on a channel."""

    PHONE = "phone"
    USER_ID = "user_id"


class ConversationState(StrEnum):
    """Who answers: the bot, the bot while an officer is awaited, an officer, or, once it is over, nobody."""

    BOT = "bot"
    WAITING = "waiting"
    OFFICER = "officer"
    CLOSED = "closed"


class Danger(StrEnum):
    """What a citizen may be in: danger to life now (112), or a crisis (helplines)."""

    EMERGENCY = "emergency"
    CRISIS = "crisis"


class HandoverReason(StrEnum):
    """Why a conversation was put into the officers' queue; `SUSPECTED`: danger that only the screen has seen so far."""

    ASKED = "asked"
    DANGER = "danger"
    SUSPECTED = "suspected"
    POSSIBLE_DANGER = "possible_danger"  # asked whether somebody is in danger, the citizen did not answer
    ENGINE_FAILURE = "engine_failure"
    WINDOW_CLOSED = "window_closed"
    PLATFORM_OFF = "platform_off"
    TOO_LATE = "too_late"
    REPLY_FAILED = "reply_failed"
    OFFICER = "officer"
    INTEGRATOR = "integrator"  # a connected system asked, by the API


class EventKind(StrEnum):
    """What changed in a conversation; the kinds of `ConversationEvent`."""

    BEGUN = "begun"
    CLOSED = "closed"
    EXTERNAL_CONTROL_BEGUN = "external_control_begun"
    EXTERNAL_CONTROL_ENDED = "external_control_ended"
    QUEUED = "queued"
    URGENCY_RAISED = "urgency_raised"
    URGENCY_LOWERED = "urgency_lowered"
    ESCALATED = "escalated"
    CLAIMED = "claimed"
    TAKEN_OVER = "taken_over"
    HANDED_ON = "handed_on"
    ASSIGNED = "assigned"
    MOVED_TO_TEAM = "moved_to_team"
    AREA_SET = "area_set"
    RELEASED = "released"
    GIVEN_BACK = "given_back"
    SNOOZED = "snoozed"
    SNOOZE_ENDED = "snooze_ended"
    FOLLOW_UP_DUE = "follow_up_due"
    LEFT = "left"
    CITIZEN_LEFT = "citizen_left"
    REQUEST_CANCELLED = "request_cancelled"
    WAITED_OUT = "waited_out"
    HUMAN_STRETCH_ENDED = "human_stretch_ended"
    PLATFORM_OFF = "platform_off"
    WAITING_LINE = "waiting_line"
    DANGER_LINE = "danger_line"
    HELD_BACK = "held_back"
    TOLD_CORRECTED = "told_corrected"
    REPLY_FAILED = "reply_failed"
    TEMPLATE_QUEUED = "template_queued"
    INVITED = "invited"
    BLOCKED = "blocked"
    UNBLOCKED = "unblocked"
    LABELLED = "labelled"
    UNLABELLED = "unlabelled"
    MEDIA_OPENED = "media_opened"
    NUMBER_SHOWN = "number_shown"
    EXPORTED = "exported"
    HOLD_PLACED = "hold_placed"
    HOLD_LIFTED = "hold_lifted"


class MessageKind(StrEnum):
    """What a citizen sent. `SYSTEM`, `REVOKE`, `REACTION` and `GROUP` never become a message of a conversation."""

    TEXT = "text"
    CHOICE = "choice"
    PICTURE = "picture"
    VIDEO = "video"
    VOICE = "voice"
    FILE = "file"
    STICKER = "sticker"
    LOCATION = "location"
    CONTACT_CARD = "contact_card"
    REACTION = "reaction"
    EDIT = "edit"
    REVOKE = "revoke"
    SYSTEM = "system"
    GROUP = "group"
    UNSUPPORTED = "unsupported"


class PlatformEventKind(StrEnum):
    """What a platform reports about a conversation besides its messages.

    `ECHO`: sent from our account, and named by no reference of ours. `EXTERNAL_CONTROL`, `OWN_CONTROL`: somebody beside
    this service, or it, has the conversation now. `REFERRAL`: they came by a link. `RESTRICTED`: measures against us.
    """

    ECHO = "echo"
    EXTERNAL_CONTROL = "external_control"
    OWN_CONTROL = "own_control"
    REFERRAL = "referral"
    RESTRICTED = "restricted"


class InboxEventKind(StrEnum):
    """The updates of a webhook body; `OTHER` is only stored."""

    MESSAGE = "message"
    STATUS = "status"
    PLATFORM_EVENT = "platform_event"
    OTHER = "other"


class InboxState(StrEnum):
    """How far an inbox event has come; `IGNORED` is never processed, `FAILED` could not be."""

    NEW = "new"
    DONE = "done"
    IGNORED = "ignored"
    FAILED = "failed"


class IgnoreReason(StrEnum):
    """Why an inbox event changed nothing. Its column also holds class names of exceptions and names of events."""

    NOT_OUR_NUMBER = "not_our_number"
    GROUP = "group"
    KEY_GONE = "key_gone"
    ERASED = "erased"
    EDITED = "edited"
    REVOKED = "revoked"
    SYSTEM_MESSAGE = "system_message"
    UNKNOWN_CONTACT = "unknown_contact"
    UNKNOWN_CONVERSATION = "unknown_conversation"
    NOT_OUR_MESSAGE = "not_our_message"
    UNKNOWN_STATUS = "unknown_status"
    NOT_HIGHER = "not_higher"
    ALREADY_DELIVERED = "already_delivered"
    ALREADY_ENDED = "already_ended"
    ANOTHER_ATTEMPT = "another_attempt"


class TurnOutcome(StrEnum):
    """How a turn was answered. `WINDOW_CLOSED`, `PLATFORM_OFF`: it could not be.

    `TOO_LATE`: nobody expects an answer any more. `NOT_ANSWERED`: somebody else than the bot has the conversation.
    `LEFT`: they ended it. `SLOWED_DOWN`, `TOO_MANY`: over the rate limit, told so or not. `PRIVACY_…`: on their data.
    """

    ANSWERED = "answered"
    ENGINE_FAILURE = "engine_failure"
    WINDOW_CLOSED = "window_closed"
    PLATFORM_OFF = "platform_off"
    TOO_LATE = "too_late"
    NOT_ANSWERED = "not_answered"
    LEFT = "left"
    SLOWED_DOWN = "slowed_down"
    TOO_MANY = "too_many"
    PRIVACY_ASKED = "privacy_asked"
    PRIVACY_TOLD = "privacy_told"
    PRIVACY_KEPT = "privacy_kept"


class OutboxState(StrEnum):
    """How far a reply has come; of an `UNKNOWN` one it is not known yet whether the platform accepted it."""

    QUEUED = "queued"
    SENDING = "sending"
    UNKNOWN = "unknown"
    SENT = "sent"
    FAILED = "failed"
    DROPPED = "dropped"


class ReplyKind(StrEnum):
    """What makes an entry of the outbox a reply, so that it needs nobody's permission.

    `ANSWER` has a turn, `OFFICER` was typed, `ERASED` confirms an erasure, `DANGER_LINE`: nobody has answered danger.
    """

    ANSWER = "answer"
    OFFICER = "officer"
    ERASED = "erased"
    DANGER_LINE = "danger_line"


class UnaskedKind(StrEnum):
    """Every kind of entry that is no reply: each needs the permission of the outbox's gate.

    The first three: an officer came, had to go, or has ended it. `LATE_DANGER_LINE`: too late to be an answer.
    `ANSWER_WAITS`, `INVITED`: templates after the reply window.
    """

    OFFICER_JOINED = "officer_joined"
    OFFICER_LEFT = "officer_left"
    GIVEN_BACK = "given_back"
    STILL_WAITING = "still_waiting"
    NOBODY_CAME = "nobody_came"
    LATE_DANGER_LINE = "late_danger_line"
    ANSWER_WAITS = "answer_waits"
    INVITED = "invited"
    OFFICER_FEEDBACK = "officer_feedback"
    BULLETIN_UPDATE = "bulletin_update"


class Permission(StrEnum):
    """By what an unasked entry is permitted: the citizen asked for an officer, or follows the bulletin."""

    ASKED = "asked"
    FOLLOWED = "followed"


class WaitReason(StrEnum):
    """Why a queued reply is not sent at once."""

    NUMBER_RATE = "number_rate"
    PAIR_RATE = "pair_rate"
    RETRY = "retry"
    STATUS = "status"


class Priority(IntEnum):
    """What is sent first when not everything can be: danger, then replies, then what nobody waits for."""

    URGENT = 0
    REPLY = 1
    BULK = 2


class DeliveryRank(IntEnum):
    """How far a sent reply has come on its platform; it only ever rises."""

    NONE = 0
    SENT = 1
    DELIVERED = 2
    READ = 3
    PLAYED = 4


class QueueRank(IntEnum):
    """The first part of the queue's order: the smallest is answered first."""

    EMERGENCY = 0
    CRISIS = 1
    MINOR = 2
    OTHER = 3


class FailureClass(StrEnum):
    """Why a reply did not go out, for every channel: a platform's own error codes are known to its channel only."""

    RETRY = "retry"
    THROTTLE_NUMBER = "throttle_number"
    THROTTLE_PAIR = "throttle_pair"
    WINDOW_CLOSED = "window_closed"
    UNDELIVERABLE = "undeliverable"
    CONTENT = "content"
    AUTH = "auth"
    POLICY = "policy"
    UNKNOWN_OUTCOME = "unknown_outcome"
    EXTERNAL_CONTROL = "external_control"
