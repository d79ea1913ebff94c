// The element <autograd-graph>: both passes over a graph, one node at a time, in a tree of its own, where its ids, its styles
// and those of the page do not meet. The picture that it is made from stays where it was, for pages that are saved.

const FRAME = `
  <div class="stage">
    <div class="pane"></div>
    <div class="zoom">
      <button data-do="closer" aria-label="Zoom in" title="Zoom in (+)">+</button>
      <button data-do="farther" aria-label="Zoom out" title="Zoom out (-)">−</button>
      <button data-do="rest" aria-label="Zoom as at first" title="As at first (0)">1:1</button>
      <button data-do="full" aria-label="Full screen" title="Full screen (f)">full</button>
    </div>
  </div>
  <div class="controls">
    <button data-do="prev">Prev</button><button data-do="play">Play</button><button data-do="next">Next</button>
    <input type="range" class="step" min="0" aria-label="Step">
    <select class="speed" aria-label="Speed">
      <option value="0.5">½×</option><option value="1" selected>1×</option><option value="2">2×</option><option value="4">4×</option>
    </select>
    <select class="partials" aria-label="On the arrows">
      <option value="symbols">symbols</option><option value="numbers">numbers</option><option value="both">both</option>
    </select>
  </div>
  <p class="says" aria-live="polite"><b></b> <span class="spoken"></span><span class="shown" aria-hidden="true"></span></p>
  <p class="why" role="status"></p>
  <div class="ways" aria-live="polite" hidden></div>
  <div class="activity"></div>
  <div class="leaves"></div>
  <ol class="all"></ol>`;

const PAUSE = 1600, LATER = 100;

class AutogradGraph extends HTMLElement {
  connectedCallback() {
    this.start();
  }

