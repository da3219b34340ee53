/* ---- compare_axis.js: two runs on one axis: the lanes of A over those of B, one scale, one playhead. ---- */

const SIDE_HEAD = 24;

/** The axis of one run, or of two: then `compare` is what Versus hands over. */
export class CompareAxis extends AxisView {
  layout(model, width, win, options = {}) {
    this.compare = options.compare || null;
    this.many = this.compare?.many || null;
    super.layout(model, width, win, options);
    // Two runs are looked at as wholes: nothing waits for the playhead.
    if (this.compare) for (const label of this.labels) label.at = -1;
  }

  rowList() {
    const rows = this.many ? this.rowsOfMany() : this.compare ? this.rowsOfBoth() : super.rowList();
    // Lanes come and go with A; one of those that are there is where Tab leads.
    if (!rows.some((row) => row.key === this.currentLane)) this.currentLane = rows[0].key;
    return rows;
  }

  /** Of three or four runs three lanes each. */
  rowsOfMany() {
    const { model } = this, list = [];
    this.many.forEach((run, i) => {
      this.model = run;
      const rows = this.compactRows();
      this.model = model;
      list.push(this.sideHead(SIDES[i]), ...rows.map((row) => this.sided(SIDES[i], run, row)));
    });
    return list;
  }

  rowsOfBoth() {
    const { model, compare } = this;
    const rowsOf = (run) => {
      this.model = run;
      const rows = super.rowList();
      this.model = model;
      return rows;
    };
    const kept = rowsOf(compare.a), mine = rowsOf(model);
    const list = compare.shared ? [{ ...mine[0], name: `${mine[0].name}, in both` }] : [];
    for (const [side, run, rows] of [["A", compare.a, kept], ["B", model, mine]]) {
      list.push(this.sideHead(side));
      for (const row of compare.shared ? rows.slice(1) : rows) list.push(this.sided(side, run, row));
      if (side === "A") list.push({ key: "back", height: SIDE_HEAD, name: compare.back.words, draw: (y) => this.drawBack(y) });
    }
    return list;
  }

  sideHead(side) {
    const name = this.compare.names[side];
    return {
      key: "head" + side, height: SIDE_HEAD, rule: true, name: COMPARE.run(side, name),
      draw: (y) => `<text x="16" y="${y + 17}" style="font-size:13px;font-weight:700">${side}</text><text x="32" y="${y + 17}" class="t2" style="font-size:12px">${esc([name, this.compare.notes?.[side]].filter(Boolean).join(": "))}</text>`,
    };
  }

  /** A lane of one of the two runs: while it is drawn, that run is the model. */
  sided(side, run, row) {
    const draw = (y, height) => {
      const { model, was } = this;
      Object.assign(this, { model: run, side, was: side === "A" || this.many ? null : was });
      if (row.key === "faults") this.faultHeight();
      const html = row.draw(y, height);
      Object.assign(this, { model, side: "", was });
      return html;
    };
    return { ...row, key: side === "A" || this.many ? side + row.key : row.key, side, name: `${side}: ${row.name}`, draw };
  }

  /** Messages of A are looked at here, and opened where A is the run on the stage. */
  item(label, box, card, message = -1) {
    super.item(label, box, card, this.side === "A" || this.many ? -1 : message);
  }

  /** Chips of A stay where they are: A was kept. */
  drawChip(c, y) {
    if (this.side !== "A" && !this.many) {
      super.drawChip(c, y);
      if (this.compare && this.compare.shares(c.fault)) {
        const chip = this.chips.nodes.get("chip" + c.i).element;
        chip.setAttribute("aria-label", COMPARE.inBoth(chip.getAttribute("aria-label")));
      }
      return undefined;
    }
    if (!c.visible) return undefined;
    const x = c.flip ? c.x - c.w : c.x, top = y + c.row * 22;
    const down = 33 + (this.chipRows - 1 - c.row) * 22;
    this.top.put("kept" + this.side + c.i, "g", { class: "a-kept" }).innerHTML = `<line x1="${n1(c.x)}" x2="${n1(c.x)}" y1="${top}" y2="${top + down}" class="a-chipline"/><rect x="${n1(x)}" y="${top}" width="${n1(c.w - 10)}" height="19" rx="3" class="a-keptbox"/><text x="${n1(x + 7)}" y="${top + 13.5}" class="tloss" style="font-size:11.5px;font-weight:600">${esc(c.text)}</text>`;
    return undefined;
  }

  /** From the return of one run to that of the other. */
  drawBack(y) {
    const { left, right } = this, { words, from, to } = this.compare.back;
    if (!words) return "";
    const text = (x, anchor) => `<text x="${n1(x)}" y="${y + 17}" text-anchor="${anchor}" class="halo-bg" style="font-size:12px;font-weight:600">${esc(words)}</text>`;
    if (from < 0 || to < this.win[0] || from > this.win[1]) return text(left + 4, "start");
    const a = Math.max(left, this.x(from)), b = Math.min(right, this.x(to)), room = this.tw(words, 12, 600);
    const bracket = `<path d="M${n1(a)} ${y + 18}v-7H${n1(b)}v7" class="a-back"/>`;
    if (b + 8 + room < right + 8) return bracket + text(b + 8, "start");
    return bracket + (a - 8 - room > left ? text(a - 8, "end") : "");
  }

  drawTint() {
    if (!this.compare) return super.drawTint();
    const y = (key) => this.rows.find((row) => row.key === key)?.y;
    const { model } = this;
    if (this.many) return this.tintMany(model, y);
    for (const [side, run, top, bottom] of [["A", this.compare.a, y("headA"), y("back")], ["B", model, y("headB"), this.bottom], ["", model, this.topEdge, y("headA")]]) {
      this.model = run;
      this.windows().forEach(([from, to], i) => {
        const a = Math.max(this.left, this.x(from)), b = Math.min(this.right, this.x(to));
        if (b > a && bottom > top) this.tint.put(`w${side}${i}`, "rect", { x: n1(a), y: top, width: n1(b - a), height: bottom - top, class: "a-window" });
      });
    }
    this.model = model;
    return undefined;
  }

  tintMany(model, y) {
    this.many.forEach((run, k) => {
      const top = y("head" + SIDES[k]), bottom = y("head" + SIDES[k + 1]) ?? this.bottom;
      this.model = run;
      this.windows().forEach(([from, to], i) => {
        const a = Math.max(this.left, this.x(from)), b = Math.min(this.right, this.x(to));
        if (b > a && bottom > top) this.tint.put(`w${SIDES[k]}${i}`, "rect", { x: n1(a), y: top, width: n1(b - a), height: bottom - top, class: "a-window" });
      });
    });
    this.model = model;
    return undefined;
  }

  /** Outages of A in the upper half of the strip, of B in the lower. */
  overviewOutages(top) {
    if (!this.compare) return super.overviewOutages(top);
    if (this.many) return this.many.map((run, i) => [run.data.outages, top + 1 + i * 3, 2]);
    return [[this.compare.a.data.outages, top + 1, 5], [this.model.data.outages, top + 7, 5]];
  }
}
