/* ---- map_base.js: what of the map does not change with time: places, cables, devices, names, the keyboard. ---- */

/** The map without a moment. */
export class MapBase {
  constructor(svg, fonts) {
    this.svg = svg;
    this.fonts = fonts;
    const scene = document.createElementNS(SVG, "g");
    svg.appendChild(scene);
    this.scene = scene;
    const layer = (name) => Object.assign(new Layer(scene, name), { family: fonts.ui });
    this.back = layer("m-back");
    this.links = layer("m-links");
    this.rails = layer("m-rails");
    this.hits = layer("m-hits");
    this.breaks = layer("m-breaks");
    this.waysLayer = layer("m-ways");
    this.ways = [];
    this.clocks = layer("m-clocks");
    this.ports = layer("m-ports");
    this.devices = layer("m-devices");
    this.waySteps = layer("m-ways");
    this.labels = layer("m-labels");
    this.live = layer("m-live");
    this.packets = layer("m-packets");
    this.targets = this.fixed = [];
    this.steps = new Map();
    this.whole = new Map();
    this.still = matchMedia("(prefers-reduced-motion: reduce)");
  }

  /** New data or a new width: everything that does not depend on time. */
  layout(model, width, scale) {
    this.model = model;
    this.scale = scale;
    const g = mapGeometry(model.data, width / scale);
    this.g = g;
    this.svg.setAttribute("viewBox", `0 0 ${g.width} ${g.height}`);
    this.svg.setAttribute("height", g.height * scale);
    this.isGateway = model.data.nodes.map((_, i) => model.data.gateways.includes(i));
    this.drawBack();
    this.placer = new Placer({ x: 2, y: 2, width: g.width - 4, height: g.height - 3 });
    this.reserve();
    this.drawTargets();
    this.drawLabels();
    this.drawWays();
  }

  text(text, size, options = {}) {
    const { weight = 400, mono = false, tone = "ink", dy = 0 } = options;
    return { text, size, weight, mono, tone, dy, family: mono ? this.fonts.mono : this.fonts.ui };
  }

  drawBack() {
    const { g, back } = this;
    back.begin();
    g.lans.forEach((lan, i) => back.put("lan" + i, "rect", { x: lan.x, y: lan.y, width: lan.width, height: lan.height, rx: 10, class: "m-sunk" }));
    g.clouds.forEach((c, i) => back.put("cloud" + i, "rect", { x: c.x - c.rx, y: c.y - c.ry, width: 2 * c.rx, height: 2 * c.ry, rx: Math.min(62, c.rx, c.ry), class: "m-sunk" }));
    back.end();
  }

  /** What labels must keep off: devices, cables, the room that rails and belief lines need. */
  reserve() {
    const { g, placer } = this;
    g.nodes.forEach((n) => n.kind !== "cloud" && placer.take({ x: n.x - 22, y: n.y - 22, width: 44, height: 44 }));
    this.hard = placer.taken.slice();
    const sample = (line, half) => {
      const total = lineLength(line), step = half * 1.5;
      for (let at = step; at < total - step / 2; at += step) {
        const p = pointOn(line, at);
        placer.take({ x: p.x - half, y: p.y - half, width: 2 * half, height: 2 * half });
      }
    };
    g.links.forEach((l) => sample([l.p, l.q], 6));
    for (const p of g.pairs) for (const line of [p.line, ...(p.ways || []).map((way) => way.line)]) sample(line, p.chord ? 7 : 13 + 14 * p.slot);
  }

