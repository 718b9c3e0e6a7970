"""Bulletins, agreement: whole messages by which a citizen says yes to being told of changes.

Closed lists: "kerro" within a sentence may be about anything.
"""

from collections.abc import Mapping
from typing import Final

# A yes to whatever was asked last.
_YES = frozenset(
    {
        "kyllä", "kyl", "joo", "juu", "jep", "joo kiitos", "kyllä kiitos", "kiitos kyllä",
        "ja", "japp", "jo", "ja tack", "gärna", "ja gärna",
        "yes", "yeah", "yep", "yes please", "sure", "please do",
    }
)  # fmt: skip
# A wish to be told, which nothing else in such a reply can mean; also behind a yes.
_TELL = frozenset(
    {
        "kerro", "kerro vaan", "kerro vain", "kerro mulle", "kerro minulle", "kerro jos muuttuu",
        "kerro jos se muuttuu", "kerro jos tulee muutoksia", "kerro jos tulee uutta", "kerro muutoksista",
        "ilmoita", "ilmoita mulle", "ilmoita minulle", "ilmoita muutoksista", "ilmoita jos muuttuu", "haluan tietää",
        "haluun tietää", "pidä ajan tasalla", "pidä mut ajan tasalla", "pidä minut ajan tasalla",
        "laita viestiä jos muuttuu",
        "berätta", "berätta gärna", "berätta om det ändras", "berätta om det ändrar sig", "säg till",
        "säg till om det ändras", "meddela mig", "meddela mig om det ändras", "håll mig uppdaterad", "jag vill veta",
        "uppdatera mig",
        "tell me", "tell me if it changes", "tell me of changes", "let me know", "let me know if it changes",
        "keep me posted", "keep me updated", "please tell me", "please let me know", "notify me", "i want to know",
    }
)  # fmt: skip
_POLITE = ("", " kiitos", " tack", " please", " thanks", " thank you")
# In small letters and without marks; whether it is a wish to be told, and not only a yes.
ANSWERS: Final[Mapping[str, bool]] = {
    **{f"{words}{polite}": False for words in _YES for polite in _POLITE},
    **{f"{words}{polite}": True for words in _TELL for polite in _POLITE},
    **{f"{yes} {words}{polite}": True for yes in _YES for words in _TELL for polite in _POLITE},
}
