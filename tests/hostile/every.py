"""Every defence of the list, and what can have no test, with the reason why."""

from tests.hostile.defences import DEFENCES
from tests.hostile.defences_of_accountability import DEFENCES_OF_ACCOUNTABILITY
from tests.hostile.defences_of_production import DEFENCES_OF_PRODUCTION
from tests.hostile.defences_of_the_data import DEFENCES_OF_THE_DATA
from tests.hostile.defences_of_the_engine import DEFENCES_OF_THE_ENGINE
from tests.hostile.defences_of_the_staff import DEFENCES_OF_THE_STAFF

EVERY = (
    *DEFENCES,
    *DEFENCES_OF_THE_STAFF,
    *DEFENCES_OF_ACCOUNTABILITY,
    *DEFENCES_OF_THE_DATA,
    *DEFENCES_OF_PRODUCTION,
    *DEFENCES_OF_THE_ENGINE,
)

# What stands against a threat and cannot be taken away here: printed at the end of a complete run.
WITHOUT_A_TEST = {
    "TLS before the listener": "it is the force's proxy; its rules are in docs/operations.md",
    "containers without root and with a read-only disk": "none runs here; house/test_supply.py reads their files",
    "hashes of packages": "the installer refuses; house/test_supply.py sees that each package has one",
    "bound values in every question to the database": "no single place; the linter refuses built SQL (rules S)",
    "pages on PostgreSQL's disk after an erasure": "its vacuum overwrites nothing; the keys are gone (docs/data.md)",
}
