/* ---- map.js: the network at a moment. Nodes are kept; a frame only changes attributes. ---- */

const KIND_WORDS = { router: "router", firewall: "firewall", host: "host", switch: "switch", bridge: "switch", cloud: "network" };
const LINK_WORDS = { dark: "without power at one end", cut: "silently cut", "one-way": "cut one way", down: "unplugged", shut: "shut", loss: "losing frames" };

/** The map at a moment. */
export class MapView extends MapRails {
  /** Draw the moment `s`; `fast` leaves single packets out; `wall` is the time of day while it plays, else 0. */
  draw(s, fast, wall = 0) {
    this.wall = wall;
    this.dynamic = this.quiet.copy();
    for (const layer of [this.rails, this.hits, this.breaks, this.clocks, this.live, this.packets]) layer.begin();
    this.outer = {};
    // A re-routed tunnel lies over the cables that its packets take now, each direction over its own.
    this.now = this.g.pairs.map((geo, p) => {
      const { lines, links } = wayAt(geo, this.model.data.pairs[p].path, s.t);
      return { ...geo, line: lines[0], lines, links };
    });
    this.drawTunnels(s);
    this.drawDevices(s);
    this.drawCells(s);
    this.drawBreaks(s);
    this.drawPackets(s, fast);
    this.drawSpis(s);
    for (const layer of [this.rails, this.hits, this.breaks, this.clocks, this.live, this.packets]) layer.end();
    this.keepFocus();
  }

  /** A label that moves with time: takes a free place or stays away. */
  say(key, lines, candidates, halo = true) {
    for (const some of lines.length > 1 ? [lines, lines.slice(0, 1)] : [lines]) {
      const at = this.dynamic.place(some, candidates);
      if (!at) continue;
      some.forEach((line, i) => putText(this.live, key + i, at, line, halo ? this.inSunk(at) : ""));
      return at;
    }
    return null;
  }

  drawDevices(s) {
    const { g, model, clocks } = this;
    for (const target of this.fixed) {
      if (target.type === "port") {
        const carrier = portState(model, target.port, s.t).carrier;
        target.mark.setAttribute("class", carrier ? "m-port" : "m-port hollow");
      } else if (target.type === "device") {
        target.el.classList.toggle("off", s.off[target.node]);
        const b = s.gateways.find((x) => x.node === target.node);
        const node = model.data.nodes[target.node];
        const words = [node.label, b ? "gateway" : KIND_WORDS[node.kind] || "device"];
        if (b) words.push(beliefText(b).word);
        else if (s.off[target.node]) words.push("no power");
        if (b && b.clock) words.push(`silent ${Math.floor(b.silent / 1e6)} s`);
        const label = words.join(", ");
        if (target.label !== label) target.el.setAttribute("aria-label", target.label = label);
      } else {
        const state = s.links[target.link];
        const label = `${this.linkName(model.data.links[target.link])}, ${state.state === "up" ? "up" : LINK_WORDS[state.state] + (state.state === "dark" ? "" : ` since ${sec(state.since)}`)}`;
        if (target.label !== label) target.el.setAttribute("aria-label", target.label = label);
      }
    }
    for (const b of s.gateways) {
      const p = g.nodes[b.node], words = beliefText(b);
      {
        const lines = [this.text(words.word, 12, { weight: 600, tone: words.tone, dy: words.why ? -15 : 0 })];
        if (words.why) lines.push(this.text(words.why, 11.5, { tone: "ink2" }));
        const beside = words.why ? 8 : 2;
        const half = Math.max(...lines.map((l) => textWidth(l.text, l.size, l.weight, l.family))) / 2 + 8;
        const cx = Math.min(g.width - half, Math.max(half, p.x));
        const at = [{ x: cx, y: p.y - 68, anchor: "middle" }, { x: cx, y: p.y - 44, anchor: "middle" }, { x: cx, y: p.y + 74, anchor: "middle" }, { x: cx, y: p.y - 92, anchor: "middle" }, { x: p.x + 40, y: p.y - 30, anchor: "start" }, { x: p.x - 40, y: p.y - 30, anchor: "end" }, { x: p.x + 40, y: p.y + beside, anchor: "start" }, { x: p.x - 40, y: p.y + beside, anchor: "end" }, { x: p.x + 36, y: p.y + 58, anchor: "start" }, { x: p.x - 36, y: p.y + 58, anchor: "end" }];
        if (lines.length > 1) this.sayBelief("belief" + b.node, lines, at);
        else this.say("belief" + b.node, lines, at, !g.single);
      }
      if (b.clock) this.drawClock(clocks, "clock" + b.node, p, b);
    }
    s.off.forEach((off, i) => {
      if (off && !s.gateways.some((x) => x.node === i)) this.say("off" + i, [this.text("no power", 11.5, { weight: 600, tone: "loss" })], [{ x: g.nodes[i].x, y: g.nodes[i].y - 30, anchor: "middle" }]);
    });
  }

