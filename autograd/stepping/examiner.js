// Whether an answer to "what is the derivative with respect to this node?" is right, or what kind of wrong.

const VERDICTS = {
  right: () => "Right.",
  sign: () => "The size is right, the sign is not.",
  path: arrows => `A path is missing: ${arrows > 1 ? `${arrows} arrows leave this node, and each contributes` : "there are several further up, which add up"}.`,
  factor: () => "A factor is missing: along an arrow, the derivative above is multiplied by the partial on the arrow.",
  forward: () => "That goes forward, to this node. Go backward: how does the result change with this node?",
  here: () => "The value is right at this point, but the expression is not for other leaves.",
  wrong: () => "Not yet.",
};

const SUBSETS = 6, WAYS = 12;

class Examiner {
  constructor(model) {
    this.model = model;
    const { data } = model;
    this.lookup = new Map();
    data.nodes.forEach((node, i) => node.size === 1 && this.lookup.set(node.said, m => m.values[i][0]));
    data.leaves.forEach(leaf => {
      for (const name of [leaf.said, leaf.label]) this.lookup.set(name, m => m.values[leaf.node][leaf.at]);
    });
    this.reader = new Reader([...this.lookup.keys()].filter(name => !/[-+*/·\s]/.test(name)));
  }

  // What is to be said of an answer: its kind, one of VERDICTS, and in words.
  verdict(node, text) {
    const parts = this.reader.read(text);
    const { size } = this.model.data.nodes[node];
    if (parts.length !== size) throw new SyntaxError(`There are ${size} numbers to tell, with commas between them.`);
    const typed = /[a-zπσ√]/i.test(text.replace(/\de[-+]?\d/gi, "")) ? null : text;
    const models = typed === null ? this.elsewhere() : [this.model];
    const answers = models.map(m => parts.map(part => part(name => this.lookup.get(name)(m))));
    const near = (m, k, wanted) => answers[k].every((x, i) => close(x, wanted[i], typed));
    const everywhere = wanted => models.every((m, k) => near(m, k, wanted[k]));
    const said = kind => ({ kind, says: VERDICTS[kind](this.model.outOf[node].length) });
    if (everywhere(models.map(m => m.gradients[node]))) return said("right");
    const wrongs = models.map(m => this.wrongs(m, node));
    const found = wrongs[0].findIndex(([kind], i) => everywhere(wrongs.map(list => list[i][1])));
    if (found >= 0) return said(wrongs[0][found][0]);
    return said(near(this.model, 0, this.model.gradients[node]) ? "here" : "wrong");
  }

  // The graph here and at other points, at which an expression has to be right, too.
  elsewhere() {
    const { data, program, x } = this.model;
    const moved = k => x.map((value, i) => value + 0.03 * (1 + (7 * i + 3 * k) % 5) * Math.max(1, Math.abs(value)) * (k % 2 ? 1 : -1));
    const others = program ? [1, 2, 3].map(k => {
      const model = new Model(data, program);
      model.x = moved(k);
      model.compute();
      return model;
    }) : [];
    return [this.model, ...others.filter(model => !model.refused.size)];
  }

