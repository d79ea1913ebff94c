// Guess: gradients are hidden, and the reader types the next one.

const QUIZ = `
  <form class="quiz" hidden>
    <label><span class="asked"></span> <input type="text" placeholder="a number or an expression" autocomplete="off" autocapitalize="off" spellcheck="false"></label>
    <button>Check</button><button type="button" data-do="tell">Show</button>
    <output></output><span class="score"></span>
  </form>`;

class Quiz {
  constructor(player, box) {
    box.insertAdjacentHTML("beforeend", QUIZ);
    Object.assign(this, { player, solved: 0, right: 0, tried: false });
    this.examiner = new Examiner(player.model);
    this.form = player.find(".quiz");
    this.input = this.form.querySelector("input");
    this.form.addEventListener("submit", event => {
      event.preventDefault();
      this.check();
    });
  }

  // The step up to which all is told, and the one that is asked.
  get asked() {
    return this.player.data.forward.length + 1 + this.solved;
  }

  get node() {
    return this.player.data.backward[this.solved];
  }

  // Ask at a step, if it is the one.
  show(at) {
    const { player, form } = this;
    form.hidden = at !== this.asked;
    if (form.hidden) return;
    const { data, typesetter } = player;
    form.querySelector(".asked").replaceChildren(...typesetWords([data.quotients[this.node], " ="], typesetter));
    this.input.ariaLabel = `${typesetter.said(data.quotients[this.node])} =`;
    this.input.value = "";
    this.say("");
  }

  say(text) {
    const { solved, right } = this;
    this.form.querySelector("output").textContent = text;
    this.form.querySelector(".score").textContent = solved ? `${right} of ${solved} right at once` : "";
  }

  check() {
    let said;
    try {
      said = this.examiner.verdict(this.node, this.input.value);
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      return this.say(error.message);
    }
    if (said.kind === "right") return this.done(!this.tried, said.says);
    this.tried = true;
    this.say(said.says);
  }

  // Tell the answer, which then does not count.
  tell() {
    this.done(false, "");
  }

  done(right, said) {
    const { player } = this;
    this.right += right;
    this.solved += 1;
    this.tried = false;
    player.show(player.at);
    player.find(".why").textContent = [said, `${this.right} of ${this.solved} right at once.`].join(" ").trim();
    player.find("[data-do=next]").focus();
  }
}
