// The picture with numbers that change, arrows whose labels are chosen, and marks for what a step is about.

const ARROW_FONT = 16, AIR = 3, BETWEEN = 0.18;
const ROOM = 3440; // the width that most numbers need

class Picture {
  constructor(svg, model, typesetter, data) {
    Object.assign(this, { svg, model, typesetter, data });
    this.nodes = data.nodes.map((_, i) => svg.querySelector(`#n${i}`));
    this.arrows = data.arrows.map((_, i) => svg.querySelector(`#e${i}`));
    this.known = { values: new Set(), gradients: new Set() };
    this.numbers = ["value", "gradient"].map(kind => this.nodes.map((node, i) => {
      const group = node.querySelector(`.${kind}`);
      const number = group.querySelector(".number");
      const start = Number(number.firstElementChild.getAttribute("x"));
      const { a: scale, e: left } = group.firstElementChild.transform.baseVal.consolidate().matrix;
      const { width } = typesetter.line(this.written(kind, i, data.quiz && kind === "gradient"));
      // What stands at the left of its node ends there.
      const end = left + scale * (start + width) < this.center(i)[0] - this.radius(i) ? width : null;
      const path = drawn("path", {});
      number.replaceChildren(path);
      return { group, number, path, start, scale, end, room: Math.max(ROOM, width), text: null };
    }));
    this.labels = data.arrows.map((arrow, i) => arrow.at && this.label(arrow, this.arrows[i]));
    typesetter.join();
  }

  // The label of an arrow, to be drawn anew, and the line that it cuts.
  label(arrow, edge) {
    const line = edge.querySelector(".line");
    edge.querySelector(".label").remove();
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

  // Show the numbers of the model, as far as they have changed and are known.
  update() {
    const { model, known } = this;
    this.nodes.forEach((node, i) => {
      const refused = model.outside.some(check => check.node === i);
      node.classList.toggle("refused", refused);
      const [value, gradient] = this.numbers.map(places => places[i]);
      const undefined_ = refused && known.values.has(i);
      this.write(value, undefined_ ? "undefined" : this.written("value", i, !known.values.has(i)));
      this.write(gradient, this.written("gradient", i, !known.gradients.has(i)));
    });
    this.labels.forEach((label, i) => label && this.relabel(label, this.data.arrows[i], model.slopes[i]));
  }

  write(place, text) {
    if (text === place.text) return;
    place.text = text;
    place.number.classList.toggle("unknown", text === "–");
    place.number.dataset.text = text;
    const { typesetter, data } = this;
    const line = text === "undefined" ? typesetter.piece(data.undefined) : typesetter.line(text);
    const scale = Math.min(1, place.room / line.width);
    place.number.setAttribute("transform", `translate(${place.start}) scale(${scale})`);
    if (place.end !== null) {
      place.group.setAttribute("transform", `translate(${place.scale * (place.end - scale * line.width)})`);
    }
    place.path.setAttribute("d", typesetter.path(line));
  }

  // What stands on arrows: "symbols", "numbers" or "both".
  choose(partials) {
    this.partials = partials;
    this.labels.forEach((label, i) => {
      const { symbol } = this.data.arrows[i];
      if (!label) return;
      label.written = partials !== "numbers" && symbol !== undefined ? this.typesetter.piece(symbol) : null;
      label.symbol.replaceChildren(...(label.written ? [this.typesetter.inked(label.written)] : []));
      label.numbered = partials !== "symbols" || symbol === undefined;
      label.text = null;
    });
    this.update();
  }

  // The label of an arrow, a formula or a number or both below each other, and the line that it cuts.
  relabel(label, { at: [x, y] }, slopes) {
    const text = label.numbered ? decimals(slopes) : "";
    if (text === label.text) return;
    label.text = text;
    const { written } = label;
    const number = label.numbered ? this.typesetter.line(text) : null;
    label.number.setAttribute("d", number ? this.typesetter.path(number) : "");
    const lines = [[label.symbol, written], [label.number, number]].filter(([, line]) => line);
    const size = ARROW_FONT / 1000;
    const gap = BETWEEN * ARROW_FONT;
    const tall = lines.reduce((sum, [, line]) => sum + size * (line.ascent + line.descent), gap * (lines.length - 1));
    const wide = Math.max(...lines.map(([, line]) => size * line.width));
    let top = y - tall / 2;
    for (const [element, line] of lines) {
      const place = `translate(${x - size * line.width / 2} ${top + size * line.ascent}) scale(${size})`;
      if (element.getAttribute("transform") !== place) element.setAttribute("transform", place);
      top += size * (line.ascent + line.descent) + gap;
    }
    const hidden = [x - wide / 2 - AIR, y - tall / 2 - AIR, x + wide / 2 + AIR, y + tall / 2 + AIR];
    const rest = without(label.route, hidden);
    if (label.line.getAttribute("d") !== rest) label.line.setAttribute("d", rest);
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

  // Where a node is, in coordinates of the picture.
  center(i) {
    const outline = this.nodes[i].querySelector("circle, ellipse");
    return [outline.cx.baseVal.value, outline.cy.baseVal.value];
  }

  // How far its outline reaches to both sides.
  radius(i) {
    const outline = this.nodes[i].querySelector("circle, ellipse");
    return (outline.r || outline.rx).baseVal.value;
  }
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
