/* ---- lanes.js: the lanes of packets, outages and messages: from a run and a window to marks. ---- */

const esc = (s) => String(s).replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/"/g, "&quot;");
const n1 = (v) => Math.round(v * 10) / 10;
const GUESS = 22; // room for a guess above the truth
const LEDGERS = 3; // flows whose outages get a lane
const LANE = { faults: 42, ping: 34, ledger: 48, sa: 19, messages: 46, track: 18, routes: 24 };

/** What all lanes need, and the lanes of packets, outages and messages. */
export class Lanes {
  tw(text, size, weight = 400, mono = false) {
    return textWidth(text, size, weight, mono ? this.fonts.mono : this.fonts.ui);
  }

  /** The longer of two names that fits into the gutter. */
  shortened(long, short) {
    return this.tw(long, 12) < this.left - 24 ? long : short;
  }

  /** One entry of the lane's list: its words, and where it lies. */
  item(label, box, card, message = -1) {
    const rect = box ? `<rect class="hitbox" x="${n1(box[0])}" y="${n1(box[1])}" width="${n1(Math.max(3, box[2]))}" height="${n1(box[3])}"/>` : "";
    this.items.push(`<g role="listitem" aria-label="${esc(label)}"${card ? ` data-card="${esc(card)}"` : ""}${message >= 0 ? ` data-message="${message}"` : ""}>${rect}</g>`);
  }

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

  worstFlow() {
    let worst = 0, most = -1;
    for (const o of this.model.data.outages) if (o.lost > most && o.flow >= 0) [most, worst] = [o.lost, o.flow];
    return worst;
  }

  /** One lane for each flow that was out, the worst `LEDGERS` of them in the order of the flows. */
  ledgerRows() {
    const { data } = this.model, worst = this.worstFlow(), lost = data.flows.map(() => 0);
    if (!data.flows.length) return [];
    for (const o of data.outages) if (o.flow >= 0) lost[o.flow] += o.lost;
    const out = lost.map((n, f) => [n, f]).filter(([n]) => n).sort((p, q) => q[0] - p[0]).slice(0, LEDGERS).map(([, f]) => f);
    const guessed = data.guess ? data.guess.flow : -1;
    if (guessed >= 0 && !out.includes(guessed)) out.push(guessed);
    if (!out.includes(worst)) out.push(worst);
    return out.sort((p, q) => p - q).map((f) => {
      const name = data.flows[f].name.replace(">", " → "), several = data.flows.length > 1 && data.outages.length > 0;
      return { key: f === worst ? "ledger" : "ledger" + f, label: several ? this.shortened(`outage ${name}`, name) : "outage", fit: true, height: LANE.ledger + (f === guessed ? GUESS : 0), top: true, name: this.ledgerName(f, several ? name.replace(" → ", " to ") : ""), draw: (y) => this.drawLedger(f, y) };
    });
  }

  ledgerName(f, name = "") {
    const list = this.model.data.outages.filter((o) => o.flow === f), head = name ? `Outage of ${name}: ` : "Outage: ";
    if (!list.length) return head + "none";
    return head + list.map((o) => `${sec((o.end < 0 ? this.model.last : o.end) - o.start, 2)} from ${sec(o.start)}, ${o.lost} lost (${o.parts.map((p) => `${p.name} ${sec(p.end - p.start, 2)}`).join(", ")})`).join("; ");
  }

  drawLedger(f, y) {
    const { model, win, left, right } = this;
    const taken = [];
    let html = "";
    const list = model.data.outages.filter((o) => o.flow === f && o.start < win[1] && (o.end < 0 ? model.last : o.end) > win[0]);
    const guess = model.data.guess && model.data.guess.flow === f ? model.data.guess : null, top = y + 4 + (guess ? GUESS : 0);
    if (guess) html += this.drawGuess(guess, y);
    const byLength = list.slice().sort((p, q) => (q.end < 0 ? model.last : q.end) - q.start - ((p.end < 0 ? model.last : p.end) - p.start));
    const clash = (a, b, row) => taken.some((t) => t[2] === row && a < t[1] + 4 && b > t[0] - 4);
    byLength.forEach((o) => taken.push([this.x(o.start), this.x(o.end < 0 ? model.last : o.end), "bar"]));
    byLength.forEach((o, order) => {
      const end = o.end < 0 ? model.last : o.end, by = top, bh = 15, tiny = [];
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
      if (this.was && this.dragging >= 0 && order === 0 && this.was.outage && f === this.worstFlow()) inner += this.difference(o, end, x2, by);
      else if (tiny.length && x2 - x1 > 40) inner += this.tinyParts(tiny, x1, x2, by, bh, taken, clash);
      html += inner;
      const parts = o.parts.map((p) => `${p.name} ${sec(p.end - p.start, 2)}`);
      this.item(`${sec(o.start)}: ${total}: ${parts.join(", ")}`, [x1, by - 2, x2 - x1, bh + 8], [total, ...parts].join("\n"));
    });
    return html;
  }