  /** Two lines or, where there is no room, the word alone on its own line. */
  sayBelief(key, lines, candidates) {
    const at = this.dynamic.place(lines, candidates);
    if (at) lines.forEach((line, i) => putText(this.live, key + i, at, line, this.g.single ? "" : this.inSunk(at)));
    else this.say(key, [{ ...lines[0], dy: 0 }], candidates);
  }

  drawClock(layer, key, p, b) {
    const full = b.dead - b.heardAt, R = 32, turn = (v) => (v / full) * 2 * Math.PI - Math.PI / 2;
    const share = Math.min(0.9995, b.silent / full), q = turn(share * full);
    layer.put(key + "r", "circle", { cx: p.x, cy: p.y, r: R, class: "m-clockback" });
    layer.put(key + "a", "path", { d: `M${p.x} ${p.y - R}A${R} ${R} 0 ${share > 0.5 ? 1 : 0} 1 ${p.x + R * Math.cos(q)} ${p.y + R * Math.sin(q)}`, class: "m-clock" });
    (b.times || []).forEach((v, i) => {
      const z = turn(v), c = Math.cos(z), n = Math.sin(z);
      layer.put(key + "n" + i, "line", { x1: p.x + (R - 5) * c, y1: p.y + (R - 5) * n, x2: p.x + (R + 5) * c, y2: p.y + (R + 5) * n, class: "m-notch", "stroke-width": b.silent >= v ? 2.5 : 1.2 });
    });
  }

  drawCells(s) {
    const cells = cellsAt(this.model, s.t);
    if (!cells || cells.pair < 0) return;
    const geo = this.now[cells.pair], mid = pointOn(geo.line, lineLength(geo.line) / 2);
    const gap = 16, w = 19;
    const total = cells.groups.reduce((sum, grp) => sum + grp.cells.length * w, 0) + gap * (cells.groups.length - 1) - 4;
    let x = mid.x - total / 2;
    const y = this.g.single ? mid.y - 84 : Math.max(18, mid.y - 44);
    const box = { x: x - 2, y: y - 20, width: total + 4, height: 32 };
    if (!this.dynamic.free(box)) return;
    this.dynamic.take(box);
    cells.groups.forEach((grp, k) => {
      putText(this.live, "cells" + k, { x, y: y - 8, anchor: "start" }, this.text(grp.label, 11.5, { tone: "ink2" }), this.inSunk({ x, y }));
      grp.cells.forEach((state, i) => this.live.put(`cell${k}.${i}`, "rect", { x: x + i * w, y, width: 15, height: 9, rx: 1.5, class: "m-cell " + state }));
      x += grp.cells.length * w + gap;
    });
  }

  breakPoint(i, near) {
    const geo = this.g.links[i];
    const f = geo.breakFor(near);
    return { ...geo.at(f), f };
  }

