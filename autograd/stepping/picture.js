// The picture with numbers that change, arrows whose labels are chosen, and marks for what a step is about.

const ARROW_FONT = 16, AIR = 3, BETWEEN = 0.18;
const ROOM = 3440; // the width that most numbers need
const MARGIN = 100; // as far as a number or a label reaches from its place

class Picture {
  constructor(svg, model, typesetter, data) {
    Object.assign(this, { svg, model, typesetter, data });
    this.nodes = data.nodes.map((_, i) => svg.querySelector(`#n${i}`));
    this.arrows = data.arrows.map((_, i) => svg.querySelector(`#e${i}`));
    this.known = { values: new Set(), gradients: new Set() };
    this.numbers = ["value", "gradient"].map(kind => this.nodes.map((node, i) => {
      const row = node.querySelector(`.${kind}`);
      const { line: word, ...place } = typesetter.read(row);
      const start = Number(row.lastElementChild.firstElementChild.getAttribute("x"));
      const { width } = typesetter.line(this.written(kind, i, data.quiz && kind === "gradient"));
      // What stands at the left of its node ends there.
      const end = place.x + place.size * (start + width) < leftOf(node) ? width : null;
      const paths = [drawn("path", {}), drawn("path", {})];
      row.removeAttribute("transform");
      row.replaceChildren(...paths);
      return { ...place, word, start, paths, end, room: Math.max(ROOM, width), text: null, left: null };
    }));
    this.labels = data.arrows.map((arrow, i) => arrow.at && this.label(arrow, this.arrows[i]));
    typesetter.join();
  }

  // The label of an arrow, to be drawn anew, and the line that it cuts.
  label(arrow, edge) {
    const line = edge.querySelector(".line");
    edge.querySelectorAll(":scope > g, :scope > text").forEach(row => row.remove());
    const points = line.getAttribute("d").match(/-?[\d.]+/g).map(Number);
    const route = points.filter((_, k) => k % 2 === 0).map((x, k) => [x, points[2 * k + 1]]);
    const number = drawn("path", {}), symbol = drawn("g", {});
    edge.append(drawn("g", { class: "label" }, symbol, number));
    return { line, route, number, symbol, text: null };
  }

  // The value or the gradient of a node as text, a dash if it is not known yet, or has no value.
  written(kind, i, hidden) {
    const numbers = this.model[kind === "value" ? "values" : "gradients"][i];
    return hidden || numbers.some(Number.isNaN) ? "–" : decimals(numbers);
  }

  // Show the numbers of the model, as far as they have changed and are known; all, or those near what is seen.
  update([left, top, right, bottom] = [-Infinity, -Infinity, Infinity, Infinity]) {
    const { model, known } = this;
    const seen = (x, y) => x > left - MARGIN && x < right + MARGIN && y > top - MARGIN && y < bottom + MARGIN;
    const outside = new Set(model.outside.map(check => check.node));
    this.nodes.forEach((node, i) => {
      const refused = outside.has(i);
      node.classList.toggle("refused", refused);
      const [value, gradient] = this.numbers.map(places => places[i]);
      if (!seen(value.x, value.y)) return;
      this.write(value, refused && known.values.has(i) ? "undefined" : this.written("value", i, !known.values.has(i)));
      this.write(gradient, this.written("gradient", i, !known.gradients.has(i)));
    });
    this.data.arrows.forEach(({ at }, i) => at && seen(...at) && this.relabel(this.labels[i], at, model.slopes[i]));
  }

  // A word and the number behind it, smaller if there is no room.
  write(place, text) {
    if (text === place.text) return;
    place.text = text;
    const { typesetter } = this;
    const { word, x, y, size, start, end, room } = place;
    const line = text === "undefined" ? typesetter.piece(this.data.undefined) : typesetter.line(text);
    const scale = Math.min(1, room / line.width);
    const left = end === null ? x : x + size * (end - scale * line.width);
    if (left !== place.left) place.paths[0].setAttribute("d", typesetter.path(word, left, y, size));
    place.left = left;
    place.paths[1].setAttribute("d", typesetter.path(line, left + size * start, y, size * scale));
  }

