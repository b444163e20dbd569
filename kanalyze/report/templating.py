"""The templates of pages and pictures, with Jinja2 set up for what comes from a tree.

All text is made fit for XML and escaped as it is put in, and what is not given is
an error: a template cannot forget either.
"""

from collections.abc import Iterator

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from kanalyze.report.markup import clean
from kanalyze.resources import templates_dir


def filled(name: str, /, **content: object) -> Iterator[str]:
    """Yield the template ``name`` in pieces with ``content`` in it, to be written as UTF-8.

    Raises EnvironmentFailure when the installation lacks the templates.
    """
    environment = Environment(
        loader=FileSystemLoader(templates_dir() / "reports"),
        autoescape=True,  # by name, an .svg.j2 would go unescaped
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_fit,
    )
    return environment.get_template(name).generate(**content)


def _fit(value: object) -> object:
    """Return what a template puts in; what was escaped before it came there is left alone."""
    return clean(value) if type(value) is str else value
