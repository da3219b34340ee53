/* ---- map_rails.js: what IPsec adds to the cables: each gateway's half of every SA, to see and to ask. ---- */

/** The map with tunnels. */
export class MapRails extends MapBase {
  drawTunnels(s) {
    const d = this.model.data;
    this.targets = this.fixed.slice();
    d.pairs.forEach((pair, p) => {
      const geo = this.now[p], line = geo.line;
      if (line.length < 2) return;
      const mine = s.sas.filter((x) => x.sa.pair === p);
      const held = [pair.a, pair.b].map((node) => mine.filter((x) => x.sa.node === node && x.sa.kind !== "ike" && x.state !== "negotiating"));
      [pair.a, pair.b].forEach((node, side) => {
        if (s.off[node]) return;
        this.drawHalf(s, mine.filter((x) => x.sa.node === node), node, side, p, geo, held);
      });
    });
  }

  drawHalf(s, mine, node, side, p, geo, held) {
    const { rails } = this;
    const live = mine.filter((x) => x.state === "up" || x.state === "stale");
    const esp = live.filter((x) => x.sa.kind !== "ike");
    const begun = mine.filter((x) => x.state === "negotiating");
    const gateway = s.gateways.find((g) => g.node === node);
    const key = p + "." + side;
    const inner = geo.chord ? 4 : MAP.rail + 14 * geo.slot, outer = geo.chord ? 9 : inner + MAP.outer - MAP.rail, width = geo.chord ? 3 : 6;
    const newer = (x) => x.sa.older >= 0 && mine.some((o) => o.index === x.sa.older && o.state !== "negotiating");
    const half = (line, gap) => {
      const total = lineLength(line);
      return side === 0 ? cutLine(line, 0, total / 2 - gap) : cutLine(line, total / 2 + gap, total);
    };
    // Direction 0 runs from a to b, on its own left-hand side; direction 1 the other way.
    for (const direction of [0, 1]) {
      const outgoing = (side === 0) === (direction === 0);
      const here = esp.filter((x) => x.sa.kind.endsWith(outgoing ? "out" : "in"));
      const base = (d) => offsetLine(geo.lines[direction], direction === 0 ? d : -d);
      const rail = (id, list, d) => {
        const stale = list.some((x) => x.state === "stale");
        const path = half(base(d), stale ? 4 : 0), drawn = pathOf(path);
        this.railTarget("rail" + id, path, list[list.length - 1], node);
        if (stale) {
          rails.put(id + "s", "path", { d: drawn, class: this.parts(id) ? "m-stale part" : "m-stale", "stroke-width": width + 1 });
          rails.put(id + "i", "path", { d: drawn, class: "m-staleinner", "stroke-width": width - 3 + (geo.chord ? 1.5 : 0) });
          return;
        }
        this.whole.set(id, this.wall);
        rails.put(id + "r", "path", { d: drawn, class: "m-rail", "stroke-width": width });
        if (geo.chord) return;
        const count = this.notches(list[0].sa.id, upper(this.model.delivered[list[0].sa.id] || [], s.t));
        const run = direction === 0 ? path : path.slice().reverse();
        // Both halves count from the sender's end, so that the notches run through.
        const near = (side === 0) === (direction === 0);
        const start = near ? 0 : lineLength(run);
        rails.put(id + "c", "path", { d: chevronPath(run, count * 11 - start, near ? 8 : 0, near ? 0 : 8), class: "m-chevron" });
      };
      const old = here.filter((x) => !newer(x)), young = here.filter(newer);
      if (old.length) rail(key + "." + direction, old, inner);
      if (old.length && (young.length || begun.some((x) => x.sa.older >= 0))) this.outer[p] = true;
      if (young.length) rail(key + "." + direction + "n", young, old.length ? outer : inner);
      const dots = (d) => rails.put(key + "." + direction + "d", "path", { d: pathOf(half(base(d), side === 0 ? 0 : 4.5)), class: "m-neg", "stroke-width": geo.chord ? 3.5 : 4.5 });
      const coming = begun.filter((x) => x.sa.kind !== "ike");
      if (here.length && coming.some((x) => x.sa.older >= 0)) dots(outer);
      else if (!here.length && gateway && gateway.state === "negotiating" && (begun.length || this.talking(s, p))) dots(inner);
    }
    const ike = live.filter((x) => x.sa.kind === "ike");
    if (ike.length && !geo.chord && (geo.slot === 0 || ike.some((x) => x.state === "up"))) rails.put(key + "ike", "path", { d: pathOf(half(geo.line, 0)), class: "m-thread", "stroke-dasharray": ike.every((x) => x.state === "stale") ? "15 6" : null });
    if (held[side].length && !held[1 - side].length) {
      const m = pointOn(geo.line, lineLength(geo.line) / 2), n = { x: -m.u.y, y: m.u.x };
      rails.put(key + "end", "path", { d: `M${m.x + n.x * 15} ${m.y + n.y * 15}L${m.x - n.x * 15} ${m.y - n.y * 15}`, class: "m-onesided" });
    }
  }