  drawTargets() {
    const { g, links, ports, devices, model } = this;
    const d = model.data, targets = [];
    const hit = (layer, key, label) => layer.put(key, "g", { class: "hit", role: "button", "aria-haspopup": "menu", "data-lm-suppress-shortcuts": "true", "data-key": key, "aria-label": label, tabindex: key === this.currentKey ? 0 : -1 });
    links.begin();
    d.links.forEach((link, i) => {
      const geo = g.links[i], key = "link" + i;
      const el = hit(links, key, this.linkName(link));
      const box = { x: geo.box.from.x, y: geo.box.from.y }, to = geo.box.to, len = Math.hypot(to.x - box.x, to.y - box.y);
      const cable = geo.segs.map((s) => ({ d: `M${s.x} ${s.y}L${s.to.x} ${s.to.y}`, cloud: s.cloud }));
      const outside = cable.filter((c) => !c.cloud).map((c) => c.d).join(""), inside = cable.filter((c) => c.cloud).map((c) => c.d).join("");
      const inner = `<rect class="halo" transform="translate(${box.x} ${box.y}) rotate(${geo.angle})" x="0" y="-15" width="${len}" height="30" rx="15"/><path class="hitline" d="${outside}"/><path class="m-edge" d="${outside}"/><path class="m-cable" d="${outside}"/><path class="m-dots" d="${inside}"/>`;
      if (el.dataset.drawn !== inner) {
        el.innerHTML = inner;
        el.dataset.drawn = inner;
      }
      targets.push({ key, el, x: geo.mid.x, y: geo.mid.y, type: "link", link: i });
    });
    links.end();
    ports.begin();
    d.links.forEach((link, i) => {
      for (const end of ["a", "b"]) {
        const at = end === "a" ? g.links[i].portA : g.links[i].portB;
        if (!at) continue;
        const key = "port" + i + end, e = link[end];
        const el = hit(ports, key, `Interface ${d.nodes[e.node].label} ${portOf(e.port)}${e.role ? " " + e.role : ""}`);
        if (!el.firstChild) el.innerHTML = `<rect class="hitbox" x="-12" y="-12" width="24" height="24"/><circle class="halo" r="11"/><rect class="m-port" x="-4" y="-4" width="8" height="8" rx="1"/>`;
        el.setAttribute("transform", `translate(${at.x} ${at.y})`);
        targets.push({ key, el, x: at.x, y: at.y, type: "port", link: i, end, port: e.port, mark: el.lastChild });
      }
    });
    ports.end();
    devices.begin();
    d.nodes.forEach((node, i) => {
      if (node.kind === "cloud") return;
      const key = "dev" + i, p = g.nodes[i];
      const el = hit(devices, key, node.label);
      const glyph = DEVICE[node.kind] || DEVICE.box;
      if (!el.firstChild) el.innerHTML = `<circle class="hitbox" r="24"/><circle class="halo" r="29"/><g class="m-glyph">${glyph("ink")}</g><g class="m-off"><path class="m-halo" stroke-width="6.5" d="${crossPath(0, 0, 13)}"/><path class="m-cross" stroke-width="3.2" d="${crossPath(0, 0, 13)}"/></g>`;
      el.setAttribute("transform", `translate(${p.x} ${p.y})`);
      targets.push({ key, el, x: p.x, y: p.y, type: "device", node: i });
    });
    devices.end();
    this.fixed = targets;
    this.targets = [...targets, ...this.targets.filter((t) => t.type === "rail")];
    if (!this.targets.some((t) => t.key === this.currentKey)) this.currentKey = (targets.find((t) => t.type === "device") || targets[0])?.key;
    for (const t of targets) t.el.setAttribute("tabindex", t.key === this.currentKey ? 0 : -1);
  }

  linkName(link) {
    const nodes = this.model.data.nodes;
    const end = (e) => (nodes[e.node].kind === "cloud" ? nodes[e.node].label : `${nodes[e.node].label} ${portOf(e.port)}`);
    return `Link ${end(link.a)} to ${end(link.b)}`;
  }

