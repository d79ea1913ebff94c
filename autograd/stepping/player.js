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
  <ol class="all"></ol>`;

const PAUSE = 1600;

class AutogradGraph extends HTMLElement {
  connectedCallback() {
    this.start();
  }

  // Show the graph, once there is its picture, which a page may still be reading.
  start() {
    const image = this.querySelector("img");
    if (this.shadowRoot || !this.isConnected || !image) return;
    const data = JSON.parse(this.dataset.graph);
    const svg = new DOMParser().parseFromString(atob(image.src.split(",")[1]), "image/svg+xml").documentElement;
    const root = this.attachShadow({ mode: "open" });
    root.innerHTML = FRAME;
    root.append(made("style", { textContent: STYLE }));
    this.find = name => root.querySelector(name);
    this.find(".pane").append(document.importNode(svg, true));
    this.data = data;
    this.model = new Model(data, null);
    this.typesetter = new Typesetter(data);
    const drawing = this.find("svg");
    this.picture = new Picture(drawing, this.model, this.typesetter, data);
    this.pane = new Pane(this.find(".pane"), drawing, data.least, by => this.go(this.at + by));
    this.last = data.sides.length - 1;
    this.find(".step").max = this.last;
    this.find(".partials").hidden = !data.partials;
    if (data.partials) this.find(".partials").value = data.partials;
    this.picture.choose(data.partials || "symbols");
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
      full: () => document.fullscreenElement ? document.exitFullscreen() : this.requestFullscreen(),
    };
    root.addEventListener("click", event => actions[event.target.dataset.do]?.());
    this.find(".step").oninput = event => this.go(event.target.value);
    this.find(".partials").onchange = event => this.picture.choose(event.target.value);
    this.find(".speed").onchange = () => this.timer && this.play();
    this.keys = {
      ArrowLeft: actions.prev, ArrowRight: actions.next, Home: () => this.go(0), End: () => this.go(this.last), " ": actions.play,
      "+": actions.closer, "-": actions.farther, 0: actions.rest, f: actions.full,
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
    const button = event.key === " " && inside?.matches("button");
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
    const next = () => this.at === this.last || !this.isConnected ? this.go(this.at) : this.show(this.at + 1);
    this.timer = setInterval(next, PAUSE / this.find(".speed").value);
  }

  show(i) {
    const at = Math.max(0, Math.min(this.last, Math.trunc(i) || 0));
    const turned = at !== this.at;
    this.at = at;
    this.find(".step").value = at;
    const about = this.about(at);
    this.picture.mark(about);
    const { title, text, words } = this.told(at);
    this.find(".says b").textContent = title;
    this.find(".spoken").textContent = text;
    this.find(".shown").replaceChildren(...words);
    this.dataset.pass = title.split(" ")[0];
    this.find(".step").ariaValueText = title;
    if (typeof about.node === "number") this.pane.follow(...this.picture.center(about.node));
    if (turned && this.dataset.alone) history.replaceState(null, "", `#step=${at}`);
    if (turned) this.dispatchEvent(new CustomEvent("change", { bubbles: true }));
  }

  // What a step is about: its node, the arrows along which numbers come and the nodes at their other ends; and which nodes
  // have values and gradients by then.
  about(at) {
    const { forward, backward, nodes, arrows } = this.data;
    const back = at - forward.length;
    const leaves = nodes.flatMap((node, i) => node.leaf ? [i] : []);
    const values = new Set([...leaves, ...forward.slice(0, at)]);
    const gradients = new Set(back > 0 ? backward.slice(0, back) : []);
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
    return { title: at ? pass : "Start.", ...equation(sides[at], numbers, this.typesetter) };
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
}

// Elements that are on the page already, or have just been read, are shown by the script that stands in them.
const known = customElements.get("autograd-graph");
if (!known) {
  customElements.define("autograd-graph", AutogradGraph);
  // Arrow keys that are meant for nothing else turn the steps of the element used last, or else of the first one.
  addEventListener("keydown", event => {
    if (event.target !== document.body || event.defaultPrevented) return;
    const { last } = AutogradGraph;
    const chosen = last?.isConnected ? last : document.querySelector("autograd-graph");
    if (chosen?.keys && (chosen.dataset.alone || event.key.startsWith("Arrow"))) chosen.key(event);
  });
}
for (const element of document.querySelectorAll("autograd-graph")) element.start?.();
