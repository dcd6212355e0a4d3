"""Looks for garbage seldom, from the moment on that this is imported.

What a process reads when it starts stays until it ends: looking through it again and again while
it is read takes a fifth of the time. Entry points import this before anything large.
"""

import gc

# So many objects more than were thrown away, before anybody looks; Python's own number is 700.
OBJECTS = 50_000
gc.set_threshold(OBJECTS, 20, 50)