  drawLabels() {
    const { g, labels, placer, model } = this;
    const d = model.data;
    labels.begin();
    const put = (key, lines, candidates, fallback = true) => {
      const options = lines.length > 1 && fallback ? [lines, lines.slice(0, 1)] : [lines];
      for (const some of options) {
        const at = placer.place(some, candidates);
        if (!at) continue;
        some.forEach((line, i) => putText(labels, key + i, at, line));
        this.hard.push(textBox(some, at));
        return at;
      }
      return null;
    };
    g.lans.forEach((lan, i) => {
      const name = this.text(lan.label, 12, { weight: 600 }), prefix = this.text(lan.prefix, 11.5, { mono: true, tone: "ink2" });
      const gap = textWidth(lan.label, 12, 600, this.fonts.ui) + 8, start = lan.anchor === "start";
      const at = { x: start ? lan.x + 12 : lan.x + lan.width - 12, y: lan.y + 18, anchor: lan.anchor };
      placer.place([name], [at], true);
      this.hard.push(textBox([name], at));
      putText(labels, "lan" + i, at, name);
      const after = { ...at, x: start ? at.x + gap : at.x - gap };
      if (lan.prefix && placer.place([prefix], [after])) putText(labels, "lanp" + i, after, prefix);
      this.hard.push(textBox([prefix], after));
    });
    d.nodes.forEach((node, i) => node.kind !== "cloud" && this.drawName(node, i, put));
    d.nodes.forEach((node, i) => {
      const ends = this.endsOf(i);
      if (node.kind === "cloud" || node.kind === "switch" || node.kind === "bridge" || ends.length < 2) return;
      const p = g.nodes[i];
      for (const e of ends) {
        const lines = [this.text(`${e.end.short}${e.end.role ? " " + e.end.role : ""}`, 11, { tone: "ink2" })];
        if (e.end.address) lines.push(this.text(e.end.address, 11, { mono: true, tone: "ink2", dy: 14 }));
        const side = e.dir.x >= 0 ? 1 : -1, anchor = side > 0 ? "start" : "end";
        const at = Math.abs(e.dir.y) < 0.3
          ? [{ x: p.x + side * 26, y: p.y + 43, anchor }, { x: p.x + side * 26, y: p.y - 40, anchor }]
          : [36, 48, 62].flatMap((r) => [14, -14].map((o) => ({ x: p.x + e.dir.x * r + (o > 0 ? 12 : -12), y: p.y + e.dir.y * r + 2, anchor: o > 0 ? "start" : "end" })));
        put("port" + e.key, lines, at);
      }
    });
    g.clouds.forEach((c, i) => {
      const lines = [this.text(c.label, 12, { weight: 600 })];
      if (c.note) lines.push(this.text(c.note, 11.5, { tone: "ink2", dy: 14 }));
      const low = g.single ? 39 : 22;
      put("cloud" + i, lines, [{ x: c.x, y: c.y + low, anchor: "middle" }, { x: c.x, y: c.y - c.ry + 18, anchor: "middle" }, { x: c.x + c.rx * 0.45, y: c.y - c.ry * 0.5, anchor: "middle" }, { x: c.x - c.rx * 0.45, y: c.y - c.ry * 0.5, anchor: "middle" }, { x: c.x, y: c.y + c.ry * 0.8, anchor: "middle" }, { x: c.x + c.rx + 6, y: c.y - c.ry + 14, anchor: "start" }]);
    });
    labels.end();
    this.quiet = placer;
  }

  /** The name of a device, and its address where there is room: a name is never left out. */
  drawName(node, i, put) {
    const { g, placer, labels } = this, p = g.nodes[i], ends = this.endsOf(i), flat = ends.every((e) => Math.abs(e.dir.y) < 0.3);
    const two = ends.length > 1 && flat, name = this.text(node.label, 13, { weight: 600 });
    const below = node.address && !two ? node.address : (node.identities || [])[0];
    const lines = below ? [name, this.text(below, 11, { mono: true, tone: "ink2", dy: 15 })] : [name];
    const up = below ? -15 : 0, places = two ? [57, 42, 40] : [42, 40, 50, 57];
    const at = [
      ...places.map((dy) => ({ x: p.x, y: p.y + dy, anchor: "middle" })), ...[28, 38].flatMap((dx) => [{ x: p.x + dx, y: p.y + 5 + up / 2, anchor: "start" }, { x: p.x - dx, y: p.y + 5 + up / 2, anchor: "end" }]),
      ...[30, 37, 45].map((dy) => ({ x: p.x, y: p.y - dy + up, anchor: "middle" })),
      ...[30, 40, -24, -34].flatMap((dy) => [{ x: p.x + 24, y: p.y + dy + (dy < 0 ? up : 0), anchor: "start" }, { x: p.x - 24, y: p.y + dy + (dy < 0 ? up : 0), anchor: "end" }]),
    ];
    if (put("name" + i, lines, at)) return;
    // No place beside its rails: over them, with a halo, but never over a device or another text.
    const hard = new Placer(placer.frame);
    hard.taken = this.hard;
    const found = hard.place([name], at) || at[0];
    placer.take(textBox([name], found));
    putText(labels, "name" + i + "0", found, name, this.inSunk(found));
  }

