// Makes a player of every picture that is none yet. It is drawn in a tree of its own, where its ids, its styles and those of
// the page do not meet. The picture stays where it was, for pages that are saved and read again.
for (const box of document.querySelectorAll(".autograd-steps")) {
  if (box.shadowRoot) continue;
  const steps = JSON.parse(box.dataset.steps);
  const last = steps.length - 1;
  const root = box.attachShadow({ mode: "open" });
  root.innerHTML = atob(box.querySelector("img").src.split(",")[1]) + `<div>
    <button>Prev</button><button>Play</button><button>Next</button>
    <input type="range" max="${last}" aria-label="Step"></div><p aria-live="polite"><b></b> <span></span></p>`;
  root.append(box.querySelector("style").cloneNode(true));
  const [prev, play, next, slider, title, sentence] = root.querySelectorAll("button, input, b, span");
  let at, timer;

  const show = i => {
    slider.value = i;
    at = +slider.value;
    for (const part of root.querySelectorAll("[data-at]")) {
      const [forward, backward, ...uses] = JSON.parse(part.dataset.at);
      part.classList.toggle("ahead", at < forward);
      part.classList.toggle("ungraded", at < backward);
      part.classList.toggle("now", at === forward || at === backward);
      part.classList.toggle("used", uses.includes(at));
    }
    [title.textContent, sentence.textContent] = steps[at];
    [box.dataset.pass] = steps[at][0].split(" ");
    slider.ariaValueText = steps[at][0];
  };
  const go = i => {
    timer = clearInterval(timer);
    play.textContent = "Play";
    show(i);
  };
  const toggle = () => {
    if (timer) return go(at);
    show(at === last ? 0 : at + 1);
    play.textContent = "Pause";
    timer = setInterval(() => at === last || !box.isConnected ? go(at) : show(at + 1), 1600);
  };
  prev.onclick = () => go(at - 1);
  next.onclick = () => go(at + 1);
  play.onclick = toggle;
  slider.oninput = () => go(slider.value);
  const keys = { ArrowLeft: prev.onclick, ArrowRight: next.onclick, Home: () => go(0), End: () => go(last), " ": toggle };
  box.tabIndex = 0;
  box.onkeydown = event => {
    // A button does what is written on it, and with other keys held it is for the browser.
    const button = event.key === " " && root.querySelector("button:focus");
    if (!keys[event.key] || button || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault();
    event.stopPropagation();
    keys[event.key]();
  };
  show(0);
}
