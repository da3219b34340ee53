/* ---- few_lanes.js: lanes where there is no room for all: counts of many devices, and three lanes in all. ---- */

/** What is drawn instead of one lane per thing. */
export class FewLanes extends FaultLane {
  /** Many devices: how many are in which state, what is lost, and the one that was chosen. */
  crowdRows() {
    const { crowd, data } = this.model, total = crowd.members.length;
    const ends = crowdCounts(crowd, this.model.last), chosen = this.chosen >= 0 ? this.chosen : crowd.members[0];
    const rows = [this.faultRow()];
    rows.push({ key: "crowd", lane: "crowd", label: CROWD_WORDS.lane(total, crowd.who), strong: true, height: 108, rule: true, name: `${CROWD_WORDS.lane(total, crowd.who)}, in the end: ${CROWD_WORDS.atTime(ends, total, crowd.who)}`, draw: (y, h) => this.drawCounts(y, h) });
    if (data.flows.length) rows.push({ key: "lost", lane: "lost", label: CROWD_WORDS.lost, height: LANE.ping, rule: true, name: `${CROWD_WORDS.lost}: at most ${Math.max(...crowd.lost)}`, draw: (y, h) => this.drawRate(crowd.lost, crowd.sent, "g-lost", y, h) });
    rows.push({ key: "rate", lane: "messages", label: CROWD_WORDS.messages, height: LANE.ping, rule: true, name: `${CROWD_WORDS.messages}: at most ${Math.max(...crowd.messages)}`, draw: (y, h) => this.drawRate(crowd.messages, null, "g-rate", y, h) });
    if (crowd.lives[chosen]) rows.push({ key: "chosen", lane: "sa" + chosen, node: chosen, label: CROWD_WORDS.chosen(data.nodes[chosen].label), fit: true, height: 27, rule: true, name: CROWD_WORDS.chosen(data.nodes[chosen].label), draw: (y, h) => this.drawLife(chosen, y, h) });
    return rows;
  }

  /** Three lanes: faults, the first flow, the SAs of one gateway. */
  compactRows() {
    const { model } = this, d = model.data;
    const rows = [this.faultRow(), ...this.flowRows().slice(0, 1)];
    const node = d.gateways.find((i) => d.sas.some((sa) => sa.node === i)) ?? d.gateways[0];
    if (node === undefined) return rows;
    const list = d.sas.map((sa, index) => ({ sa, index })).filter((x) => x.sa.node === node);
    const label = COMPACT.gateway(d.nodes[node].label);
    rows.push({ key: "sa" + node, lane: "sa" + node, node, label, fit: true, height: 29, rule: true, name: `${label}: ${list.length} SAs`, draw: (y, h) => this.drawThreeBars(list, y + 1, h - 2) });
    return rows;
  }

  /** Stacked steps: up at the bottom, then negotiating, then stale; the rest of the height has no SA. */
  drawCounts(y, h) {
    const { crowd } = this.model, { left, right, win } = this, total = crowd.members.length || 1;
    const base = y + h - 8, full = h - 20, height = (n) => (n / total) * full;
    const from = Math.max(0, upper(crowd.times, win[0]) - 1), to = upper(crowd.times, win[1]);
    const steps = [];
    for (let k = from; k < to; k++) {
      const x = Math.max(left, this.x(crowd.times[k])), last = steps[steps.length - 1];
      if (last && x - last.x < 0.5) last.c = crowd.counts[k];
      else steps.push({ x, c: crowd.counts[k] });
    }
    const end = Math.min(right, this.x(this.model.last)), layers = [["up", "bg"], ["negotiating", "safe"], ["stale", "doubt"]];
    let html = "", under = steps.map(() => 0);
    for (const [state, tone] of layers) {
      const over = steps.map((s, k) => under[k] + height(s.c[state]));
      html += this.area(steps, under, over, end, base, `g-area ${state}`);
      // Its name stands in the first piece that is hardly smaller than the largest.
      const pieces = steps.map((s, k) => ({ k, x: s.x, w: (steps[k + 1]?.x ?? end) - s.x, tall: over[k] - under[k] })).filter((p) => p.tall > 16 && p.w > this.tw(CROWD_WORDS.states[state], 12, 600) + 16);
      const most = Math.max(...pieces.map((p) => p.w * p.tall)), first = pieces.find((p) => p.w * p.tall > most / 4);
      if (first) this.labels.push({ x: first.x + 8, y: base - under[first.k] - 6, text: CROWD_WORDS.states[state], at: Math.max(this.win[0], this.timeAt(first.x)), size: 12, weight: 600, tone, halo: "" });
      under = over;
    }
    let before = -1;
    crowd.times.forEach((at, k) => {
      if (at < win[0] || at > win[1] || this.items.length > 60) return;
      const x = this.x(at);
      if (x - before < 14) return;
      before = x;
      const words = CROWD_WORDS.atTime(crowd.counts[k], total, crowd.who);
      this.item(`${sec(at, 1)}: ${words}`, [x, y + 4, 14, h - 8], `${sec(at, 1)}\n${words.split(", ").join("\n")}`);
    });
    return `${html}<line x1="${left}" x2="${right}" y1="${base}" y2="${base}" class="a-edge"/>`;
  }

