/* ---- ladder.js: the messages of two devices, time downwards; order, not scale. ---- */

const RUNG = { row: 40, lost: 50, slope: 24, gap: 30, top: 30, cut: 2e6, wide: 400, gutter: 118, narrow: 62 };

/** Where every message of two devices stands: rows in order of time, long silences cut. */
export function ladderRows(data, a, b) {
  const rows = [];
  let y = RUNG.top, last = -1;
  data.messages.forEach((m, i) => {
    if (!((m.from === a && m.to === b) || (m.from === b && m.to === a))) return;
    const silence = last >= 0 ? m.at - last : 0, gap = silence > RUNG.cut ? silence : 0;
    if (gap) y += RUNG.gap;
    rows.push({ i, m, y, gap, since: last, right: m.from === a });
    y += m.arrived < 0 && m.cause ? RUNG.lost : RUNG.row;
    last = Math.max(last, m.at, m.arrived);
  });
  return rows;
}

/** Corners of the line that leads from a time to a height; both only grow. */
export function ladderScale(rows, until) {
  const t = [], y = [];
  const add = (at, to) => {
    if (t.length && (at < t[t.length - 1] || to < y[y.length - 1])) return;
    t.push(at);
    y.push(to);
  };
  if (rows.length) add(Math.min(0, rows[0].m.at - 1), rows[0].y - 22);
  rows.forEach((row, k) => {
    add(row.m.at, row.y);
    const next = rows[k + 1];
    if (row.m.arrived >= 0 && (!next || next.m.at >= row.m.arrived)) add(row.m.arrived, row.y + RUNG.slope);
  });
  if (rows.length) add(Math.max(until, t[t.length - 1]), rows[rows.length - 1].y + RUNG.row + 10);
  return { t, y };
}

export function ladderY(scale, at) {
  const k = upper(scale.t, at);
  if (!k) return scale.y[0] ?? 0;
  if (k === scale.t.length) return scale.y[k - 1];
  const from = scale.t[k - 1], share = (at - from) / (scale.t[k] - from || 1);
  return scale.y[k - 1] + share * (scale.y[k] - scale.y[k - 1]);
}

/** What the life lines say: states of phase 1 in the device's own words, ESP SAs that come and go. */
export function ladderMarks(data, a, b) {
  const found = new Map();
  const put = (at, node, text, tone) => found.set(`${node} ${at} ${tone === "safe" ? text : ""}`, { at, node, text, tone });
  for (const [at, node, peer, word] of data.ladder.marks) if ((node === a && peer === b) || (node === b && peer === a)) put(at, node, word, /_ACTIVE|^QM_IDLE|^up$/.test(word) ? "safe" : "ink2");
  const cookies = new Set(data.messages.flatMap((m, i) => (pairKey(m) === `${a} ${b}` && data.ladder.rows[i] ? [data.ladder.rows[i][6]] : [])));
  for (const sa of data.sas) {
    if ((sa.node !== a && sa.node !== b) || !cookies.has((sa.kind === "ike" ? sa.id : sa.ike).slice(0, 16))) continue;
    if (sa.kind === "esp-in" && sa.up >= 0) put(sa.up, sa.node, MARK.up, "safe");
    if (sa.down >= 0 && sa.up >= 0 && sa.reason !== "rekeyed") put(sa.down, sa.node, MARK.gone(sa.reason), "ink");
  }
  return [...found.values()].sort((x, y) => x.at - y.at);
}

/** Both devices of a message, the left one first; -1, an address that nobody here owns, stands on the right. */
export const endsOf = (m) => (m.to < 0 || (m.from >= 0 && m.from < m.to) ? [m.from, m.to] : [m.to, m.from]);
export const pairKey = (m) => endsOf(m).join(" ");
export const labelOf = (data, node) => data.nodes[node]?.label ?? LADDER.stranger;

/** The pairs of devices that exchanged messages, in order of first message. */
export function ladderPairs(data) {
  const pairs = new Map();
  for (const m of data.messages) {
    const [a, b] = endsOf(m), key = pairKey(m);
    if (a < 0 || a === b) continue;
    const pair = pairs.get(key) || { a, b, key, count: 0 };
    pair.count++;
    pairs.set(key, pair);
  }
  return [...pairs.values()];
}

