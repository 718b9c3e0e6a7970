"""Conversation: what the form of a message says for certain: that it corrects, did not ask, or denies a danger."""

from __future__ import annotations

import re
from typing import Final

_CORRECTS: Final = re.compile(
    r"^\W*(?:ei+|eiku|eikun|ei ku|ei kun|en|nej+|nää|näe|nä|inte|no+|nope|nah|not)\b\W*"
    r"(?!(?:kiitos|kiitti|tack|thanks|thank|thx|tarvi\w*|need|problem|worries|mitään hätää)\b)(?:\w+\W+){1,}\w+",
    re.IGNORECASE,
)
_DENIES: Final = re.compile(
    r"\b(?:ei|eikä|en|et|kukaan)\b.{0,25}\b(?:hätää|hätä|vaaraa|vaarassa|vaaras|hädässä|hätätapaus|hengenvaara\w*)\b|"
    r"\b(?:oon|olen|ollaan)\b.{0,10}\b(?:ok|okei|turvassa|kunnossa)\b|"
    r"\b(?:kysyin?|kyselen|kyselin) va(?:an?|in)\b|\bväärinkäsity|"
    r"\b(?:ingen|inga|inte|int|nej|nä)\b.{0,25}\b(?:fara|nöd|skadad|skadade|nödläge)\b|"
    r"\b(?:är|e|mår)\b.{0,8}\b(?:trygg|okej|ok|oskadd)\b|"
    r"\b(?:jag|ja) mår (?:hur |helt |jätte)?(?:bra|fint)(?: som helst| nu)?\s*(?:$|[.,!;])|"
    r"\b(?:mulla|mul|minulla) (?:on )?(?:nyt |ihan )?kaikki (?:hyvin|ok\w*|kunnossa)\s*(?:$|[.,!;])|"
    r"\b(?:bara|ba) (?:fråga|frågade|undra|undrade)\b|\bmissförstå|"
    r"\b(?:no ?one|nobody|not|no|isn'?t|ain'?t|aint)\b.{0,25}\b(?:danger|emergency|hurt)\b|"
    r"\b(?:no ?one|nobody|ingen|inga|kukaan ei|ei kukaan)\b.{0,12}\b(?:medvetslös\w*|slår|slåss|blöder|dör|hotar|"
    r"bleeding|unconscious|dying|attacking|hitting|lyö|uhkaa|tajuton|kuolemas\w*)\b|"
    r"\b(?:vaara|hätä|uhka|faran?|danger)\b.{0,6}\b(?:ohi|över|over|passed|gone)\b|"
    r"\b(?:poliis(?:i|it)|kytät|partio|ambulanssi|lanssi|ensihoi(?:to|tajat)|hoitajat|polisen|patrullen|ambulansen|police|cops|ambulance|"
    r"paramedics)\b\W+(?:(?:nyt|jo|nu|redan|just|already|now|and|sitten|sit|sen|då|on)\W+){0,2}(?:kävi|kävivät|käynyt|tuli|tulivat|"
    r"täällä|tääl|paikalla|paikal|hoiti|(?:vei|veivät|haki|otti|pidätti)\W+(?:sen|hänet|ne|miehen|isän|iskän)|va här|"
    r"var här|e här|är här|kom|här|(?:tog|hämta\w*)\W+(?:me\w?\W+)?(?:han|honom|henne|hon|dom|dem|pappa|mannen)|"
    r"came|got here|are here|is here|"
    r"(?:took|arrested|got)\W+(?:him|her|them)|has been|have been)\b(?!\W+(?:ei|eikä|aldrig|inte|int|never|no)\b)|"
    r"\b(?:breathing|breathes|andas|hengittää) (?:normal\w*|fine|ok|okay|okej|helt|ihan|hyvin)\b|"
    r"\bi'?m (?:ok|okay|fine|safe|alright)\b|\b(?:just|only) (?:asking|asked|wondering)\b|\bmisunderst",
    re.IGNORECASE | re.DOTALL,
)
# "I called 112, they're sending somebody": to be told to call once more helps nobody.
_CALLED: Final = re.compile(
    r"\b(?:soitin|soitettiin|soitti|olen soittanut|oon soittanu\w*)\b.{0,12}\b(?:112|hätäkesku\w*|hätänumero\w*)|"
    r"\b(?:ringde|ringt|har ringt|ha ringt)\b.{0,12}\b(?:112|nödcentral\w*)|"
    r"\b(?:called|rang|phoned)\b.{0,8}\b(?:112|911|999|emergency)\b",
    re.IGNORECASE,
)
# "Ok I called", where the number was just read: whom else would somebody have called?
_CALLED_ALONE: Final = re.compile(
    r"^\W*(?:(?:ok\w*|joo|juu|jo|ja|jag|yes|yeah|i|we|did|have|just|already|vi|har|mä|minä|me)\W+)*"
    r"(?:soitin|soitettiin|soitettu|ringde|ringt|called|call|rang)\b(?:\W+(?:jo|nyt|sinne|redan|nu|dit|now|already|them))?"
    r"(?=\s*(?:$|[.,!?;]))",
    re.IGNORECASE,
)
# A missing person who is there again.
_FOUND: Final = re.compile(
    r"\b(?:löyty|löytyi|löydettiin)\b(?!\W+(?:vaan|vain|kirje|viesti|verta|lappu|puhelin|kännykkä|reppu|takki))|"
    r"\b(?:hon|han|hen|de|dom) (?:har )?(?:hittades|hittats|e hittad|är hittad|kom hem|dök upp)\b|"
    r"\b(?:hittade|hittat|found) (?:henne|honom|hen|her|him|them)\b|"
    r"\b(?:she|he|they) (?:is|are|was|were|has been) found\b|"
    r"\b(?:she|he) (?:came|is) (?:back )?home\b",
    re.IGNORECASE,
)
# "Not now", and nothing more: an answer to whether somebody is in danger now. "Not now, I can't talk" is none.
_NOT_NOW: Final = re.compile(
    r"\W*(?:(?:no+|joo|nej|nä+|en)\W+)?(?:ei|int|inte|not)(?: oo| ole| är| e)? (?:just |right |ihan |juuri )?"
    r"(?:nyt|nu|now|just nu)(?: just| ainakaan)?\W*",
    re.IGNORECASE,
)