  // Show the graph, once there are its picture and its program, which a page may still be reading.
  start() {
    const image = this.querySelector("img");
    if (this.shadowRoot || !this.isConnected || !image) return;
    const data = JSON.parse(this.dataset.graph.replace(/["']/g, quote => quote === "'" ? '"' : "'"));
    const program = AutogradGraph.programs.get(data.key);
    if (program === undefined) return;
    const written = decodeURIComponent(image.src.slice(image.src.indexOf(",") + 1));
    const svg = new DOMParser().parseFromString(written, "image/svg+xml").documentElement;
    const root = this.attachShadow({ mode: "open" });
    root.innerHTML = FRAME;
    root.append(made("style", { textContent: STYLE }));
    this.find = name => root.querySelector(name);
    this.find(".pane").append(document.importNode(svg, true));
    this.data = data;
    this.model = new Model(data, program);
    const drawing = this.find("svg");
    this.typesetter = new Typesetter(data, drawing);
    this.picture = new Picture(drawing, this.model, this.typesetter, data);
    this.pane = new Pane(this.find(".pane"), drawing, data.least, by => this.go(this.at + by));
    this.last = data.sides.length - 1;
    this.find(".step").max = this.last;
    this.find(".partials").hidden = !data.partials;
    if (data.partials) this.find(".partials").value = data.partials;
    this.picture.choose(data.partials || "symbols");
    this.leaves = new Leaves(this.find(".leaves"), this.model, this.typesetter, held => this.changed(held));
    for (const told of [...data.nodes, ...data.leaves]) told.said = this.typesetter.said(told.name);
    this.ways = new Ways(this.find(".ways"), this);
    this.at = 0;
    const { Quiz, Descent } = AutogradGraph.parts;
    if (data.quiz) this.quiz = new Quiz(this, this.find(".activity"));
    if (data.trained.length && program) this.descent = new Descent(this, this.find(".activity"));
    this.listen(root);
    this.show(this.fromAddress() ?? 0);
    this.pane.rest();
  }

  listen(root) {
    const actions = {
      prev: () => this.go(this.at - 1),
      next: () => this.go(this.at + 1),
      play: () => this.toggle(),
      closer: () => this.pane.zoom(this.pane.scale * 1.25),
      farther: () => this.pane.zoom(this.pane.scale / 1.25),
      rest: () => this.pane.rest(),
      reset: () => this.reset(),
      tell: () => this.quiz.tell(),
      down: () => this.descent.down(),
      descend: () => this.descent.toggle(),
      full: () => document.fullscreenElement ? document.exitFullscreen() : this.requestFullscreen(),
    };
    root.addEventListener("click", event => actions[event.target.dataset.do]?.());
    this.find(".step").oninput = event => this.go(event.target.value);
    this.find(".partials").onchange = event => this.picture.choose(event.target.value);
    this.find(".speed").onchange = () => this.timer && this.play();
    this.keys = {
      ArrowLeft: actions.prev, ArrowRight: actions.next, Home: () => this.go(0), End: () => this.go(this.last), " ": actions.play,
      Escape: () => this.ways.clear(), "+": actions.closer, "-": actions.farther, 0: actions.rest, f: actions.full,
    };
    this.tabIndex = 0;
    this.addEventListener("keydown", event => this.key(event));
    this.addEventListener("pointerdown", () => AutogradGraph.last = this);
    addEventListener("hashchange", () => this.isConnected && this.go(this.fromAddress() ?? this.at));
    addEventListener("beforeprint", () => this.list());
  }

  // What is typed into a field is for that field, a button does what is written on it, and with other keys held a key is for
  // the browser.
  key(event) {
    const inside = this.shadowRoot.activeElement;
    const field = inside?.matches("input:not([type=range]), select");
    const button = event.key === " " && inside?.matches("button, [role=button]");
    const slider = inside?.matches("[type=range]:not(.step)");
    if (!this.keys[event.key] || field || button || slider || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault();
    event.stopPropagation();
    AutogradGraph.last = this;
    this.keys[event.key]();
  }

  // -- steps ---------------------------------------------------------------------------------------------------

  // Show a step, and play no longer.
  go(i) {
    this.timer = clearInterval(this.timer);
    this.find("[data-do=play]").textContent = "Play";
    this.show(i);
  }

  toggle() {
    if (this.timer) return this.go(this.at);
    this.show(this.at === this.last ? 0 : this.at + 1);
    this.play();
  }

  play() {
    clearInterval(this.timer);
    this.find("[data-do=play]").textContent = "Pause";
    const next = () => [this.last, this.quiz?.asked].includes(this.at) || !this.isConnected ? this.go(this.at) : this.show(this.at + 1);
    this.timer = setInterval(next, PAUSE / this.find(".speed").value);
  }

  show(i) {
    const last = this.quiz ? Math.min(this.last, this.quiz.asked) : this.last;
    const at = Math.max(0, Math.min(last, Math.trunc(i) || 0));
    const turned = at !== this.at;
    this.at = at;
    this.find(".step").value = at;
    const about = this.about(at);
    this.ways.clear();
    this.picture.mark(about);
    this.say();
    this.quiz?.show(at);
    const nodes = [about.node].flat(); // none where all leaves are left out
    if (nodes.length) this.pane.follow(nodes.map(i => this.picture.around(i)));
    if (turned && this.dataset.alone) history.replaceState(null, "", `#step=${at}`);
    if (turned) this.dispatchEvent(new CustomEvent("change", { bubbles: true }));
  }

  // The sentence of this step, with the numbers as they are.
  say() {
    const { title, text, words } = this.told(this.at);
    this.find(".says b").textContent = title;
    this.find(".spoken").textContent = text;
    this.find(".shown").replaceChildren(...words);
    this.dataset.pass = title.split(" ")[0];
    this.find(".step").ariaValueText = title;
    this.find(".why").textContent = this.model.complaint(node => this.name(node));
  }

  // Leaves have changed, and are perhaps still `held` by a pointer: then what is not seen and words follow soon, not read out yet.
  changed(held = false) {
    this.model.compute();
    this.leaves.update();
    if (held) {
      this.picture.update(this.pane.seen);
      this.later ??= setTimeout(() => this.tell("off"), LATER);
    } else this.tell("polite");
    this.dispatchEvent(new CustomEvent("change", { bubbles: true }));
  }

  tell(live) {
    this.later = clearTimeout(this.later);
    this.find(".says").ariaLive = live;
    this.picture.update();
    this.ways.update();
    this.say();
  }

  // The leaves as they were recorded.
  reset() {
    this.model.x = this.data.leaves.map(leaf => Number(leaf.data));
    this.descent?.stop("");
    this.changed();
    this.descent?.restart();
  }

  // How a node is called, in text.
  name(i) {
    return this.typesetter.said(this.data.nodes[i].name);
  }

  // What a step is about: its node, the arrows along which numbers come and the nodes at their other ends; and which nodes
  // have values and gradients by then.
  about(at) {
    const { forward, backward, nodes, arrows } = this.data;
    const back = at - forward.length;
    const leaves = nodes.flatMap((node, i) => node.leaf ? [i] : []);
    const values = new Set([...leaves, ...forward.slice(0, at)]);
    const gradients = new Set(back > 0 ? backward.slice(0, Math.min(back, this.quiz?.solved ?? back)) : []);
    if (at === 0) return { node: leaves, arrows: [], used: [], values, gradients };
    const node = back > 0 ? backward[back - 1] : forward[at - 1];
    const along = back > 0 ? this.model.outOf[node] : this.model.into[node];
    return { node, arrows: along, used: along.map(i => arrows[i][back > 0 ? "head" : "tail"]), values, gradients };
  }

  // What is said of a step.
  told(at) {
    const { forward, backward, sides } = this.data;
    const back = at - forward.length;
    const pass = back > 0 ? `Backward pass, ${back} of ${backward.length}:` : `Forward pass, ${at} of ${forward.length}:`;
    const numbers = (kind, i) => this.model.numbers(kind, i);
    const hidden = this.quiz && at >= this.quiz.asked;
    const shown = hidden ? [[this.data.quotients[backward[back - 1]], " = ?"]] : sides[at];
    return { title: at ? pass : "Start.", ...equation(shown, numbers, this.typesetter) };
  }

  // All steps, for print.
  list() {
    this.find(".all").replaceChildren(...this.data.sides.map((_, i) => {
      const { title, words } = this.told(i);
      return made("li", {}, made("b", { textContent: title }), " ", ...words);
    }));
  }

  // The step that the address of the page names, if the page has nothing else to show.
  fromAddress() {
    const found = this.dataset.alone && /^#step=(\d+)$/.exec(location.hash);
    return found ? Number(found[1]) : null;
  }

  // -- for scripts ---------------------------------------------------------------------------------------------

  get step() {
    return this.at;
  }

  set step(i) {
    this.go(i);
  }

  // Change leaves, told by their label; by their number where several share it.
  set(numbers) {
    const changes = Object.entries(numbers).map(([key, x]) => {
      if (typeof x !== "number" || !Number.isFinite(x)) throw new TypeError(`${key} is to be a finite number, got ${x}`);
      return [this.leaf(key), x];
    });
    for (const [i, x] of changes) this.model.x[i] = x;
    this.changed();
  }

  leaf(key) {
    const { leaves } = this.data;
    const found = leaves.flatMap((leaf, i) => leaf.label === key || this.typesetter.said(leaf.name) === key ? [i] : []);
    if (found.length === 1) return found[0];
    if (!found.length && key in leaves) return Number(key);
    const names = leaves.map(leaf => leaf.label).join(", ");
    throw new RangeError(found.length ? `${found.length} leaves are called ${key}; by number they are ${found.join(", ")}`
      : `no leaf is called ${key}; there are ${names}`);
  }

  get state() {
    const { data, model } = this;
    const told = numbers => numbers.length === 1 ? numbers[0] : [...numbers];
    const nodes = data.nodes.map((_, i) => ({ name: this.name(i), value: told(model.values[i]), grad: told(model.gradients[i]) }));
    return {
      value: nodes[model.root].value,
      step: this.at,
      leaves: data.leaves.map((leaf, i) => ({ name: leaf.label, value: model.x[i], grad: model.gradients[leaf.node][leaf.at] })),
      nodes,
      edges: data.arrows.map(({ tail, head }, i) => ({ from: nodes[tail].name, to: nodes[head].name, partial: told(model.slopes[i]) })),
    };
  }
}

AutogradGraph.programs = new Map();
AutogradGraph.parts = {}; // what only some need

// Keep a program and the parts that it needs, and show the elements that have been waiting for it: those that the page has read, and the script is in.
function show(key, program, parts) {
  if (!customElements.get("autograd-graph")) define();
  const known = customElements.get("autograd-graph");
  Object.assign(known.parts, parts);
  known.programs.set(key, program);
  for (const element of document.querySelectorAll("autograd-graph")) element.start();
}

function define() {
  customElements.define("autograd-graph", AutogradGraph);
  // Arrow keys that are meant for nothing else turn the steps of the element used last, or else of the first one.
  addEventListener("keydown", event => {
    if (event.target !== document.body || event.defaultPrevented) return;
    const { last } = AutogradGraph;
    const chosen = last?.isConnected ? last : document.querySelector("autograd-graph");
    if (chosen?.keys && (chosen.dataset.alone || event.key.startsWith("Arrow"))) chosen.key(event);
  });
}