/** Draws one ladder into `box`; only the rows that can be seen exist. */
export class Ladder {
  constructor(box, fonts, { open, leave }) {
    this.box = box;
    this.fonts = fonts;
    this.onOpen = open;
    this.onLeave = leave;
    box.innerHTML = `<svg class="ld-head" aria-hidden="true"></svg><div class="ld-scroll"><svg class="ld-body" role="list"></svg></div>`;
    this.head = new Layer(box.querySelector(".ld-head"));
    this.scroll = box.querySelector(".ld-scroll");
    this.svg = box.querySelector(".ld-body");
    this.back = new Layer(this.svg, "ld-back");
    this.rungs = new Layer(this.svg, "ld-rungs");
    this.now = new Layer(this.svg, "ld-now");
    this.head.family = fonts.ui;
    this.rows = [];
    this.at = -1;
    this.chosen = -1;
    // Kept here, because asking the box for it in the middle of a frame lays the whole page out.
    this.top = 0;
    this.drawn = NaN;
    this.html = new Map();
    this.scroll.addEventListener("scroll", () => {
      this.top = this.scroll.scrollTop;
      if (Math.abs(this.top - this.drawn) > 40) this.draw();
    });
    this.svg.addEventListener("click", (e) => {
      const row = e.target.closest("[data-row]");
      if (row) this.choose(+row.dataset.row, true);
    });
    this.svg.addEventListener("focusin", (e) => {
      const row = e.target.closest("[data-row]");
      if (row) this.focused = +row.dataset.row;
    });
    this.svg.addEventListener("keydown", (e) => this.onKey(e));
  }

  /** Another run or other devices. `chosen` is the number of the open message. */
  data(data, a, b, chosen, until) {
    Object.assign(this, { model: data, a, b, chosen });
    this.rows = ladderRows(data, a, b);
    this.scale = ladderScale(this.rows, until);
    this.marks = ladderMarks(data, a, b);
    this.times = this.rows.map((row) => row.m.at);
    this.focused = Math.max(0, this.rows.findIndex((row) => row.i === chosen));
    this.svg.setAttribute("aria-label", LADDER.name(labelOf(data, a), labelOf(data, b)));
    this.width = 0;
  }

  layout(width) {
    this.width = width;
    this.marked = width >= RUNG.wide;
    const gutter = this.marked ? RUNG.gutter : RUNG.narrow;
    this.x1 = gutter;
    this.x2 = width - gutter;
    this.height = this.rows.length ? this.rows[this.rows.length - 1].y + RUNG.row + 16 : 40;
    this.svg.setAttribute("viewBox", `0 0 ${width} ${this.height}`);
    this.svg.setAttribute("height", this.height);
    this.svg.style.height = `${this.height}px`;
    const head = this.head.root.ownerSVGElement;
    head.style.width = `${width}px`;
    head.setAttribute("viewBox", `0 0 ${width} 44`);
    head.setAttribute("height", 44);
    this.view = this.scroll.clientHeight;
    this.top = this.scroll.scrollTop;
    this.html.clear();
    this.placeMarks();
    this.role = undefined;
    this.draw();
  }

  tw(text, size, weight) {
    return textWidth(text, size, weight, this.fonts.ui);
  }

  /** A state stands where it begins; it gives way to the time of a message that leaves at that moment. */
  placeMarks() {
    this.words = [];
    if (!this.marked) return;
    for (const mark of this.marks) {
      const left = mark.node === this.a;
      let y = ladderY(this.scale, mark.at) + 4;
      for (const row of this.rows) if (row.right === left && Math.abs(row.y + 4 - y) < 14) y = row.y - 11;
      const before = this.words.find((w) => w.left === left && Math.abs(w.y - y) < 13);
      if (before) before.text = mark.text === before.text ? before.text : this.tw(`${before.text}, ${mark.text}`, 11, 600) < RUNG.gutter - 14 ? `${before.text}, ${mark.text}` : mark.text;
      else this.words.push({ ...mark, left, y });
    }
  }

  drawHead(role) {
    const { head, model, a, b, x1, x2 } = this;
    head.begin();
    [[a, x1, 1], [b, x2, -1]].forEach(([node, x, s], k) => {
      head.put("g" + k, "g", { transform: `translate(${x} 22) scale(.6)` }, "\u0001" + (DEVICE[model.nodes[node]?.kind] || DEVICE.box)("ink"));
      putText(head, "n" + k, { x: x + s * 18, y: 20, anchor: s > 0 ? "start" : "end" }, { text: labelOf(model, node), size: 13, weight: 600 });
      if (role >= 0) putText(head, "r" + k, { x: x + s * 18, y: 35, anchor: s > 0 ? "start" : "end" }, { text: LADDER.roles[role === node ? 0 : 1], size: 11, tone: "ink2" });
    });
    head.end();
  }

