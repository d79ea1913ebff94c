// Numbers and sentences: as text, and typeset from the glyphs of the picture. Sizes are in thousandths of the font size.

const XML = "http://www.w3.org/2000/svg";

function drawn(name, attributes, ...inside) {
  const element = document.createElementNS(XML, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...inside);
  return element;
}

function made(name, properties, ...inside) {
  const element = Object.assign(document.createElement(name), properties);
  element.append(...inside);
  return element;
}

// A number for people, as Python's "%.4g" rounds it: halves to the even digit. Few numbers end where a half would.
function rounded(x) {
  const half = /^-?\d\.\d{3}5e/.test(x.toExponential()) && /^(-?\d)\.(\d{3})50*e(.*)$/.exec(x.toExponential(60));
  return half && "02468".includes(half[2][2]) ? Number(`${half[1]}.${half[2]}e${half[3]}`) : Number(x.toPrecision(4));
}

function decimal(x) {
  if (Number.isNaN(x)) return "–";
  if (!Number.isFinite(x)) return x < 0 ? "-∞" : "∞";
  const short = rounded(x) + 0;
  const [digits, power] = short.toExponential().split("e");
  if (short === 0 || (power >= -4 && power < 6)) return String(short);
  return `${digits}e${power[0]}${power.slice(1).padStart(2, "0")}`;
}

// Numbers as they stand beside nodes; of a long vector the first ones and the last.
function decimals(values) {
  const texts = values.map(decimal);
  if (texts.length === 1) return texts[0];
  return `(${(texts.length > 4 ? [...texts.slice(0, 3), "…", texts[texts.length - 1]] : texts).join(", ")})`;
}

// What typesets: the tables of signs and pieces that the page carries.
class Typesetter {
  constructor({ signs, small, raised, scale, pieces }, svg) {
    Object.assign(this, { signs, small, raised, scale, pieces, svg, outlines: new Map() });
  }

  // Whether a text can be typeset from signs.
  knows(text) {
    return [...text].every(sign => sign === " " || sign in this.signs);
  }

  // Digits and signs in a row: their width, and the glyphs with their places.
  line(text) {
    const glyphs = [];
    let x = 0;
    const put = sign => {
      const [glyph, advance, lead] = this.signs[sign] || [null, 278, 0];
      if (glyph !== null) glyphs.push([glyph, x + lead, 0, 1]);
      x += advance;
    };
    const scientific = /(-?)(\d(?:\.\d+)?)e([-+])0*(\d+)/g;
    let done = 0;
    for (const match of text.matchAll(scientific)) {
      const [all, minus, digits, sign, power] = match;
      [...text.slice(done, match.index), ...minus, ...(digits === "1" ? "10" : `${digits}·10`)].forEach(put);
      for (const digit of sign === "-" ? "-" + power : power) {
        const [glyph, advance] = this.small[digit];
        glyphs.push([glyph, x, this.raised[sign === "-" ? 1 : 0], this.scale]);
        x += advance;
      }
      done = match.index + all.length;
    }
    [...text.slice(done)].forEach(put);
    const deep = /[(),]/.test(text);
    return { width: x, ascent: deep ? 740 : 670, descent: deep ? 200 : 12, glyphs, bars: [], text };
  }

  // One of the pieces that were typeset beforehand.
  piece(i) {
    const [said, width, ascent, descent, runs, bars, letters] = this.pieces[i];
    const glyphs = [];
    for (const [y, ...run] of runs) {
      for (let k = 0; k < run.length; k += 2) glyphs.push([run[k], run[k + 1], y, 1]);
    }
    return { width, ascent, descent, glyphs, bars, letters, text: said };
  }

  said(i) {
    return this.pieces[i][0];
  }

  // A line as one path, which is drawn much faster than its glyphs one by one: where it begins, and how large it is.
  path({ glyphs, bars }, x = 0, y = 0, size = 1) {
    const begin = (dx, dy) => `M${(x + dx).toFixed(2)} ${(y + dy).toFixed(2)}`;
    let d = "";
    for (const [glyph, dx, dy, scale] of glyphs) {
      const parts = this.outline(typeof glyph === "number" ? `g${glyph}` : glyph, size * scale);
      for (const [left, top, rest] of parts) d += begin(size * dx + left, size * dy + top) + rest;
    }
    for (const [dx, dy, width, height] of bars) {
      d += `${begin(size * dx, size * dy)}h${size * width}v${size * height}h${-size * width}Z`;
    }
    return d;
  }

  // The outline of what the picture defines under a name, a glyph or several that stand in a row: for each part where it
  // begins, and its path from there.
  outline(name, size) {
    const key = `${name} ${size}`;
    if (!this.outlines.has(key)) {
      const defined = this.svg.querySelector(`#${name}`);
      const d = defined.getAttribute("d");
      this.outlines.set(key, d === null ? this.run(defined.tagName === "g" ? [...defined.children] : [defined], size)
        : [...d.matchAll(/M(-?\d+) *(-?\d+)([^M]*)/g)].map(([, x, y, rest]) => [size * x, size * y, resized(rest, size)]));
    }
    return this.outlines.get(key);
  }

