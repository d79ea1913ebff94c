"""A descent within a descent, as GradBench's `saddle` has it; takes the standard library alone.

The outer one minimises over x what the inner one, which descends as well, maximises over y: gradients of a function
that descends by gradients. `measured` says in JSON where it ends, and how many seconds of the processor the first run
took.
"""

import json
from collections.abc import Callable
from time import process_time
from typing import Any

START = [1.0, 1.0]
Minimum = Callable[[Callable[[Any], Any], Any], Any]  # of a function, from a start


def height(x: Any, y: Any) -> Any:
    return x[0] * x[0] + x[1] * x[1] - y[0] * y[0] - y[1] * y[1]


def saddle(argmin: Minimum, start: Any) -> Any:
    """Where the height is highest over y and lowest over x."""
    x = argmin(lambda x: height(x, argmin(lambda y: -height(x, y), start)), start)
    y = argmin(lambda y: -height(x, y), start)
    return [x[0], x[1], y[0], y[1]]


def measured(run: Callable[[], Any]) -> None:
    begin = process_time()
    result = [float(x) for x in run()]
    print(json.dumps({"result": result, "seconds": process_time() - begin}))
