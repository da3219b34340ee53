/* ---- layout.js: where things are. Pure geometry: no DOM, no time. ---- */

export const MAP = { device: 20, port: 23, rail: 10, outer: 18, label: 42 };

/** Whole map scaled up on wide pages: it is read from the last row of a class room. */
export const mapScale = (width, docked) => (width >= 1180 && !docked ? 1.2 : 1);

const clamp = (v, lo, hi) => Math.min(hi, Math.max(lo, v));
const along = (p, q, f) => ({ x: p.x + (q.x - p.x) * f, y: p.y + (q.y - p.y) * f });
const distance = (p, q) => Math.hypot(q.x - p.x, q.y - p.y);
export function unit(p, q) {
  const d = distance(p, q) || 1;
  return { x: (q.x - p.x) / d, y: (q.y - p.y) / d };
}

/** Devices, clouds, LANs, cables and tunnels of a lab in a map `width` wide. */
export function mapGeometry(data, width) {
  const height = data.height;
  const g = { width, height, nodes: [], clouds: [], lans: [], links: [], pairs: [] };
  const single = new Set(data.nodes.map((n) => Math.round(n.y * 10))).size <= 1;
  g.single = single;
  g.nodes = data.nodes.map((n) => ({ x: clamp(n.x * width, 58, width - 58), y: single ? 112 : clamp(n.y * height + 2, 64, height - 66), kind: n.kind }));
  const rx = Math.min(124, width * 0.09);
  data.nodes.forEach((n, i) => {
    if (n.kind !== "cloud") return;
    const p = g.nodes[i];
    g.clouds.push({ node: i, x: p.x, y: p.y + (single ? 8 : 0), rx, ry: single ? 66 : 46, label: n.label, note: "" });
  });
  for (const c of data.clouds) {
    const of = c.nodes.length ? c.nodes.map((i) => g.nodes[i]) : g.nodes;
    const mid = of.reduce((m, p) => ({ x: m.x + p.x / of.length, y: m.y + p.y / of.length }), { x: 0, y: 0 });
    g.clouds.push({
      node: -1, x: c.x === undefined ? mid.x : c.x * width, y: (c.y === undefined ? mid.y : c.y * height) + (single ? 8 : 0),
      rx: c.width ? c.width * width / 2 : rx, ry: c.height ? c.height * height / 2 : single ? 66 : 46, label: c.label, note: c.note || "",
    });
  }
  g.links = data.links.map((link) => linkGeometry(g, data, link));
  for (const cloud of g.clouds) if (!cloud.note) cloud.note = cloudNote(data, cloud);
  g.lans = data.lans.map((lan) => lanGeometry(g, data, lan)).filter(Boolean);
  const users = {};
  for (const pair of data.pairs) for (const link of linksOf(pair)) users[link] = (users[link] || 0) + 1;
  // Tunnels that share a cable lie side by side on it; where they are more than two, each runs straight.
  const slots = [], lives = data.pairs.map((_, p) => pairLife(data, p));
  g.pairs = data.pairs.map((pair, p) => {
    const chord = linksOf(pair).some((l) => users[l] > 2), geometry = pairGeometry(g, data, pair, chord);
    // Where packets took other cables than at first, the ways of both directions since when.
    if (!chord) geometry.ways = (pair.ways || []).map(([at, forward, path]) => ({ at, forward, path, line: pairGeometry(g, data, { ...pair, path }, false).line }));
    const mine = linksOf(pair), taken = data.pairs.slice(0, p).map((other, o) => (lives[o][0] < lives[p][1] && lives[p][0] < lives[o][1] && linksOf(other).some((l) => mine.includes(l)) ? slots[o] : -1));
    slots[p] = 0;
    while (taken.includes(slots[p])) slots[p]++;
    return { ...geometry, slot: geometry.chord ? 0 : slots[p] };
  });
  return g;
}

/** From the first to the last moment of a pair's SAs. */
export function pairLife(data, pair) {
  const mine = data.sas.filter((sa) => sa.pair === pair);
  return [Math.min(...mine.map((sa) => sa.begun)), Math.max(...mine.map((sa) => (sa.down < 0 ? data.until : sa.down)))];
}

