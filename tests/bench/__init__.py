"""How fast a scan is, as ratios to what people do without it: `make bench`.

Every figure compares two things that are measured in turns, in one run, on one
machine, so that a slow machine slows both.  Nothing is written to the tree
that is measured.
"""
