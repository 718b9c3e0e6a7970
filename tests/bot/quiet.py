"""Rasa and its libraries, imported once and quietly, before a test needs them."""

import logging
import os
import warnings

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("RASA_TELEMETRY_ENABLED", "false")

# TensorFlow, Keras, pkg_resources and SQLAlchemy, as old as Rasa pins them, warn while they are imported, and some set
# the filters anew; Rasa imports them late, in the middle of a test. So they come first, and what they say goes nowhere.
with warnings.catch_warnings(record=True):
    warnings.simplefilter("always")
    import matplotlib.pyplot  # type: ignore[import-untyped]  # noqa: F401
    import rasa.core.agent
    import rasa.core.test
    import rasa.engine.recipes.default_components
    import rasa.model_training
    import rasa.utils.log_utils
    import rasa.validator
    import spacy  # noqa: F401

# As the server runs: without this, structlog prints every message at debug.
rasa.utils.log_utils.configure_structlog(logging.WARNING)