/** Every cable that a pair's packets ever took. */
const linksOf = (pair) => [...new Set([...pair.path, ...(pair.ways || []).flatMap((way) => way[2])].map(([link]) => link))];

/** The ways of a pair at a moment: [from a to b, from b to a], and their cables. */
export function wayAt(geo, path, t) {
  let there = { line: geo.line, path }, back = there;
  for (const way of geo.ways || []) if (way.at <= t) { if (way.forward) there = way; else back = way; }
  return { lines: [there.line, back.line], links: [...there.path, ...back.path].map(([link]) => link) };
}

/** Crossing the cloud takes the sum of the two cables into it; without a device of its own, one cable's delay. */
function cloudNote(data, cloud) {
  const ms = (us) => `${+(us / 1000).toFixed(1)} ms`;
  if (cloud.node < 0) return "";
  const delays = data.links.filter((l) => l.a.node === cloud.node || l.b.node === cloud.node).map((l) => l.delay);
  if (delays.length === 2) return `${ms(delays[0] + delays[1])} each way`;
  return delays.length && delays.every((d) => d === delays[0]) ? `${ms(2 * delays[0])} between any two` : "";
}

export function insideCloud(cloud, p) {
  // A rectangle with ends as round as they get.
  const r = Math.min(cloud.rx, cloud.ry, 62);
  const dx = Math.max(0, Math.abs(p.x - cloud.x) - (cloud.rx - r)), dy = Math.max(0, Math.abs(p.y - cloud.y) - (cloud.ry - r));
  return dx * dx + dy * dy < r * r;
}

function linkGeometry(g, data, link) {
  const a = g.nodes[link.a.node], b = g.nodes[link.b.node];
  const isCloud = (n) => n.kind === "cloud";
  const dir = unit(a, b), full = distance(a, b);
  const offA = isCloud(a) ? 0 : MAP.port - 3, offB = isCloud(b) ? 0 : MAP.port - 3;
  const p = { x: a.x + dir.x * offA, y: a.y + dir.y * offA }, q = { x: b.x - dir.x * offB, y: b.y - dir.y * offB };
  const segs = [];
  const N = Math.max(24, Math.round(full / 3));
  let start = 0, inside = null;
  for (let i = 0; i <= N; i++) {
    const now = g.clouds.some((c) => insideCloud(c, along(p, q, i / N)));
    if (inside === null) inside = now;
    if (now !== inside || i === N) {
      segs.push({ ...along(p, q, start), to: along(p, q, i / N), f0: start, f1: i / N, cloud: inside });
      start = i / N; inside = now;
    }
  }
  const open = segs.filter((s) => !s.cloud);
  const length = distance(p, q);
  const near = (seg, end) => {
    if (!seg) return 0.5;
    const other = end === "a" ? segs[segs.indexOf(seg) + 1] : segs[segs.indexOf(seg) - 1];
    const room = (seg.f1 - seg.f0) * length;
    if (other) return end === "a" ? seg.f1 - Math.min(17, room / 2) / length : seg.f0 + Math.min(17, room / 2) / length;
    return seg.f0 + (seg.f1 - seg.f0) * (end === "a" ? 0.42 : 0.58);
  };
  const breakA = near(open[0], "a"), breakB = near(open[open.length - 1], "b");
  const middle = open.length ? { f: (open[0].f0 + open[0].f1) / 2 } : { f: 0.5 };
  const port = (node, s) => (isCloud(node) || node.kind === "switch" ? null : { x: node.x + s * dir.x * MAP.port, y: node.y + s * dir.y * MAP.port });
  return {
    p, q, dir, length, segs, mid: along(p, q, middle.f),
    portA: port(a, 1), portB: port(b, -1), angle: Math.atan2(dir.y, dir.x) * 180 / Math.PI,
    at: (f) => along(p, q, f), breakA, breakB: isCloud(b) && open.length === 1 ? breakA : breakB, breakFor(end) { return end === "b" && !(isCloud(b) && open.length === 1) ? (isCloud(a) && open.length === 1 ? near(open[0], "b") : breakB) : (isCloud(a) && open.length === 1 ? near(open[0], "b") : breakA); },
    box: open.length ? { from: along(p, q, open[0].f0), to: along(p, q, open[open.length - 1].f1) } : { from: p, to: q },
  };
}

