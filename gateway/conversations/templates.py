"""Station 5, templates: which approved words there are for a citizen whose 24 hours are over.

They stand in `data/templates/`; the provider holds its own copy and judges each language of it.
"""

from collections.abc import Mapping
from pathlib import Path

import structlog

from answers.problems import Problem
from answers.templates import APPROVED, Template, read_templates, template_paths, value_fault
from gateway.channels.base import Reply, TemplateUse
from gateway.errors import GatewayError

log = structlog.get_logger()


class TemplateRefused(GatewayError):
    """This template cannot be sent; the text says why and what to do."""

    status = 422


class Templates:
    """The templates of the content folder; they follow a change of the files and keep the last good version.

    `all_approved` where the simulator plays the provider: it takes every template of the folder.
    """

    def __init__(self, content_dir: Path, *, all_approved: bool) -> None:
        self._directory = content_dir
        self._all_approved = all_approved
        self._signature: object = None
        self._known: dict[str, Template] = {}

    def all(self) -> Mapping[str, Template]:
        """Every template by name. A file with a fault keeps its last good version, and the log says so once."""
        signature = [(path, path.stat().st_mtime_ns) for path in template_paths(self._directory)]
        if signature != self._signature:
            found, problems = read_templates(self._directory)
            broken = {Path(problem.file).stem for problem in problems}
            self._known = {name: kept for name, kept in self._known.items() if name in broken} | found
            self._signature = signature
            _report(problems)
        return self._known

    def languages(self, name: str) -> tuple[str, ...]:
        """In which languages this template may be sent now; none when there is no such template."""
        template = self.all().get(name)
        if template is None:
            return ()
        return tuple(
            language for language, status in template.status.items() if self._all_approved or status == APPROVED
        )

    def fill(self, name: str, language: str, parameters: Mapping[str, str]) -> Reply:
        """The reply that sends this template. Raises `TemplateRefused`, with a sentence, rather than let Meta do so."""
        template = self.all().get(name)
        if template is None:
            raise TemplateRefused(f"There is no template '{name}'; there are: {', '.join(self.all()) or 'none'}.")
        if language not in self.languages(name):
            possible = ", ".join(self.languages(name)) or "none yet"
            raise TemplateRefused(
                f"The template '{name}' is not approved in '{language}' (approved: {possible}). "
                "Have it approved in Meta's form and write the status into its file, or choose another."
            )
        gaps = template.gaps(language)
        if set(parameters) != set(gaps):
            raise TemplateRefused(f"The template '{name}' needs exactly these values: {', '.join(gaps) or 'none'}.")
        for gap in gaps:
            if (fault := value_fault(parameters[gap])) is not None:
                raise TemplateRefused(f"The value for '{gap}' cannot be sent: {fault}.")
        use = TemplateUse(name=name, language=language, parameters=tuple((gap, parameters[gap]) for gap in gaps))
        return Reply(text=template.filled(language, parameters), template=use)


def _report(problems: list[Problem]) -> None:
    for problem in problems:
        log.warning("content_refused", problem=str(problem))
