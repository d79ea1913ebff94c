// A slider and a field for each leaf. Changing one changes everything at once.

class Leaves {
  constructor(box, model, typesetter, changed) {
    Object.assign(this, { model });
    box.hidden = !model.program || !model.x.length;
    this.rows = model.data.leaves.map((leaf, i) => {
      const said = typesetter.said(leaf.name);
      const slider = made("input", { type: "range", step: "any", ariaLabel: said });
      const field = made("input", { type: "number", step: "any", ariaLabel: `${said} as a number` });
      const change = (x, held) => {
        if (!Number.isFinite(x)) return;
        model.x[i] = x;
        changed(held);
      };
      slider.addEventListener("input", () => change(snapped(slider.valueAsNumber, slider.max / 200), true));
      slider.addEventListener("change", () => changed());
      field.addEventListener("input", () => change(field.valueAsNumber, true));
      field.addEventListener("change", () => changed());
      box.append(made("label", { className: "leaf" }, typesetter.inline(typesetter.piece(leaf.name)), slider, field));
      return { slider, field };
    });
    const reset = made("button", { textContent: "Reset" });
    reset.dataset.do = "reset";
    box.append(reset);
    this.update();
  }

  // Show the leaves as they are, but for a field that is being typed into.
  update() {
    const typed = this.rows[0]?.field.getRootNode().activeElement;
    this.rows.forEach(({ slider, field }, i) => {
      const x = this.model.x[i];
      if (!(Math.abs(x) <= slider.max && slider.min < 0)) {
        slider.max = around(x);
        slider.min = -slider.max;
      }
      if (slider.valueAsNumber !== x) slider.valueAsNumber = x;
      const short = Number(x.toPrecision(6));
      if (field !== typed && field.valueAsNumber !== short) field.valueAsNumber = short;
    });
  }
}

// A round number to both sides of which a slider reaches: 1, 2 or 5 times a power of ten.
function around(x) {
  const wanted = Math.max(1, 2 * Math.abs(x));
  const power = 10 ** Math.floor(Math.log10(wanted));
  return power * [1, 2, 5, 10].find(k => k * power >= wanted * (1 - 1e-9));
}

// The multiple of a small step next to x, without the digits that arithmetic leaves behind.
function snapped(x, step) {
  return Number((Math.round(x / step) * step).toPrecision(6));
}
