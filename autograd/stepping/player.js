// Makes a player of every picture that has none yet. Each finds all its parts within its own figure.
for (const figure of document.querySelectorAll("figure.autograd-steps:not([role])")) {
  const { prefix, title, frames } = JSON.parse(figure.dataset.steps);
  const image = figure.querySelector("img");
  const drawn = new DOMParser().parseFromString(atob(image.src.split(",")[1]), "image/svg+xml");
  const svg = document.importNode(drawn.documentElement, true);
  image.replaceWith(svg);
  figure.insertAdjacentHTML("beforeend", `<div class="controls">
    <button type="button">Prev</button><button type="button">Play</button><button type="button">Next</button>
    <input type="range" min="0" value="0" aria-label="Step"></div><p aria-live="polite"><b></b> <span></span></p>`);
  figure.setAttribute("role", "group");
  figure.setAttribute("aria-label", title);
  figure.tabIndex = 0;
  figure.dataset.lmSuppressShortcuts = true; // in JupyterLab, arrow keys would go to another cell
  const [prev, play, next] = figure.querySelectorAll("button");
  const slider = figure.querySelector("input");
  const part = (kind, i) => svg.querySelector(`#${prefix}-${kind}${i}`);
  const parts = frames.map(frame => [part("n", frame.node), ...frame.arrows.map(i => part("e", i))].filter(Boolean));
  const last = slider.max = frames.length - 1;
  let at, timer;

  const show = i => {
    at = Math.max(0, Math.min(last, i));
    frames.forEach(({ pass }, j) => {
      // What the forward pass has not reached is faint; a node the backward pass has not reached has no gradient.
      if (pass === "Forward") parts[j].forEach(g => g.classList.toggle("ahead", j > at));
      if (pass === "Backward") parts[j][0].classList.toggle("ungraded", j > at);
    });
    const { pass, step, says, used } = frames[at];
    svg.querySelectorAll(".now, .used").forEach(g => g.classList.remove("now", "used"));
    parts[at].forEach(g => g.classList.add("now"));
    used.forEach(i => part("n", i).classList.add("used"));
    figure.dataset.pass = pass;
    slider.value = at;
    slider.setAttribute("aria-valuetext", step);
    figure.querySelector("b").textContent = step;
    figure.querySelector("span").textContent = says;
  };
  const stop = () => {
    timer = clearInterval(timer);
    play.textContent = "Play";
  };
  const go = i => {
    stop();
    show(i);
  };
  const toggle = () => {
    if (timer) return stop();
    show(at === last ? 0 : at + 1);
    play.textContent = "Pause";
    timer = setInterval(() => at === last || !figure.isConnected ? stop() : show(at + 1), 1600);
  };
  prev.onclick = () => go(at - 1);
  next.onclick = () => go(at + 1);
  play.onclick = toggle;
  slider.oninput = () => go(+slider.value);
  figure.onkeydown = event => {
    const act = {
      ArrowLeft: prev.onclick, ArrowRight: next.onclick, Home: () => go(0), End: () => go(last), " ": toggle,
    }[event.key];
    const pressed = event.key === " " && event.target.matches("button"); // which does what is written on it
    if (!act || pressed || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault();
    event.stopPropagation();
    act();
  };
  show(0);
}
