"""``python -m kanalyze`` is the ``kanalyze`` command."""

from kanalyze.cli.main import main

main()