  drawBreaks(s) {
    const { breaks, g, model } = this;
    this.broken = {};
    for (const l of s.links) {
      const geo = g.links[l.index];
      const upright = geo.angle > 90 || geo.angle <= -90 ? geo.angle - 180 : geo.angle;
      const p = l.state === "loss" ? geo.mid : this.breakPoint(l.index, l.near), key = "b" + l.index;
      const flipped = upright !== geo.angle;
      if (l.state === "dark") continue;
      if (l.state !== "up" && l.state !== "shut" && l.state !== "loss") this.broken[l.index] = p;
      const put = (id, tag, attributes) => breaks.put(key + id, tag, { transform: `translate(${Math.round(p.x * 10) / 10} ${Math.round(p.y * 10) / 10}) rotate(${Math.round(upright * 10) / 10})`, ...attributes });
      if (l.state === "cut") {
        put("g", "rect", { x: -9, y: -20, width: 18, height: 40, class: "m-gap" });
        put("s", "path", { d: "M-11 17l7-34M4 17l7-34", class: "m-break" });
      } else if (l.state === "down") {
        put("g", "rect", { x: -16, y: -20, width: 32, height: 40, class: "m-gap" });
        put("s", "path", { d: "M-16-9v18M16-9v18", class: "m-break" });
      } else if (l.state === "one-way") {
        // The blocked direction runs on its own left-hand side: above where it runs to the right.
        const blockedRight = (l.open === "back") !== flipped;
        const up = blockedRight ? -1 : 1;
        put("g", "rect", { x: -9, y: up < 0 ? -20 : 2, width: 18, height: 18, class: "m-gap" });
        put("s", "path", { d: up < 0 ? "M-9-2l5-15M3-2l5-15" : "M-9 17l5-15M3 17l5-15", class: "m-break" });
        put("a", "path", { d: up < 0 ? "M20 17H-20M-14 12l-6 5 6 5" : "M-20-17H20M14-22l6 5-6 5", class: "m-open" });
      } else if (l.state === "loss") {
        put("n", "path", { d: "M-24-6v12M0-6v12M24-6v12", class: "m-nick" });
      } else if (l.state === "shut") {
        const at = l.near === "a" ? geo.portA : geo.portB;
        if (at) breaks.put(key + "x", "path", { d: crossPath(at.x, at.y - 15, 5), class: "m-cross", "stroke-width": 2.4 });
      }
      if (l.state !== "up") this.sayBreak(s, l, p, geo);
      else if (l.since > 0 && s.t - l.since < 6e6 && s.t >= l.since) this.say("whole" + l.index, [this.text(`whole again since ${sec(l.since)}`, 12, { weight: 600, tone: "ink2" })], [{ x: p.x, y: p.y + 85, anchor: "middle" }, { x: p.x, y: p.y + 34, anchor: "middle" }, { x: p.x, y: p.y - 28, anchor: "middle" }], !g.single);
    }
  }

  sayBreak(s, l, p, geo) {
    const link = this.model.data.links[l.index];
    const end = link[l.near], name = this.model.data.nodes[end.node].label;
    const words = {
      cut: ["silent cut", `since ${sec(l.since)}, carrier stays`], down: ["cable pulled", `since ${sec(l.since)}`],
      "one-way": ["cut one way", `from ${this.model.data.nodes[l.open === "forward" ? link.b.node : link.a.node].label}, since ${sec(l.since)}`],
      shut: ["shut here", `${name} ${end.short}, since ${sec(l.since)}`], loss: [`${+l.loss} %`, `of the frames are lost since ${sec(l.since)}`],
    }[l.state];
    const lines = [this.text(words[0], 12, { weight: 600, tone: "loss" }), this.text(words[1], 11.5, { tone: "ink2", dy: 14 })];
    const at = [{ x: p.x, y: p.y + 85, anchor: "middle" }, { x: p.x + 22, y: p.y + 26, anchor: "start" }, { x: p.x - 22, y: p.y + 26, anchor: "end" }, { x: p.x + 22, y: p.y - 28, anchor: "start" }, { x: p.x - 22, y: p.y - 28, anchor: "end" }, { x: p.x, y: p.y + 48, anchor: "middle" }, { x: p.x, y: p.y - 48, anchor: "middle" }];
    const places = this.g.single ? at : [...at.slice(1), at[0]];
    const found = this.say("broken" + l.index, lines, places, !this.g.single);
    const lead = { x: p.x - 1, y: p.y + 25, width: 2, height: 46 };
    if (found && found.y === p.y + 85 && this.quiet.free(lead)) this.breaks.put("lead" + l.index, "line", { x1: p.x, x2: p.x, y1: p.y + 24, y2: p.y + 74, class: "m-lead" });
  }

