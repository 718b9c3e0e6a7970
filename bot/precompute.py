"""Encoder, offline: the sentence vectors of all examples, made while nobody needs the processor.

`python -m bot.precompute` runs once beside the service (`supervisord.conf`): a model taken from a release comes without
vectors, and without them an editor's first training and first look for similar examples would encode everything while
somebody waits. It runs at the system's idle priority, keeps what it has every few thousand texts, and ends at once
where all is there.
"""

import logging
import os
import sys
from collections.abc import Iterator
from pathlib import Path

from answers.content import answer_paths, read_content
from answers.danger_lines import read_danger_lines, read_lines_in_talk
from answers.examples import example_paths, read_examples
from answers.library import content_directory, privacy_url
from answers.talks import read_talks, talk_paths
from bot.danger.joined import joined
from bot.encoder import encode_cached, load_encoder
from bot.encoder.vector_cache import not_cached

logger = logging.getLogger(__name__)

_STEP = 20_000  # texts; each step writes the whole cache


def texts_of(directory: Path) -> Iterator[str]:
    """What training encodes of a content folder, the examples of topics first: editors look for similar ones."""
    for example in read_examples(example_paths(directory)):
        yield example.text
    talks, _ = read_talks(talk_paths(directory), {path.stem for path in answer_paths(directory)})
    for talk in talks:
        for turn in talk.turns:
            yield turn.text
    for published in read_content(directory, privacy_url()).answers.values():
        for faq in published.answer.faq.values():
            for asked in faq.asked.values():
                yield from asked
    for line in read_danger_lines(directory):
        yield line.text
    for pair in read_lines_in_talk(directory):
        yield pair.text
        yield joined(pair.before, pair.text)


def give_way() -> None:
    """Run only while nothing else wants to."""
    if hasattr(os, "SCHED_IDLE"):
        os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
    else:
        os.nice(19)


def main() -> int:
    """Encode what has no vector yet; 0 also where there is no encoder."""
    give_way()
    encoder = load_encoder()
    if encoder is None:
        return 0
    missing = not_cached(encoder.identity, list(texts_of(content_directory())))
    for start in range(0, len(missing), _STEP):
        encode_cached(encoder, missing[start : start + _STEP])
    if missing:
        logger.info("Made %d sentence vectors for the next training.", len(missing))
    return 0


if __name__ == "__main__":
    sys.exit(main())
