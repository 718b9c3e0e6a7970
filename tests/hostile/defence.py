"""What one defence is: where it stands in the source, how it looks when it is gone, the test that must then fail."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Defence:
    """`source` stands once in `file`; with `without` in its place the defence is gone, and `test` fails.

    `environment` is whose Python runs the test: gateway or rasa.
    """

    name: str
    file: str
    source: str
    without: str
    test: str
    environment: str = "gateway"
