"""Content, playground: who writes. The engine learns it from words alone, so a sentence that says it is sent for it."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from gateway.core.locale import Language


class Role(StrEnum):
    """As whom a citizen may write: the values of the slot `role`."""

    VICTIM = "victim"
    DOER = "doer"
    HELPER = "helper"
    WITNESS = "witness"
    PROFESSIONAL = "professional"


# As a citizen says it once the matter is known; at the beginning of a talk these words mean nothing, or something else.
SENTENCES: Final[Mapping[Role, Mapping[Language, str]]] = {
    Role.VICTIM: {
        Language.FI: "Ei kaverille vaan minulle.",
        Language.SV: "Inte min kompis utan jag.",
        Language.EN: "Not my friend but me.",
    },
    Role.DOER: {
        Language.FI: "Minä tein sen, jäin kiinni.",
        Language.SV: "Det var jag som gjorde det, jag åkte fast.",
        Language.EN: "I did it, I got caught.",
    },
    Role.HELPER: {
        Language.FI: "Ei minulle, vaan kaverille.",
        Language.SV: "Det gäller inte mig, jag hjälper någon annan.",
        Language.EN: "Not me, it's my friend.",
    },
    Role.WITNESS: {
        Language.FI: "Olen todistaja, näin kun se tapahtui.",
        Language.SV: "Jag såg när det hände, jag är vittne.",
        Language.EN: "I am a witness, I saw how it happened.",
    },
    Role.PROFESSIONAL: {
        Language.FI: "Olen opettaja.",
        Language.SV: "Jag är lärare.",
        Language.EN: "I am a teacher.",
    },
}