  /** One way that is being drawn, or two: what was said, hollow, and what was true, solid; names of devices. */
  setWays(ways, drawing) {
    this.ways = ways;
    this.drawing = drawing;
    this.hits.root.style.pointerEvents = drawing ? "none" : "";
    if (this.g) this.drawWays();
  }

  drawWays() {
    const { waysLayer, waySteps, g, model } = this, index = new Map(model.data.nodes.map((n, i) => [n.name, i]));
    waysLayer.begin();
    waySteps.begin();
    this.ways.forEach((way, k) => {
      const points = way.map((name) => g.nodes[index.get(name)]).filter(Boolean);
      if (!points.length) return;
      const hollow = this.drawing || k === 0, line = points.length > 1 ? offsetLine(points, k === 0 ? 20 : -20) : points;
      const drawn = pathOf(line), kind = k === 0 ? "guess" : "truth";
      if (points.length > 1) {
        const end = line[line.length - 1], u = unit(line[line.length - 2], end), tip = { x: end.x - u.x * 14, y: end.y - u.y * 14 };
        waysLayer.put(kind + "o", "path", { d: drawn, class: "m-way" });
        if (hollow) waysLayer.put(kind + "i", "path", { d: drawn, class: "m-wayinner" });
        waysLayer.put(kind + "a", "path", { d: `M${n1(tip.x + u.x * 12)} ${n1(tip.y + u.y * 12)}L${n1(tip.x - u.y * 7)} ${n1(tip.y + u.x * 7)}L${n1(tip.x + u.y * 7)} ${n1(tip.y - u.x * 7)}z`, class: hollow ? "m-wayend hollow" : "m-wayend" });
      }
      if (this.drawing) points.forEach((p, i) => {
        waySteps.put(`n${i}`, "circle", { cx: p.x - 17 + (way.indexOf(way[i]) === i ? 0 : 14), cy: p.y - 17, r: 8, class: "m-waystep" });
        waySteps.put(`t${i}`, "text", { x: p.x - 17 + (way.indexOf(way[i]) === i ? 0 : 14), y: p.y - 13, "text-anchor": "middle", class: "m-waynumber" }, String(i + 1));
      });
    });
    waysLayer.end();
    waySteps.end();
  }

  endsOf(node) {
    const ends = [];
    this.model.data.links.forEach((link, i) => {
      const dir = this.g.links[i].dir;
      if (link.a.node === node) ends.push({ key: i + "a", end: link.a, dir });
      if (link.b.node === node) ends.push({ key: i + "b", end: link.b, dir: { x: -dir.x, y: -dir.y } });
    });
    return ends;
  }

  inSunk(p) {
    return this.g.clouds.some((c) => insideCloud(c, p)) || this.g.lans.some((l) => p.x > l.x && p.x < l.x + l.width && p.y > l.y && p.y < l.y + l.height) ? "sunk" : "bg";
  }

  /** The nearest target from the current one in a direction. */
  neighbour(key, dx, dy) {
    const from = this.targets.find((t) => t.key === key);
    if (!from) return null;
    let best = null, score = Infinity;
    for (const t of this.targets) {
      const x = t.x - from.x, y = t.y - from.y;
      const ahead = x * dx + y * dy, aside = Math.abs(x * dy) + Math.abs(y * dx);
      if (t === from || ahead < 4 || aside > ahead * 2.2) continue;
      if (ahead + aside * 1.5 < score) {
        score = ahead + aside * 1.5;
        best = t;
      }
    }
    return best;
  }

  choose(key) {
    this.currentKey = key;
    for (const t of this.targets) t.el.setAttribute("tabindex", t.key === key ? 0 : -1);
  }
}