# That somebody thinks of death; "I don't want to die" is no such denial, and neither is what goes on with a "but".
_DENIES_THOUGHTS: Final = re.compile(
    r"\b(?:en|emmä|ei)\b.{0,12}\b(?:ajattele|mieti|suunnittele|ajatuksia)\b.{0,20}\b(?:kuol\w*|itsemurh\w*|itsetuho\w*)|"
    r"\b(?:en|emmä)\b.{0,14}\b(?:kuol\w+|itsemurh\w*|itsar\w*)\b.{0,8}\b(?:ajattele|ajatellu\w*|mieti|miettiny\w*|suunnittele)\b|"
    r"\b(?:en|ei)\b.{0,20}\b(?:oo|ole|o)\b.{0,15}"
    r"\b(?:itsetuho\w*|(?:tappamas|satuttamas|vahingoittamas)\w*\W+(?:itte|itse)\w+)|"
    r"\b(?:int|inte|ej)\b.{0,15}"
    r"\b(?:självmordsbenägen|skada (?:mig|mej) själv|ta livet av|göra (?:mig|mej) illa)\b|"
    r"\b(?:ei|en)\W+(?:\w+\W+){0,2}?(?:oo|ole|ollu|mitään)\W+(?:\w+\W+){0,2}?(?:kuolemas\w*|itsar\w*|itsemurh\w*)|"
    r"\b(?:inga tankar|(?:int|inte|ej) tänk\w*|tänk\w* (?:ja |jag )?(?:int|inte|ej))\b.{0,15}"
    r"\b(?:döden|dö|självmord\w*)\b|"
    r"\b(?:handlar|gäller)\b.{0,6}\b(?:int|inte|ej)\b.{0,8}\b(?:döden|självmord\w*)|"
    r"\b(?:no ?one|nobody)(?:'?s)?(?:\W+(?:is|here|really|even))*\W+(?:wants?|wanna|gonna|going|trying|is)\b.{0,6}"
    r"\b(?:die|dying)\b|"
    r"\b(?:no|not|n'?t|dont|isnt|aint|never)\b.{0,15}\b(?:suicid\w*|think\w* (?:about|of) (?:death|dying|suicide)|"
    r"thoughts of|(?:kill|hurt|harm)\w* my ?self)",
    re.IGNORECASE | re.DOTALL,
)

# "I don't want to die", and nothing more: an answer to whether somebody does; "... I just can't go on" is none.
_WANTS_NOT: Final = re.compile(
    r"\b(?:en|emmä|ei)\b.{0,10}\bhalu\w*\b.{0,10}\bkuolla\b|\b(?:int|inte|ej)\b.{0,10}\bvill?\b.{0,10}\bdö\b|"
    r"\bvill (?:ja |jag )?(?:int|inte|ej) dö\b|\b(?:not|n'?t|dont)\b.{0,10}\bwan\w+\b.{0,5}\bdie\b",
    re.IGNORECASE,
)
_GOES_ON: Final = re.compile(
    r"\b(?:vaan|vain|vaa|bara|ba|just|only|jaksa\w*|orka\w*|can'?t|cannot|stop\w*|slut\w*|loppu\w*|lopp?uis|kestä)\b",
    re.IGNORECASE,
)


