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

// A number for people, as Python's "%.4g" rounds it: halves to the even digit.
function rounded(x) {
  const half = /^(-?\d)\.(\d{3})50*e(.*)$/.exec(x.toExponential(60));
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

  // A line as one path, which is drawn much faster than its glyphs one by one.
  path({ glyphs, bars }) {
    return [
      ...glyphs.map(([glyph, x, y, scale]) => moved(this.outline(typeof glyph === "number" ? `g${glyph}` : glyph, scale), x, y)),
      ...bars.map(([x, y, width, height]) => `M${x} ${y}h${width}v${height}h${-width}Z`),
    ].join("");
  }

  // The outline of what the picture defines under a name, made smaller: a glyph, or several that stand in a row.
  outline(name, scale) {
    const key = `${name} ${scale}`;
    if (!this.outlines.has(key)) {
      const defined = this.svg.querySelector(`#${name}`);
      const d = defined.getAttribute("d");
      this.outlines.set(key, d === null ? this.run(defined.tagName === "g" ? [...defined.children] : [defined], scale)
        : scale === 1 ? d : d.replace(/-?\d+/g, x => ` ${(x * scale).toFixed(1)}`));
    }
    return this.outlines.get(key);
  }

  // The outline of elements that show what is defined.
  run(uses, scale) {
    return uses.map(use => {
      const [x, y] = ["x", "y"].map(at => scale * use.getAttribute(at));
      const smaller = /scale\((.*)\)/.exec(use.getAttribute("transform"));
      return moved(this.outline(use.getAttribute("href").slice(1), scale * (smaller ? smaller[1] : 1)), x, y);
    }).join("");
  }

  // Draw every row of glyphs in the picture as one path.
  join() {
    for (const first of this.svg.querySelectorAll(":not(defs *) > use:first-child")) {
      const uses = [...first.parentNode.children].filter(part => part.tagName === "use");
      first.before(drawn("path", { d: this.run(uses, 1) }));
      uses.forEach(use => use.remove());
    }
  }

  // A line as an element of SVG, in font units.
  inked(line) {
    if (!line.letters) return drawn("path", { d: this.path(line) });
    const look = { "font-size": 1000, "font-family": "STIX Two Text, STIXGeneral, serif", textLength: line.width };
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

// An outline put elsewhere: only where parts of it begin is told absolutely.
function moved(outline, x, y) {
  const add = (a, b) => Number((Number(a) + b).toFixed(2)); // without exponents, which are no part of what is read again
  return outline.replace(/M *(-?[\d.]+) *(-?[\d.]+)/g, (_, left, top) => `M${add(left, x)} ${add(top, y)}`);
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
