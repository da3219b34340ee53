/* ---- axis.js: one time axis for everything. Lanes are drawn once per run and window; a scrub moves a line. ---- */

const esc = (s) => String(s).replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/"/g, "&quot;");
const n1 = (v) => Math.round(v * 10) / 10;
const LANE = { faults: 42, ping: 34, ledger: 48, sa: 19, messages: 46, track: 18, routes: 24 };
let axes = 0;

export class AxisView {
  constructor(svg, fonts) {
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
    Object.assign(this, { model, width, win, was: options.was || null, dragging: options.dragging ?? -1 });
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

  tw(text, size, weight = 400, mono = false) {
    return textWidth(text, size, weight, mono ? this.fonts.mono : this.fonts.ui);
  }

  /** The longer of two names that fits into the gutter. */
  shortened(long, short) {
    return this.tw(long, 12) < this.left - 24 ? long : short;
  }

  rowList() {
    const { model } = this, d = model.data, rows = [];
    rows.push({ key: "faults", label: "faults", height: this.faultHeight(), top: true, name: `Faults: ${d.faults.length || "none yet"}`, draw: (y) => this.drawFaults(y) });
    if (!d.flows.length) rows.push({ key: "flow-", label: "traffic", height: LANE.ping, rule: true, name: "Traffic: none", draw: (y, h) => { this.labels.push({ x: this.left + 4, y: y + h / 2 + 4, text: NO_TRAFFIC, at: -1 }); return ""; } });
    const many = d.flows.length > 3;
    d.flows.slice(0, 8).forEach((flow, f) => {
      const counts = model.flows[f];
      rows.push({ key: "flow" + f, lane: "flow" + f, label: flow.label, fit: true, strong: true, height: many ? 24 : LANE.ping, rule: true, name: `Pings ${flow.label.replace(" → ", " to ")}: ${counts.sent.length} sent, ${counts.answered.length} answered`, draw: (y, h) => this.drawFlow(f, y, h) });
    });
    if (d.flows.length) {
      const worst = this.worstFlow();
      rows.push({ key: "ledger", label: d.flows.length > 1 && d.outages.length ? this.shortened(`outage ${d.flows[worst].name.replace(">", " → ")}`, "outage") : "outage", height: LANE.ledger, top: true, name: this.ledgerName(worst), draw: (y) => this.drawLedger(worst, y) });
    }
    for (const row of this.saRows()) rows.push(row);
    d.tracks.forEach((track, i) => rows.push({ key: "track" + i, lane: "track" + i, node: track.node, label: `${d.nodes[track.node]?.label ?? ""} ${track.label}`, fit: true, height: LANE.track, rule: i === 0, name: `${d.nodes[track.node]?.label ?? ""} ${track.label}`, draw: (y, h) => this.drawTrack(track, y, h) }));
    if (d.routes.some((r) => r[0] > 0)) rows.push({ key: "routes", lane: "routes", label: "routes", height: LANE.routes, rule: true, name: `Routes: ${d.routes.filter((r) => r[0] > 0).length} changes`, draw: (y, h) => this.drawRoutes(y, h) });
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

  /** One entry of the lane's list: its words, and where it lies. */
  item(label, box, card) {
    const rect = box ? `<rect class="hitbox" x="${n1(box[0])}" y="${n1(box[1])}" width="${n1(Math.max(3, box[2]))}" height="${n1(box[3])}"/>` : "";
    this.items.push(`<g role="listitem" aria-label="${esc(label)}"${card ? ` data-card="${esc(card)}"` : ""}>${rect}</g>`);
  }

  /* ---- faults ---- */

  chipLayout() {
    const { model } = this;
    const faults = model.data.faults, rows = [];
    return faults.map((fault, i) => {
      const paired = this.begins(i) >= 0;
      const text = chipText(fault, paired) + (this.dragging === i ? ` ${sec(fault.at)}` : "");
      const w = this.tw(text, 11.5, 600) + 25;
      const x = this.x(fault.at);
      const flip = x + w > this.right + 12;
      const from = flip ? x - w : x;
      const visible = fault.at >= this.win[0] && fault.at <= this.win[1];
      let row = 0;
      if (visible) {
        while (rows[row] && rows[row].some(([a, b]) => from < b + 2 && from + w > a - 2)) row++;
        (rows[row] = rows[row] || []).push([from, from + w]);
      }
      return { fault, i, x, from, w, flip, row, visible, text, paired };
    });
  }

  /** The fault that fault number `i` ends, -1 if it begins something. */
  begins(i) {
    const faults = this.model.data.faults;
    const order = faults.map((_, k) => k).sort((p, q) => faults[p].at - faults[q].at || p - q);
    for (let k = order.indexOf(i) - 1; k >= 0; k--) {
      const before = faults[order[k]];
      if (before.target === faults[i].target && endsFault(faults[i].action, before.action)) return order[k];
    }
    return -1;
  }

  /** Spans of time in which something is broken. */
  windows() {
    const faults = this.model.data.faults, list = [];
    faults.forEach((fault, i) => {
      if (!endOf(fault.action) || this.begins(i) >= 0 || family(fault.action).word === "clear-ike") return;
      let end = this.model.until;
      faults.forEach((other) => {
        if (other.at > fault.at && other.at < end && other.target === fault.target && endsFault(other.action, fault.action)) end = other.at;
      });
      list.push([fault.at, end]);
    });
    return list;
  }

  faultHeight() {
    const rows = Math.max(1, ...this.chipLayout().map((c) => c.row + 1));
    this.chipRows = rows;
    return LANE.faults + (rows - 1) * 22;
  }

  drawFaults(y) {
    const { model, left, right } = this;
    let html = "";
    const layout = this.chipLayout();
    const barY = y + 27 + (this.chipRows - 1) * 22;
    if (!model.data.faults.length) this.labels.push({ x: left + 4, y: y + 20, text: NONE_YET, at: -1, follow: true });
    const drawn = [];
    this.windows().forEach(([from, to]) => {
      const a = Math.max(left, this.x(from)), b = Math.min(right, this.x(to));
      if (b <= a) return;
      drawn.push([a, b]);
      html += `<rect x="${n1(a)}" y="${barY}" width="${n1(b - a)}" height="9" fill="url(#${this.hatch})"/><rect x="${n1(a)}" y="${barY}" width="${n1(b - a)}" height="9" class="a-faultbar"/>`;
    });
    for (const c of layout) this.drawChip(c, y + 4);
    const before = layout.filter((c) => c.fault.at < this.win[0]), after = layout.filter((c) => c.fault.at > this.win[1]);
    const middle = y + 20;
    const hint = (c, x, anchor, text) => { html += `<text x="${x}" y="${middle}" text-anchor="${anchor}" class="tloss" style="font-size:11.5px;font-weight:600">${esc(text)}</text>`; void c; };
    const visible = layout.filter((c) => c.visible);
    if (after.length && !visible.some((c) => c.from + c.w > right - 130)) hint(after[0], right - 4, "end", `${family(after[0].fault.action).word} at ${sec(after[0].fault.at)} ▸`);
    if (before.length && !visible.some((c) => c.from < left + 130)) hint(before[0], left + 4, "start", `◂ ${family(before[before.length - 1].fault.action).word} at ${sec(before[before.length - 1].fault.at)}`);
    if (this.was && this.dragging >= 0) {
      const old = this.was.at, now = model.data.faults[this.dragging]?.at, x = this.x(old);
      if (now !== undefined && Math.abs(now - old) > 1000 && old <= this.win[1]) {
        const text = `was ${sec(old)}`, w = this.tw(text, 11.5);
        const clash = drawn.some(([a, b]) => x + 5 < b && x + 5 + w > a);
        html += `<line x1="${n1(x)}" x2="${n1(x)}" y1="${y + 4}" y2="${barY + 14}" class="a-was"/>${clash ? "" : `<text x="${n1(x + 5)}" y="${barY + 10}" class="t2" style="font-size:11.5px">${text}</text>`}`;
      }
    }
    return html;
  }

  drawChip(c, y) {
    const { chips, model } = this;
    const f = c.fault, key = "chip" + c.i, top = y + c.row * 22;
    const g = chips.put(key, "g", {
      class: "a-chip" + (this.dragging === c.i ? " drag" : ""), role: "slider", tabindex: 0, "data-lm-suppress-shortcuts": "true", "data-chip": c.i, "aria-haspopup": "menu",
      "aria-label": `Fault: ${(FAULTS[family(f.action).word]?.map || faultWords(f.action))} of ${f.target.replace(":", " ")}`.replace("Fault:  of", "Fault:"),
      "aria-valuemin": 0, "aria-valuemax": model.until / 1e6, "aria-valuenow": f.at / 1e6, "aria-valuetext": sec(f.at), transform: `translate(${n1(c.x)} ${top})`,
      style: c.visible ? null : "display:none",
    });
    if (!g.firstChild) g.innerHTML = `<line class="a-chipline" x1="0" x2="0" y1="0"/><rect class="halo" y="-3" height="25" rx="5"/><rect class="a-chipbox" y="0" height="19" rx="3"/><path class="a-grip" d="M6 5h0M6 9.5h0M6 14h0M9.5 5h0M9.5 9.5h0M9.5 14h0"/><text class="a-chiptext" y="13.5"></text>`;
    const [line, halo, box, grip, text] = g.children;
    const x = c.flip ? -c.w : 0;
    line.setAttribute("y2", 33 + (this.chipRows - 1 - c.row) * 22);
    halo.setAttribute("x", x - 3);
    halo.setAttribute("width", c.w + 6);
    box.setAttribute("x", x);
    box.setAttribute("width", n1(c.w));
    grip.setAttribute("transform", `translate(${n1(x)} 0)`);
    text.setAttribute("x", n1(x + 16));
    if (text.textContent !== c.text) text.textContent = c.text;
  }

  /* ---- flows ---- */

  drawFlow(f, y, h) {
    const { model, win, left, right } = this;
    const flow = model.data.flows[f], base = y + h - 7;
    const from = Math.max(0, upper(flow.sent, win[0] - 2e6)), to = upper(flow.sent, win[1]);
    let html = `<line x1="${left}" x2="${right}" y1="${base}" y2="${base}" class="a-rule"/>`;
    const gap = flow.sent.length > 1 ? (flow.sent[flow.sent.length - 1] - flow.sent[0]) / (flow.sent.length - 1) : 1e6;
    const z = (gap / (win[1] - win[0])) * (right - left), wide = z > 120;
    let ticks = "", crosses = "", run = null;
    const r = z < 8 ? 2.6 : 4.5, tick = Math.min(11, h - 12);
    const endRun = () => {
      if (!run) return;
      const a = this.x(run.from) - 2, b = this.x(run.to) + 3;
      const words = `${sec(run.from)} to ${sec(run.to)}: ${run.n} ${run.ok ? "answered" : "lost"}`;
      this.item(words, [a, y + 2, b - a, h - 4], `${flow.label}\n${words}${run.cause ? `\n${run.cause}` : ""}`);
    };
    for (let i = from; i < to; i++) {
      const at = flow.sent[i], x = this.x(at), ok = flow.answered[i] >= 0, lost = flow.lost[i] >= 0;
      if (at < win[0] && !(ok && flow.answered[i] > win[0])) continue;
      if (!ok && !lost) continue;
      if (!run || run.ok !== ok) {
        endRun();
        run = { from: at, to: at, n: 0, ok, cause: ok ? "" : model.data.causes[flow.cause[i]] || flow.cause[i] };
      }
      run.to = at; run.n++;
      if (!ok) {
        crosses += crossPath(n1(x), n1(base - 9), r);
        if (wide) this.fitLabel({ x, y: base - 5, text: `${"echo"} ${flow.number[i]}: ${(shortCause(flow.cause[i]) || "").replace("dropped: ", "")}`, at: flow.lost[i], tone: "loss", side: -9, other: 9 });
      } else if (wide) {
        const a = Math.max(left, x), b = Math.min(right, this.x(flow.answered[i]));
        html += `<rect x="${n1(a)}" y="${base - 13}" width="${n1(Math.max(3, b - a))}" height="13" class="a-tickbox"/>`;
        this.fitLabel({ x: b, y: base - 3, text: `echo ${flow.number[i]} answered in ${Math.round((flow.answered[i] - at) / 1000)} ms`, at: flow.answered[i], tone: "ink2", side: 6, other: -(b - a) - 6 });
      } else ticks += `M${n1(x)} ${base}v${-tick}`;
    }
    endRun();
    const width = Math.max(1.8, Math.min(3, z * 0.3));
    if (ticks) html += `<path d="${ticks}" class="a-tick" stroke-width="${z < 2.5 ? Math.max(0.8, z * 0.5) : width}"/>`;
    if (crosses) html += `<path d="${crosses}" class="m-cross" stroke-width="${z < 8 ? 1.7 : 2.2}"/>`;
    return html;
  }

  /** A label of a past event, on the side where it fits. */
  fitLabel(l) {
    const w = this.tw(l.text, l.size || 11.5, l.weight);
    const place = (side) => {
      const x = l.x + side;
      return side > 0 ? [x, x + w, "start", x] : [x - w, x, "end", x];
    };
    for (const side of [l.side, l.other]) {
      const [a, b, anchor, x] = place(side);
      if (a < this.left - 2 || b > this.right + 8) continue;
      if (this.labels.some((o) => o.box && o.y === l.y && a < o.box[1] + 4 && b > o.box[0] - 4)) continue;
      this.labels.push({ ...l, x, anchor, box: [a, b] });
      return true;
    }
    return false;
  }

  /* ---- ledger ---- */

  worstFlow() {
    let worst = 0, most = -1;
    for (const o of this.model.data.outages) if (o.lost > most && o.flow >= 0) [most, worst] = [o.lost, o.flow];
    return worst;
  }

  ledgerName(f) {
    const list = this.model.data.outages.filter((o) => o.flow === f);
    if (!list.length) return "Outage: none";
    return "Outage: " + list.map((o) => `${sec((o.end < 0 ? this.model.until : o.end) - o.start, 2)} from ${sec(o.start)}, ${o.lost} lost (${o.parts.map((p) => `${p.name} ${sec(p.end - p.start, 2)}`).join(", ")})`).join("; ");
  }

  drawLedger(f, y) {
    const { model, win, left, right } = this;
    const taken = [];
    let html = "";
    const list = model.data.outages.filter((o) => o.flow === f && o.start < win[1] && (o.end < 0 ? model.until : o.end) > win[0]);
    const byLength = list.slice().sort((p, q) => (q.end < 0 ? model.until : q.end) - q.start - ((p.end < 0 ? model.until : p.end) - p.start));
    const clash = (a, b, row) => taken.some((t) => t[2] === row && a < t[1] + 4 && b > t[0] - 4);
    byLength.forEach((o) => taken.push([this.x(o.start), this.x(o.end < 0 ? model.until : o.end), "bar"]));
    byLength.forEach((o, order) => {
      const end = o.end < 0 ? model.until : o.end, by = y + 4, bh = 15, tiny = [];
      let inner = "";
      for (const p of o.parts) {
        const a = Math.max(left, this.x(p.start)), b = Math.min(right, this.x(p.end)), w = b - a;
        if (w <= 0) continue;
        const kind = { detect: "doubt", wait: "hollow", "take over": "hollow", negotiate: "safe", "re-route": "ink", "first packet": "thin" }[p.name] || "doubt";
        const tall = kind === "safe" || kind === "ink", thin = kind === "thin";
        inner += `<rect x="${n1(a)}" y="${thin ? by + 5 : tall ? by - 2 : by}" width="${n1(Math.max(tall || thin ? 2.5 : 1.5, w))}" height="${thin ? bh - 10 : tall ? bh + 4 : bh}" class="a-part ${kind}"/>`;
        const label = `${p.name} ${sec(p.end - p.start, 2)}`;
        const tone = kind === "safe" || kind === "ink" ? "bg" : kind === "doubt" ? "doubt" : "ink2";
        if (!thin && w > this.tw(label, 11.5, 500) + 8) inner += `<text x="${n1(a + w / 2)}" y="${by + 11.5}" text-anchor="middle" style="font-size:11.5px;font-weight:500;fill:var(--${tone})">${esc(label)}</text>`;
        else {
          if (!thin && w > this.tw(p.name, 11.5) + 8) inner += `<text x="${n1(a + w / 2)}" y="${by + 11.5}" text-anchor="middle" style="font-size:11.5px;fill:var(--${tone})">${esc(p.name)}</text>`;
          if (p.end - p.start >= 5000) tiny.push([label, kind]);
        }
      }
      const x1 = this.x(Math.max(win[0], o.start)), x2 = this.x(Math.min(win[1], end));
      inner += `<path d="M${n1(x1)} ${by + bh + 4}v5H${n1(x2)}v-5" class="a-bracket"/>`;
      const total = `${sec(end - o.start, 2).replace(/0 s$/, " s")}, ${o.lost} ${o.lost === 1 ? "packet" : "packets"} lost${o.end < 0 ? ", not over" : ""}`;
      const tw = this.tw(total, 12, 700), mid = Math.min(right - tw / 2, Math.max(left + tw / 2, (x1 + x2) / 2));
      if (order < 3 && !clash(mid - tw / 2, mid + tw / 2, "total")) {
        taken.push([mid - tw / 2, mid + tw / 2, "total"]);
        inner += `<text x="${n1(mid)}" y="${by + bh + 22}" text-anchor="middle" class="tloss halo-bg" style="font-size:12px;font-weight:700">${esc(total)}</text>`;
      }
      if (this.was && this.dragging >= 0 && order === 0 && this.was.outage) inner += this.difference(o, end, x2, by);
      else if (tiny.length && x2 - x1 > 40) inner += this.tinyParts(tiny, x2, by, bh, taken, clash);
      html += inner;
      const parts = o.parts.map((p) => `${p.name} ${sec(p.end - p.start, 2)}`);
      this.item(`${sec(o.start)}: ${total}: ${parts.join(", ")}`, [x1, by - 2, x2 - x1, bh + 8], [total, ...parts].join("\n"));
    });
    return html;
  }

  tinyParts(tiny, x2, by, bh, taken, clash) {
    // In two rows, column by column, to the right of the bar in order.
    let x = x2 + 14, html = "";
    for (let i = 0; i < tiny.length; i += 2) {
      const column = tiny.slice(i, i + 2);
      const w = Math.max(...column.map(([text, kind]) => this.tw(text, 11.5, kind === "safe" ? 600 : 400)));
      if (x + w > this.right + 4 || clash(x, x + w, "bar") || clash(x, x + w, "tiny")) break;
      column.forEach(([text, kind], k) => {
        html += `<text x="${n1(x)}" y="${by + (tiny.length > 1 ? 7 : 11.5) + k * 15}" style="font-size:11.5px;${kind === "safe" ? "font-weight:600;fill:var(--safe)" : "fill:var(--ink2)"}">${esc(text)}</text>`;
      });
      taken.push([x, x + w, "tiny"]);
      x += w + 14;
    }
    if (html) html += `<line x1="${n1(x2 + 3)}" x2="${n1(x2 + 10)}" y1="${by + bh / 2}" y2="${by + bh / 2}" class="a-edge"/>`;
    return html;
  }

  difference(o, end, x2, by) {
    const was = this.was.outage, delta = (end - o.start) - (was.end - was.start);
    const xw = this.x(was.end), y = by + 8;
    if (Math.abs(delta) < 500) return `<text x="${n1(x2 + 14)}" y="${by + 11.5}" class="t2" style="font-size:11.5px">no difference</text>`;
    const text = `${delta < 0 ? "−" : "+"}${sec(Math.abs(delta))}`, sub = `was ${sec(was.end - was.start)}, ${was.lost} lost`;
    const w = Math.max(this.tw(text, 13, 700), this.tw(sub, 11.5));
    const at = Math.max(x2, xw) + 11, fits = at + w < this.right + 6;
    const tx = fits ? at : Math.min(x2, xw) - 8, anchor = fits ? "start" : "end";
    let html = `<text x="${n1(tx)}" y="${by + 5}" text-anchor="${anchor}" class="tloss" style="font-size:13px;font-weight:700">${text}</text><text x="${n1(tx)}" y="${by + 21}" text-anchor="${anchor}" class="t2" style="font-size:11.5px">${esc(sub)}</text>`;
    if (Math.abs(x2 - xw) > 14) {
      const s = xw > x2 ? 1 : -1;
      html += `<path d="M${n1(xw)} ${y}H${n1(x2 + s * 8)}m${s * 6} -4l${-s * 6} 4l${s * 6} 4" class="a-arrow"/>`;
    }
    return html + `<line x1="${n1(xw)}" x2="${n1(xw)}" y1="${by - 2}" y2="${by + 18}" class="a-was"/>`;
  }

  /* ---- security associations ---- */

  saRows() {
    const { model } = this, d = model.data, rows = [];
    const wanted = d.gateways.filter((node) => d.sas.some((sa) => sa.node === node));
    const shown = wanted.length ? wanted : d.gateways.slice(0, 2);
    const first = shown[0];
    shown.forEach((node) => {
      const mine = d.sas.map((sa, index) => ({ sa, index })).filter((x) => x.sa.node === node);
      const peers = [...new Set(mine.map((x) => x.sa.peer))];
      const name = d.nodes[node].label;
      if (peers.length <= 1 && shown.length <= 4) {
        const out = mine.some((x) => x.sa.kind.startsWith("ah")) ? "AH" : "ESP";
        const kinds = [["ike", "IKE SA"], ["out", `${out} out`], ["in", `${out} in`]];
        if (node !== first) [kinds[1], kinds[2]] = [kinds[2], kinds[1]];
        kinds.forEach(([kind, label], i) => {
          const list = mine.filter((x) => (kind === "ike" ? x.sa.kind === "ike" : x.sa.kind.endsWith(kind)));
          rows.push({ key: `sa${node}.${kind}`, lane: "sa" + node, node, group: i === 0 ? name : "", label, small: 11.5, height: LANE.sa, rule: i === 0, name: `${name} ${label}: ${list.length}`, draw: (y, h) => this.drawSas(list, y, h, i === 0) });
        });
      } else {
        peers.slice(0, 12).forEach((peer, i) => {
          const list = mine.filter((x) => x.sa.peer === peer);
          rows.push({ key: `sa${node}-${peer}`, lane: "sa" + node, node, label: `${name} ↔ ${d.nodes[peer]?.label ?? "?"}`, fit: true, height: LANE.sa + 3, rule: i === 0, name: `${name} with ${d.nodes[peer]?.label ?? "?"}: ${list.length} SAs`, draw: (y, h) => this.drawThreeBars(list, y, h) });
        });
      }
    });
    return rows;
  }

  /** IKE, out, in of one peer in one row. */
  drawThreeBars(list, y, h) {
    const bar = (h - 4) / 3;
    return ["ike", "out", "in"].map((kind, i) => this.drawSas(list.filter((x) => (kind === "ike" ? x.sa.kind === "ike" : x.sa.kind.endsWith(kind))), y + 2 + i * bar, bar, false, true)).join("");
  }

  drawSas(list, y, h, words, thin = false) {
    let html = "";
    const H = thin ? h - 1 : h - 6, top = thin ? y : y + 3;
    for (const { sa, index } of list) {
      if (sa.begun > this.win[1] || (sa.down >= 0 && sa.down < this.win[0])) continue;
      html += this.saBar(sa, index, list, top, H, words, thin);
      const from = Math.max(this.left, this.x(sa.begun)), to = Math.min(this.right, this.x(sa.down < 0 ? this.model.until : sa.down));
      this.item(this.saWords(sa), [from, y, to - from, h], this.saCard(sa));
    }
    return html;
  }

  saWords(sa) {
    const up = sa.up >= 0 ? `up ${sec(sa.up, 3)}` : `negotiated from ${sec(sa.begun, 3)}, never up`;
    return `${saName(sa)} ${shortId(sa)}, ${up}${sa.down >= 0 ? `, ended ${sec(sa.down, 3)}${sa.reason ? `, ${sa.reason}` : ""}` : ""}`;
  }

  saCard(sa) {
    const d = this.model.data, lines = [`${saName(sa)} ${sa.kind === "ike" ? sa.id.replace(/(.{16})/, "$1 ") : shortId(sa)}`];
    lines.push(`${d.nodes[sa.node].label} ${sa.initiator ? "started it" : "answered"}${sa.up >= 0 ? `; up since ${sec(sa.up, 3)}` : "; never up"}`);
    if (sa.selector) lines.push(sa.selector);
    if (sa.transform) lines.push(sa.transform);
    for (const [a, b, why] of sa.stale) lines.push(`in vain ${sec(a)} to ${sec(b)}: ${why === "peer" ? "the peer does not hold it" : "the path is dead"}`);
    if (sa.down >= 0) lines.push(`${sec(sa.down, 3)} ${reasonText(sa)}`);
    return lines.join("\n");
  }

  saBar(sa, index, list, y, H, words, thin) {
    const { left, right, win, model } = this;
    const X = (t) => Math.min(right, Math.max(left, this.x(t)));
    const end = sa.down < 0 ? model.until : sa.down, mid = y + H / 2;
    let html = "";
    const ready = sa.up < 0 ? end : sa.up;
    if (ready > sa.begun && X(ready) - X(sa.begun) > 5) {
      const older = sa.older >= 0;
      html += `<line x1="${n1(X(sa.begun) + 3)}" x2="${n1(X(ready) - 3)}" y1="${n1(older ? y + H - 2 : mid)}" y2="${n1(older ? y + H - 2 : mid)}" class="a-neg" stroke-width="${thin || older ? 3 : 4}"/>`;
    }
    if (sa.up < 0 || ready > win[1] || end < win[0]) return html;
    // While an SA and its successor are both held, each has half of the row.
    const old = sa.older >= 0 ? model.data.sas[sa.older] : null;
    const next = list.find((x) => x.sa.older === index && x.sa.up >= 0);
    const cuts = [{ from: sa.up, to: end, y, h: H }];
    if (old) {
      const until = old.down < 0 ? model.until : old.down;
      if (until > sa.up) cuts.splice(0, 1, { from: sa.up, to: Math.min(until, end), y: y + H / 2 + 0.5, h: H / 2 - 0.5 }, { from: Math.min(until, end), to: end, y, h: H });
    }
    if (next && next.sa.up < end) {
      const last = cuts.pop();
      cuts.push({ ...last, to: Math.max(last.from, next.sa.up) }, { from: Math.max(last.from, next.sa.up), to: end, y: y, h: H / 2 - 0.5 });
    }
    const good = [];
    for (const c of cuts) {
      let at = c.from;
      for (const [s0, s1] of sa.stale) {
        const a = Math.max(c.from, s0), b = Math.min(c.to, s1);
        if (b <= a) continue;
        if (a > at) good.push({ ...c, from: at, to: a });
        at = b;
      }
      if (c.to > at) good.push({ ...c, from: at, to: c.to });
    }
    for (const c of good) {
      const a = X(c.from), b = X(c.to);
      if (c.to < win[0] || c.from > win[1]) continue;
      html += `<rect x="${n1(a)}" y="${n1(c.y)}" width="${n1(Math.max(1.5, b - a))}" height="${n1(c.h)}" rx="1.5" class="${sa.kind === "ike" ? "a-ike" : "a-esp"}"/>`;
    }
    const merged = [];
    for (const [s0, s1, why] of sa.stale) {
      if (merged.length && merged[merged.length - 1][1] >= s0) merged[merged.length - 1][1] = s1;
      else merged.push([s0, s1, why]);
    }
    for (const [s0, s1, why] of merged) {
      if (s1 < win[0] || s0 > win[1]) continue;
      const a = X(s0), b = X(s1), w = b - a;
      html += `<rect x="${n1(a + 1)}" y="${n1(y + 1)}" width="${n1(Math.max(0.5, w - 2))}" height="${n1(H - 2)}" class="a-stale" stroke-width="${thin ? 1.2 : 1.75}"/>`;
      if (words) {
        const long = why === "peer" ? "stale: peer does not hold it" : "stale: path is dead";
        const text = w > this.tw(long, 11, 600) + 10 ? long : w > 46 ? "stale" : "";
        if (text) this.labels.push({ x: a + w / 2, y: mid + 4, text, at: Math.max(win[0], s0) + ((this.tw(text, 11, 600) / 2 + w / 2 + 2) / w) * (Math.min(win[1], s1) - Math.max(win[0], s0)), anchor: "middle", size: 11, weight: 600, tone: "doubt", halo: "doubt-soft" });
      }
    }
    const first = good[0];
    if (!thin && first && first.h > 10) {
      const a = X(first.from), text = shortId(sa);
      if (X(first.to) - a > this.tw(text, 10.5, 400, true) + 10) this.labels.push({ x: a + 6, y: y + H - 3, text, at: Math.max(first.from, win[0]), size: 10.5, mono: true, tone: "bg", halo: "" });
    }
    if (sa.down >= 0 && sa.down >= win[0] && sa.down <= win[1]) html += `<path d="M${n1(X(sa.down))} ${n1(y - 1.5)}v${n1(H + 3)}" class="a-stop${sa.stale.length && sa.stale[sa.stale.length - 1][1] >= sa.down ? " doubt" : ""}" stroke-width="${thin ? 1.4 : 2.2}"/>`;
    return html;
  }

  /* ---- tracks, routes ---- */

  drawTrack(track, y, h) {
    let html = "";
    for (const [from, to, text] of track.spans) {
      const a = Math.max(this.left, this.x(from)), b = Math.min(this.right, this.x(to));
      if (b <= a) continue;
      const active = /active|master/i.test(text);
      html += `<rect x="${n1(a)}" y="${y + 3}" width="${n1(b - a)}" height="${h - 6}" rx="1.5" class="a-track${active ? " active" : ""}"/>`;
      this.item(`${text} from ${sec(from)} to ${sec(to)}`, [a, y, b - a, h], `${track.label}: ${text}\n${sec(from, 3)} to ${sec(to, 3)}`);
      if (b - a > this.tw(text, 11) + 8) this.labels.push({ x: a + 6, y: y + h / 2 + 4, text, at: from, size: 11, tone: "ink", halo: "" });
    }
    return html;
  }

  drawRoutes(y, h) {
    let html = "";
    const mid = y + h / 2;
    for (const r of this.model.data.routes) {
      if (r[0] <= 0 || r[0] < this.win[0] || r[0] > this.win[1]) continue;
      const x = n1(this.x(r[0])), words = `${this.model.data.nodes[r[1]]?.label ?? ""} ${EVENT.route(r)}`;
      html += `<path d="M${x} ${mid}v${r[2] === "add" ? -8 : 8}" class="a-mark"/>`;
      this.item(`${sec(r[0])}: ${words}`, [x - 4, y, 8, h], `${sec(r[0], 3)}\n${words}`);
    }
    return `<line x1="${this.left}" x2="${this.right}" y1="${mid}" y2="${mid}" class="a-rule"/>` + html;
  }

  /* ---- messages ---- */

  drawMessages(y, h) {
    const { model, win, left, right } = this;
    const mid = y + h / 2, d = model.data;
    let html = `<line x1="${left}" x2="${right}" y1="${mid}" y2="${mid}" class="a-rule"/>`, good = "", bad = "", marks = "";
    const clusters = [];
    d.messages.forEach((m) => {
      const until = m.arrived >= 0 ? m.arrived : m.at;
      if (until < win[0] || m.at > win[1]) return;
      const x = this.x(m.at), x2 = m.arrived >= 0 ? this.x(m.arrived) : x;
      const pair = m.neg >= 0 ? d.pairs[d.negs[m.neg].pair] : d.pairs.find((p) => (p.a === m.from && p.b === m.to) || (p.b === m.from && p.a === m.to));
      const up = !pair || pair.a === m.from, s = up ? -1 : 1;
      const wide = x2 - x > 14;
      if (wide) {
        good += `M${n1(Math.max(left, x))} ${n1(mid + s * 12)}L${n1(Math.min(right, x2))} ${n1(mid - s * 12)}`;
        if (x >= left) this.fitLabel({ x: x + 2, y: up ? y + 10 : y + h - 1, text: m.name, at: m.at, size: 10.5, weight: 600, tone: "ink", side: 0.01, other: -4 });
      } else if (m.arrived >= 0) good += `M${n1(x)} ${mid}v${s * 11}`;
      else {
        bad += `M${n1(x)} ${mid}v${s * 9}`;
        marks += crossPath(n1(x), n1(mid + s * 11), 2.6);
      }
      if (d.messages.length < 400) this.item(`${sec(m.at, 3)}: ${EVENT.message(m)}`, [x - 3, up ? y : mid, Math.max(7, x2 - x), h / 2], `${messageTag(m)} ${d.nodes[m.from]?.label ?? ""} → ${d.nodes[m.to]?.label ?? ""}${m.again ? ", again" : ""}\n${sec(m.at, 3)}, ${m.size} bytes${m.encrypted ? ", encrypted" : ""}\n${payloadText(m)}${m.cause ? `\n${d.causes[m.cause] || m.cause}` : ""}`);
      if (!wide) {
        const last = clusters[clusters.length - 1];
        const kind = (m.arrived >= 0 ? "ok" : "lost") + (m.neg >= 0 ? "n" : "i");
        if (last && x - last.x2 < Math.max(14, this.width * 0.016) && last.kind === kind) {
          last.x2 = x; last.list.push(m);
        } else clusters.push({ x, x2: x, kind, list: [m] });
      }
    });
    clusters.forEach((c, i) => {
      const next = clusters[i + 1] ? clusters[i + 1].x : right + 14, before = i ? clusters[i - 1].x2 : left - 8;
      for (const text of this.clusterTexts(c)) {
        const w = this.tw(text, 11, 500);
        const label = { y: mid + 4, text, at: c.list[0].at, size: 11, weight: 500, tone: c.kind.startsWith("lost") ? "loss" : "ink2" };
        const free = (a, b) => !this.labels.some((o) => o.box && o.y === label.y && a < o.box[1] + 3 && b > o.box[0] - 3);
        const after = c.x2 + 7, front = c.x - 7 - w;
        if (after + w < next - 5 && free(after, after + w)) this.labels.push({ ...label, x: after, box: [after, after + w] });
        else if (front > before + 5 && free(front, c.x - 7)) this.labels.push({ ...label, x: c.x - 7, anchor: "end", box: [front, c.x - 7] });
        else continue;
        break;
      }
    });
    return html + `<path d="${good}" class="a-msg"/><path d="${bad}" class="a-msglost"/><path d="${marks}" class="a-msglost"/>`;
  }

  /** What a bundle of messages is called, the longest name first. */
  clusterTexts(c) {
    const one = c.list[0], groups = new Map();
    for (const m of c.list) {
      const of = groups.get(m.name) || {};
      of[m.from] = (of[m.from] || 0) + 1;
      groups.set(m.name, of);
    }
    if (c.kind.endsWith("n") && groups.size > 1) return [(one.again ? "again, heard: " : "") + `${c.list.length} messages`, `${c.list.length} messages`];
    if (one.again && c.list.length === 1) return ["again"];
    const words = [...groups].map(([name, of]) => {
      const most = Math.max(...Object.values(of));
      return most > 1 ? `${name} ×${most}` : name;
    });
    return words.length > 1 ? [words.join(", "), words[0]] : words;
  }

  /* ---- ruler, tint, overview, playhead ---- */

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

  drawOverview() {
    if (!this.zoomed) return;
    const { over, left, right, model, win } = this, top = 8;
    putText(over, "label", { x: left - 12, y: top + 10, anchor: "end" }, { text: `whole run, ${+(model.until / 1e6).toFixed(1)} s`, size: 11.5, tone: "ink2" });
    over.put("back", "rect", { x: left, y: top + 1, width: right - left, height: 11, rx: 2, class: "m-sunk" });
    model.data.outages.forEach((o, i) => {
      const a = this.overX(o.start), b = this.overX(o.end < 0 ? model.until : o.end);
      over.put("o" + i, "rect", { x: n1(a), y: top + 1, width: n1(Math.max(2, b - a)), height: 11, class: "a-outage" });
    });
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
    this.playhead.setAttribute("aria-valuemax", this.model.until / 1e6);
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