  draw() {
    if (!this.width) return;
    const { back, rungs, rows, x1, x2 } = this;
    const from = this.top - 120, to = this.top + (this.view || 600) + 120;
    this.drawn = this.top;
    back.begin();
    rungs.begin();
    const gaps = rows.filter((row) => row.gap);
    for (const [x, k] of [[x1, "a"], [x2, "b"]]) {
      let y = 0, d = "";
      for (const row of gaps) {
        d += `M${x} ${y}V${row.y - 46}M${x - 4} ${row.y - 44}l8 -4M${x - 4} ${row.y - 20}l8 -4`;
        y = row.y - 22;
      }
      back.put("life" + k, "path", { d: `${d}M${x} ${y}V${this.height}`, class: "ld-life" });
    }
    const mid = (x1 + x2) / 2;
    rows.forEach((row, k) => {
      // The row with the focus stays, wherever it is: what is hidden loses the focus.
      if ((row.y < from || row.y > to) && k !== this.focused) return;
      if (row.gap) putText(back, "gap" + k, { x: mid, y: row.y - 30, anchor: "middle" }, this.gapText(row));
      const on = row.i === this.chosen;
      const rung = rungs.put("r" + row.i, "g", {
        transform: `translate(0 ${row.y})`, class: `ld-row${on ? " on" : ""}${row.m.arrived < 0 ? " lost" : ""}`, role: "listitem", tabindex: k === this.focused ? 0 : -1,
        "data-row": k, "data-lm-suppress-shortcuts": "true", "aria-label": rowName(this.model, row.m), "aria-setsize": rows.length, "aria-posinset": k + 1, "aria-current": on ? "true" : null,
      }, "\u0001" + this.rung(row));
      rung.classList.toggle("later", row.m.at > this.at);
    });
    for (const [k, word] of this.words.entries()) {
      if (word.y < from || word.y > to) continue;
      putText(rungs, "w" + k, { x: word.left ? x1 - 8 : x2 + 8, y: word.y, anchor: word.left ? "end" : "start" }, { text: word.text, size: 11, weight: 600, tone: word.tone });
    }
    back.end();
    rungs.end();
  }

  gapText(row) {
    const faults = this.model.faults.filter((f) => f.at > row.since && f.at <= row.m.at);
    const words = faults.map((f) => LADDER.fault(family(f.action).word, f.at)).join(", ");
    const text = `${LADDER.gap(row.gap)}${words ? `, ${words}` : ""}`, room = this.x2 - this.x1 - 16;
    return { text: this.tw(text, 11, 400) < room ? text : LADDER.gap(row.gap), size: 11, tone: words && this.tw(text, 11, 400) < room ? "loss" : "ink2" };
  }

  /** One message: its line, its words along the line, and what became of it. */
  rung(row) {
    if (this.html.has(row.i)) return this.html.get(row.i);
    const { m, right } = row, { x1, x2 } = this;
    const lost = m.arrived < 0 && m.cause, share = lost ? 0.6 : 1;
    const s = right ? 1 : -1, xa = right ? x1 : x2, xb = xa + s * (x2 - x1) * share, yb = RUNG.slope * share;
    const angle = (Math.atan2(RUNG.slope, x2 - x1) * 180 / Math.PI) * s;
    const mid = (x1 + x2) / 2 + (m.encrypted ? s * 8 : 0);
    let html = `<rect class="hitbox" x="${x1}" y="-15" width="${x2 - x1}" height="${RUNG.row + 5}"/><rect class="ld-focus" x="${x1 - 3}" y="-16" width="${x2 - x1 + 6}" height="${RUNG.row + 5}" rx="3"/>`;
    html += `<path class="ld-line" d="M${xa} 0L${xb} ${yb}"/>`;
    html += lost ? `<path class="m-cross" stroke-width="2.4" d="${crossPath(Math.round(xb), Math.round(yb), 5)}"/><text class="ld-cause" x="${xb + s * 9}" y="${yb + 15}" text-anchor="${right ? "start" : "end"}">${esc(causeHere(m.cause))}</text>`
      : `<path class="ld-tip" d="M${xb} ${yb}l${-s * 9} -5.2l${s} 9z"/>`;
    html += `<g transform="rotate(${angle} ${mid} ${RUNG.slope / 2})"><text class="ld-label" x="${mid}" y="${RUNG.slope / 2 - (lost ? 10 : 6)}" text-anchor="middle">${this.label(m)}</text></g>`;
    if (m.encrypted) html += `<rect class="ld-box" x="${xa + (right ? 5 : -17)}" y="-5" width="12" height="10" rx="2"/><circle class="ld-ring" cx="${xa + s * 11}" cy="0" r="2.4"/>`;
    html += `<text class="ld-time mono" x="${xa - s * 8}" y="4" text-anchor="${right ? "end" : "start"}">${(m.at / 1e6).toFixed(3)}</text>`;
    this.html.set(row.i, html);
    return html;
  }