function lanGeometry(g, data, lan) {
  const nodes = lan.nodes.map((i) => ({ ...g.nodes[i], i }));
  if (!nodes.length) return null;
  // A device that also stands elsewhere is on the edge of the box, one that stands only here is inside.
  const links = (i) => data.links.filter((l) => l.a.node === i || l.b.node === i).length;
  const xs = nodes.map((n) => n.x), ys = nodes.map((n) => n.y);
  const minX = Math.min(...xs), maxX = Math.max(...xs);
  const edge = (n) => links(n.i) > 1 && n.kind !== "switch" && nodes.length > 1;
  const left = nodes.filter((n) => n.x === minX), right = nodes.filter((n) => n.x === maxX);
  const x1 = minX === maxX ? minX - 48 : left.every(edge) ? minX : minX - 48, x2 = minX === maxX ? maxX + 48 : right.every(edge) ? maxX : maxX + 48;
  const x = clamp(x1, 10, g.width - 10), end = clamp(x2, 10, g.width - 10);
  const y = Math.min(...ys) - 58, bottom = Math.max(...ys) + 74;
  return { x, y: Math.max(2, y), width: end - x, height: Math.min(g.height - 2, bottom) - Math.max(2, y), label: lan.label, prefix: lan.prefix, anchor: (x + end) / 2 > g.width / 2 ? "end" : "start" };
}

function pairGeometry(g, data, pair, chord) {
  const points = [g.nodes[pair.a]];
  if (!chord) {
    for (const [index, forward] of pair.path.slice(0, -1)) {
      const link = data.links[index];
      points.push(g.nodes[forward ? link.b.node : link.a.node]);
    }
  }
  points.push(g.nodes[pair.b]);
  const n = points.length;
  const first = unit(points[0], points[1]), last = unit(points[n - 2], points[n - 1]);
  const line = points.map((p) => ({ x: p.x, y: p.y }));
  line[0] = { x: points[0].x + first.x * MAP.port, y: points[0].y + first.y * MAP.port };
  line[n - 1] = { x: points[n - 1].x - last.x * MAP.port, y: points[n - 1].y - last.y * MAP.port };
  return { line: simplify(line), chord };
}

function simplify(points) {
  return points.filter((p, i) => {
    if (i === 0 || i === points.length - 1) return true;
    const u = unit(points[i - 1], p), v = unit(p, points[i + 1]);
    return Math.abs(u.x * v.y - u.y * v.x) > 0.02;
  });
}

/** The polyline moved sideways by `d` (positive: to the left of its direction, which is up for one that runs right). */
export function offsetLine(points, d) {
  if (!d) return points;
  return points.map((p, i) => {
    const before = i > 0 ? unit(points[i - 1], p) : null, after = i < points.length - 1 ? unit(p, points[i + 1]) : null;
    const u = before || after, v = after || before;
    const nx = u.y + v.y, ny = -(u.x + v.x);
    const scale = 2 * d / Math.max(0.5, nx * nx + ny * ny);
    return { x: p.x + nx * scale, y: p.y + ny * scale };
  });
}

export function lineLength(points) {
  let sum = 0;
  for (let i = 1; i < points.length; i++) sum += distance(points[i - 1], points[i]);
  return sum;
}

export function pointOn(points, at) {
  for (let i = 1; i < points.length; i++) {
    const d = distance(points[i - 1], points[i]);
    if (at <= d || i === points.length - 1) {
      const u = unit(points[i - 1], points[i]);
      return { x: points[i - 1].x + u.x * at, y: points[i - 1].y + u.y * at, u };
    }
    at -= d;
  }
  return { ...points[0], u: { x: 1, y: 0 } };
}

/** The part of a polyline between two distances from its start. */
export function cutLine(points, from, to) {
  const out = [pointOn(points, from)];
  let sum = 0;
  for (let i = 1; i < points.length - 1; i++) {
    sum += distance(points[i - 1], points[i]);
    if (sum > from && sum < to) out.push(points[i]);
  }
  out.push(pointOn(points, to));
  return out;
}

