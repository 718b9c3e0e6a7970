"""Station 3, holding: a bare greeting or opener waits a moment for what follows, so that both get one answer.

Closed lists, so that nothing unknown, and so no danger, ever waits.
"""

import re

_WORDS = re.compile(r"[^\W\d_]+")

_HELD = frozenset(
    """
    hei heippa heips moi moikka moro morjens terve tere huomenta päivää paivaa iltaa hyvää hyvaa
    hej hejsan tjena tja tjo moj god goddag morgon dag kväll kvall hallå halla
    hi hello hey heya yo good morning evening afternoon there sup
    mulla minulla mul on asia kysymys juttu ois olis olisi yks yksi kysyttävää kysyttavaa voinko voinks kysyä kysya
    jag har en fråga fraga ett ärende arende får far kan fråga fraga dig något nåt nat
    i have a question can ask you something got
    siis öö öh no nii niin eli alltså alltsa asså asssa så um uh so well
    """.split()  # noqa: SIM905  # four lines of words read better than a hundred quotes
)
MOST_WORDS = 6


def may_be_held(text: str) -> bool:
    """Whether these words only open a talk: every one of them is in the closed lists, and there are few."""
    words = _WORDS.findall(text.lower())
    return 0 < len(words) <= MOST_WORDS and "?" not in text and all(word in _HELD for word in words)
