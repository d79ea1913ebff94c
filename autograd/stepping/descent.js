// Descend: leaves that are trained step downhill, by the gradient of the mean over the rows of a batch if there is one.

const DESCENT = `
  <div class="descent">
    <div class="controls">
      <button data-do="down">Step down</button><button data-do="descend">Descend</button>
      <label>learning rate <input class="rate" type="number" min="0" step="any"></label>
      <label class="row" hidden>example <input type="range" min="0" step="1"><output></output></label>
      <span class="loss" role="status"></span>
    </div>
    <svg class="curve" viewBox="-20 0 620 140" role="img" aria-label="The loss after each step">
      <path class="axes" d="M50 8V112H592"/><path class="losses"/><text class="high" x="44" y="16"/><text class="low" x="44" y="112"/>
      <text class="count" x="592" y="130"/><text x="50" y="130">step 0</text>
    </svg>
  </div>`;

class Descent {
  constructor(player, box) {
    box.insertAdjacentHTML("beforeend", DESCENT);
    Object.assign(this, { player, model: player.model });
    const { data } = player;
    this.box = player.find(".descent");
    this.trained = data.trained;
    this.batch = data.batch;
    this.row = 0;
    this.rate = this.box.querySelector(".rate");
    this.rate.value = data.rate;
    if (this.batch.length) {
      this.box.querySelector(".row").hidden = false;
      const slider = this.box.querySelector(".row input");
      slider.max = this.batch.length - 1;
      slider.oninput = () => this.choose(Number(slider.value));
      this.choose(0);
    }
    this.restart();
  }

  // Show another row of the batch.
  choose(row) {
    this.row = row;
    this.put(this.model.x, this.batch[row]);
    this.box.querySelector(".row input").value = row;
    this.box.querySelector(".row output").textContent = `${row + 1} of ${this.batch.length}`;
    this.player.changed(true);
  }

  put(x, row) {
    this.player.data.columns.forEach((leaf, k) => x[leaf] = row[k]);
  }

  // The mean of the result over the batch, and its gradient with respect to the leaves that are trained.
  mean() {
    const { data, program } = this.player.model;
    const rows = this.batch.length ? this.batch : [[]];
    const probe = this.probe = this.probe || new Model(data, program);
    probe.x = [...this.model.x];
    let loss = 0;
    const slopes = this.trained.map(() => 0);
    for (const row of rows) {
      this.put(probe.x, row);
      probe.compute();
      loss += probe.values[probe.root][0];
      this.trained.forEach((i, k) => slopes[k] += probe.gradients[data.leaves[i].node][data.leaves[i].at]);
    }
    return { loss: loss / rows.length, slopes: slopes.map(x => x / rows.length) };
  }

  restart() {
    this.losses = [this.mean().loss];
    this.draw();
  }

  // One step downhill; false where there is none.
  down() {
    const { slopes } = this.mean();
    const rate = this.rate.valueAsNumber;
    if (!(rate > 0)) return this.stop("The learning rate is to be a positive number.");
    if (!slopes.every(Number.isFinite)) return this.stop("The gradient is not finite here, so there is no way down. Reset, and try a smaller learning rate.");
    const before = this.trained.map(i => this.model.x[i]);
    this.trained.forEach((i, k) => this.model.x[i] -= rate * slopes[k]);
    const { loss } = this.mean();
    if (!Number.isFinite(loss) || Math.abs(loss) > 1e100) {
      this.trained.forEach((i, k) => this.model.x[i] = before[k]);
      return this.stop(`Step ${this.losses.length} would leave where the loss is a number: the learning rate is too large.`);
    }
    this.losses.push(loss);
    this.player.changed(true);
    this.draw();
    return true;
  }

  toggle() {
    if (this.frame) return this.stop("");
    this.box.querySelector("[data-do=descend]").textContent = "Pause";
    const next = () => {
      this.frame = this.player.isConnected && this.down() ? requestAnimationFrame(next) : undefined;
    };
    this.frame = requestAnimationFrame(next);
  }

  stop(why) {
    cancelAnimationFrame(this.frame);
    this.frame = undefined;
    this.box.querySelector("[data-do=descend]").textContent = "Descend";
    if (why) this.box.querySelector(".loss").textContent = why;
    return false;
  }

  // The loss after each step, from the least to the greatest.
  draw() {
    const { losses, box } = this;
    const [low, high] = [Math.min(...losses), Math.max(...losses)];
    const x = i => 50 + 542 * i / Math.max(1, losses.length - 1);
    const y = loss => 112 - 96 * (loss - low) / (high - low || 1);
    const every = Math.ceil(losses.length / 1000);
    const points = losses.map((loss, i) => [x(i), y(loss)]).filter((_, i) => i % every === 0 || i === losses.length - 1);
    box.querySelector(".losses").setAttribute("d", "M" + points.map(point => point.map(v => v.toFixed(1)).join(" ")).join("L"));
    box.querySelector(".high").textContent = decimal(high);
    box.querySelector(".low").textContent = high > low ? decimal(low) : "";
    box.querySelector(".count").textContent = losses.length > 1 ? `step ${losses.length - 1}` : "";
    const name = this.batch.length ? `mean of ${this.player.name(this.model.root)} over ${this.batch.length} examples` : this.player.name(this.model.root);
    box.querySelector(".loss").textContent = `${name}: ${decimal(losses[losses.length - 1])}`;
  }
}