# "Not for real", "I was joking": said of a danger in a few words, it ends it.
_JOKED: Final = re.compile(
    r"\b(?:ei|en|emmä|älä)\b.{0,15}\b(?:oikeesti|oikeasti|oikeest|tosissa\w*|tosis|vakavissaan|tosiaan)\b|"
    r"\b(?:läpäl\w*|läppä\w*|vitsi\w*|vitsail\w*|pilail\w*|vitsinä|tapana sanoa|sanontatapa)\b|"
    r"\b(?:int|inte|ej)\b.{0,12}\b(?:på riktigt|på allvar|allvarligt|menat|bokstavligt)\b|"
    r"\b(?:skoja\w*|skämt\w*|på skoj|på skämt|bara ett uttryck|ba ett uttryck)\b|"
    r"\b(?:not|n'?t|never|wasn'?t|isn'?t)\b.{0,12}\b(?:for real|fr|serious\w*|literally|irl)\b|"
    r"\b(?:jk|just kidding|only kidding|kidding|joking|joke|figure of speech|not like that|didn'?t mean it)\b",
    re.IGNORECASE,
)
_MOST_WORDS: Final = 10
_BUT: Final = re.compile(r"\b(?:mut|mutta|men|fast|but|though|tho)\b", re.IGNORECASE)
# Whoever called and reached nobody has not called.
_NOBODY_ANSWERS: Final = re.compile(
    r"\b(?:mut|mutta|men|but)\b.{0,30}\b(?:ei|kukaan|int|inte|ingen|not|nobody|no one|n'?t|busy|varattu|upptaget)\b",
    re.IGNORECASE,
)
# "That's no joke", "nobody takes me seriously": the opposite.
_INSISTS: Final = re.compile(
    r"\b(?:ei|en|eikä|int|inte|ej|ingen|inget|not|no|ain'?t|isn'?t|wasn'?t|aint|isnt|n't)\b.{0,14}"
    r"\b(?:läpp\w*|läpäl\w*|vitsi\w*|pila\w*|skämt\w*|skoj\w*|jok\w+|kidding|jk)\b|"
    r"\b(?:ota|ottanu\w*|oteta|usko\w*|ta|tar|tog|tas|tro|tror|take|takes|took|taking|believes?)\b.{0,20}"
    r"\b(?:tosissa\w*|vakavasti|oikeesti|på allvar|på riktigt|serious\w*|for real)\b",
    re.IGNORECASE,
)

# "I'll tell my dad tonight, bye": whoever has that plan says goodbye in no other sense.
_TELLS_SOMEBODY: Final = re.compile(
    r"\b(?:kerron|kerrotaan|kysyn|puhun|näytän|sanon|teen|soitan)\b.{0,25}\b(?:äi(?:ti|di|si)\w*|is[äk]\w*|faija\w*|mutsi\w*|"
    r"op(?:e|ettaja)\w*|kuraattori\w*|kaveri\w*|poliisi\w*|sisko\w*|velj\w*|mummo\w*)\b|"
    r"\b(?:berättar|frågar|säger|pratar|visar|ringer|gör)\b.{0,25}\b(?:mamma|pappa|farsan|morsan|lärar\w*|kurator\w*|polisen|"
    r"syrran|brorsan|mormor|kompis\w*)\b|"
    r"\b(?:tell|ask|talk to|show|call|do (?:it|that) with)\b.{0,15}\b(?:dad|mum|mom|parents?|teacher|aunt|gran\w*|"
    r"sister|brother|school|counsell?or|police)\b",
    re.IGNORECASE,
)
_NOT_TO_TELL: Final = re.compile(
    r"\b(?:ei|en|älä|ennen|jos|int|inte|ingen|om|innan|not|never|before|if|n'?t|cant|dont|wont|kuol\w*|tapa\w*|dö\w*|die|"
    r"kill\w*)\b",
    re.IGNORECASE,
)