  /** Name, payloads, size: as much as there is room for. */
  label(m) {
    const name = messageTag(m), parts = payloadText(m), size = `${m.size} B`, again = m.again ? LADDER.again : "";
    const room = this.x2 - this.x1 - (m.encrypted ? 36 : 14);
    const tries = [[again, parts, size], [again, parts], [again, size], [again], []];
    const wide = (rest) => rest.filter(Boolean).reduce((sum, text) => sum + 7 + this.tw(text, 12, 400), this.tw(name, 12, 700));
    const rest = tries.find((list) => wide(list) <= room) || [];
    return `<tspan class="ld-name">${esc(name)}</tspan>${rest.filter(Boolean).map((text) => `<tspan dx="7" class="${text === again ? "ld-again" : "ld-rest"}">${esc(text)}</tspan>`).join("")}`;
  }

  /** The playhead moved: two marks and a hairline at its height, a dot on what is on its way. */
  update(t, follow) {
    if (!this.width || !this.rows.length) return;
    const was = this.at;
    this.at = t;
    const seen = upper(this.times, t);
    for (let k = Math.min(seen, this.seen ?? 0); k < Math.max(seen, this.seen ?? 0); k++) this.rungs.nodes.get("r" + this.rows[k]?.i)?.element.classList.toggle("later", k >= seen);
    this.seen = seen;
    const last = seen ? this.rows[seen - 1] : this.rows[0];
    const role = this.initiator(last);
    if (role !== this.role) this.drawHead((this.role = role));
    const { now, x1, x2 } = this, y = Math.round(ladderY(this.scale, t) * 10) / 10;
    now.begin();
    now.put("hair", "line", { x1, x2, y1: y, y2: y, class: "ld-hair" });
    now.put("marks", "path", { d: `M${x1} ${y}l-7 -4.5v9zM${x2} ${y}l7 -4.5v9z`, class: "ld-mark" });
    for (let k = seen - 1; k >= 0 && k > seen - 8; k--) {
      const { m, right, y: top } = this.rows[k];
      if (m.arrived <= t) continue;
      const share = (t - m.at) / (m.arrived - m.at);
      now.put("dot" + k, "circle", { cx: Math.round((right ? x1 + (x2 - x1) * share : x2 - (x2 - x1) * share) * 10) / 10, cy: Math.round((top + RUNG.slope * share) * 10) / 10, r: 4.5, class: "ld-dot" });
    }
    now.end();
    if (follow && t !== was) this.reveal(y);
  }

  reveal(y) {
    const top = this.top;
    if (y > top + 24 && y < top + this.view - 56) return;
    this.top = Math.max(0, Math.min(this.height - this.view, y - this.view * 0.4));
    if (this.top === top) return;
    this.scroll.scrollTop = this.top;
    this.draw();
  }

  /** Who began the negotiation that a message belongs to. */
  initiator({ m, i }) {
    if (m.neg >= 0) return this.model.negs[m.neg].from;
    const row = this.model.ladder.rows[i];
    const sa = row && this.model.sas.find((x) => x.kind === "ike" && x.initiator && x.id.startsWith(row[6]));
    return sa ? sa.node : -1;
  }

  choose(k, open) {
    const row = this.rows[k];
    if (!row) return;
    this.focused = k;
    if (open) this.chosen = row.i;
    this.reveal(row.y);
    this.draw();
    this.focus();
    if (open) this.onOpen(row.i);
  }

  focus() {
    const row = this.rows[this.focused];
    if (!row) return this.scroll.focus?.();
    this.reveal(row.y);
    this.draw();
    const rung = this.rungs.nodes.get("r" + row.i)?.element;
    rung?.focus({ preventScroll: true });
    rung?.scrollIntoView({ block: "nearest" });
  }

  onKey(e) {
    const k = this.focused, last = this.rows.length - 1;
    if (e.ctrlKey || e.metaKey || e.altKey) return;
    if (e.key === "ArrowDown") this.choose(Math.min(last, k + 1));
    else if (e.key === "ArrowUp") this.choose(Math.max(0, k - 1));
    else if (e.key === "Home") this.choose(0);
    else if (e.key === "End") this.choose(last);
    else if (e.key === "Enter") this.choose(k, true);
    else if (e.key === "ArrowRight") {
      if (this.rows[k].i !== this.chosen) this.choose(k, true);
      this.onLeave();
    } else if (e.key !== "ArrowLeft") return;
    e.preventDefault();
    e.stopPropagation();
  }
}
