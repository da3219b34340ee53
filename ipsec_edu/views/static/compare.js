/* ---- compare.js: keep this run, try another: A beside B, and what differs. ---- */

/** The run that is kept, beside the one on the stage. */
export class Versus {
  constructor(stage, tools) {
    this.stage = stage;
    this.a = null;
    this.asked = undefined;
    const make = (tag, className, parent, before = null) => {
      const el = document.createElement(tag);
      el.className = className;
      parent.insertBefore(el, before);
      return el;
    };
    const holder = stage.mapSvg.parentElement;
    this.holder = holder;
    this.heads = ["A", "B"].map((side) => {
      const head = make("div", `cmp-head ${side}`, holder, stage.mapSvg);
      head.innerHTML = `<b>${side}</b><span class="n"></span><span class="q"></span>`;
      return head;
    });
    // A can be looked at; what can be broken is B. All that A's map says, its lanes say too.
    this.side = make("div", "cmp-map", holder, stage.mapSvg);
    this.side.inert = true;
    this.side.setAttribute("aria-hidden", "true");
    const svg = document.createElementNS(SVG, "svg");
    this.side.appendChild(svg);
    this.maps = new Maps(svg, stage.fonts);
    this.strip = make("div", "cmp-diffs", stage.root, holder.nextSibling);
    this.strip.setAttribute("role", "list");
    this.strip.setAttribute("aria-label", COMPARE.strip);
    this.button = make("button", "", tools);
    Object.assign(this.button, { type: "button", textContent: COMPARE.word, title: COMPARE.hint });
    this.button.dataset.lmSuppressShortcuts = "true";
    this.button.addEventListener("click", () => this.toggle());
    this.show();
  }

  /** Could there be a comparison: somebody who makes runs, and nothing hidden? */
  get possible() {
    const model = this.stage.model;
    return !!this.a || (this.stage.live && !!model && model.last === model.until);
  }

  /** Keep the run on the stage as A, or let A go and go on with B. */
  toggle() {
    if (!this.possible) return;
    const stage = this.stage;
    if (this.a) {
      // A lane of A that has the focus goes with A.
      const lane = document.activeElement?.closest?.("[data-lane]");
      this.asked = null;
      this.a = null;
      this.show();
      stage.layout();
      if (stage.live) stage.request(stage.model.data.faults);
      if (lane && !stage.axis.rows.some((row) => row.key === lane.dataset.lane)) stage.axis.playhead.focus({ preventScroll: true });
      stage.announceText(COMPARE.left);
      return;
    }
    stage.pause();
    this.asked = { fork: Math.round(stage.t), faults: faultLines(stage.model.data.faults) };
    stage.request(stage.model.data.faults);
  }

  /** What a request for a new run says of A. */
  wish() {
    if (this.asked !== undefined) return this.asked;
    return this.a ? { fork: this.fork, faults: faultLines(this.a.data.faults) } : null;
  }

  /** A new run has come, alone or with the one that it is compared with. */
  data(data) {
    const record = data.compare, before = this.a;
    this.asked = undefined;
    this.record = record || null;
    this.a = record ? prepare({ ...record.a, faults: record.a.faults.slice() }) : null;
    if (record) this.fork = record.fork;
    this.merged = null;
    this.show();
    if (record && !before) this.stage.announceText(COMPARE.entered);
  }

  /** A run was refused: the last good ones stay. */
  failed(data) {
    if (data && data.compare) this.data(data);
    else this.asked = undefined;
  }

  show() {
    const on = !!this.a;
    this.stage.root.classList.toggle("comparing", on);
    this.button.setAttribute("aria-pressed", on);
    this.button.hidden = !this.possible;
    if (!on) return;
    this.names();
    const list = this.record.differences;
    while (this.strip.children.length < list.length) {
      const cell = document.createElement("div");
      cell.setAttribute("role", "listitem");
      cell.innerHTML = '<span class="n"></span><p><b></b> <small></small></p><p class="bar"><i>A</i><span></span><em></em></p><p class="bar B"><i>B</i><span></span><em></em></p>';
      this.strip.appendChild(cell);
    }
    list.forEach((d, i) => {
      const cell = this.strip.children[i], most = Math.max(d.a, d.b) || 1;
      const put = (selector, text) => { cell.querySelector(selector).textContent = text; };
      const change = d.delta ? `${d.less ? "−" : "+"}${d.delta}` : COMPARE.equal;
      put(".n", COMPARE.names[d.name] || d.name);
      put("b", change);
      put("small", d.delta ? "B − A" : "");
      cell.classList.toggle("equal", !d.delta);
      cell.querySelectorAll(".bar").forEach((bar, k) => {
        const value = k ? d.b : d.a;
        bar.children[1].style.width = value ? `${Math.max(3, (value / most) * 42)}%` : "6px";
        bar.children[1].classList.toggle("none", !value);
        bar.children[2].textContent = d.words[k];
      });
      cell.setAttribute("aria-label", `${COMPARE.names[d.name] || d.name}: A ${d.words[0]}, B ${d.words[1]}, ${change}`);
    });
  }

