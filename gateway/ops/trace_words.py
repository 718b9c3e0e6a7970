"""Operations, trace: what each outcome, state and reason is called for an operator."""

from collections.abc import Mapping
from typing import Final

from gateway.conversations.kinds import EventKind, FailureClass, OutboxState, TurnOutcome, WaitReason

OUTCOMES: Final[Mapping[TurnOutcome, str]] = {
    TurnOutcome.ANSWERED: "answered by the engine, or by a fixed line where nothing was to be asked",
    TurnOutcome.ENGINE_FAILURE: "the engine gave no answer; the fixed line with 112 goes out, and officers have it",
    TurnOutcome.WINDOW_CLOSED: "the platform's window for a reply was over; officers have it",
    TurnOutcome.PLATFORM_OFF: "its platform is not set up any more; officers have it",
    TurnOutcome.TOO_LATE: "it had waited so long that nobody expects an answer; officers have it",
    TurnOutcome.NOT_ANSWERED: "the bot is silent, because an officer, or somebody on the platform, has the talk",
    TurnOutcome.LEFT: "the citizen ended the handover",
    TurnOutcome.SLOWED_DOWN: "over the rate of one citizen, and told so",
    TurnOutcome.TOO_MANY: "over the rate of one citizen, which had been told before",
    TurnOutcome.PRIVACY_ASKED: "a request about the citizen's own data, which was asked back",
    TurnOutcome.PRIVACY_TOLD: "the citizen was told what is stored",
    TurnOutcome.PRIVACY_KEPT: "the citizen's data is kept, as they chose",
}
REPLIES: Final[Mapping[OutboxState, str]] = {
    OutboxState.QUEUED: "waits",
    OutboxState.SENDING: "is being sent now",
    OutboxState.UNKNOWN: "may have gone out; a status will tell",
    OutboxState.SENT: "went out",
    OutboxState.FAILED: "will not go out",
    OutboxState.DROPPED: "was dropped: the conversation had changed hands, and its author might not write any more",
}
WAITS: Final[Mapping[WaitReason | None, str]] = {
    None: "for its turn",
    WaitReason.NUMBER_RATE: "for the rate limit of our number",
    WaitReason.PAIR_RATE: "for the rate limit of one citizen",
    WaitReason.RETRY: "for the next attempt",
    WaitReason.STATUS: "for a status that tells whether it went out",
}
FAILURES: Final[Mapping[FailureClass, str]] = {
    FailureClass.RETRY: "the platform was down or busy",
    FailureClass.THROTTLE_NUMBER: "the platform slows our number down",
    FailureClass.THROTTLE_PAIR: "the platform slows down what goes to one citizen",
    FailureClass.WINDOW_CLOSED: "the window for a reply was over",
    FailureClass.UNDELIVERABLE: "the citizen cannot be reached there",
    FailureClass.CONTENT: "the platform refused its form, which is a bug of ours",
    FailureClass.AUTH: "the platform refuses our access",
    FailureClass.POLICY: "the platform has restricted our number",
    FailureClass.UNKNOWN_OUTCOME: "the platform did not answer",
    FailureClass.EXTERNAL_CONTROL: "somebody else has the conversation on the platform",
}
# Of what changes in a conversation, what decides who answers.
EVENTS: Final[Mapping[EventKind, str]] = {
    EventKind.QUEUED: "the conversation entered the officers' queue",
    EventKind.CLAIMED: "an officer took the conversation; from here on the bot is silent",
    EventKind.TAKEN_OVER: "another officer took the conversation over",
    EventKind.HANDED_ON: "an officer handed it to a colleague",
    EventKind.ASSIGNED: "an officer was asked to take it",
    EventKind.MOVED_TO_TEAM: "it was put before another team",
    EventKind.AREA_SET: "an officer said of which area it is",
    EventKind.RELEASED: "the officer let it go back to the queue",
    EventKind.GIVEN_BACK: "the officer gave it back to the bot",
    EventKind.CLOSED: "the conversation was closed",
    EventKind.WAITED_OUT: "nobody took it in time; the bot has it again",
    EventKind.CITIZEN_LEFT: "the citizen ended the handover",
    EventKind.EXTERNAL_CONTROL_BEGUN: "somebody else has it on the platform; the bot is silent",
    EventKind.EXTERNAL_CONTROL_ENDED: "this service has it on the platform again",
    EventKind.REPLY_FAILED: "a reply failed for good",
    EventKind.DANGER_LINE: "112 or the helplines were said, because no answer came in time",
    EventKind.HELD_BACK: "a line that nobody had asked for was held back",
    EventKind.BLOCKED: "officers blocked the citizen: messages are read for danger and not answered",
    EventKind.UNBLOCKED: "officers lifted the block",
    EventKind.PLATFORM_OFF: "the platform is not set up any more",
}
