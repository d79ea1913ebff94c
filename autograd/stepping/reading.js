// Expressions as people type them: 2xy, x^2, 3·(a + b), sin(x)/2, √z. They are parsed, and never run as code.

const FUNCTIONS = {
  ...Object.fromEntries(["abs", "acos", "acosh", "asin", "asinh", "atan", "atanh", "cbrt", "cos", "cosh", "exp", "expm1", "log",
    "log10", "log1p", "log2", "sin", "sinh", "sqrt", "tan", "tanh"].map(name => [name, Math[name]])),
  ln: Math.log, sgn: Math.sign, arcsin: Math.asin, arccos: Math.acos, arctan: Math.atan,
  sigmoid: x => 1 / (1 + Math.exp(-x)), σ: x => 1 / (1 + Math.exp(-x)), relu: x => Math.max(x, 0), softplus: x => Math.log1p(Math.exp(x)),
};
const RAISED = "⁰¹²³⁴⁵⁶⁷⁸⁹⁻";

class Reader {
  // `names` are those that an expression may use.
  constructor(names) {
    this.names = [...new Set(names)].sort((a, b) => b.length - a.length);
  }

  // The expressions of a list as functions of a `lookup`, which gives the number of a name. Throws a SyntaxError for people.
  read(text) {
    const plain = text.replace(/[⁰¹²³⁴⁵⁶⁷⁸⁹⁻]+/g, run => `^(${[...run].map(x => "0123456789-"[RAISED.indexOf(x)]).join("")})`)
      .replace(/\*\*/g, "^").replace(/[·×]/g, "*").replace(/[−–]/g, "-").replace(/÷/g, "/").trim();
    Object.assign(this, { text: plain, at: 0 });
    const vector = /^\(.*,.*\)$/.test(plain) && this.take("(");
    const parts = [this.sum()];
    while (this.take(",")) parts.push(this.sum());
    if (vector) this.take(")") || this.fail();
    if (this.at < this.text.length) this.fail();
    return parts;
  }

  fail() {
    const rest = this.text.slice(this.at).trim();
    throw new SyntaxError(rest ? `I cannot read “${rest}” here.` : this.text ? "Something is missing at the end." : "Type a number or an expression.");
  }

  blanks() {
    while (this.text[this.at] === " ") this.at++;
  }

  take(sign) {
    this.blanks();
    if (!this.text.startsWith(sign, this.at)) return false;
    this.at += sign.length;
    return true;
  }

  match(pattern) {
    this.blanks();
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text);
    if (found) this.at += found[0].length;
    return found && found[0];
  }

  sum() {
    let left = this.take("+") || !this.take("-") ? this.product() : negated(this.product());
    for (;;) {
      const plus = this.take("+");
      if (!plus && !this.take("-")) return left;
      left = combined(left, this.product(), plus ? (x, y) => x + y : (x, y) => x - y);
    }
  }

  product() {
    let left = this.factor();
    for (;;) {
      if (this.take("/")) left = combined(left, this.factor(), (x, y) => x / y);
      else if (this.take("*") || this.begins()) left = combined(left, this.factor(), (x, y) => x * y);
      else return left;
    }
  }

  // Whether another factor begins here, without a sign between.
  begins() {
    this.blanks();
    return this.at < this.text.length && !"+-*/^),".includes(this.text[this.at]);
  }

  factor() {
    if (this.take("-")) return negated(this.factor());
    const base = this.atom();
    return this.take("^") ? combined(base, this.factor(), (x, y) => x ** y) : base;
  }

  atom() {
    if (this.take("(")) {
      const inside = this.sum();
      return this.take(")") ? inside : this.fail();
    }
    if (this.take("√")) {
      const inside = this.atom();
      return lookup => Math.sqrt(inside(lookup));
    }
    const number = this.match(/(\d+\.?\d*|\.\d+)(e[-+]?\d+)?/y);
    if (number) return () => Number(number);
    const name = this.match(/[a-zA-Zσ]+\d*(?= *\()/y);
    if (name && name in FUNCTIONS) {
      this.take("(");
      const inside = this.sum();
      return this.take(")") ? lookup => FUNCTIONS[name](inside(lookup)) : this.fail();
    }
    if (name) this.at -= name.length;
    const known = this.names.find(x => this.take(x));
    if (known) return lookup => lookup(known);
    if (this.take("pi") || this.take("π")) return () => Math.PI;
    if (this.take("e")) return () => Math.E;
    return this.fail();
  }
}

const negated = f => lookup => -f(lookup);
const combined = (f, g, op) => lookup => op(f(lookup), g(lookup));
