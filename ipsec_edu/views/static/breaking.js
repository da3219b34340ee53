/* ---- breaking.js: break it where you see it: menus that write fault lines, chips that move them. ---- */

/** A stage on which things can be broken. */
export class Breaking extends Transport {
  /** Faults that are on at moment t at a target. */
  openFaults(target, t) {
    const open = [];
    const faults = this.model.data.faults.map((f, i) => ({ ...f, i })).sort((a, b) => a.at - b.at);
    for (const f of faults) {
      if (f.target !== target || f.at > t) continue;
      const ended = open.findIndex((o) => endsFault(f.action, o.action));
      if (ended >= 0) open.splice(ended, 1);
      else if (endOf(f.action)) open.push(f);
    }
    return open;
  }

  breakMenu(target, pointer) {
    if (!target) return;
    this.pause();
    const d = this.model.data;
    const offers = (name) => d.offers.filter((o) => o.target === name);
    let name = "", title = "", what = "";
    if (target.type === "device") {
      name = d.nodes[target.node].name;
      title = d.nodes[target.node].label;
      what = title;
    } else {
      const link = d.links[target.link], geo = this.map.g.links[target.link];
      let end = target.end;
      if (!end) {
        const near = pointer && Math.hypot(pointer.mx - geo.q.x, pointer.my - geo.q.y) < Math.hypot(pointer.mx - geo.p.x, pointer.my - geo.p.y) ? "b" : "a";
        end = offers(link[near].port).length ? near : offers(link.a.port).length ? "a" : offers(link.b.port).length ? "b" : near;
      }
      name = link[end].port;
      title = `${d.nodes[link[end].node].label} ${link[end].short}${link[end].role ? " " + link[end].role : ""}`;
      what = name.replace(":", " ");
    }
    const at = Math.round(this.t / 1000) * 1000;
    const open = this.openFaults(name, at);
    const items = open.map((f) => this.faultItem(at, endOf(f.action), name));
    if (this.model.crowd) this.portItems(target.node, at, offers, items);
    for (const o of offers(name)) if (!open.some((f) => family(f.action).word === family(o.action).word)) items.push(this.faultItem(at, o.action, name, o.label));
    if (target.type === "device" && this.panels.has("inspect") && askable(d).includes(target.node)) items.push({ ...INSPECT.item, icon: "", always: true, run: () => this.panels.show("inspect", { node: target.node }, target.el) });
    if (!items.length) items.push({ word: "Nothing on offer here", key: "", icon: "", does: "This lab offers no fault for it; any legal fault works from Python and the command line.", run() {} });
    const used = new Set();
    for (const item of items) {
      if (used.has(item.key)) item.key = [...item.word.toLowerCase()].find((c) => /[a-z]/.test(c) && !used.has(c)) || "";
      used.add(item.key);
    }
    const map = this.mapSvg.getBoundingClientRect(), root = this.root.getBoundingClientRect();
    const place = pointer ? { x: pointer.x, y: pointer.y + 16 } : { x: map.left - root.left + target.x * this.map.scale, y: map.top - root.top + (target.y + 26) * this.map.scale };
    target.el.classList.add("on");
    this.menu.onClose = () => target.el.classList.remove("on");
    this.menu.show({ title, sub: this.stored ? STORED.offer : `${open.length ? "at" : "break it at"} ${sec(this.t, this.t % 100000 ? 3 : 1)}`, label: `Faults for ${what}`, items, at: place, opener: target.el, disabled: this.live ? "" : NO_KERNEL });
  }

  /** Where there is no cable to point at, a device's menu has what its ports have. */
  portItems(node, at, offers, items) {
    for (const { port } of this.model.crowd.ports[node]) {
      const open = this.openFaults(port, at), place = (item) => ({ ...item, word: `${shortTarget(port).split(" ")[1]}: ${item.word}` });
      for (const f of open) items.push(place(this.faultItem(at, endOf(f.action), port)));
      for (const o of offers(port)) if (!open.some((f) => family(f.action).word === family(o.action).word)) items.push(place(this.faultItem(at, o.action, port, o.label)));
    }
  }