  /** Over each map: its letter, its name, and the faults that only it has. */
  names() {
    const mine = this.stage.model.data.faults, kept = this.a.data.faults;
    const only = (list, other) => list.filter((f) => !other.some((o) => o.text === f.text));
    const words = (list) => list.map((f) => `${chipText(f, false)} ${COMPARE.at(f.at)}`).join(", ");
    this.titles = { A: this.record.names[0] || COMPARE.kept, B: this.record.names[1] || COMPARE.mine };
    [["A", only(kept, mine)], ["B", only(mine, kept)]].forEach(([side, faults], i) => {
      const list = [...this.record.settings[i], ...faults.map((f) => words([f]))];
      const [, name, note] = this.heads[i].children;
      name.textContent = this.titles[side];
      note.textContent = list.length ? COMPARE.only(list.join(", ")) : "";
      note.title = note.textContent;
    });
    const both = mine.filter((f) => kept.some((o) => o.text === f.text));
    this.common = both.length ? COMPARE.common(words(both)) : COMPARE.nothingCommon;
  }

  /** Is a fault of B one that A has too, from before the fork? */
  shares(fault) {
    return !!this.a && fault.at <= this.fork && this.a.data.faults.some((f) => f.text === fault.text);
  }

  /** A shared fault is moved or removed in both runs. */
  follow(fault, moved) {
    if (!this.shares(fault)) return;
    const list = this.a.data.faults, at = list.findIndex((f) => f.text === fault.text);
    if (!moved) list.splice(at, 1);
    else {
      list[at] = { ...moved };
      this.fork = Math.max(this.fork, moved.at);
    }
  }

  /** What the axis draws of A; null: nothing. */
  forAxis() {
    if (!this.a) return null;
    this.names();
    const mine = this.stage.model.data.faults;
    const shared = mine.length === this.a.data.faults.length && mine.every((f) => this.shares(f));
    return { a: this.a, shared, names: this.titles, back: this.back(), shares: (fault) => this.shares(fault) };
  }

  back() {
    const [a, b] = this.record.returns, out = this.record.differences[0];
    if (a >= 0 && b >= 0) return Math.abs(a - b) < 500 ? { words: COMPARE.same, from: -1, to: -1 } : { words: COMPARE.back(b - a), from: Math.min(a, b), to: Math.max(a, b) };
    const words = [[a, out.a, "A"], [b, out.b, "B"]].filter(([at, length]) => at < 0 && length > 0).map(([, , side]) => side);
    return { words: words.length ? COMPARE.notBack(words) : "", from: -1, to: -1 };
  }

  /** Maps side by side, or one over the other where there is no room. */
  layout(width) {
    const stacked = width < 880;
    this.holder.classList.toggle("stacked", stacked);
    if (!this.a) return width;
    const each = stacked ? width : Math.floor(width / 2);
    this.map = this.maps.of(this.a);
    this.map.layout(this.a, each, 1);
    return each;
  }

  draw(t, fast, wall) {
    if (!this.a) return;
    this.state = stateAt(this.a, t);
    this.map.draw(this.state, fast, wall);
  }

  /** One sentence for two runs. */
  words(s) {
    const [a, why] = sentence(this.a, this.state), [b, reason] = sentence(this.stage.model, s);
    if (a === b && why === reason) return [COMPARE.bothSay(a), reason];
    const both = `${COMPARE.eachSays("A", a)} ${COMPARE.eachSays("B", b)}`, { from, words } = this.back();
    return [both, from >= 0 && both.length + words.length < 110 ? `${words}.` : ""];
  }

  /** Events of both runs in order of time, each with its side. */
  timeline() {
    const model = this.stage.model;
    if (this.stage.several.runs) return this.stage.several.timeline;
    if (!this.a) return model;
    if (!this.merged || this.merged.of !== model) {
      const events = [...this.a.events.map((e) => ({ ...e, side: "A" })), ...model.events.map((e) => ({ ...e, side: "B" }))];
      events.sort((p, q) => p.at - q.at || p.show - q.show);
      this.merged = { of: model, events, losses: [...new Set([...this.a.losses, ...model.losses])].sort((p, q) => p - q) };
    }
    return this.merged;
  }

  get runs() {
    return this.a ? [this.a, this.stage.model] : [this.stage.model];
  }
}

const faultLines = (list) => list.map((f) => faultLine(f.at, f.action, f.target));