  drawPackets(s, fast) {
    const { model, packets, g } = this;
    const d = model.data, hops = d.hops;
    for (const flight of inFlightAt(model, s.t)) {
      const i = flight.index, link = hops.link[i];
      if (link < 0) continue;
      const kind = hops.kind[i];
      if (fast && kind !== "ike") continue;
      const geo = g.links[link], forward = hops.forward[i];
      let share = flight.share;
      if (flight.lost) {
        const broken = this.breakPoint(link, s.links[link].near).f;
        const stop = Math.max(0, (forward ? broken : 1 - broken) - 30 / geo.length);
        if (share > stop) continue;
        share = Math.min(share, stop);
      }
      // Who wants no motion gets each packet in the middle of its cable, with an arrow.
      if (this.still.matches && !flight.lost) share = 0.5;
      const u = forward ? geo.dir : { x: -geo.dir.x, y: -geo.dir.y };
      const centre = geo.at(forward ? share : 1 - share);
      const side = kind === "esp" && this.railed(s, link) ? MAP.rail : 0;
      const p = { x: centre.x + u.y * side, y: centre.y - u.x * side };
      const key = "p" + i;
      const up = u.x >= 0 ? -1 : 1;
      if (this.still.matches && kind !== "ike") packets.put(key + "way", "path", { d: "M14 0h18M26-5l6 5-6 5", class: "m-open", transform: `translate(${n1(p.x)} ${n1(p.y)}) rotate(${n1((Math.atan2(u.y, u.x) * 180) / Math.PI)})` });
      const label = (text, dy) => this.say(key, [this.text(text, 11.5)], [{ x: p.x, y: p.y + dy, anchor: "middle" }, { x: p.x, y: p.y - dy + 8, anchor: "middle" }, { x: p.x + 20, y: p.y - 12, anchor: "start" }]);
      if (kind === "ike") {
        const m = d.messages[hops.message[i]];
        const name = m ? messageTag(m) : "IKE";
        this.dynamic.take({ x: p.x - 24, y: p.y - 12, width: 48, height: 24 });
        putTag(packets, key, p, u, name, m ? hops.message[i] : null);
        if (m) label(`${payloadText(m)} · ${m.size} B`, Math.abs(u.y) < 0.4 ? -19 : -18);
      } else if (kind === "esp" || kind === "ah") {
        putEsp(packets, key, p);
        label(`${packetName({ kind, answer: hops.answer[i], number: hops.number[i] })} · ESP seq ${hops.sequence[i]}`, up < 0 ? -16 : 22);
      } else if (kind === "ospf") packets.put(key, "path", { d: `M${n1(p.x)} ${n1(p.y - 4)}l4 4l-4 4l-4 -4z`, class: "m-routing" });
      else putClear(packets, key, p);
    }
    this.drawLost(s);
  }

  railed(s, link) {
    return this.model.data.pairs.some((_, p) => !this.now[p].chord && this.now[p].links.includes(link) && s.sas.some((x) => x.sa.pair === p && x.state !== "negotiating" && x.sa.kind !== "ike"));
  }

