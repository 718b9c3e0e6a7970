"""How Hypothesis makes questions of an OpenAPI description: the same ones each time, and none is made smaller."""

from hypothesis import HealthCheck, Phase, settings


def described(examples: int) -> settings:
    """The settings for so many questions to each operation."""
    return settings(
        max_examples=examples,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
