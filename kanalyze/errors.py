"""The errors that reach a person: one line that says what, where and what to do.

Every room raises these and nothing else for what a user, an input or the
machine can cause; only the command line turns them into an exit status.
"""


class KanalyzeError(Exception):
    """Something went wrong that is not a bug of ours.

    ``what`` names the problem, ``where`` the file, revision or key it is about,
    ``hint`` what the user can do.  ``str()`` gives the one line to print.
    """

    #: Process exit status, see "Command line" in the design: 2 input, 3 environment.
    exit_status = 2

    def __init__(self, what: str, *, where: str = "", hint: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.where = where
        self.hint = hint

    def __str__(self) -> str:
        line = f"{self.where}: {self.what}" if self.where else self.what
        return f"{line} ({self.hint})" if self.hint else line


class InputError(KanalyzeError):
    """Bad usage or input: a tree, revision, file, option or key that cannot be used."""

    exit_status = 2


class EnvironmentFailure(KanalyzeError):
    """The machine failed us: a missing program, a full disk, a broken store."""

    exit_status = 3
