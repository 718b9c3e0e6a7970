"""The new topic that two editors make while messages flow: what citizens wrote, and what the editors write."""

TITLES = {"fi": "Löytöeläin", "sv": "Ett djur som har kommit bort", "en": "Stray animal"}
SHORT_TITLE = "Upphittat djur"
ANSWERS = {
    "fi": "Älä pelästytä eläintä. Kysy neuvoa: ",
    "sv": "Skräm inte djuret. Fråga om råd.",
    "en": "Do not scare the animal. Ask for advice.",
}
BETTER = "Do not scare the animal. Ask for advice. Note the place."

# Nobody has taught these: the bot misses them, and an editor finds them in the inbox.
MISSED = ("mitä jos löydän kulkukoiran", "mitä jos löydän kulkukoiran pihalta", "mitä teen jos löydän kulkukoiran")
FOUND = "löydän kulkukoiran"  # in each of them
# Neither bot takes it for a danger: who waits for an officer is told by and by that it takes long, a second reply.
PROBE = "pihalla on kissa jolla ei ole omistajaa"

EXAMPLES = {
    "fi": (
        "pihalla pyörii vieras koira eikä omistajaa näy",
        "löysin kissan jolla ei ole pantaa",
        "irrallaan juokseva koira tuli mun perässä kotiin",
        "kenelle ilmoitan löytämästäni eläimestä",
        "mihin löytynyt lemmikki viedään",
        "rapussa istuu jonkun karannut kissa",
        "täällä on kulkukissa jolla ei oo omistajaa",
        "löydettiin metsästä papukaija jonkun oma varmaan",
        "mitä tehdään koiralle joka on karannut joltain",
        "vieras koira on yksin puistossa ilman omistajaa",
    ),
    "sv": (
        "det springer en främmande hund på gården utan ägare",
        "jag hittade en katt utan halsband",
        "en lös hund följde med mig hem",
        "vem ska jag berätta för när jag hittat ett djur",
        "vart tar man ett upphittat husdjur",
        "nåns katt sitter i trapphuset och har rymt",
        "här finns en hemlös katt",
        "vi hittade en papegoja i skogen",
        "vad gör man med en hund som har rymt från nån",
        "en främmande hund är ensam i parken",
    ),
    "en": (
        "there is a strange dog in the yard with no owner",
        "i found a cat without a collar",
        "a loose dog followed me home",
        "who do i tell about an animal i found",
        "where do you take a found pet",
        "somebody's runaway cat is sitting in our stairway",
        "there is a stray cat here with no owner",
        "we found a parrot in the forest",
        "what do you do with a dog that ran away from someone",
        "a dog is alone in the park without its owner",
    ),
}
