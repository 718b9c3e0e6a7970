"""Checks of the outbox queue: how long a retry waits."""

from gateway.outbox.queue import retry_pause


def test_the_pause_before_a_retry_grows_to_an_hour_and_no_further_and_not_all_come_back_at_once() -> None:
    for attempts, longest in ((1, 1), (2, 4), (3, 16), (4, 64), (7, 3600), (40, 3600)):
        pauses = [retry_pause(attempts).total_seconds() for _ in range(50)]
        assert all(0.75 * longest <= pause <= longest for pause in pauses)
        assert len(set(pauses)) > 10
