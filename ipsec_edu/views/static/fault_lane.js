/* ---- fault_lane.js: the lane of faults: chips that can be taken by hand, and the spans between them. ---- */

/** The lane that is input. */
export class FaultLane extends SaLanes {
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
      let end = this.model.last;
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
    if (!model.data.faults.length) this.labels.push({ x: left + 4, y: y + 20, text: this.many ? SEVERAL.noFault : NONE_YET, at: -1, follow: true });
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
      "aria-valuemin": 0, "aria-valuemax": model.last / 1e6, "aria-valuenow": f.at / 1e6, "aria-valuetext": sec(f.at), transform: `translate(${n1(c.x)} ${top})`,
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
}
