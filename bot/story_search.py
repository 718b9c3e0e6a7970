"""Dialogue, before training: `rasa test` looks for stories in the project's own folders."""

import os
from collections.abc import Callable

import rasa.shared.data


def skip_hidden_folders() -> None:
    """Make Rasa's search for data files skip folders whose name begins with a dot.

    Bare `rasa test` walks the whole project and would test the sample stories that Rasa itself ships, which it finds in
    `.venv` and `.cache`. It has no setting for this; the search happens after the model, and with it `bot`, is loaded.
    """
    rasa.shared.data._find_data_files_in_directory = visible_data_files


def visible_data_files(directory: str, wanted: Callable[[str], bool]) -> set[str]:
    """The data files under `directory` that are `wanted`, without hidden folders."""
    found: set[str] = set()
    for root, folders, names in os.walk(directory, followlinks=True):
        folders[:] = sorted(folder for folder in folders if not folder.startswith("."))
        paths = (os.path.join(root, name) for name in sorted(names))
        found.update(path for path in paths if rasa.shared.data.is_valid_filetype(path) and wanted(path))
    return found
