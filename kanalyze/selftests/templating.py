"""The templates of selftests, with Jinja2 set up for C: what is not given is an error."""

from collections.abc import Mapping
from pathlib import Path

import jinja2

from kanalyze.errors import EnvironmentFailure
from kanalyze.resources import templates_dir


def selftest_templates() -> Path:
    """Return the directory with the templates and the pieces."""
    return templates_dir() / "selftests"


class Templates:
    """The templates of a directory."""

    def __init__(self, source: Path) -> None:
        self._environment = jinja2.Environment(
            loader=jinja2.FileSystemLoader(source),
            undefined=jinja2.StrictUndefined,
            keep_trailing_newline=True,
            autoescape=False,  # C, and no page
        )

    def text(self, name: str, variables: Mapping[str, object]) -> str:
        """Return a template's text; EnvironmentFailure where it is missing or broken."""
        try:
            return self._environment.get_template(name).render(variables)
        except jinja2.TemplateError as error:
            hint = "install kanalyze again"
            raise EnvironmentFailure(str(error), where=name, hint=hint) from error
