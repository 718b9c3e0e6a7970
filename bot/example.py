"""Dialogue, in training: an example as Rasa wants it, without the half minute that Rasa spends on 50,000 of them."""

from __future__ import annotations

from typing import Any

from rasa.shared.nlu.training_data.message import Message


class Example(Message):  # type: ignore[misc]
    """A message whose fingerprint is computed once and whose copies are cheap.

    Rasa copies all examples and computes their fingerprints at every step of training, because anything in them might
    have changed. Here the values are only ever replaced, by `set`.
    """

    def set(self, prop: str, info: Any, add_to_output: bool = False) -> None:
        """As Rasa's; the value that is there already changes nothing."""
        if not add_to_output and prop in self.data and self.data[prop] == info:
            return
        super().set(prop, info, add_to_output)

    def __deepcopy__(self, memo: dict[int, Any]) -> Example:
        copied = Example(self.data, set(self.output_properties), self.time, list(self.features))
        copied._cached_fingerprint = self._cached_fingerprint
        return copied
