/* ---- axis.js: one time axis for everything. Lanes are drawn once per run and window; a scrub moves a line. ---- */

let axes = 0;

export class AxisView extends FewLanes {
  constructor(svg, fonts) {
    super();
    this.svg = svg;
    this.fonts = fonts;
    this.hatch = `ie-hatch-${++axes}`;
    svg.innerHTML = `<defs><pattern id="${this.hatch}" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><line x1="0" y1="0" x2="0" y2="6" class="a-hatch"/></pattern></defs>`;
    const layer = (name) => new Layer(svg, name);
    this.over = layer("a-over");
    this.tint = layer("a-tint");
    this.grid = layer("a-grid");
    this.lanes = layer("a-lanes");
    this.fog = layer("a-fog");
    this.past = layer("a-past");
    this.top = layer("a-top");
    // In the order of the Tab key: playhead, faults, lanes. What a lane looks like is drawn further down,
    // what it says (and its hover cards) lies in a layer of its own on top.
    this.head = layer("a-head");
    this.chips = layer("a-chips");
    this.lists = layer("a-lists");
    for (const quiet of [this.tint, this.grid, this.lanes, this.fog, this.past, this.top]) quiet.root.setAttribute("aria-hidden", "true");
    this.currentLane = "";
    this.buildHead();
  }

  buildHead() {
    this.head.begin();
    this.hair = this.head.put("hair", "line", { class: "a-hair", style: "display:none" });
    const g = this.head.put("playhead", "g", { class: "a-playhead", role: "slider", tabindex: 0, "data-lm-suppress-shortcuts": "true", "aria-label": "Time", "aria-orientation": "horizontal", "aria-valuemin": 0 });
    g.innerHTML = `<rect class="hitbox" x="-7" width="14"/><line x1="0" x2="0" class="a-now"/><rect class="halo" y="-26" height="24" rx="5"/><rect class="a-flag" y="-23" height="18" rx="3"/><text y="-10" text-anchor="middle" class="a-flagtext"></text>`;
    [this.headHit, this.headLine, this.headHalo, this.headFlag, this.headText] = g.children;
    this.playhead = g;
    this.head.end();
  }

  still() {
    return [this.over, this.tint, this.grid, this.lanes, this.past, this.top, this.chips, this.lists];
  }

  x(t) {
    return this.left + ((t - this.win[0]) / (this.win[1] - this.win[0])) * (this.right - this.left);
  }

  timeAt(px) {
    const t = this.win[0] + ((px - this.left) / (this.right - this.left)) * (this.win[1] - this.win[0]);
    return Math.round(Math.min(this.win[1], Math.max(this.win[0], t)));
  }

  /** New run, window or width. `was` is the run before a fault was taken up, for the difference. */
  layout(model, width, win, options = {}) {
    Object.assign(this, { model, width, win, was: options.was || null, dragging: options.dragging ?? -1, compact: !!options.compact, chosen: options.chosen ?? -1 });
    this.left = width < 820 ? 128 : 148;
    this.right = width - 18;
    this.zoomed = win[1] - win[0] < model.until - 10000;
    this.labels = [];
    this.topEdge = 8 + (this.zoomed ? 28 : 0) + 22;
    let y = this.topEdge;
    for (const layer of this.still()) layer.begin();
    this.rows = [];
    const rows = this.rowList();
    rows.forEach((row) => {
      this.items = [];
      const drawn = row.draw(y, row.height);
      this.putLane(row, drawn, y);
      this.rows.push({ ...row, y });
      y += row.height;
    });
    this.bottom = y;
    this.drawCurtain();
    this.drawTint();
    this.drawRuler();
    this.drawOverview();
    this.labels.forEach((l, i) => (l.el = this.pastText("l" + i, l)));
    for (const layer of this.still()) layer.end();
    this.svg.setAttribute("viewBox", `0 0 ${width} ${y + 4}`);
    this.svg.setAttribute("height", y + 4);
    this.headLine.setAttribute("y2", y - this.topEdge);
    this.headLine.setAttribute("y1", -4);
    this.headHit.setAttribute("y", -4);
    this.headHit.setAttribute("height", y - this.topEdge + 4);
    this.lastText = "";
  }

  pastText(key, l) {
    putText(this.past, key, { x: l.x, y: l.y, anchor: l.anchor || "start" }, { text: l.text, size: l.size || 11.5, weight: l.weight || 400, tone: l.tone || "ink2", mono: l.mono }, l.halo === undefined ? "bg" : l.halo);
    const element = this.past.nodes.get(key).element;
    element.style.visibility = "";
    return element;
  }

  faultRow() {
    return { key: "faults", label: "faults", height: this.faultHeight(), top: true, name: `Faults: ${this.model.data.faults.length || "none yet"}`, draw: (y) => this.drawFaults(y) };
  }