  /** What the learner said, before it was told: a hollow bracket over the true one. */
  drawGuess(guess, y) {
    const { win, left, right } = this, top = y + 3;
    const words = GUESSED(guess.end - guess.start);
    this.item(words, null, "");
    if (guess.end < win[0] || guess.start > win[1]) return "";
    const a = Math.max(left, this.x(guess.start)), b = Math.min(right, this.x(guess.end));
    const room = this.tw(words, 12, 600), beside = b + 8 + room < right ? b + 8 : Math.max(left, a - 8 - room);
    return `<path d="M${n1(a)} ${top + 17}V${top + 5}H${n1(b)}V${top + 17}H${n1(b - 3)}V${top + 9}H${n1(a + 3)}V${top + 17}z" class="a-guess"/><text x="${n1(beside)}" y="${top + 13}" class="halo-bg" style="font-size:12px;font-weight:600">${esc(words)}</text>`;
  }

  /** Parts that found no room in their bar: right of it, in order, down two rows and on; else left of it. */
  tinyParts(tiny, x1, x2, by, bh, taken, clash) {
    const columns = [];
    for (let i = 0; i < tiny.length; i += 2) columns.push(tiny.slice(i, i + 2));
    const tones = { safe: "font-weight:600;fill:var(--safe)", ink: "font-weight:600;fill:var(--ink)" };
    const wide = columns.map((column) => Math.max(...column.map(([text, kind]) => this.tw(text, 11.5, tones[kind] ? 600 : 400))));
    const room = wide.reduce((sum, w) => sum + w + 14, 0), free = (a, b) => a > this.left && b <= this.right + 4 && !clash(a, b, "bar") && !clash(a, b, "tiny");
    let x = x2 + 14, line = [x2 + 3, x2 + 10], html = "";
    if (!free(x, x + room - 14) && free(x1 - room, x1 - 14)) [x, line] = [x1 - room, [x1 - 10, x1 - 3]];
    for (const [i, column] of columns.entries()) {
      const w = wide[i];
      if (!free(x, x + w)) break;
      column.forEach(([text, kind], k) => {
        html += `<text x="${n1(x)}" y="${by + (tiny.length > 1 ? 7 : 11.5) + k * 15}" style="font-size:11.5px;${tones[kind] || "fill:var(--ink2)"}">${esc(text)}</text>`;
      });
      taken.push([x, x + w, "tiny"]);
      x += w + 14;
    }
    if (html) html += `<line x1="${n1(line[0])}" x2="${n1(line[1])}" y1="${by + bh / 2}" y2="${by + bh / 2}" class="a-edge"/>`;
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

  drawMessages(y, h) {
    const { model, win, left, right } = this;
    const mid = y + h / 2, d = model.data;
    let html = `<line x1="${left}" x2="${right}" y1="${mid}" y2="${mid}" class="a-rule"/>`, good = "", bad = "", marks = "";
    const clusters = [];
    d.messages.forEach((m, i) => {
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
      if (d.messages.length < 400) this.item(`${sec(m.at, 3)}: ${EVENT.message(m)}`, [x - 3, up ? y : mid, Math.max(7, x2 - x), h / 2], `${messageTag(m)} ${d.nodes[m.from]?.label ?? ""} → ${d.nodes[m.to]?.label ?? ""}${m.again ? ", again" : ""}\n${sec(m.at, 3)}, ${m.size} bytes${m.encrypted ? ", encrypted" : ""}\n${payloadText(m)}${m.cause ? `\n${d.causes[m.cause] || m.cause}` : ""}`, i);
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
}
