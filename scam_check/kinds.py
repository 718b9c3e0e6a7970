"""The check, its closed lists: how suspicious, why, what is asked for, and which kind of message it is."""

from __future__ import annotations

from enum import Enum


class Suspicion(str, Enum):
    """How much speaks against a message. There is no "safe", and nothing is ever certain."""

    STRONG = "strong"
    SOME = "some"
    NONE = "none"


class ReasonKind(str, Enum):
    """What speaks against a message; each has a sentence in `scam_check.yml` that points at the very words."""

    LISTED = "listed"
    SENDER_ELSEWHERE = "sender_elsewhere"
    SENDER_IN_LINK = "sender_in_link"
    NEAR_MISS = "near_miss"
    LOOK_ALIKE = "look_alike"
    HIDDEN_ADDRESS = "hidden_address"
    IP_ADDRESS = "ip_address"
    PORT = "port"
    SHORTENER = "shortener"
    FREE_SITE = "free_site"
    UNUSUAL_ENDING = "unusual_ending"
    BAIT_IN_LINK = "bait_in_link"
    PREMIUM_NUMBER = "premium_number"
    FOREIGN_NUMBER = "foreign_number"
    FOREIGN_ACCOUNT = "foreign_account"
    WRONG_ACCOUNT = "wrong_account"
    URGENCY = "urgency"
    THREAT = "threat"
    ASKED = "asked"
    STORY = "story"
    WORDING = "wording"


class Asked(str, Enum):
    """What a message wants of whoever got it."""

    LOGIN = "login"
    CODES = "codes"
    CARD = "card"
    IDENTITY = "identity"
    APP = "app"
    REMOTE_CONTROL = "remote_control"
    GIFT_CARDS = "gift_cards"
    CRYPTO = "crypto"
    MONEY = "money"
    SECRECY = "secrecy"
    OTHER_CHAT = "other_chat"
    CALL = "call"


class Story(str, Enum):
    """The kind of message, by what it tells; by this and the sender, waves are counted."""

    ACCOUNT_LOCKED = "account_locked"
    PARCEL = "parcel"
    REFUND = "refund"
    FINE = "fine"
    BILL = "bill"
    SUBSCRIPTION = "subscription"
    PRIZE = "prize"
    NEW_NUMBER = "new_number"
    RELATIVE_IN_NEED = "relative_in_need"
    COURIER_FOR_CARD = "courier_for_card"
    NEW_ACCOUNT = "new_account"
    LURE = "lure"
    PAY_FIRST = "pay_first"
    JOB = "job"
    INVESTMENT = "investment"
    INHERITANCE = "inheritance"
    EXTORTION = "extortion"
    ACCUSATION = "accusation"
    MARKETPLACE = "marketplace"
    TECH_SUPPORT = "tech_support"
    SAFE_ACCOUNT = "safe_account"
    MULE = "mule"
    PURCHASE = "purchase"
    RENTAL = "rental"
    ROMANCE = "romance"
    HEALTH = "health"
    MESSAGE_WAITING = "message_waiting"
    OTHER = "other"
