/* ---- grid.js: more devices than a map can show: a cell each, one path per state. ---- */

const CELL = { size: 15, least: 20, most: 28, row: 28, perRow: 40, top: 44, foot: 58 };

/** The mark of one cell; states differ in outline, fill and end mark, so that grey paper tells them apart. */
const CELL_MARK = {
  up: (x, y, r) => boxPath(x, y, r), stale: (x, y, r) => boxPath(x, y, r), negotiating: (x, y, r) => boxPath(x, y, r - 1), none: (x, y, r) => boxPath(x, y, r),
  lost: (x, y, r) => crossPath(x, y, r - 1), off: (x, y, r) => boxPath(x, y, r) + crossPath(x, y, r - 2.5), plain: (x, y) => `M${n1(x - 3)} ${y}a3 3 0 1 0 6 0a3 3 0 1 0-6 0z`,
};
const boxPath = (x, y, r) => `M${n1(x - r)} ${n1(y - r)}h${2 * r}v${2 * r}h${-2 * r}z`;

/** In place of the map; it has what the hands of the stage ask of a map. */
export class GridView {
  constructor(svg, fonts) {
    this.svg = svg;
    this.fonts = fonts;
    this.scene = document.createElementNS(SVG, "g");
    svg.appendChild(this.scene);
    this.marks = new Layer(this.scene, "g-marks");
    this.live = new Layer(this.scene, "g-live");
    this.cells = document.createElementNS(SVG, "g");
    this.cells.setAttribute("role", "grid");
    this.scene.appendChild(this.cells);
    this.targets = [];
    this.scale = 1;
  }

  layout(model, width) {
    // A new run of the same lab keeps its cells, and so the focus.
    const names = model.data.nodes.map((n) => n.name).join(), fresh = this.names !== names;
    this.names = names;
    this.model = model;
    this.drawn = "";
    const { crowd, data } = model;
    const left = width < 820 ? 104 : 148, few = crowd.hubs.length ? left : 24;
    const room = width - few - 24, perRow = Math.max(5, Math.min(CELL.perRow, Math.floor(room / CELL.least)));
    const pitch = Math.min(CELL.most, room / perRow);
    const list = crowd.shown.filter((i) => !crowd.hubs.includes(i)), rows = Math.ceil(list.length / perRow);
    this.g = { width, height: CELL.top + Math.max(rows, crowd.hubs.length * 2) * CELL.row + CELL.foot };
    this.perRow = perRow;
    this.left = few;
    this.svg.setAttribute("viewBox", `0 0 ${width} ${this.g.height}`);
    this.svg.setAttribute("height", this.g.height);
    this.places = new Map();
    crowd.hubs.forEach((node, k) => this.places.set(node, { x: left / 2 - 4, y: CELL.top + 24 + k * 2 * CELL.row, row: -1 - k, hub: true }));
    list.forEach((node, k) => this.places.set(node, { x: few + (k % perRow) * pitch + CELL.size / 2, y: CELL.top + Math.floor(k / perRow) * CELL.row + CELL.row / 2, row: Math.floor(k / perRow) }));
    if (fresh) this.makeCells();
    for (const target of this.targets) {
      const p = this.places.get(target.node);
      Object.assign(target, { x: p.x, y: p.y });
      target.el.setAttribute("transform", `translate(${n1(p.x)} ${n1(p.y)})`);
    }
    this.cells.setAttribute("aria-label", CROWD_WORDS.devices(crowd.shown.length));
  }

