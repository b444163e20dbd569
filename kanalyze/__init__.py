"""kanalyze: explain, test and review the kernel's copy-on-write decisions."""

__version__ = "0.1.0"
