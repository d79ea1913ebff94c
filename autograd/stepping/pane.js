// The pane in which the picture is scrolled, zoomed and pinched. It opens at natural size if that fits, smaller as long as
// all letters can be read, and else so large that they can be, at the node that it is about.

const READABLE = 9;

class Pane {
  constructor(box, svg, least, turn) {
    Object.assign(this, { box, svg, least: READABLE / least });
    this.width = svg.width.baseVal.value;
    this.height = svg.height.baseVal.value;
    [this.left, this.top] = svg.getAttribute("viewBox").split(" ").map(Number);
    this.chosen = false;
    new ResizeObserver(() => this.chosen || this.rest()).observe(box);
    box.addEventListener("wheel", event => {
      if (!event.ctrlKey && !event.metaKey && !box.matches(":fullscreen *")) return;
      event.preventDefault();
      this.zoom(this.scale * Math.exp(-event.deltaY / 300), event.clientX, event.clientY);
    }, { passive: false });
    this.drag();
    this.touch(turn);
  }

  // The scale at which the whole picture is seen.
  get whole() {
    const tall = parseFloat(getComputedStyle(this.box).maxHeight) || this.height;
    return Math.min(1, this.box.clientWidth / this.width, tall / this.height);
  }

  // What is seen of the picture, in its coordinates: left, top, right and bottom.
  get seen() {
    const { box, scale } = this;
    const [left, top] = [this.left + box.scrollLeft / scale, this.top + box.scrollTop / scale];
    return [left, top, left + box.clientWidth / scale, top + box.clientHeight / scale];
  }

  rest() {
    this.chosen = false;
    this.resize(Math.min(1, Math.max(this.whole, this.least)));
    if (this.at) this.follow(this.at);
  }

  resize(scale) {
    this.scale = Math.min(8, Math.max(scale, Math.min(0.2, this.whole)));
    this.svg.style.width = `${this.width * this.scale}px`;
    this.svg.style.height = `${this.height * this.scale}px`;
  }

  // Zoom, with the point at these coordinates of the window where it is.
  zoom(scale, x, y) {
    const { box } = this;
    const frame = box.getBoundingClientRect();
    const [dx, dy] = x === undefined ? [box.clientWidth / 2, box.clientHeight / 2] : [x - frame.left, y - frame.top];
    const before = this.scale;
    const [left, top] = [(box.scrollLeft + dx) / before, (box.scrollTop + dy) / before];
    this.chosen = true;
    this.resize(scale);
    box.scrollTo({ left: left * this.scale - dx, top: top * this.scale - dy, behavior: "instant" });
  }

  // Bring the first of some rectangles of the picture into the middle, or all together if there is room for them.
  follow(rectangles) {
    this.at = rectangles;
    const { box, scale } = this;
    const around = [Math.min, Math.min, Math.max, Math.max].map((most, k) => most(...rectangles.map(sides => sides[k])));
    const fits = (around[2] - around[0]) * scale <= box.clientWidth && (around[3] - around[1]) * scale <= box.clientHeight;
    const [left, top, right, bottom] = fits ? around : rectangles[0];
    box.scrollTo({
      left: ((left + right) / 2 - this.left) * scale - box.clientWidth / 2,
      top: ((top + bottom) / 2 - this.top) * scale - box.clientHeight / 2,
    });
  }

  drag() {
    const { box } = this;
    let last = null;
    box.addEventListener("pointerdown", event => {
      this.dragged = false;
      if (event.pointerType === "mouse" && event.button === 0) last = event;
    });
    box.addEventListener("pointermove", event => {
      if (!last || !event.buttons) return void (last = null);
      if (!this.dragged && Math.hypot(event.clientX - last.clientX, event.clientY - last.clientY) < 4) return;
      this.dragged = true;
      box.scrollBy({ left: last.clientX - event.clientX, top: last.clientY - event.clientY, behavior: "instant" });
      last = event;
    });
    box.addEventListener("pointerup", () => last = null);
  }

  // Two fingers zoom. One that swipes along a picture that is seen as wide as it is turns to another step.
  touch(turn) {
    const { box } = this;
    const apart = ([a, b]) => Math.hypot(a.clientX - b.clientX, a.clientY - b.clientY);
    const middle = ([a, b]) => [(a.clientX + b.clientX) / 2, (a.clientY + b.clientY) / 2];
    let pinch = 0, start = null;
    box.addEventListener("touchstart", event => {
      pinch = event.touches.length === 2 ? this.scale / apart(event.touches) : 0;
      start = event.touches.length === 1 ? event.touches[0] : null;
    }, { passive: true });
    box.addEventListener("touchmove", event => {
      if (!pinch || event.touches.length !== 2) return;
      event.preventDefault();
      this.zoom(pinch * apart(event.touches), ...middle(event.touches));
    }, { passive: false });
    box.addEventListener("touchend", event => {
      if (!start || event.touches.length) return;
      const [end] = event.changedTouches;
      const [dx, dy] = [end.clientX - start.clientX, end.clientY - start.clientY];
      if (box.scrollWidth <= box.clientWidth && Math.abs(dx) > 40 && Math.abs(dx) > 2 * Math.abs(dy)) turn(dx < 0 ? 1 : -1);
      start = null;
    });
  }
}