  flowRows() {
    const { model } = this, d = model.data, rows = [];
    if (!d.flows.length) rows.push({ key: "flow-", label: "traffic", height: LANE.ping, rule: true, name: "Traffic: none", draw: (y, h) => { this.labels.push({ x: this.left + 4, y: y + h / 2 + 4, text: NO_TRAFFIC, at: -1 }); return ""; } });
    const many = d.flows.length > 3;
    d.flows.slice(0, 8).forEach((flow, f) => {
      const counts = model.flows[f];
      rows.push({ key: "flow" + f, lane: "flow" + f, label: flow.label, fit: true, strong: true, height: many ? 24 : LANE.ping, rule: true, name: `Pings ${flow.label.replace(" → ", " to ")}: ${counts.sent.length} sent, ${counts.answered.length} answered`, draw: (y, h) => this.drawFlow(f, y, h) });
    });
    return rows;
  }

  rowList() {
    if (this.model.crowd) return this.crowdRows();
    if (this.compact) return this.compactRows();
    const d = this.model.data, rows = [this.faultRow(), ...this.flowRows(), ...this.ledgerRows()];
    for (const row of this.saRows()) rows.push(row);
    d.tracks.forEach((track, i) => rows.push({ key: "track" + i, lane: "track" + i, node: track.node, label: `${d.nodes[track.node]?.label ?? ""} ${track.label}`, fit: true, height: LANE.track, rule: i === 0, name: `${d.nodes[track.node]?.label ?? ""} ${track.label}`, draw: (y, h) => this.drawTrack(track, y, h) }));
    rows.push(...this.routeRows());
    rows.push({ key: "messages", lane: "messages", label: "IKE messages", strong: true, height: LANE.messages, rule: true, name: `IKE messages: ${d.messages.length}`, draw: (y, h) => this.drawMessages(y, h) });
    return rows;
  }

  putLane(row, html, y) {
    const { left, width } = this;
    const layer = row.top ? this.top : this.lanes;
    if (row.rule) this.grid.put("rule" + row.key, "line", { x1: 0, x2: width, y1: y, y2: y, class: "a-rule" });
    let label = "";
    if (row.label) {
      const room = left - (row.group ? 30 + this.tw(row.group, 12, 600) : 24);
      let text = row.label;
      if (row.fit) while (text.length > 4 && this.tw(text, 12) > room) text = text.slice(0, -2).trimEnd() + "…";
      label = `<text x="${left - 12}" y="${y + row.height / 2 + 4}" text-anchor="end" style="font-size:${row.small || 12}px" class="${row.strong ? "" : "t2"}">${esc(text)}</text>`;
    }
    if (row.group) label += `<text x="16" y="${y + row.height / 2 + 4}" style="font-size:12px;font-weight:600">${esc(row.group)}</text>`;
    layer.put("lane" + row.key, "g", { class: "a-lane", "data-node": row.node ?? null }).innerHTML = label + html;
    if (!this.currentLane) this.currentLane = row.key;
    const list = this.lists.put("list" + row.key, "g", { class: "a-list", role: "list", tabindex: this.currentLane === row.key ? 0 : -1, "data-lm-suppress-shortcuts": "true", "data-lane": row.key, "aria-label": row.name });
    list.innerHTML = `<rect class="halo" x="4" y="${y + 1}" width="${left - 10}" height="${row.height - 2}" rx="4"/>${this.items.join("")}`;
  }

  /** Beyond the curtain there is nothing to draw; the edge says so, and what opens it. */
  drawCurtain() {
    const { model, right, win } = this, from = this.x(model.last);
    if (model.last >= model.until || model.last > win[1] || model.last < win[0]) return;
    this.top.put("curtain", "line", { x1: n1(from), x2: n1(from), y1: this.topEdge, y2: this.bottom, class: "a-curtain" });
    const row = this.rows.find((r) => r.key.startsWith("flow")), text = CURTAIN;
    if (this.zoomed || !row || from + 14 + this.tw(text, 11.5) > right) return;
    this.labels.push({ x: from + 12, y: row.y + 15, text, at: -1 });
  }

  drawTint() {
    this.windows().forEach(([from, to], i) => {
      const a = Math.max(this.left, this.x(from)), b = Math.min(this.right, this.x(to));
      if (b > a) this.tint.put("w" + i, "rect", { x: n1(a), y: this.topEdge, width: n1(b - a), height: this.bottom - this.topEdge, class: "a-window" });
    });
  }

