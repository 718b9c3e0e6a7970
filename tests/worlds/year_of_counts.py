"""A year of days as the service would have counted them, with weeks, seasons and chance."""

import datetime as dt
import math
import random
from collections.abc import Iterator

from gateway.analytics.counts import FIRST_WORD, Cell
from gateway.analytics.models import Measure

Day = tuple[dt.date, Cell, int]

WAVE, WAVE_TOPIC = 340, "parcel_sms"  # the day, counted from the first, on which a scam's wave begins
RARE_TOPIC = "gang_exit"
TOPICS = (
    "account_hacked", "bank_phishing", "cyberbullying", "grooming", "sextortion", "online_purchase_fraud", "report_how",
    "evidence_saving", "is_it_a_crime", "nude_image_shared", "threats_extortion", "property_theft_lost", "fake_profile",
    "talk_to_officer", "about_bot", "contact_and_hours", "case_status", "marketplace_seller", "romance_scam",
    "money_mule", "job_or_rental_scam", "tech_support_scam", "subscription_trap", "identity_theft", "defamation",
    "report_under_18", "missing_person", "violence_at_home", "stalking_restraining_order", "drugs_alcohol",
    "deepfake", "doxxing", "gaming_safety", "hate_speech", "investment_crypto", "payment_app_fraud", "need_to_talk",
    "suicidal_thoughts", "sexual_violence", "time_limit", "anonymous_tip", "withdraw_report", "out_of_scope",
    "greeting_thanks", "rumours_and_news", "privacy_of_chat", "police_impersonation", WAVE_TOPIC,
)  # fmt: skip


def poisson(dice: random.Random, mean: float) -> int:
    """A count by chance (Knuth's way for small means, the normal curve for large ones)."""
    if mean > 50:
        return max(round(dice.gauss(mean, math.sqrt(mean))), 0)
    limit, product, count = math.exp(-mean), dice.random(), 0
    while product > limit:
        product *= dice.random()
        count += 1
    return count


def year(first: dt.date, people: float = 240, days: int = 365, *, seed: int = 7, wave: bool = True) -> Iterator[Day]:
    """The exact counts of each day; topics are asked about by the law of Zipf, and swing by a sixth."""
    dice = random.Random(seed)
    weights = [1 / (place + 2) for place in range(len(TOPICS))]
    whole = sum(weights)
    for number in range(days):
        day = first + dt.timedelta(days=number)
        busy = people * (0.55 if day.weekday() >= 5 else 1.0) * (1 + 0.15 * math.sin(number / 58))
        busy *= dice.gammavariate(30, 1 / 30)
        asked = {
            topic: poisson(dice, busy * weight / whole * dice.gammavariate(36, 1 / 36))
            for topic, weight in zip(TOPICS, weights, strict=True)
        }
        if wave and WAVE <= number < WAVE + 6:
            asked[WAVE_TOPIC] += poisson(dice, 28 + people / 50)
        yield from ((day, (Measure.TOPIC, topic), count) for topic, count in asked.items() if count)
        yield from _others(dice, day, sum(asked.values()))


def _others(dice: random.Random, day: dt.date, total: int) -> Iterator[Day]:
    handed = poisson(dice, total / 4)
    cells: dict[Cell, float] = {
        (Measure.LANGUAGE, "fi"): total * 0.8,
        (Measure.LANGUAGE, "sv"): total * 0.07,
        (Measure.LANGUAGE, "en"): total * 0.13,
        (Measure.CHANNEL, "whatsapp"): total * 0.85,
        (Measure.CHANNEL, "web"): total * 0.15,
        (Measure.OUTCOME, "answered"): total,
        (Measure.MISS, "nlu_fallback"): total * 0.06,
        (Measure.DANGER, "emergency"): total / 200,
        (Measure.DANGER, "crisis"): total / 90,
        (Measure.HELPFULNESS, "helped"): total / 9,
        (Measure.HELPFULNESS, "not_helped"): total / 40,
    }
    yield day, (Measure.PEOPLE, ""), total
    yield day, (Measure.MESSAGES, ""), round(total * 2.7)
    yield day, (Measure.HANDED_OVER, ""), handed
    for place, bucket in enumerate(FIRST_WORD):
        cells[Measure.FIRST_WORD, bucket] = handed * (0.35, 0.25, 0.15, 0.12, 0.08, 0.03)[place]
    yield from ((day, cell, count) for cell, mean in cells.items() if (count := poisson(dice, mean)))