const r1 = (v) => Math.round(v * 10) / 10;
export const pathOf = (points) => points.map((p, i) => `${i ? "L" : "M"}${r1(p.x)} ${r1(p.y)}`).join("");

/** Chevrons along a line in its direction, one every 44 px, the first `phase` px on. */
export function chevronPath(points, phase, lo = 8, hi = 8) {
  const total = lineLength(points);
  let d = "";
  for (let at = lo + (((phase + 18 - lo) % 44) + 44) % 44; at < total - hi; at += 44) {
    const p = pointOn(points, at), u = p.u, n = { x: -u.y, y: u.x };
    const back = { x: p.x - u.x * 3, y: p.y - u.y * 3 };
    d += `M${r1(back.x + n.x * 3.4)} ${r1(back.y + n.y * 3.4)}L${r1(p.x + u.x * 2)} ${r1(p.y + u.y * 2)}L${r1(back.x - n.x * 3.4)} ${r1(back.y - n.y * 3.4)}`;
  }
  return d;
}

/* ---- text boxes that never overlap ---- */

/** Width of a text in pixels: measured where there is a canvas, estimated where there is none. */
let ruler = null;
const widths = new Map();
export function textWidth(text, size, weight = 400, family = "") {
  const font = `${weight} ${size}px ${family || "sans-serif"}`;
  const key = font + "\n" + text;
  let width = widths.get(key);
  if (width !== undefined) return width;
  if (ruler === null) ruler = typeof document === "undefined" ? false : document.createElement("canvas").getContext("2d");
  if (ruler) {
    ruler.font = font;
    width = ruler.measureText(text).width * 1.01 + 0.5;
  } else width = text.length * size * (/mono|Menlo/i.test(family) ? 0.605 : 0.56);
  if (widths.size > 4000) widths.clear();
  widths.set(key, width);
  return width;
}

/** Remembers what is taken; a label takes the first free one of its candidate places, or none. */
export class Placer {
  constructor(frame) {
    this.frame = frame;
    this.taken = [];
  }

  free(box) {
    const f = this.frame;
    if (box.x < f.x || box.y < f.y || box.x + box.width > f.x + f.width || box.y + box.height > f.y + f.height) return false;
    return !this.taken.some((t) => box.x < t.x + t.width && t.x < box.x + box.width && box.y < t.y + t.height && t.y < box.y + box.height);
  }

  take(box) {
    this.taken.push(box);
  }

  copy() {
    const other = new Placer(this.frame);
    other.taken = this.taken.slice();
    return other;
  }

  /** Place lines of text ({text, size, weight, family, dy}) at the first free candidate {x, y, anchor}. */
  place(lines, candidates, force = false) {
    for (const at of candidates) {
      const box = textBox(lines, at);
      if (this.free(box)) {
        this.take(box);
        return at;
      }
    }
    if (force && candidates.length) {
      this.take(textBox(lines, candidates[0]));
      return candidates[0];
    }
    return null;
  }
}

export function textBox(lines, at) {
  let left = Infinity, right = -Infinity, top = Infinity, bottom = -Infinity;
  for (const line of lines) {
    const w = textWidth(line.text, line.size, line.weight, line.family);
    const x = at.anchor === "middle" ? at.x - w / 2 : at.anchor === "end" ? at.x - w : at.x;
    const y = at.y + (line.dy || 0);
    left = Math.min(left, x); right = Math.max(right, x + w);
    top = Math.min(top, y - line.size * 0.95); bottom = Math.max(bottom, y + line.size * 0.26);
  }
  return { x: left - 3, y: top, width: right - left + 6, height: bottom - top };
}

/* ---- the axis ---- */

/** Distance of the ruler's ticks in microseconds. */
export function tickStep(span, width) {
  const most = width > 1100 ? 14 : width > 760 ? 12 : width > 460 ? 7 : 4;
  for (let decade = 1e3; decade < 1e12; decade *= 10) for (const q of [1, 2, 5]) if (span / (q * decade) <= most) return q * decade;
  return span;
}

export function zoomWindow([a, b], until, about, factor) {
  const width = clamp((b - a) * factor, 10000, until);
  const share = (about - a) / (b - a);
  const start = clamp(about - width * share, 0, until - width);
  return [Math.round(start), Math.round(start + width)];
}
