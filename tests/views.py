"""Parts of a large network, as the course looks at them in sections 5.1 and 5.2: real graphs, of which a part is drawn.

Each view draws with the arrows labelled as `partials` says.
"""

import nn
from autograd import Value, Vector, dot, draw, sigmoid
from autograd.diagram import Partials, Scene

LAST = "n_{k+1}"


def named(value: Value, label: str) -> Value:
    """The node, with a label."""
    value.label = label
    return value


def fed_on(*units: Value) -> list[Value]:
    """What the next layer makes of some units: four weighted sums of them."""
    return [dot(units, [weight] * len(units)) for weight in (0.5, -0.5, 0.2, 0.1)]


def below(j: str) -> Value:
    """Unit j of layer k."""
    return named(sigmoid(Value(0.3, f"s_{{{j}}}^{{(k)}}")), f"x_{{{j}}}^{{(k)}}")


def unit() -> Scene:
    """One unit of layer k + 1, with its inputs one by one and the weights on the arrows."""
    x = [below(j) for j in ("1", "n_k")]
    w = [Value(0.1, f"w_{{i,{j}}}^{{(k)}}") for j in ("1", "n_k")]
    s = named(dot(x, w), "s_i^{(k+1)}")
    z = named(sigmoid(s), "x_i^{(k+1)}")
    return draw(fed_on(z), around=s, only=[*x, s, z], partials="weights").scene


def unit_of_vectors(partials: Partials = None) -> Scene:
    """One unit of layer k + 1, its inputs and its weights one vector each."""
    w, x = Vector([0.1, 0.2, 0.3], "w_i^{(k)}"), Vector([below(j) for j in ("1", "2", "3")], "x^{(k)}")
    s = named(w @ x, "s_i^{(k+1)}")
    z = named(sigmoid(s), "x_i^{(k+1)}")
    return draw(fed_on(z), around=s, only=[w, x, s, z], partials=partials).scene


def fan(partials: Partials = None) -> Scene:
    """One unit of layer k, and all it feeds."""
    first, x, last = below("1"), Value(0.6, "x_i^{(k)}"), below("n_k")
    units, shown = [], [x]
    for j in ("1", LAST):
        w = [Value(0.1, f"w_{{{j},{i}}}^{{(k)}}") for i in ("1", "i", "n_k")]
        s = named(dot(w, [first, x, last]), f"s_{{{j}}}^{{(k+1)}}")
        units.append(named(sigmoid(s), f"x_{{{j}}}^{{(k+1)}}"))
        shown += [w[1], s, units[-1]]
    return draw(fed_on(*units), around=x, depth=2, only=shown, partials=partials).scene


def loss(partials: Partials = None) -> Scene:
    """The loss of the last unit."""
    y, x = Value(1.0, "y"), named(sigmoid(Value(0.3, "s_1^{(m)}")), "x_1^{(m)}")
    top = named(nn.log_loss(x, y), "l")
    return draw(top, depth=3, only=[x], partials=partials).scene