# "It's quiet now and mum doesn't answer": no danger is over in which somebody does not answer, move or breathe.
_SILENT: Final = re.compile(
    r"\b(?:ei|eikä)\W+(?:\w+\W+)?(?:vastaa|vastannu\w*|herää|herännyt|heränny|liiku|hengitä|reagoi)\b|"
    r"\b(?:svarar|svara|vaknar|andas|rör sig|reagerar)\W+(?:\w+\W+)?(?:int|inte|ej)\b|"
    r"\b(?:not|isn'?t|doesn'?t|does not|won'?t|n'?t)\W+(?:\w+\W+)?(?:answer\w*|respond\w*|reply\w*|pick\w* up|"
    r"mov(?:e|es|ing)|wak(?:e|es|ing)\w*|breath\w*)\b",
    re.IGNORECASE,
)
# "It's not me, it's my friend": whoever says so is well, and somebody else is not.
_NOT_ME: Final = re.compile(
    r"\b(?:not|isn'?t|aint|ain'?t|n'?t)\W+(?:about\W+)?me\b|"
    r"\b(?:en|ei|emmä)\b(?:\W+(?:oo|ole|se|kyse|nyt|siis|kyl|oon))*\W+"
    r"(?:minä|mä|mie|mää|musta|minusta|must|mua|minua|mulla|mul)\b|"
    r"\b(?:int|inte|ej)\b(?:\W+om)?\W+(?:jag|ja|mej|mig|mä)\b|"
    r"\b(?:en|emmä|oon|olen)\b.{0,12}\b(?:ite|itse)\b.{0,12}\b(?:vaara\w*|hädäs\w*|turvas\w*|ok|kunnos\w*)|"
    r"\b(?:jag|ja)\b.{0,10}\bsjälv\b.{0,16}\b(?:fara|trygg|okej|ok)\b|"
    r"\b(?:oon|olen)\b.{0,10}\b(?:ok|okei|turvas\w*|kunnos\w*)\W+(?:mut|mutta|se on|se o|kyse on|vaan)\b|"
    r"\b(?:jag|ja)\b.{0,10}\b(?:bra|fint|ok|okej|trygg)\W+(?:men|fast|det är|de e|de är|d e|utan)\b|"
    r"\bi'?m (?:not in danger|safe|ok|okay|fine|alright)(?: myself)?\W+(?:but|it'?s|it is|this is about)\b",
    re.IGNORECASE,
)
_SOMEBODY_ELSE: Final = re.compile(
    r"\b(?:my|a|the|our)\W+(?:\w+\W+)?(?:friends?|mate|bro|brother|sister|mum|mom|dad|son|daughter|cousin|girlfriend|"
    r"boyfriend|classmate|neighbou?r|gf|bf|bestie)\b|"
    r"\b(?:kave\w+|frend\w*|ystäv\w+|velj\w+|velipuol\w+|broid\w*|sisko\w*|systeri\w*|äiti\w*|mutsi\w*|isk\w+|isä\w*|"
    r"poika\w*|tyttö\w*|tytär\w*|serkku\w*|naapuri\w*|luokkalai\w+)\b|"
    r"\b(?:kompis\w*|vän\b|vänn\w*|kaver\w*|bror\w*|brors\w*|syster\w*|syrr\w*|mamma\w*|pappa\w*|son\b|dotter\w*|kusin\w*|"
    r"grann\w*|klasskamrat\w*|flickvän\w*|pojkvän\w*)\b|"
    r"\b(?:vaan|utan|but|it'?s|about|det är|de e|de är|d e|se on|se o)\W+(?:om\W+)?"
    r"(?:se|hän|hänestä|siitä|hon|han|hen|henne|honom|him|her|he|she)\b",
    re.IGNORECASE,
)