  faultItem(at, action, target, label) {
    const { word, share } = family(action);
    const info = FAULTS[word] || { key: word[0], icon: "whole", does: "" };
    const mends = word === "loss" && share === 0;
    const item = { word: mends ? "Lose no more frames" : word === "loss" ? faultWords(action) : label || info.menu, key: mends ? "m" : info.key, icon: mends ? "whole" : info.icon, does: mends ? "Every frame passes again." : info.does };
    if (word === "loss" && !mends) item.share = share;
    const final = () => (item.share !== undefined ? `loss ${item.share}%` : action);
    item.line = () => faultLine(at, final(), target);
    item.run = () => this.addFault(at, final(), target);
    return this.live ? item : this.storedItem(item, at, action, target);
  }

  /** Without a kernel an entry shows a run that the page holds, at the moment that it has there. */
  storedItem(item, at, action, target) {
    const found = this.stored ? this.stored.withFault(action, target, this.model.data.faults, at) : -1;
    if (found < 0) return item;
    const list = this.stored.lists[found];
    const run = () => {
      this.request(list);
      this.announceText(STORED.shown(list.map((f) => f.text)));
    };
    return { ...item, share: undefined, always: true, line: () => list.map((f) => f.text).join("\n"), run };
  }

  addFault(at, action, target) {
    const list = [...this.model.data.faults, { at, action, target, text: faultLine(at, action, target) }];
    this.request(list);
    this.announceText(`Added: ${faultLine(at, action, target)}`);
  }

  removeFault(i) {
    const list = this.model.data.faults.slice();
    const [gone] = list.splice(i, 1);
    if (!this.can(list)) return this.announceText(NO_KERNEL);
    this.versus.follow(gone, null);
    this.request(list);
    this.announceText(`Removed: ${gone.text}`);
    // The chip that had the focus is gone; its neighbour takes it, so that the focus is never lost.
    const next = this.axis.chips.nodes.get("chip" + Math.min(i, list.length - 1))?.element;
    (list.length && next ? next : this.axis.playhead).focus({ preventScroll: true });
  }

  moveFault(i, at) {
    const list = this.model.data.faults.slice();
    const to = Math.max(0, Math.min(this.model.last, at));
    if (list[i].at === to) return;
    const before = list[i];
    list[i] = { ...before, at: to, text: faultLine(to, before.action, before.target) };
    this.versus.follow(before, list[i]);
    this.request(list);
  }

  chipMenu(i, chip) {
    this.pause();
    const f = this.model.data.faults[i], items = [];
    items.push({ word: "Go there", key: "g", icon: "", does: "Puts the playhead on this moment.", always: true, run: () => this.seek(f.at, true) });
    const ended = this.model.data.faults.some((o) => o.target === f.target && o.at > f.at && endsFault(o.action, f.action));
    if (endOf(f.action) && !ended && this.axis.begins(i) < 0) {
      const at = Math.min(this.model.last, f.at + 30e6);
      items.push({ ...this.faultItem(at, endOf(f.action), f.target), word: "Make it end 30 s later", key: "e" });
    }
    const others = this.model.data.faults.filter((_, k) => k !== i);
    items.push({ word: "Remove it", key: "r", icon: "clear", always: this.can(others), does: "The run goes on as if it had never happened.", run: () => this.removeFault(i) });
    const r = chip.getBoundingClientRect(), o = this.root.getBoundingClientRect();
    this.menu.onClose = null;
    this.menu.show({ title: chipText(f, false), sub: sec(f.at, f.at % 100000 ? 3 : 1), label: `Fault ${f.text}`, items, at: { x: r.left - o.left + 20, y: r.bottom - o.top + 4 }, opener: chip, disabled: this.live ? "" : NO_KERNEL });
  }
}