  /** Does a rail break just now, while it plays: belief and truth part once, in 160 ms? */
  parts(id) {
    if (!this.wall || !this.whole.get(id)) this.whole.delete(id);
    return this.wall > 0 && this.whole.has(id) && this.wall - this.whole.get(id) < 400;
  }

  /** The chevrons of an SA move one notch per delivered packet, in 120 ms; a paused stage shows where they end. */
  notches(id, count) {
    const step = this.steps.get(id) || { to: count, from: count, since: 0 };
    if (!this.wall || Math.abs(count - step.to) > 1) this.steps.set(id, { to: count, from: count, since: 0 });
    else if (count !== step.to) this.steps.set(id, { to: count, from: step.to, since: this.wall });
    const now = this.steps.get(id) || step;
    this.steps.set(id, now);
    const share = this.wall && now.since ? Math.min(1, (this.wall - now.since) / 120) : 1;
    return now.from + (now.to - now.from) * (1 - (1 - share) ** 2);
  }

  talking(s, pair) {
    const cells = cellsAt(this.model, s.t);
    return cells !== null && cells.pair === pair;
  }

  /** A rail half is a thing of the map as a device is: it has a card, takes the focus and opens the inspector. */
  railTarget(key, path, held, node) {
    const { sa, state } = held, mid = pointOn(path, lineLength(path) / 2);
    const label = RAIL.name(this.model.data.nodes[node].label, saName(sa), shortId(sa), state === "stale");
    const el = this.hits.put(key, "g", { class: "hit", role: "button", "data-lm-suppress-shortcuts": "true", "data-key": key, "data-sa": sa.id, "aria-label": label, tabindex: key === this.currentKey ? 0 : -1 });
    const line = pathOf(path);
    if (el.dataset.drawn !== line) {
      el.innerHTML = `<path class="halo" d="${pathOf([...offsetLine(path, 5.5), ...offsetLine(path, -5.5).reverse()])}z"/><path class="hitrail" d="${line}"/>`;
      el.dataset.drawn = line;
    }
    this.targets.push({ key, el, x: mid.x, y: mid.y, type: "rail", node, sa, pair: sa.pair });
  }

  choose(key) {
    super.choose(key);
    this.heldBy = this.targets.find((t) => t.key === key)?.node;
  }

  /** An SA that ends takes its rail away: the focus goes to its gateway, never to nothing. */
  keepFocus() {
    if (this.targets.some((t) => t.key === this.currentKey)) return;
    const had = this.svg.getRootNode().activeElement?.dataset?.key === this.currentKey;
    const next = this.fixed.find((t) => t.type === "device" && t.node === this.heldBy) || this.fixed.find((t) => t.type === "device") || this.fixed[0];
    if (!next) return;
    this.choose(next.key);
    if (had) next.el.focus({ preventScroll: true });
  }
}