  area(steps, under, over, end, base, name) {
    if (!over.some((v, k) => v > under[k] + 0.1)) return "";
    let d = "", back = "";
    let open = false;
    // A piece for every span in which there is any: nothing must not leave a line on the ground.
    const close = () => {
      if (open) d += `${back}z`;
      open = false;
      back = "";
    };
    steps.forEach((s, k) => {
      const x2 = steps[k + 1]?.x ?? end;
      if (over[k] - under[k] < 0.1) return close();
      d += `${open ? "L" : "M"}${n1(s.x)} ${n1(base - over[k])}L${n1(x2)} ${n1(base - over[k])}`;
      back = `L${n1(x2)} ${n1(base - under[k])}L${n1(s.x)} ${n1(base - under[k])}${back}`;
      open = true;
    });
    close();
    return `<path d="${d}" class="${name}"/>`;
  }

  /** One bar per second, as high as its share of `of` or of the highest. */
  drawRate(bins, of, name, y, h) {
    const { left, right, win } = this, base = y + h - 6, full = h - 11;
    const most = Math.max(1, ...(of || bins)), top = Math.max(...bins);
    let d = "", run = null;
    const say = () => run && this.item(`${sec(run.from * 1e6, 0)} to ${sec((run.to + 1) * 1e6, 0)}: ${run.n}`, [this.x(run.from * 1e6), y + 2, this.x((run.to + 1) * 1e6) - this.x(run.from * 1e6), h - 4], `${sec(run.from * 1e6, 0)} to ${sec((run.to + 1) * 1e6, 0)}\n${run.n}`);
    bins.forEach((n, k) => {
      const a = Math.max(left, this.x(k * 1e6)), b = Math.min(right, this.x((k + 1) * 1e6));
      if (!n || b <= left || a >= right) {
        say();
        run = null;
        return;
      }
      d += `M${n1(a)} ${base}V${n1(base - Math.max(1.5, (n / most) * full))}H${n1(b)}V${base}z`;
      run = run ? { ...run, to: k, n: run.n + n } : { from: k, to: k, n };
    });
    say();
    const peak = bins.indexOf(top), words = CROWD_WORDS.most(top, of ? of[peak] : 0);
    // Inside a row of bars that are high enough, else beside the highest.
    let high = peak;
    while (bins[high + 1] > top * 0.8) high++;
    const x = Math.max(left, this.x(peak * 1e6)), room = Math.min(right, this.x((high + 1) * 1e6)) - x;
    if (top && (top / most) * full > 17 && room > this.tw(words, 11.5, 600) + 14) this.labels.push({ x: x + 7, y: base - 6, text: words, at: peak * 1e6, size: 11.5, weight: 600, tone: "bg", halo: "" });
    else if (top) this.fitLabel({ x: this.x((peak + 1) * 1e6), y: y + 14, text: words, at: peak * 1e6, size: 11.5, weight: 600, tone: of ? "loss" : "ink2", side: 6, other: -6 - (this.x(1e6) - this.x(0)) });
    return `<line x1="${left}" x2="${right}" y1="${base}" y2="${base}" class="a-rule"/><path d="${d}" class="${name}"/>`;
  }

  /** The states of one device, one after the other. */
  drawLife(node, y, h) {
    const { model, left, right } = this, life = model.crowd.lives[node];
    let html = "";
    life.times.forEach((from, k) => {
      const state = life.states[k], to = life.times[k + 1] ?? model.last, mid = y + h / 2;
      const a = Math.max(left, this.x(from)), b = Math.min(right, this.x(Math.min(to, model.last)));
      if (b <= a) return;
      if (state === "up") html += `<rect x="${n1(a)}" y="${y + 6}" width="${n1(Math.max(1.5, b - a))}" height="${h - 12}" rx="1.5" class="a-esp"/>`;
      else if (state === "stale") html += `<rect x="${n1(a + 1)}" y="${y + 7}" width="${n1(Math.max(0.5, b - a - 2))}" height="${h - 14}" class="a-stale" stroke-width="1.75"/><path d="M${n1(b)} ${y + 4}v${h - 8}" class="a-stop doubt" stroke-width="2.2"/>`;
      else if (state === "negotiating") html += `<line x1="${n1(a + 3)}" x2="${n1(Math.max(a + 3.1, b - 3))}" y1="${mid}" y2="${mid}" class="a-neg" stroke-width="4"/>`;
      else if (state === "off") html += `<path d="${crossPath(n1(a + 6), mid, 5)}" class="m-cross" stroke-width="2.2"/>`;
      if (state === "stale" && b - a > this.tw(CROWD_WORDS.states.stale, 11, 600) + 10) this.labels.push({ x: a + 7, y: mid + 4, text: CROWD_WORDS.states.stale, at: Math.max(from, this.win[0]), size: 11, weight: 600, tone: "doubt", halo: "doubt-soft" });
      const words = CROWD_WORDS.states[state];
      this.item(`${sec(from)}: ${words}`, [a, y, b - a, h], `${model.data.nodes[node].label}: ${words}\n${sec(from)} to ${sec(to)}`);
    });
    return html;
  }
}