  // The outline of elements that show what is defined.
  run(uses, size) {
    return uses.flatMap(use => {
      const [x, y] = ["x", "y"].map(at => size * use.getAttribute(at));
      const smaller = /scale\((.*)\)/.exec(use.getAttribute("transform"));
      return moved(this.outline(use.getAttribute("href").slice(1), size * (smaller ? smaller[1] : 1)), x, y);
    });
  }

  // A row of glyphs and bars of the picture as a line, and where it stands.
  read(row) {
    const [glyphs, bars] = ["use", "rect"].map(name => [...row.children].filter(part => part.tagName === name));
    const numbers = (part, ...names) => names.map(name => Number(part.getAttribute(name)));
    const { a: size, e: x, f: y } = row.transform.baseVal.consolidate().matrix;
    const line = {
      glyphs: glyphs.map(use => [use.getAttribute("href").slice(1), ...numbers(use, "x", "y"), 1]),
      bars: bars.map(bar => numbers(bar, "x", "y", "width", "height")),
    };
    return { line, x, y, size };
  }

  // Draw every row of glyphs in the picture as one path in its coordinates: each transformation is a layer to the browser.
  join() {
    for (const { parentNode: row } of this.svg.querySelectorAll(":not(defs *) > use:first-child")) {
      const { line, x, y, size } = this.read(row);
      row.replaceWith(drawn("path", { d: this.path(line, x, y, size) }));
    }
  }

  // A line as an element of SVG.
  inked(line, x = 0, y = 0, size = 1) {
    if (!line.letters) return drawn("path", { d: this.path(line, x, y, size) });
    const look = { x, y, "font-size": 1000 * size, "font-family": "STIX Two Text, STIXGeneral, serif", textLength: size * line.width };
    return drawn("text", look, line.letters);
  }

  // A line that stands in text.
  inline(line) {
    const tall = line.ascent + line.descent;
    const svg = drawn("svg", { viewBox: `0 ${-line.ascent} ${line.width} ${tall}`, class: "typeset" }, this.inked(line));
    svg.style.height = `${tall / 1000}em`;
    svg.style.width = `${line.width / 1000}em`;
    svg.style.verticalAlign = `${-line.descent / 1000}em`;
    return svg;
  }
}

// An outline put elsewhere.
function moved(outline, x, y) {
  return outline.map(([left, top, rest]) => [left + x, top + y, rest]);
}

// A path of lines and curves, told from where each begins, in another size.
function resized(path, size) {
  return size === 1 ? path : path.replace(/-?\d+/g, x => ` ${Number((x * size).toFixed(3))}`);
}

// How a number is put into a sentence: as it is; in parentheses if negative, as a factor; in parentheses unless it is one
// digit, under a root; with its sign, as a term of a sum.
const PLAIN = 0, FACTOR = 1, ROOT = 2, TERM = 3;

function putIn(text, how) {
  if (how === TERM) return text[0] === "-" ? ` - ${text.slice(1)}` : ` + ${text}`;
  const alone = how === PLAIN || (how === FACTOR && text[0] !== "-") || (how === ROOT && text.length === 1);
  return alone ? text : `(${text})`;
}

// An equation of several sides, but for those that repeat another or lack a number: as text, and typeset in words that are
// not broken. `numbers` gives the numbers for a kind and a place.
function equation(sides, numbers, typesetter) {
  const told = new Map();
  const lacking = part => Array.isArray(part) && numbers(part[0], part[1]).some(Number.isNaN);
  for (const side of sides.filter(side => sides.length === 1 || !side.some(lacking))) {
    const parts = side.map(part =>
      Array.isArray(part) ? putIn(decimals(numbers(part[0], part[1])), part[2]) : part);
    const text = parts.map(part => typeof part === "number" ? typesetter.said(part) : part).join("");
    if (text && !told.has(text)) told.set(text, parts);
  }
  const all = [...told.values()].flatMap((parts, i) => i ? [" = ", ...parts] : parts);
  return { text: [...told.keys()].join(" = "), words: typesetWords(all, typesetter) };
}

// Text and pieces as words that are not broken, with the blanks between them.
function typesetWords(parts, typesetter) {
  const words = [];
  let word = null;
  const put = (...inside) => {
    if (!word) words.push(word = made("span", { className: "word" }));
    word.append(...inside);
  };
  for (const part of parts) {
    if (typeof part === "number") put(typesetter.inline(typesetter.piece(part)));
    else if (!typesetter.knows(part)) put(part);
    else {
      part.split(" ").forEach((run, i) => {
        if (i) words.push(" "), word = null;
        if (run) put(typesetter.inline(typesetter.line(run)));
      });
    }
  }
  return words;
}
