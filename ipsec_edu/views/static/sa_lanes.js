/* ---- sa_lanes.js: the lanes of what devices hold: security associations, HSRP states, routes. ---- */

/** Tunnels that one device holds at the same time have a strip of its rows each; their SAs know which. */
function withStrips(data, list) {
  const pairs = [...new Set(list.map((x) => x.sa.pair))], lives = pairs.map((pair) => pairLife(data, pair)), strips = [];
  pairs.forEach((_, p) => {
    const taken = strips.filter((_, o) => lives[o][0] < lives[p][1] && lives[p][0] < lives[o][1]);
    strips[p] = 0;
    while (taken.includes(strips[p])) strips[p]++;
  });
  return list.map((x) => ({ ...x, strip: strips[pairs.indexOf(x.sa.pair)] }));
}

/** The parts of an SA's bar: while others of its strip are held too (as in a rekey), they share the height. */
function sharedCuts(sa, mates, y, H, last) {
  const endOf = (o) => (o.down < 0 ? last : o.down), end = endOf(sa);
  const others = mates.filter((o) => o.up >= 0 && o.up < end && endOf(o) > sa.up);
  const edges = [...new Set([sa.up, end, ...others.flatMap((o) => [o.up, endOf(o)]).filter((t) => t > sa.up && t < end)])].sort((a, b) => a - b);
  return edges.slice(0, -1).map((from, i) => {
    const held = others.filter((o) => o.up <= from && endOf(o) > from), share = (H + 1) / Math.max(1, held.length);
    return { from, to: edges[i + 1], y: y + held.indexOf(sa) * share, h: share - 1 };
  });
}

