// Makes a player of every picture that has none yet. Each finds all its parts within its own figure.
for (const figure of document.querySelectorAll("figure.autograd-steps:not([role])")) {
  const { title, forward, frames } = JSON.parse(figure.dataset.steps);
  const image = figure.querySelector("img");
  const drawn = new DOMParser().parseFromString(atob(image.src.split(",")[1]), "image/svg+xml");
  const svg = document.importNode(drawn.documentElement, true);
  const prefix = `s${Math.random().toString(36).slice(2, 9)}-`; // another player may show the same picture
  for (const part of svg.querySelectorAll("[id]")) part.id = prefix + part.id;
  for (const use of svg.querySelectorAll("use")) use.setAttribute("href", `#${prefix}${use.getAttribute("href").slice(1)}`);
  for (const number of svg.querySelectorAll(".number")) {
    const x = number.firstChild.getAttribute("x") || 0;
    number.insertAdjacentHTML("afterend", `<use class="dash" href="#${prefix}dash" x="${x}"/>`);
  }
  svg.setAttribute("aria-labelledby", `${prefix}title ${prefix}desc`);
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
  const part = (kind, i) => svg.querySelector(`#${prefix}${kind}${i}`);
  const parts = frames.map(([node, arrows]) => [part("n", node), ...arrows.map(i => part("e", i))].filter(Boolean));
  const last = slider.max = frames.length - 1;
  let at, timer;

  const show = i => {
    at = Math.max(0, Math.min(last, i));
    parts.forEach((found, j) => {
      // What the forward pass has not reached is faint; a node the backward pass has not reached has no gradient.
      if (j > forward) found[0].classList.toggle("ungraded", j > at);
      else found.forEach(g => g.classList.toggle("ahead", j > at));
    });
    const [, , used, says] = frames[at];
    const step = !at ? "Start." : at <= forward ? `Forward pass, ${at} of ${forward}:`
      : `Backward pass, ${at - forward} of ${last - forward}:`;
    svg.querySelectorAll(".now, .used").forEach(g => g.classList.remove("now", "used"));
    parts[at].forEach(g => g.classList.add("now"));
    used.forEach(i => part("n", i).classList.add("used"));
    figure.dataset.pass = at > forward ? "Backward" : "Forward";
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
