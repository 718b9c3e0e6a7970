"""Station 5, templates: the approved texts for a citizen whose reply window is over.

They are files in `data/templates/`; the provider has its own copy and approves each language of it.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar, Protocol

import structlog

from answers.problems import Problem
from answers.templates import APPROVED, Template, read_templates, template_paths, value_fault
from gateway.conversations.messages import Reply, TemplateUse
from gateway.core.errors import GatewayError
from gateway.hours.service import HoursContext

log = structlog.get_logger()


class TemplateRefused(GatewayError):
    """This template cannot be sent; the text says why and what to do."""

    status = 422
    texts: ClassVar[Mapping[str, str]] = {
        "channel_without_templates": "The channel '{channel}' has no templates, or is switched off.",
        "unknown_template": "There is no template '{name}'; there are: {known}.",
        "not_approved": "The template '{name}' is not approved in '{language}' (approved: {approved}). "
        "Have it approved in Meta's form and write the status into its file, or choose another.",
        "wrong_values": "The template '{name}' needs exactly these values: {gaps}.",
        "value_refused": "The value for '{gap}' cannot be sent: {fault}.",
    }


class Templates:
    """The templates of the content folder; they are read again when a file changes; the last valid version is kept.

    `all_approved` where the simulator is the provider: it accepts every template of the folder.
    """

    def __init__(self, content_dir: Path, *, all_approved: bool) -> None:
        self._directory = content_dir
        self._all_approved = all_approved
        self._signature: object = None
        self._known: dict[str, Template] = {}

    def all(self) -> Mapping[str, Template]:
        """Every template by name. A file with a fault keeps its last valid version, and is logged once."""
        signature = [(path, path.stat().st_mtime_ns) for path in template_paths(self._directory)]
        if signature != self._signature:
            found, problems = read_templates(self._directory)
            broken = {Path(problem.file).stem for problem in problems}
            self._known = {name: kept for name, kept in self._known.items() if name in broken} | found
            self._signature = signature
            _report(problems)
        return self._known

    def languages(self, name: str) -> tuple[str, ...]:
        """The languages in which this template may be sent now; empty when there is no such template."""
        template = self.all().get(name)
        if template is None:
            return ()
        return tuple(
            language for language, status in template.status.items() if self._all_approved or status == APPROVED
        )

    def gaps(self, name: str, language: str) -> tuple[str, ...]:
        """The gaps of this template in a language; none where there is no such template or language."""
        template = self.all().get(name)
        return template.gaps(language) if template is not None and language in template.body else ()

    def fill(self, name: str, language: str, parameters: Mapping[str, str]) -> Reply:
        """The reply that sends this template. Raises `TemplateRefused`, rather than let Meta do so."""
        template = self.all().get(name)
        if template is None:
            raise TemplateRefused("unknown_template", name=name, known=", ".join(self.all()) or "none")
        if language not in self.languages(name):
            approved = ", ".join(self.languages(name)) or "none yet"
            raise TemplateRefused("not_approved", name=name, language=language, approved=approved)
        gaps = template.gaps(language)
        if set(parameters) != set(gaps):
            raise TemplateRefused("wrong_values", name=name, gaps=", ".join(gaps) or "none")
        for gap in gaps:
            if (fault := value_fault(parameters[gap])) is not None:
                raise TemplateRefused("value_refused", gap=gap, fault=fault)
        use = TemplateUse(name=name, language=language, parameters=tuple((gap, parameters[gap]) for gap in gaps))
        return Reply(text=template.filled(language, parameters), template=use)


def _report(problems: list[Problem]) -> None:
    for problem in problems:
        log.warning("content_refused", problem=str(problem))


class OutboxContext(HoursContext, Protocol):
    """A process that queues and sends replies."""

    in_flight: int
    """Requests to providers that have not ended."""
    suspended: frozenset[str]
    """The suspended numbers, as the last poll found them."""
    expired_checked_at: float
    """When this process last checked for expired leases of replies, on the monotonic clock."""

    @property
    def templates(self) -> Templates:
        """The texts that may be sent after the reply window."""
