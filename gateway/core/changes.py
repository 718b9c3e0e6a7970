"""What a session has changed in the rows that it read, as statements in an order that is the same whoever writes."""

import datetime as dt
import uuid
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm.attributes import instance_state

from gateway.core.compiled import Prepared, Values
from gateway.core.rows import PRIMARY_KEY, PRIMARY_KEYS, change, change_of_several, place_of

_Known = tuple[type, Any]  # a class and the key of a row
# Values that are compared by what they are; two lists may be one that was changed in place.
_PLAIN = (str, bytes, int, float, dt.datetime, uuid.UUID, type(None))


@dataclass
class Change:
    """New values of a row, or the same of several rows that are locked."""

    entity: type
    keys: list[Any]
    values: dict[str, Any]
    is_locked: bool

    def statement(self) -> tuple[Prepared, Values]:
        """What writes it."""
        names = tuple(self.values)
        if len(self.keys) > 1:
            return change_of_several(self.entity, names), {**self.values, PRIMARY_KEYS: self.keys}
        key = self.keys[0] if isinstance(self.keys[0], tuple) else (self.keys[0],)
        named = {f"{PRIMARY_KEY} {place}": part for place, part in enumerate(key)}
        return change(self.entity, names), {**self.values, **named}


def changes_of(rows: Mapping[_Known, Any], locked: Collection[_Known]) -> list[Change]:
    """The changes of these rows by table and key; from here on they count as written.

    Rows that are locked and change alike are one statement. Their locks are held already, so that it is no matter in
    which order the database finds them.
    """
    found: list[Change] = []
    alike: dict[tuple[Any, ...], Change] = {}
    if not (changed := [each for each in rows.items() if instance_state(each[1]).modified]):
        return found
    for known, instance in sorted(changed, key=lambda each: (place_of(each[0][0]), each[0][1])):
        (entity, key), state, given = known, instance_state(instance), instance.__dict__
        # What was set to the value that it had is no change.
        names = sorted(name for name, old in state.committed_state.items() if given[name] != old)
        state._commit_all(given)
        if not names:
            continue
        made = Change(entity, [key], {name: given[name] for name in names}, known in locked)
        same = alike.setdefault((entity, *made.values.items()), made) if _may_join(made) else made
        if same is made:
            found.append(made)
        else:
            same.keys.append(key)
    return found


def _may_join(made: Change) -> bool:
    is_plain = all(isinstance(value, _PLAIN) for value in made.values.values())
    return made.is_locked and is_plain and not isinstance(made.keys[0], tuple)