  /** One element per device: what has the focus and the name; what is seen is on the paths below. */
  makeCells() {
    const { data, crowd } = this.model;
    this.cells.textContent = "";
    this.targets = [];
    let row = null, at;
    for (const [node, p] of this.places) {
      if (row === null || p.row !== at) {
        row = document.createElementNS(SVG, "g");
        row.setAttribute("role", "row");
        this.cells.appendChild(row);
        at = p.row;
      }
      const el = document.createElementNS(SVG, "g");
      const key = "dev" + node, r = p.hub ? 26 : 12;
      for (const [name, value] of Object.entries({ class: "hit cell", role: "gridcell", "data-lm-suppress-shortcuts": "true", "data-key": key })) el.setAttribute(name, value);
      const glyph = p.hub ? `<g class="m-glyph">${(DEVICE[data.nodes[node].kind] || DEVICE.box)("ink")}</g><g class="m-off"><path class="m-halo" stroke-width="6.5" d="${crossPath(0, 0, 13)}"/><path class="m-cross" stroke-width="3.2" d="${crossPath(0, 0, 13)}"/></g><text y="42" text-anchor="middle" style="font-size:13px;font-weight:600">${esc(data.nodes[node].label)}</text>` : "";
      el.innerHTML = `<rect class="hitbox" x="${-r}" y="${-r}" width="${2 * r}" height="${2 * r}"/><rect class="halo" x="${-r + 1}" y="${-r + 1}" width="${2 * r - 2}" height="${2 * r - 2}" rx="3"/>${glyph}`;
      row.appendChild(el);
      this.targets.push({ key, el, node, type: "device", x: p.x, y: p.y, hub: !!p.hub });
    }
    if (!this.targets.some((t) => t.key === this.currentKey)) this.currentKey = (this.targets.find((t) => !t.hub) || this.targets[0])?.key;
    this.choose(this.currentKey);
  }

  get chosen() {
    return this.targets.find((t) => t.key === this.currentKey)?.node ?? -1;
  }

  draw(s) {
    const { crowd, data } = this.model;
    const moment = upper(crowd.times, s.t) + "." + upper(this.model.powerTimes, s.t);
    if (moment !== this.drawn) {
      this.drawn = moment;
      this.drawMarks(s.t);
    }
    this.drawWords(s.t, crowd, data);
  }

  drawMarks(t) {
    const { crowd, data } = this.model, paths = {};
    for (const target of this.targets) {
      const state = crowdState(crowd, target.node, t), node = data.nodes[target.node];
      if (target.hub) target.el.classList.toggle("off", state === "off");
      else paths[state] = (paths[state] || "") + CELL_MARK[state](target.x, target.y, CELL.size / 2);
      const since = crowdSince(crowd, target.node, t);
      const words = CROWD_WORDS.states[state] && (since > 0 ? CROWD_WORDS.since(CROWD_WORDS.states[state], since) : CROWD_WORDS.states[state]);
      const label = CROWD_WORDS.cell(node.label, node.address, words);
      if (target.label !== label) target.el.setAttribute("aria-label", (target.label = label));
      target.el.dataset.state = state;
    }
    this.marks.begin();
    for (const state of [...CROWD_STATES, "plain"]) if (paths[state]) this.marks.put(state, "path", { d: paths[state], class: `g-cell ${state}`, "data-state": state });
    this.marks.end();
  }

  /** The chosen device over the grid, the counts and the keys under it. */
  drawWords(t, crowd, data) {
    const { live, left } = this, text = (key, x, y, line, anchor) => putText(live, key, { x, y, anchor }, line);
    const node = this.chosen, width = (words, size, weight) => textWidth(words, size, weight, this.fonts.ui);
    live.begin();
    if (node >= 0) {
      const n = data.nodes[node], state = crowdState(crowd, node, t), since = crowdSince(crowd, node, t);
      text("name", left, 24, { text: n.label, size: 13, weight: 600 });
      const said = CROWD_WORDS.states[state] && (since > 0 ? CROWD_WORDS.since(CROWD_WORDS.states[state], since) : CROWD_WORDS.states[state]);
      text("what", left + width(n.label, 13, 600) + 10, 24, { text: [n.address, said].filter(Boolean).join(" · "), size: 12, tone: "ink2" });
      const p = this.places.get(node), r = p.hub ? 27 : 11;
      live.put("chosen", "path", { d: `M${n1(p.x - r)} ${n1(p.y + r - 4)}v4h4M${n1(p.x + r)} ${n1(p.y + r - 4)}v4h-4M${n1(p.x - r)} ${n1(p.y - r + 4)}v-4h4M${n1(p.x + r)} ${n1(p.y - r + 4)}v-4h-4`, class: "g-chosen" });
    }
    const y = this.g.height - CELL.foot + 24, tones = { up: "safe", stale: "doubt", off: "loss", lost: "loss", negotiating: "safe" };
    let x = left;
    CROWD_WORDS.counts(crowdCounts(crowd, t), crowd.members.length, crowd.who).forEach(([state, words]) => {
      const w = width(words, 12, 600) + 24;
      if (x + w > this.g.width) return;
      live.put("key" + state, "path", { d: CELL_MARK[state](x + 6, y - 4, 5.5), class: `g-cell ${state}` });
      text("n" + state, x + 18, y, { text: words, size: 12, weight: 600, tone: tones[state] || "ink2" });
      x += w + 18;
    });
    if (width(CROWD_WORDS.hint, 11.5, 400) < this.g.width - left - 8) text("hint", left, y + 20, { text: CROWD_WORDS.hint, size: 11.5, tone: "ink2" });
    live.end();
  }

