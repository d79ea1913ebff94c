// Makes a player of every picture that has none yet. Each finds all its parts within its own figure.
for (const image of document.querySelectorAll("figure.autograd-steps > img")) {
  const figure = image.parentElement;
  const [forward, frames] = JSON.parse(figure.dataset.steps);
  const drawn = new DOMParser().parseFromString(atob(image.src.split(",")[1]), "image/svg+xml");
  const svg = document.importNode(drawn.documentElement, true);
  // Another player may show the same picture.
  const prefix = `s${Math.random().toString(36).slice(2, 9)}-`;
  for (const part of svg.querySelectorAll("[id]")) part.id = prefix + part.id;
  for (const use of svg.querySelectorAll("use")) use.setAttribute("href", `#${prefix}${use.getAttribute("href").slice(1)}`);
  for (const number of svg.querySelectorAll(".number")) {
    const dash = number.firstChild.cloneNode();
    dash.setAttribute("class", "dash");
    dash.setAttribute("href", `#${prefix}dash`);
    number.after(dash);
  }
  image.replaceWith(svg);
  figure.insertAdjacentHTML("beforeend", `<div class="controls">
    <button type="button">Prev</button><button type="button">Play</button><button type="button">Next</button>
    <input type="range" min="0" value="0" aria-label="Step"></div><p aria-live="polite"><b></b> <span></span></p>`);
  figure.tabIndex = 0;
  const [prev, play, next, slider, step, sentence] = figure.querySelectorAll("button, input, b, span");
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
    svg.querySelectorAll(".now, .used").forEach(g => g.classList.remove("now", "used"));
    parts[at].forEach(g => g.classList.add("now"));
    frames[at][2].forEach(i => part("n", i).classList.add("used"));
    const [pass, done, all] = at > forward ? ["Backward", at - forward, last - forward] : ["Forward", at, forward];
    figure.dataset.pass = pass;
    step.textContent = slider.ariaValueText = at ? `${pass} pass, ${done} of ${all}:` : "Start.";
    sentence.textContent = frames[at][3];
    slider.value = at;
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
  const keys = { ArrowLeft: prev.onclick, ArrowRight: next.onclick, Home: () => go(0), End: () => go(last), " ": toggle };
  figure.onkeydown = event => {
    const act = keys[event.key];
    // A button does what is written on it.
    const pressed = event.key === " " && event.target.matches("button");
    if (!act || pressed || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault();
    event.stopPropagation();
    act();
  };
  show(0);
}
