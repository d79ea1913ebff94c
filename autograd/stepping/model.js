// The graph in numbers: values and local partial derivatives by its program, gradients by one sweep from the result down.

class Model {
  constructor(data, program) {
    Object.assign(this, { data, program });
    data.nodes = data.nodes.map(node => ({ size: 1, leaf: false, ...node }));
    data.arrows = data.arrows.map(arrow => ({ size: 1, parts: [], constant: null, ...arrow }));
    this.x = data.leaves.map(leaf => Number(leaf.data));
    this.into = data.nodes.map(() => []);
    data.arrows.forEach((arrow, i) => this.into[arrow.head].push(i));
    // In the order in which gradients are added up.
    this.outOf = data.nodes.map(() => []);
    for (const node of data.backward) {
      for (const i of this.into[node]) this.outOf[data.arrows[i].tail].push(i);
    }
    [this.root] = data.backward;
    this.compute();
  }

  // Everything anew, for the leaves as they are now.
  compute() {
    const { nodes, arrows, checks, numbers } = this.data;
    const row = this.program ? this.program(this.x) : numbers.map(Number);
    let at = 0;
    const next = size => row.slice(at, at += size);
    this.values = nodes.map(node => next(node.size));
    this.slopes = arrows.map(arrow => next(arrow.size));
    this.outside = checks.flatMap(check => {
      const [inside, ...got] = next(1 + check.operands.length);
      return inside || got.some(Number.isNaN) ? [] : [{ ...check, got }];
    });
    this.refuse();
    this.sweep();
  }

  // Where a function is outside its domain there is no value, nor further up; slopes are only missing there.
  refuse() {
    const none = numbers => numbers.map(() => NaN);
    this.refused = new Set(this.outside.map(check => check.node));
    this.slopes = this.slopes.map((slopes, i) => this.refused.has(this.data.arrows[i].head) ? none(slopes) : slopes);
    for (const node of this.data.forward) {
      if (this.into[node].some(i => this.refused.has(this.data.arrows[i].tail))) this.refused.add(node);
    }
    for (const node of this.refused) this.values[node] = none(this.values[node]);
  }

  sweep() {
    const { arrows, backward, nodes } = this.data;
    this.gradients = nodes.map(() => [0]);
    for (const node of backward) {
      const terms = this.outOf[node].map(i => chained(this.gradients[arrows[i].head], this.slopes[i]));
      const start = [this.refused.has(this.root) ? NaN : 1];
      this.gradients[node] = node === this.root ? start : terms.reduce((sum, term) => sum.map((x, k) => x + term[k]));
    }
  }

  // The numbers that a sentence puts in: of a node its value or gradient, of an arrow its partial derivative.
  numbers(kind, i) {
    return { v: this.values, g: this.gradients, s: this.slopes }[kind][i];
  }

  // In words why a number is missing or infinite; "" if none is. `name` says how a node is called.
  complaint(name) {
    if (this.outside.length) return this.outside.map(check => this.refusal(check, name)).join(" ");
    const lost = numbers => numbers.some(x => !Number.isFinite(x));
    const value = [...this.data.backward].reverse().find(node => lost(this.values[node]));
    if (value !== undefined) {
      const why = this.values[value].some(Number.isNaN) ? "∞ - ∞ and 0·∞ have no value" : "a number of 64 bits cannot be so large";
      return `${name(value)} is ${decimals(this.values[value])}: ${why}.`;
    }
    const slope = this.slopes.findIndex(lost);
    if (slope >= 0) {
      const { tail, head } = this.data.arrows[slope];
      return `The slope of ${name(head)} with respect to ${name(tail)} is ${decimals(this.slopes[slope])} here.`;
    }
    const gradient = this.data.backward.find(node => lost(this.gradients[node]));
    return gradient === undefined ? "" : `The gradient of ${name(gradient)} is too large for a number of 64 bits.`;
  }

  refusal({ node, says, operands, got }, name) {
    const here = operands.flatMap((operand, k) => operand === null ? [] : [`${operand} = ${decimal(got[k])}`]);
    return `${name(node)} has no value: ${says}, and here ${here.join(" and ")}.`;
  }
}

// The chain rule in numbers: one of the two is a single number, or they meet in a vector.
function chained(above, below) {
  if (above.length === 1) return below.map(slope => above[0] * slope);
  if (below.length === 1) return above.map(slope => slope * below[0]);
  return [above.reduce((sum, slope, i) => sum + slope * below[i], 0)];
}
