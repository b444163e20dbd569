"""Run a compiled model over the states on stdin, and write an outcome byte for each.

A process of its own: a fault in what was compiled must not end the tests.
"""

import ctypes
import sys

if __name__ == "__main__":
    library = ctypes.CDLL(sys.argv[1])
    states = sys.stdin.buffer.read()
    outcomes = ctypes.create_string_buffer(len(states) // library.state_size())
    library.run(states, len(outcomes), outcomes)
    sys.stdout.buffer.write(outcomes.raw)