  /** Cells of the nearest row or column; from the ends on to the next row. */
  neighbour(key, dx, dy) {
    const at = this.targets.findIndex((t) => t.key === key), from = this.targets[at];
    if (!from) return null;
    const cells = this.targets.filter((t) => !t.hub), hubs = this.targets.filter((t) => t.hub);
    if (from.hub) {
      if (dx > 0) return cells.reduce((best, t) => (t.x < cells[0].x + 1 && Math.abs(t.y - from.y) < Math.abs(best.y - from.y) ? t : best), cells[0]);
      return dy ? hubs[hubs.indexOf(from) + dy] || null : null;
    }
    const place = cells.indexOf(from);
    if (dx) {
      if (dx < 0 && place % this.perRow === 0 && hubs.length) return hubs[0];
      return cells[place + dx] || null;
    }
    return cells[place + dy * this.perRow] || null;
  }

  choose(key) {
    this.currentKey = key;
    for (const t of this.targets) {
      const on = t.key === key;
      if (t.on === on) continue;
      t.on = on;
      t.el.setAttribute("tabindex", on ? 0 : -1);
      t.el.setAttribute("aria-selected", on);
    }
  }

  endsOf(node) {
    return this.model.crowd.ports[node].map((end) => ({ end }));
  }
}

/** Map or grid, whichever a lab needs; both draw into one SVG. */
export class Maps {
  constructor(svg, fonts) {
    Object.assign(this, { svg, fonts, kinds: {} });
  }

  of(model) {
    const kind = model.crowd ? "grid" : "map";
    if (!this.kinds[kind]) this.kinds[kind] = kind === "grid" ? new GridView(this.svg, this.fonts) : new MapView(this.svg, this.fonts);
    for (const name in this.kinds) this.kinds[name].scene.style.display = name === kind ? "" : "none";
    return this.kinds[kind];
  }
}

/** The field that finds a device among many. */
export class Finder {
  constructor(stage, host) {
    this.stage = stage;
    this.el = document.createElement("div");
    this.el.className = "g-find";
    this.el.hidden = true;
    this.el.innerHTML = `<input type="search" data-lm-suppress-shortcuts="true" spellcheck="false" autocomplete="off" placeholder="${CROWD_WORDS.find}" aria-label="${CROWD_WORDS.findLabel}"><span role="status"></span>`;
    host.appendChild(this.el);
    [this.input, this.note] = this.el.children;
    this.input.addEventListener("input", () => this.look(0));
    this.input.addEventListener("keydown", (e) => {
      e.stopPropagation();
      if (e.key === "ArrowDown" || e.key === "ArrowUp") this.look(this.at + (e.key === "ArrowDown" ? 1 : -1));
      else if (e.key === "Enter" || e.key === "Escape") this.leave();
      else return;
      e.preventDefault();
    });
  }

  show(model) {
    this.el.hidden = !model.crowd;
  }

  focus() {
    this.input.focus({ preventScroll: true });
    this.input.select();
  }

  /** Choose the match number `at`; the field keeps the focus. */
  look(at) {
    const { stage } = this, found = findDevices(stage.model.data, stage.model.crowd, this.input.value);
    this.at = found.length ? (at + found.length) % found.length : 0;
    this.note.textContent = !this.input.value.trim() ? "" : found.length ? CROWD_WORDS.found(this.at + 1, found.length, stage.model.data.nodes[found[this.at]].label) : CROWD_WORDS.none;
    const target = stage.map.targets.find((t) => t.node === found[this.at]);
    if (target) stage.chooseTarget(target);
  }

  leave() {
    this.stage.map.targets.find((t) => t.key === this.stage.map.currentKey)?.el.focus({ preventScroll: true });
  }
}
