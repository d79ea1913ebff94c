// The graph in numbers: values, local partial derivatives, and gradients by one sweep from the result down.

class Model {
  constructor(data, program) {
    Object.assign(this, { data, program });
    this.leaves = data.leaves || [];
    this.x = this.leaves.map(leaf => leaf.data);
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

  compute() {
    const row = this.program ? this.program(this.x) : this.data.numbers.map(Number);
    let at = 0;
    const next = size => row.slice(at, at += size);
    this.values = this.data.nodes.map(node => next(node.size));
    this.slopes = this.data.arrows.map(arrow => next(arrow.size));
    this.sweep();
  }

  sweep() {
    this.gradients = this.data.nodes.map(() => [0]);
    this.products = [];
    for (const node of this.data.backward) {
      if (node === this.root) {
        this.gradients[node] = [1];
        continue;
      }
      const terms = this.outOf[node].map(i => this.products[i] = chained(
        this.gradients[this.data.arrows[i].head], this.slopes[i]));
      this.gradients[node] = terms.reduce((sum, term) => sum.map((x, k) => x + term[k]));
    }
  }

  // The numbers that a sentence puts in: of a node its value or gradient, of an arrow its partial derivative.
  numbers(kind, i) {
    return { v: this.values, g: this.gradients, s: this.slopes }[kind][i];
  }
}

// The chain rule in numbers: one of the two is a single number, or they meet in a vector.
function chained(above, below) {
  if (above.length === 1) return below.map(slope => above[0] * slope);
  if (below.length === 1) return above.map(slope => slope * below[0]);
  return [above.reduce((sum, slope, i) => sum + slope * below[i], 0)];
}
