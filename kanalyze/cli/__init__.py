"""The command line: one small module a subcommand, and no logic.

Each module holds one click command that reads its options, calls one entry
point per room and hands the result to ``report``.  Modules are imported when
their command runs, so that ``kanalyze --help`` stays quick.
"""