  drawLost(s) {
    const { model, g, packets } = this;
    const d = model.data;
    // The newest first: it gets the best place for its words.
    const list = dropsAt(model, s.t).reverse().slice(0, 12);
    list.forEach((index, order) => {
      const drop = d.drops[index], key = "x" + index;
      const name = drop.kind === "ike" ? this.messageOf(drop) : packetName(drop);
      const words = [this.text(`${name} ${shortCause(drop.cause)}`, 11.5, { weight: 600, tone: "loss" })];
      if (drop.link < 0) {
        const p = g.nodes[drop.node];
        if (!p) return;
        putCross(packets, key, p.x, p.y - 34, 6, 2.6, drop.at);
        this.say(key, words, [{ x: p.x + 12, y: p.y - 30, anchor: "start" }, { x: p.x - 12, y: p.y - 30, anchor: "end" }]);
        return;
      }
      const geo = g.links[drop.link], u = drop.forward ? geo.dir : { x: -geo.dir.x, y: -geo.dir.y };
      const side = drop.kind === "esp" && this.railed(s, drop.link) ? MAP.rail : 0;
      let at;
      if (drop.onlink) {
        const b = this.breakPoint(drop.link, s.links[drop.link].near);
        at = { x: b.x - u.x * 28, y: b.y - u.y * 28 };
      } else {
        const end = drop.forward ? geo.q : geo.p;
        at = { x: end.x - u.x * 27, y: end.y - u.y * 27 };
      }
      const p = { x: at.x + u.y * side, y: at.y - u.x * side };
      putCross(packets, key, p.x, p.y, drop.onlink ? 6 : 7, 2.6, drop.at);
      this.dynamic.take({ x: p.x - 7, y: p.y - 7, width: 14, height: 14 });
      const right = u.x > 0;
      const x = drop.onlink ? at.x + u.x * 20 : at.x + u.x * 18;
      const anchor = right ? "end" : "start";
      const near = [22, 39, 56].map((dy) => ({ x, y: at.y - dy, anchor }));
      if (!drop.onlink) near.unshift({ x, y: at.y - 14, anchor });
      this.say(key, words, [...near, ...near.map((q) => ({ ...q, x: at.x - u.x * 14, anchor: right ? "start" : "end" })), { x: at.x, y: at.y + 34, anchor: "middle" }]);
    });
  }

  messageOf(drop) {
    const near = this.model.data.messages.find((m) => m.cause && Math.abs(m.at - drop.at) < 1e6 && m.at <= drop.at);
    return near ? messageTag(near) : "IKE message";
  }

  /** SPIs stand at the sender's end of their rail, where there is room. */
  drawSpis(s) {
    const d = this.model.data;
    d.pairs.forEach((pair, p) => {
      const geo = this.now[p];
      if (geo.chord || geo.line.length < 2) return;
      const more = (this.outer[p] ? 8 : 0) + 14 * geo.slot;
      const cells = cellsAt(this.model, s.t);
      if (cells && cells.pair === p) return;
      [[pair.a, 0], [pair.b, 1]].forEach(([node, side]) => {
        const out = s.sas.filter((x) => x.sa.pair === p && x.sa.node === node && x.sa.kind === "esp-out" && (x.state === "up" || x.state === "stale"));
        const x = out[out.length - 1];
        if (!x) return;
        const right = (side === 0) === (geo.line[0].x <= geo.line[geo.line.length - 1].x);
        const e = side === 0 ? geo.line[0] : geo.line[geo.line.length - 1];
        const flat = Math.abs(unit(geo.line[0], geo.line[1]).y) < 0.3;
        if (!flat) return;
        const above = side === 0 === (geo.line[0].x <= geo.line[geo.line.length - 1].x);
        this.say("spi" + p + side, [this.text(right ? `${shortId(x.sa)} ▸` : `◂ ${shortId(x.sa)}`, 11, { mono: true, tone: x.state === "stale" ? "doubt" : "safe" })], [{ x: e.x + (right ? 13 : -13), y: above ? e.y - 19 - more : e.y + 26 + more, anchor: right ? "start" : "end" }]);
      });
    });
  }
}
