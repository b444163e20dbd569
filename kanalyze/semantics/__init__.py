"""Facts in, meaning out: what a decision does in every state that a page can be in.

A page state says who has a page and how; the counters that the kernel reads
derive from it.  A function is followed from its entry to its ends with all page
states at once, its outcomes are held against the three rules, and two versions
of it are compared state by state.  Nothing here knows git, files or output.
"""
