// What a node that is clicked says: the sum over the arrows that leave it; of a leaf the sum over all paths to the result,
// each of which is lit in turn.

const MOST_PATHS = 8, TURN = 1500;

class Ways {
  constructor(box, player) {
    Object.assign(this, { box, player });
    const { svg, nodes } = player.picture;
    nodes.forEach((node, i) => {
      node.setAttribute("tabindex", 0);
      node.setAttribute("role", "button");
      node.addEventListener("keydown", event => {
        if (event.key === "Enter" || event.key === " ") this.show(i);
      });
    });
    svg.addEventListener("click", event => {
      if (player.pane.dragged) return;
      const node = nodes.indexOf(event.target.closest(".node"));
      if (node < 0 || node === this.node) this.clear();
      else this.show(node);
    });
  }

  clear() {
    clearInterval(this.timer);
    this.node = undefined;
    this.box.hidden = true;
    this.player.picture.light([], []);
  }

  show(node) {
    this.clear();
    this.node = node;
    this.box.hidden = false;
    this.update();
    if (this.found) {
      this.turn(0);
      const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
      if (!still && this.found.length > 1) this.timer = setInterval(() => this.turn(this.at + 1), TURN);
    } else {
      const arrows = this.player.model.outOf[node];
      this.player.picture.light(arrows, [node, ...arrows.map(i => this.player.data.arrows[i].head)]);
    }
  }

  // What is said, with the numbers as they are.
  update() {
    const { node, player, box } = this;
    if (node === undefined) return;
    const { data, model, typesetter } = player;
    if (player.quiz && data.backward.indexOf(node) >= player.quiz.solved) {
      this.found = null;
      return box.replaceChildren("This one you are to guess.");
    }
    this.found = data.nodes[node].leaf && this.paths(node);
    if (this.found && this.found.length <= MOST_PATHS && model.outOf[node].length) return this.sum(data, model, typesetter);
    const more = this.found ? `${this.found.length > 1000 ? "More than 1000" : this.found.length} paths lead up from here. ` : "";
    this.found = null;
    const step = data.forward.length + 1 + data.backward.indexOf(node);
    const { text, words } = equation(data.sides[step], (kind, i) => model.numbers(kind, i), typesetter);
    box.replaceChildren(more, made("span", { className: "spoken", textContent: text }), hiddenFromReaders(words));
  }

  // All paths from a node up to the result, as arrows from the bottom up; of many the first thousand.
  paths(node) {
    const { data, model } = this.player;
    const found = [];
    const stack = [[node, []]];
    while (stack.length && found.length <= 1000) {
      const [at, way] = stack.pop();
      if (at === model.root) found.push(way);
      for (const i of [...model.outOf[at]].reverse()) stack.push([data.arrows[i].head, [...way, i]]);
    }
    return found;
  }

  // The derivative as the sum over all paths of the products along them; one factor 1 among others is left out.
  sum(data, model, typesetter) {
    const told = this.found.map(way => {
      const kept = way.filter(i => model.slopes[i].length > 1 || data.arrows[i].constant !== 1);
      const factors = kept.length ? kept : way.slice(0, 1);
      const product = (texts, i) => [...texts, ...(texts.length ? ["·"] : []), ...i];
      return {
        symbols: factors.map(i => data.arrows[i].factor).reduce(product, []),
        numbers: factors.map(i => [putIn(decimals(model.slopes[i]), FACTOR)]).reduce(product, []),
      };
    });
    const terms = name => told.flatMap((term, i) => {
      const span = made("span", { className: "term" }, ...typesetWords(term[name], typesetter));
      span.dataset.term = i;
      span.onpointerenter = span.onclick = () => {
        clearInterval(this.timer);
        this.turn(i);
      };
      return i ? [...typesetWords([" + "], typesetter), span] : [span];
    });
    const result = decimals(model.gradients[this.node]);
    const equals = () => typesetWords([" = "], typesetter);
    const count = `${this.found.length} path${this.found.length > 1 ? "s" : ""}`;
    const said = parts => parts.map(part => typeof part === "number" ? typesetter.said(part) : part).join("");
    const text = `${typesetter.said(data.quotients[this.node])} is the sum over ${count}: ` +
      ["symbols", "numbers"].map(name => told.map(term => said(term[name])).join(" + ")).join(" = ") + ` = ${result}`;
    this.box.replaceChildren(
      made("span", { className: "spoken", textContent: text }),
      hiddenFromReaders([
        `The sum over ${count}: `, ...typesetWords([data.quotients[this.node]], typesetter), ...equals(), ...terms("symbols"),
        ...equals(), ...terms("numbers"), ...equals(), ...typesetWords([result], typesetter),
      ]));
    this.mark();
  }

  // Light up another path.
  turn(i) {
    const { data, picture } = this.player;
    this.at = i % this.found.length;
    const way = this.found[this.at];
    picture.light(way, [this.node, ...way.map(k => data.arrows[k].head)]);
    this.mark();
  }

  mark() {
    for (const term of this.box.querySelectorAll(".term")) term.classList.toggle("on", Number(term.dataset.term) === this.at);
  }
}

function hiddenFromReaders(words) {
  const span = made("span", {}, ...words);
  span.setAttribute("aria-hidden", "true");
  return span;
}