/** Lanes of states that last. */
export class SaLanes extends Lanes {
  saRows() {
    const { model } = this, d = model.data, rows = [];
    const wanted = d.gateways.filter((node) => d.sas.some((sa) => sa.node === node));
    const shown = wanted.length ? wanted : d.gateways.slice(0, 2);
    const first = shown[0];
    shown.forEach((node) => {
      const mine = withStrips(d, d.sas.map((sa, index) => ({ sa, index })).filter((x) => x.sa.node === node));
      const peers = [...new Set(mine.map((x) => x.sa.peer))];
      const name = d.nodes[node].label;
      if (peers.length <= 1 && shown.length <= 4 && !this.compare) {
        const out = mine.some((x) => x.sa.kind.startsWith("ah")) ? "AH" : "ESP";
        const kinds = [["ike", "IKE SA"], ["out", `${out} out`], ["in", `${out} in`]];
        if (node !== first) [kinds[1], kinds[2]] = [kinds[2], kinds[1]];
        kinds.forEach(([kind, label], i) => {
          const list = mine.filter((x) => (kind === "ike" ? x.sa.kind === "ike" : x.sa.kind.endsWith(kind)));
          rows.push({ key: `sa${node}.${kind}`, lane: "sa" + node, node, group: i === 0 ? name : "", label, small: 11.5, height: LANE.sa + 15 * (Math.max(1, ...list.map((x) => x.strip + 1)) - 1), rule: i === 0, name: `${name} ${label}: ${list.length}`, draw: (y, h) => this.drawSas(list, y, h, i === 0) });
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
    const strips = Math.max(1, ...list.map((x) => (x.strip || 0) + 1)), share = thin ? (h - 1) / strips : 15;
    const H = thin ? share - (strips > 1 ? 0.5 : 0) : 13;
    for (const { sa, index, strip } of list) {
      const top = (thin ? y : y + 3) + (strip || 0) * share;
      if (sa.begun > this.win[1] || (sa.down >= 0 && sa.down < this.win[0])) continue;
      html += this.saBar(sa, list.filter((x) => x.strip === strip).map((x) => x.sa), top, H, words, thin);
      const from = Math.max(this.left, this.x(sa.begun)), to = Math.min(this.right, this.x(sa.down < 0 ? this.model.last : sa.down));
      this.item(this.saWords(sa), [from, y, to - from, h], this.saCard(sa));
      // The same SA elsewhere is outlined with it.
      const last = this.items.length - 1;
      this.items[last] = this.items[last].replace("<g ", `<g data-sa="${esc(sa.id)}" `);
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
    const twin = d.sas.find((o) => o.node === sa.node && o.kind !== sa.kind && o.kind !== "ike" && sa.kind !== "ike" && o.ike === sa.ike && o.begun === sa.begun);
    if (twin) lines.push(SA_CARD.twin(saName(twin), shortId(twin)));
    if (sa.kind !== "ike" && sa.ike) lines.push(SA_CARD.under(sa.ike.replace(/(.{16})/, "$1 ")));
    if (sa.up >= 0) lines.push(SA_CARD.life((sa.down < 0 ? this.model.last : sa.down) - sa.up, sa.down < 0, (this.model.delivered[sa.id] || []).length, sa.kind === "ike"));
    if (sa.selector) lines.push(sa.selector);
    if (sa.transform) lines.push(sa.transform);
    for (const [a, b, why] of sa.stale) lines.push(`in vain ${sec(a)} to ${sec(b)}: ${why === "peer" ? "the peer does not hold it" : "the path is dead"}`);
    if (sa.down >= 0) lines.push(`${sec(sa.down, 3)} ${reasonText(sa)}`);
    return lines.join("\n");
  }

  saBar(sa, mates, y, H, words, thin) {
    const { left, right, win, model } = this;
    const X = (t) => Math.min(right, Math.max(left, this.x(t)));
    const end = sa.down < 0 ? model.last : sa.down, mid = y + H / 2;
    let html = "";
    const ready = sa.up < 0 ? end : sa.up;
    if (ready > sa.begun && X(ready) - X(sa.begun) > 5) {
      const older = sa.older >= 0;
      html += `<line x1="${n1(X(sa.begun) + 3)}" x2="${n1(X(ready) - 3)}" y1="${n1(older ? y + H - 2 : mid)}" y2="${n1(older ? y + H - 2 : mid)}" class="a-neg" stroke-width="${thin || older ? 3 : 4}"/>`;
    }
    if (sa.up < 0 || ready > win[1] || end < win[0]) return html;
    const cuts = sharedCuts(sa, mates, y, H, model.last);
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
    for (const c of cuts) for (const [from, to, why] of merged) {
      const s0 = Math.max(from, c.from), s1 = Math.min(to, c.to);
      if (s1 <= s0 || s1 < win[0] || s0 > win[1]) continue;
      const a = X(s0), b = X(s1), w = b - a;
      html += `<rect x="${n1(a + 1)}" y="${n1(c.y + 1)}" width="${n1(Math.max(0.5, w - 2))}" height="${n1(Math.max(1, c.h - 2))}" class="a-stale" stroke-width="${thin || c.h < 10 ? 1.2 : 1.75}"/>`;
      if (words && c.h > 10) {
        const long = why === "peer" ? "stale: peer does not hold it" : "stale: path is dead";
        const text = w > this.tw(long, 11, 600) + 10 ? long : w > 46 ? "stale" : "";
        if (text) this.labels.push({ x: a + w / 2, y: c.y + c.h / 2 + 4, text, at: Math.max(win[0], s0) + ((this.tw(text, 11, 600) / 2 + w / 2 + 2) / w) * (Math.min(win[1], s1) - Math.max(win[0], s0)), anchor: "middle", size: 11, weight: 600, tone: "doubt", halo: "doubt-soft" });
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

  /** One lane for each device whose routes change; where they are many, one lane for all. */
  routeRows() {
    const { reroutes, data } = this.model, nodes = [...new Set(reroutes.map((c) => c.node))].sort((a, b) => a - b);
    const row = (key, label, list, rule, node) => ({ key, lane: key, node, label, fit: true, small: 11.5, height: LANE.routes - 5, rule, name: ROUTING.name(label, list.length), draw: (y, h) => this.drawRoutes(list, y, h) });
    if (nodes.length > 8) return [row("routes", ROUTING.lane, reroutes, true)];
    return nodes.map((node, i) => row("routes" + node, ROUTING.device(data.nodes[node]?.label ?? ""), reroutes.filter((c) => c.node === node), i === 0, node));
  }

  /** A tick up for a route that came, down for one that went, both for one that turned. */
  drawRoutes(list, y, h) {
    const mid = y + h / 2;
    let html = "";
    for (const c of list) {
      if (c.at < this.win[0] || c.at > this.win[1]) continue;
      const x = n1(this.x(c.at)), name = this.model.data.nodes[c.node]?.label ?? "";
      const came = c.prefixes.some((p) => p.added.length), went = c.prefixes.some((p) => p.gone.length);
      html += `<path d="M${x} ${n1(mid - (came ? 7 : 0))}V${n1(mid + (went ? 7 : 0))}" class="a-mark"/>`;
      this.item(`${sec(c.at)}: ${name}: ${routeWords(c).join(", ")}`, [x - 4, y, 8, h], [sec(c.at, 3), ...c.prefixes.slice(0, 8).map((p) => `${name}: ${EVENT.route(p)}`), ...(c.prefixes.length > 8 ? [`and ${c.prefixes.length - 8} more`] : [])].join("\n"));
    }
    return `<line x1="${this.left}" x2="${this.right}" y1="${mid}" y2="${mid}" class="a-rule"/>` + html;
  }
}