# "I didn't ask about the passport. Where do I report it": the first half has the words of another matter.
_CLAUSE: Final = r"[^.,;!?]*?"
_ENDS: Final = r"(?=\b(?:vaan|utan|but)\b|[.,;!?]|$)"
_NOT_ASKED: Final = re.compile(
    r"\b(?:mä |minä |mie )?(?:en|emmä)\s+(?:mä |minä |mie |nyt |oo |ole |siis |tosiaan )*"
    rf"(?:kysy\w*|tarko[it]\w*\s+(?:sitä|tota|tuota|tätä|mitään|niitä|noita))\b{_CLAUSE}{_ENDS}|"
    rf"\b(?:ei|eikä)\s+(?:nyt |siis |tää |tämä |se )*(?:oo|ole|o)\s+(?:nyt |siis )*kyse\b{_CLAUSE}{_ENDS}|"
    rf"^\W*(?:(?:joo|no|hei|siis|täh|ää+h|yes|nä|nej|no)\W+)*ei\s+mi(?:kään|tään|stään)\s+(?!hät|vaara)\w+{_ENDS}|"
    r"\b(?:ja|jag)\s+(?:\w+\s+)?(?:fråga\w*|men\w+|undra\w*|tala\w*|prata\w*)\s+(?:ju |väl |nu |ännu )*"
    rf"(?:int|inte|ej)\b(?!\s+att\b){_CLAUSE}{_ENDS}|"
    rf"\b(?:de|det)\s+(?:handla\w*|gäll\w*)\s+(?:ju |nu )?(?:int|inte|ej)\b{_CLAUSE}{_ENDS}|"
    r"\bi\s*(?:did ?n.?t|did not|dint|was ?n.?t|was not|am not|.?m not|never)\s+"
    rf"(?:ask\w*|mean\w*|talk\w*|wonder\w*)\b(?!\s+(?:to|for)\b){_CLAUSE}{_ENDS}",
    re.IGNORECASE,
)
# "I asked about my parents, not the suspect."
_AND_NOT: Final = re.compile(
    r"(?P<asked>\b(?:kysyin|kysyn|tarkoitin|tarkotin)\s+\w+(?:\s+\w+){0,2}),?\s+en(?:kä)?\s+\w+(?:\s+\w+)?(?=[.,;!?]|$)|"
    r"(?P<meant>\b(?:ja|jag)\s+(?:fråga\w*|men\w+)\s+[^.,;!?]*?),\s*(?:inte|int|ej)\s+[^.,;!?]+|"
    r"(?P<ask>\bi\s+(?:asked|ask|meant|mean)\s+[^.,;!?]*?),\s*not\s+[^.,;!?]+|"
    r"(?P<about>\bi\s+(?:asked|ask|meant|mean)\s+(?:about|the|my)\s+[^.,;!?]*?)\s+not\s+(?:about|the|my)\s+[^.,;!?]+",
    re.IGNORECASE,
)
_LEADS: Final = re.compile(r"^(?:\W|\b(?:vaan|vain|utan|but|nä|nej|no)\b)+", re.IGNORECASE)
_LEAST_WORDS: Final = 2


def asked_part(text: str) -> str:
    """The message without what it says that it did not ask, where two words or more are left of it."""
    left = _NOT_ASKED.sub(" ", _AND_NOT.sub(lambda found: next(each for each in found.groups() if each), text))
    if left == text:
        return text
    left = _LEADS.sub("", left).strip()
    return left if len(left.split()) >= _LEAST_WORDS else text


def has_called(text: str, *, number_was_read: bool = False) -> bool:
    """Whether it says that 112 was called and answered; where the number was just read, "I called" will do."""
    is_called = bool(_CALLED.search(text) or (number_was_read and _CALLED_ALONE.search(text)))
    return is_called and not _NOBODY_ANSWERS.search(text)


def is_found(text: str) -> bool:
    """Whether somebody who was missing is there again."""
    return bool(_FOUND.search(text)) and not is_silent(text)


def means_another(text: str) -> bool:
    """Whether it says that the danger is somebody else's: "I'm fine" beside it is no denial."""
    return bool(_NOT_ME.search(text) and _SOMEBODY_ELSE.search(text))


def is_silent(text: str) -> bool:
    """Whether somebody does not answer, move or breathe: whatever else it says, no danger is over."""
    return bool(_SILENT.search(text))


def plans_to_tell(text: str) -> bool:
    """Whether somebody says whom they will tell, and nothing that takes it back or speaks of death."""
    return bool(_TELLS_SOMEBODY.search(text)) and not _NOT_TO_TELL.search(text)


def corrects(text: str) -> bool:
    """Whether it begins with a no and goes on: what counts is what follows."""
    return bool(_CORRECTS.search(text))


def denies_danger(text: str) -> bool:
    """Whether it says that nobody is in danger; to be believed only where danger was spoken of just before."""
    if means_another(text) or is_silent(text):
        return False
    is_short = len(text.split()) <= _MOST_WORDS and not _BUT.search(text)
    is_joke = is_short and bool(_JOKED.search(text)) and not _INSISTS.search(text)
    return is_joke or denies_thoughts(text) or bool(_NOT_NOW.fullmatch(text) or _DENIES.search(text))


def denies_plainly(text: str) -> bool:
    """Whether it says, with no "but", that nobody is in danger or thinks of death, or that help is on its way."""
    if _BUT.search(text) or means_another(text) or is_silent(text):
        return False
    return bool(denies_thoughts(text) or _DENIES.search(text) or _CALLED.search(text))


def denies_thoughts(text: str) -> bool:
    """Whether it says that nobody thinks of death, whatever was spoken of before."""
    if _BUT.search(text):
        return False
    return bool(_DENIES_THOUGHTS.search(text)) or bool(_WANTS_NOT.search(text) and not _GOES_ON.search(text))
