"""Python's cyclic garbage collector, at rest while a program is written and while a model is trained.

It goes through all that is alive whenever that has grown by a quarter, and finds nothing: what a compiler makes stays
until the program is done, and the graph of a training step is used until its end.
"""

from __future__ import annotations

import gc

__all__ = ["resting_collector"]


class resting_collector:
    """Within this block Python collects no garbage; afterwards it does as before.

    The thread that stopped the collector starts it again. Other threads may not be through then, which costs them time
    and nothing else.
    """

    __slots__ = ("awake",)  # a class, as a generator's block takes five times as long, which small steps feel

    def __enter__(self) -> None:
        self.awake = gc.isenabled()
        gc.disable()

    def __exit__(self, *_: object) -> None:
        if self.awake:
            gc.enable()