  // What comes out of typical mistakes, in the same order for every point.
  wrongs(m, node) {
    const { arrows, nodes } = m.data;
    const right = m.gradients[node];
    const out = m.outOf[node];
    const size = nodes[node].size;
    const sum = terms => terms.reduce((total, term) => total.map((x, k) => x + term[k]), Array(size).fill(0));
    const times = (factor, vector) => vector.map(x => factor * x);
    const head = i => m.gradients[arrows[i].head];
    const terms = out.map(i => chained(head(i), m.slopes[i]));
    const swapped = (k, other) => sum(terms.map((term, i) => i === k ? other : term));
    const found = [["sign", times(-1, right)]];
    terms.forEach((term, k) => found.push(["sign", swapped(k, times(-1, term))]));
    // Some of the terms; all but one of the paths, and each alone.
    if (terms.length > 1 && terms.length <= SUBSETS) {
      for (let mask = 1; mask < 2 ** terms.length - 1; mask++) found.push(["path", sum(terms.filter((_, k) => mask >> k & 1))]);
    }
    const ways = this.ways(node);
    const along = way => [...way].reverse().reduce((product, i) => chained(product, m.slopes[i]), [1]);
    const products = ways.map(along);
    if (ways.length > 1) {
      for (const product of products) found.push(["sign", sum([right, times(-2, product)])]);
      for (const product of products) found.push(["path", sum([right, times(-1, product)])], ["path", product]);
    }
    // Without the derivative above or the partial of one arrow, or of all; without a part of the partial.
    const fitting = vector => vector.length === size ? vector : Array(size).fill(vector[0]);
    const above = out.map(i => fitting(head(i)));
    const partials = out.map(i => fitting(m.slopes[i]));
    out.forEach((i, k) => {
      found.push(["factor", swapped(k, above[k])], ["factor", swapped(k, partials[k])]);
      for (const part of arrows[i].parts) {
        const factor = typeof part === "number" ? part : m.values[part[0]][0];
        found.push(["factor", swapped(k, times(1 / factor, terms[k]))], ["factor", swapped(k, times(factor / m.slopes[i][0], terms[k]))]);
      }
    });
    found.push(["factor", sum(above)], ["factor", sum(partials)]);
    ways.forEach((way, w) => way.forEach((_, k) => {
      const shorter = along(way.filter((_, j) => j !== k));
      if (shorter.length === size) found.push(["factor", sum([right, times(-1, products[w]), shorter])], ["factor", shorter]);
    }));
    // Forward: how the node changes with what it is computed from; values in place of derivatives.
    for (const value of [node, m.root, ...out.map(i => arrows[i].head)]) found.push(["forward", fitting(m.values[value])]);
    found.push(["forward", sum(out.map(i => fitting(chained(m.values[arrows[i].head], m.slopes[i]))))]);
    for (const slope of this.forward(m, node)) found.push(["forward", fitting([slope])]);
    return found;
  }

  // Up to so many paths from a node up to the result, as arrows from the bottom up.
  ways(node) {
    const { model } = this;
    const found = [];
    const stack = [[node, []]];
    while (stack.length && found.length <= WAYS) {
      const [at, way] = stack.pop();
      if (at === model.root) found.push(way);
      for (const i of model.outOf[at]) stack.push([model.data.arrows[i].head, [...way, i]]);
    }
    return found.length > WAYS ? [] : found;
  }

  // The derivatives of a node with respect to all nodes below it, scalars all.
  forward(m, node) {
    const { arrows, nodes, backward } = m.data;
    const slopes = nodes.map(() => 0);
    slopes[node] = 1;
    for (const at of backward) {
      if (at === node || nodes[at].size > 1) continue;
      slopes[at] = m.outOf[at].reduce((sum, i) => sum + slopes[arrows[i].head] * m.slopes[i][0], 0);
    }
    return slopes.filter((_, i) => i !== node && m.into[node].length);
  }
}

// Whether an answer is a number: for all digits of an expression, else as exactly as it was typed, to 2 in 1000 at least.
function close(x, wanted, typed) {
  if (!Number.isFinite(x) || !Number.isFinite(wanted)) return x === wanted;
  const size = Math.max(Math.abs(x), Math.abs(wanted));
  if (typed === null) return Math.abs(x - wanted) <= 1e-6 * size + 1e-12;
  const plain = /^\s*-?0*(\d*)\.?(\d*)\s*$/.exec(typed);
  const digits = plain ? (plain[1] + plain[2]).replace(/^0+/, "").length : 0;
  const unit = plain && plain[2] && digits > 1 ? 0.5 * 10 ** -plain[2].length : 0;
  return Math.abs(x - wanted) <= Math.max((digits > 5 ? 1e-5 : 0.002) * size, 1.000001 * unit, 1e-9);
}