  drawRuler() {
    const { grid, win, left, right, topEdge, bottom, width } = this;
    const step = tickStep(win[1] - win[0], width), digits = step < 1e4 ? 3 : step < 1e5 ? 2 : step < 1e6 ? 1 : 0;
    grid.put("ruler", "line", { x1: left, x2: right, y1: topEdge, y2: topEdge, class: "a-edge" });
    this.ticks = [];
    for (let k = Math.ceil(win[0] / step - 1e-9) * step; k <= win[1] + 1; k += step) {
      const x = this.x(k), key = "t" + Math.round(k);
      const first = x < left + 6, last = x > right - 24;
      const text = (k / 1e6).toFixed(digits) + (k === 0 || k + step > win[1] + 1 ? " s" : "");
      grid.put(key + "m", "line", { x1: n1(x), x2: n1(x), y1: topEdge - 6, y2: topEdge, class: "a-edge" });
      grid.put(key + "l", "line", { x1: n1(x), x2: n1(x), y1: topEdge, y2: bottom, class: "a-dotted" });
      putText(grid, key, { x: x, y: topEdge - 10, anchor: first ? "start" : last ? "end" : "middle" }, { text, size: 11, tone: "ink2" });
      const w = this.tw(text, 11), from = first ? x : last ? x - w : x - w / 2;
      grid.nodes.get(key).element.style.visibility = "";
      this.ticks.push({ el: grid.nodes.get(key).element, from, to: from + w, hidden: false });
    }
  }

  overX(t) {
    return this.left + (t / this.model.until) * (this.right - this.left);
  }

  overviewOutages(top) {
    return [[this.model.data.outages, top + 1, 11]];
  }

  drawOverview() {
    if (!this.zoomed) return;
    const { over, left, right, model, win } = this, top = 8;
    putText(over, "label", { x: left - 12, y: top + 10, anchor: "end" }, { text: `whole run, ${+(model.until / 1e6).toFixed(1)} s`, size: 11.5, tone: "ink2" });
    over.put("back", "rect", { x: left, y: top + 1, width: right - left, height: 11, rx: 2, class: "m-sunk" });
    this.overviewOutages(top).forEach(([outages, y, height], row) => outages.forEach((o, i) => {
      const a = this.overX(o.start), b = this.overX(o.end < 0 ? model.last : o.end);
      over.put(`o${row}.${i}`, "rect", { x: n1(a), y, width: n1(Math.max(2, b - a)), height, class: "a-outage" });
    }));
    const a = this.overX(win[0]), b = this.overX(win[1]);
    over.put("fan", "path", { d: `M${n1(a)} ${top + 16}L${left} ${top + 26}H${right}L${n1(b)} ${top + 16}z`, class: "m-sunk" });
    over.put("frame", "rect", { x: n1(a - 1), y: top - 2, width: n1(Math.max(7, b - a)), height: 17, rx: 2.5, class: "a-frame", tabindex: 0, role: "slider", "data-lm-suppress-shortcuts": "true", "aria-label": "Window of time", "aria-valuemin": 0, "aria-valuemax": model.until / 1e6, "aria-valuenow": win[0] / 1e6, "aria-valuetext": `${sec(win[0])} to ${sec(win[1])}` });
  }

  /** Move the playhead: the only thing that a scrub does to the axis. */
  draw(t, valueText) {
    const { left, right, topEdge, bottom, win, fog } = this;
    const x = Math.min(right, Math.max(left, this.x(t))), inside = t >= win[0] && t <= win[1];
    this.playhead.setAttribute("transform", `translate(${n1(x)} ${topEdge})`);
    this.playhead.classList.toggle("outside", !inside);
    const text = clockText(t, win[1] - win[0]) + " s";
    const w = this.lastText.length === text.length ? this.flagWidth : this.tw(text, 11.5, 600) + 14;
    const shift = Math.min(0, right + 10 - (x + w / 2)) + Math.max(0, left - 24 - (x - w / 2));
    if (text !== this.lastText) {
      this.headText.textContent = text;
      this.headFlag.setAttribute("width", n1(w));
      this.headHalo.setAttribute("width", n1(w + 6));
      this.lastText = text;
      this.flagWidth = w;
    }
    this.headFlag.setAttribute("x", n1(shift - w / 2));
    this.headHalo.setAttribute("x", n1(shift - w / 2 - 3));
    this.headText.setAttribute("x", n1(shift));
    this.playhead.setAttribute("aria-valuemax", this.model.last / 1e6);
    this.playhead.setAttribute("aria-valuenow", Math.round(t / 1e3) / 1e3);
    if (valueText) this.playhead.setAttribute("aria-valuetext", valueText);
    fog.begin();
    fog.put("fog", "rect", { x: n1(x), y: topEdge + 0.5, width: n1(right + 17 - x), height: bottom - topEdge, class: "a-fogbox" });
    fog.end();
    for (const tick of this.ticks) {
      const hide = tick.from < x + shift + w / 2 + 3 && tick.to > x + shift - w / 2 - 3;
      if (hide !== tick.hidden) {
        tick.hidden = hide;
        tick.el.style.visibility = hide ? "hidden" : "";
      }
    }
    for (const l of this.labels) {
      const hide = l.at > t;
      if (hide !== !!l.hidden) {
        l.hidden = hide;
        l.el.style.visibility = hide ? "hidden" : "";
      }
    }
  }
}
