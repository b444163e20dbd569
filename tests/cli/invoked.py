"""A command called within the test, and the exit status that main() would make of it."""

import click
from click.testing import CliRunner, Result

from kanalyze.errors import KanalyzeError


def invoked(command: click.Command, *arguments: object) -> Result:
    return CliRunner().invoke(command, [*map(str, arguments)], standalone_mode=False)


def status(result: Result) -> int:
    if isinstance(result.exception, KanalyzeError):
        return result.exception.exit_status
    if isinstance(result.exception, click.ClickException):
        return 2
    assert result.exception is None, result.exception
    assert isinstance(result.return_value, int)
    return result.return_value