  // What stands on arrows: "symbols", "numbers" or "both".
  choose(partials) {
    this.partials = partials;
    this.labels.forEach((label, i) => {
      const { symbol } = this.data.arrows[i];
      if (!label) return;
      label.written = partials !== "numbers" && symbol !== undefined ? this.typesetter.piece(symbol) : null;
      label.symbol.replaceChildren();
      label.numbered = partials !== "symbols" || symbol === undefined;
      label.text = label.box = null;
    });
    this.update();
  }

  // The label of an arrow, a formula or a number or both below each other, and the line that it cuts.
  relabel(label, [x, y], slopes) {
    const text = label.numbered ? decimals(slopes) : "";
    if (text === label.text) return;
    label.text = text;
    const { typesetter } = this;
    const { written } = label;
    const number = label.numbered ? typesetter.line(text) : null;
    const lines = [written, number].filter(Boolean);
    const size = ARROW_FONT / 1000;
    const gap = BETWEEN * ARROW_FONT;
    const tall = lines.reduce((sum, line) => sum + size * (line.ascent + line.descent), gap * (lines.length - 1));
    const wide = Math.max(...lines.map(line => size * line.width));
    const top = y - tall / 2;
    if (number) label.number.setAttribute("d", typesetter.path(number, x - size * number.width / 2, y + tall / 2 - size * number.descent, size));
    const box = [x - wide / 2 - AIR, top - AIR, x + wide / 2 + AIR, y + tall / 2 + AIR];
    if (String(box) === String(label.box)) return;
    label.box = box;
    if (!number) label.number.removeAttribute("d");
    if (written) label.symbol.replaceChildren(typesetter.inked(written, x - size * written.width / 2, top + size * written.ascent, size));
    label.line.setAttribute("d", without(label.route, box));
  }

  // Mark what a step is about, and show as much as the passes have reached: `values` and `gradients` are sets of nodes.
  mark({ node, arrows, used, values, gradients }) {
    this.known = { values, gradients };
    this.update();
    this.nodes.forEach((element, i) => {
      element.classList.toggle("ahead", !values.has(i));
      element.classList.toggle("ungraded", !gradients.has(i));
      element.classList.toggle("now", Array.isArray(node) ? node.includes(i) : i === node);
      element.classList.toggle("used", used.includes(i));
    });
    this.arrows.forEach((element, i) => {
      element.classList.toggle("ahead", !values.has(this.data.arrows[i].head));
      element.classList.toggle("now", arrows.includes(i));
    });
  }

  // Light up a way through the graph, and nothing else; without arrows none is.
  light(arrows, nodes) {
    this.svg.classList.toggle("lit", arrows.length > 0);
    this.arrows.forEach((element, i) => element.classList.toggle("way", arrows.includes(i)));
    this.nodes.forEach((element, i) => element.classList.toggle("way", nodes.includes(i)));
  }

  // Where a node is with its numbers, in coordinates of the picture: left, top, right and bottom.
  around(i) {
    const { x, y, width, height } = this.nodes[i].getBBox();
    return [x, y, x + width, y + height];
  }
}

// How far to the left the outline of a node reaches.
function leftOf(node) {
  const outline = node.querySelector("circle, ellipse");
  return outline.cx.baseVal.value - (outline.r || outline.rx).baseVal.value;
}

// The path along a chain of lines, but from where it first comes into a rectangle to where it last leaves it.
function without(route, [left, top, right, bottom]) {
  let first = null, last = null;
  for (let i = 0; i + 1 < route.length; i++) {
    const [[ax, ay], [bx, by]] = [route[i], route[i + 1]];
    let [start, end] = [0, 1];
    for (const [a, d, low, high] of [[ax, bx - ax, left, right], [ay, by - ay, top, bottom]]) {
      if (d === 0) {
        if (a <= low || a >= high) end = -1;
        continue;
      }
      const hits = [(low - a) / d, (high - a) / d].sort((x, y) => x - y);
      start = Math.max(start, hits[0]);
      end = Math.min(end, hits[1]);
    }
    if (start >= end) continue;
    const point = t => [ax + t * (bx - ax), ay + t * (by - ay)];
    first = first || { i, point: point(start) };
    last = { i, point: point(end) };
  }
  const path = points => points.length < 2 ? "" : "M" + points.map(([x, y]) => `${x.toFixed(2)} ${y.toFixed(2)}`).join("L");
  if (!first) return path(route);
  return path([...route.slice(0, first.i + 1), first.point]) + path([last.point, ...route.slice(last.i + 1)]);
}
