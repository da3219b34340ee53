/* ---- stage.js: puts the parts together: transport, keys, pointer, runs. ---- */

const ICON = {
  prev: '<path d="M3 3h2v10H3zM13 3v10L6 8z"/>', next: '<path d="M11 3h2v10h-2zM3 3v10l7-5z"/>',
  play: '<path d="M4 2.5v11l9-5.5z"/>', pause: '<path d="M4 3h3v10H4zM9 3h3v10H9z"/>',
};
const PACES = [["auto", 0], ["0.01 s/s", 0.01], ["0.1 s/s", 0.1], ["1 s/s", 1], ["10 s/s", 10]];
const DATA_VERSION = 1;
const K = 'data-lm-suppress-shortcuts="true"';

export class StageView {
  constructor(el, model) {
    this.channel = model;
    this.root = document.createElement("section");
    this.root.className = "ie";
    this.root.setAttribute("role", "group");
    this.root.tabIndex = -1;
    el.appendChild(this.root);
    this.root.innerHTML = `
      <header class="ie-head"><b class="name"></b><span class="q counts"></span><span class="sp"></span><span class="ie-tools"></span></header>
      <div class="ie-map"><svg role="group" aria-label="Network map"></svg></div>
      <div class="ie-now"><span class="ie-btns"><button type="button" class="prev" ${K} aria-label="Previous event" title="previous event  ,"><svg viewBox="0 0 16 16" aria-hidden="true">${ICON.prev}</svg></button><button type="button" class="play" ${K} aria-label="Play" title="play  Space"><svg viewBox="0 0 16 16" aria-hidden="true">${ICON.play}</svg></button><button type="button" class="next" ${K} aria-label="Next event" title="next event  ."><svg viewBox="0 0 16 16" aria-hidden="true">${ICON.next}</svg></button></span><span class="ie-clock" aria-hidden="true"><span></span><small> s</small></span><div class="ie-say" aria-hidden="true"><span></span></div><span class="ie-pace"><button type="button" class="pace" ${K} title="simulated seconds per second; auto slows down when there is news">pace auto</button><button type="button" class="out" ${K} aria-label="Zoom out" title="zoom out  −">−</button><button type="button" class="in" ${K} aria-label="Zoom in" title="zoom in  +">+</button><button type="button" class="fit" ${K} title="whole run  0">fit</button><button type="button" class="keys" ${K} aria-label="Keys" title="keys  ?">?</button></span></div>
      <div class="ie-busy" hidden></div>
      <div class="ie-axis"><svg role="group" aria-label="Time axis"></svg></div>
      <div class="ie-error" role="alert"></div>
      <div class="ie-panels"></div>
      <details class="ie-log"><summary ${K}>Everything that happened</summary><div></div></details>
      <div class="sr" role="status" aria-live="polite"></div>`;
    const $ = (selector) => this.root.querySelector(selector);
    Object.assign(this, { counts: $(".counts"), clock: $(".ie-clock span"), say: $(".ie-say span"), status: $("[role=status]"), errorBox: $(".ie-error"), playButton: $(".play"), paceButton: $(".pace"), details: $("details"), busy: $(".ie-busy") });
    this.mapSvg = $(".ie-map svg");
    this.axisSvg = $(".ie-axis svg");
    this.fonts = this.readFonts();
    this.map = new MapView(this.mapSvg, this.fonts);
    this.axis = new AxisView(this.axisSvg, this.fonts);
    this.menu = new Menu(this.root);
    this.keys = new KeysDialog(this.root);
    this.card = new Card(this.root);
    this.panels = new Panels(this, $(".ie-tools"), $(".ie-panels"));
    this.t = 0;
    this.win = null;
    this.pace = 0;
    this.playing = 0;
    this.sent = 0;
    this.waiting = null;
    this.next = null;
    this.drag = null;
    this.abort = new AbortController();
    this.listen($);
    this.receive(model.get("data"), true);
    this.showError(model.get("error"));
    const on = (name, handler) => {
      model.on(name, handler);
      this.abort.signal.addEventListener("abort", () => model.off(name, handler));
    };
    on("change:data", () => this.receive(model.get("data")));
    on("change:error", () => this.failed(model.get("error")));
    this.observer = new ResizeObserver(() => {
      const width = Math.floor(this.root.clientWidth);
      if (width && width !== this.whole) this.layout();
    });
    this.observer.observe(this.root);
    document.fonts?.ready.then(() => {
      if (this.abort.signal.aborted || !this.model) return;
      widths.clear();
      Object.assign(this.fonts, this.readFonts());
      this.layout();
    });
  }

  destroy() {
    this.pause();
    this.menu.close(false);
    this.panels.drop();
    this.abort.abort();
    this.observer.disconnect();
    clearTimeout(this.patience);
  }

  readFonts() {
    const styles = getComputedStyle(this.root);
    return { ui: styles.fontFamily || "sans-serif", mono: styles.getPropertyValue("--mono").trim() || "monospace" };
  }

  /* ---- data in ---- */

  receive(data, first) {
    if (!data || !data.nodes) return;
    if (data.version !== DATA_VERSION) {
      this.showError({ title: `This run was written for version ${data.version} of the stage; this is version ${DATA_VERSION}.`, hint: "Run the cell again that made it." });
      return;
    }
    if (!first && data.reply !== undefined && this.waiting && data.reply !== this.waiting.id) return;
    const old = this.model;
    const local = this.next || this.waiting;
    // A copy: faults change here before the kernel answers, and what came from the kernel must stay as it was.
    data = { ...data, faults: this.next ? this.next.list.slice() : local ? sameOrder(local.list, data.faults) : data.faults.slice() };
    this.model = prepare(data);
    this.root.setAttribute("aria-label", `Stage: ${data.lab.name}`);
    this.root.querySelector(".name").textContent = data.lab.name;
    this.root.querySelector(".name").title = data.lab.title;
    if (first || !old || old.until !== data.until || !this.win) this.win = [0, data.until];
    if (first) this.t = this.opening(data);
    this.t = Math.min(this.t, data.until);
    this.errorBox.innerHTML = "";
    this.failedNow = false;
    this.lastEvent = undefined;
    this.panels.data(this.model);
    this.layout();
    this.logDirty = true;
    if (this.details.open) this.fillLog();
    this.answered();
  }

  /** Where a run opens: at the first thing that went wrong, else in its quiet state. */
  opening(data) {
    const asked = this.channel.get("start");
    if (typeof asked === "number" && asked >= 0) return Math.min(data.until, Math.round(asked * 1e6));
    return 0;
  }

  /** A run has come back: send the newest wish, if there is one. */
  answered() {
    clearTimeout(this.patience);
    clearTimeout(this.slow);
    this.busy.hidden = true;
    this.waiting = null;
    if (this.next) {
      const next = this.next;
      this.next = null;
      this.send(next);
    } else if (!this.drag) this.announce(true);
  }

  failed(error) {
    if (!error || !error.title) return this.showError(null);
    if (this.waiting && error.reply !== undefined && error.reply !== this.waiting.id) return;
    const wanted = this.next;
    this.showError(error);
    // The last good run stays, with the faults that made it.
    const good = this.channel.get("data");
    this.waiting = null;
    this.next = null;
    if (good && good.faults) this.model.data.faults = good.faults.slice();
    this.layout();
    clearTimeout(this.patience);
    clearTimeout(this.slow);
    this.busy.hidden = true;
    if (wanted) this.send(wanted);
  }

  showError(error) {
    this.failedNow = !!(error && error.title);
    if (!this.failedNow) {
      this.errorBox.innerHTML = "";
      return;
    }
    this.errorBox.innerHTML = `<div class="banner"><svg viewBox="-11 -11 22 22" aria-hidden="true"><path class="m-cross" stroke-width="2.6" d="${crossPath(0, 0, 6)}"/></svg><div><b>${esc(error.title)}</b>${error.text ? `<pre>${esc(error.text)}</pre>` : ""}${error.hint ? `<p>${esc(error.hint)}</p>` : ""}</div></div>`;
    if (this.model) this.frame();
  }

  get live() {
    return this.channel.get("live") !== false;
  }

  /** Ask for a run with other faults. Last value wins: one in flight, the newest waits. */
  request(list) {
    const data = this.model.data;
    data.faults = list;
    if (!this.live) return;
    this.layout();
    const wish = { list: list.slice(), faults: list.map((f) => faultLine(f.at, f.action, f.target)) };
    if (this.waiting) this.next = wish;
    else this.send(wish);
  }

  send(wish) {
    wish.id = ++this.sent;
    this.waiting = wish;
    this.channel.set("request", { id: wish.id, faults: wish.faults });
    this.channel.save_changes();
    this.slow = setTimeout(() => (this.busy.hidden = false), 100);
    this.patience = setTimeout(() => {
      this.waiting = this.next = null;
      this.busy.hidden = true;
      this.showError({ title: "Nobody answered.", hint: `${NO_KERNEL[0].toUpperCase()}${NO_KERNEL.slice(1)}: run the cell again. The picture above is the last run.` });
    }, 15000);
  }

  /* ---- drawing ---- */

  layout() {
    if (!this.model) return;
    this.whole = Math.floor(this.root.clientWidth) || 1000;
    this.width = this.panels.room(this.whole);
    this.map.layout(this.model, this.width, mapScale(this.width, this.panels.docked));
    this.layoutAxis();
    this.panels.place();
    this.frame();
  }

  layoutAxis() {
    this.axis.layout(this.model, this.width, this.win, { was: this.was, dragging: this.drag ? this.drag.index ?? -1 : -1 });
  }

  frame() {
    const s = stateAt(this.model, this.t);
    this.s = s;
    this.map.draw(s, this.fast);
    const [fact, reason] = this.failedNow ? ["Showing the last run that worked.", ""] : this.words(s);
    const html = `<b>${esc(fact)}</b> ${esc(reason)}`;
    if (html !== this.saidHtml) this.say.innerHTML = this.saidHtml = html;
    this.said = `${fact} ${reason}`;
    this.axis.draw(this.t, `${clockText(this.t, this.win[1] - this.win[0])} s, ${fact}`);
    const clock = clockText(this.t, this.win[1] - this.win[0]);
    if (this.clock.textContent !== clock) this.clock.textContent = clock;
    this.drawCounts(s);
    this.panels.update(this.t);
  }

  words(s) {
    if (this.was && this.drag && this.drag.index >= 0) {
      const now = this.longest(), was = this.was.outage, moved = this.model.data.faults[this.drag.index].at - this.was.at;
      if (now && was && Math.abs(moved) > 1000) {
        const less = was.end - was.start - (now.end - now.start);
        const move = `${faultWords(this.model.data.faults[this.drag.index].action)} ${sec(Math.abs(moved))} ${moved < 0 ? "earlier" : "later"}`;
        return Math.abs(less) < 500 ? [`${move}: no difference.`, "The same packet finds the same tunnel."] : [`${move}, and the outage is ${sec(Math.abs(less))} ${less > 0 ? "shorter" : "longer"}.`, `${now.lost} packets lost, were ${was.lost}.`];
      }
    }
    return sentence(this.model, s);
  }

  drawCounts(s) {
    const sum = s.counts.reduce((a, c) => ({ sent: a.sent + c.sent, answered: a.answered + c.answered, lost: a.lost + c.lost }), { sent: 0, answered: 0, lost: 0 });
    const text = this.model.data.flows.length ? `${this.model.data.flows.length === 1 ? "ping" : "packets"} ${countText(sum)}, ` : this.model.data.lab.title;
    const html = this.model.data.flows.length ? `${esc(text)}${sum.lost ? `<b>${sum.lost} lost</b>` : "0 lost"}` : esc(text);
    if (html !== this.countHtml) this.counts.innerHTML = this.countHtml = html;
  }

  /** Say the sentence to a screen reader: on events and on release, never per frame. */
  announce(force) {
    const at = upper(this.model.eventTimes, this.t);
    if (!force && at === this.lastEvent) return;
    this.lastEvent = at;
    const text = `${sec(this.t)}: ${this.said}`;
    if (this.status.textContent !== text) this.status.textContent = text;
  }

  longest() {
    let best = null;
    for (const o of this.model.data.outages) {
      const end = o.end < 0 ? this.model.until : o.end;
      if (!best || end - o.start > best.end - best.start) best = { start: o.start, end, lost: o.lost };
    }
    return best;
  }

  fillLog() {
    this.logDirty = false;
    const d = this.model.data;
    const rows = this.model.events.slice(0, 3000).map((e) => `<tr><td>${sec(e.at, 3)}</td><td>${esc(d.nodes[e.node]?.label ?? "")}</td><td>${esc(e.what)}</td></tr>`);
    this.details.lastElementChild.innerHTML = `<table><thead><tr><th scope="col">time</th><th scope="col">where</th><th scope="col">what</th></tr></thead><tbody>${rows.join("")}</tbody></table>`;
  }

  /* ---- time ---- */

  seek(t, announce = false) {
    this.t = Math.max(0, Math.min(this.model.until, Math.round(t)));
    this.frame();
    if (announce) this.announce();
  }

  /** Bring the playhead into the window, moving the window as little as it takes. */
  follow() {
    const [a, b] = this.win, span = b - a;
    if (this.t >= a && this.t <= b) return;
    const start = Math.max(0, Math.min(this.model.until - span, this.t - span * 0.35));
    this.win = [start, start + span];
    this.layoutAxis();
  }

  jump(direction, keep) {
    const event = neighbourEvent(this.model, this.t, direction, keep);
    this.pause();
    this.t = event ? event.show : direction > 0 ? this.model.until : 0;
    this.follow();
    this.frame();
    this.announce(true);
  }

  jumpLoss(direction) {
    const list = this.model.losses;
    const at = direction > 0 ? upper(list, this.t + 1) : upper(list, this.t - 1 - 60000) - 1;
    if (list[at] === undefined) return;
    this.pause();
    this.t = list[at] + 60000;
    this.follow();
    this.frame();
    this.announce(true);
  }

  zoom(factor, about = this.t) {
    this.setWindow(zoomWindow(this.win, this.model.until, Math.max(this.win[0], Math.min(this.win[1], about)), factor));
  }

  setWindow(win) {
    this.win = win;
    this.layoutAxis();
    this.frame();
  }

  play() {
    if (this.playing) return this.pause();
    if (this.t >= this.model.until) this.t = 0;
    const reduced = matchMedia("(prefers-reduced-motion: reduce)").matches;
    this.playButton.setAttribute("aria-label", "Pause");
    this.playButton.querySelector("svg").innerHTML = ICON.pause;
    if (reduced) {
      const step = () => {
        const event = neighbourEvent(this.model, this.t, 1);
        if (!event) return this.pause();
        this.t = event.show;
        this.follow();
        this.frame();
        this.announce();
        this.playing = setTimeout(step, 600);
      };
      this.stopPlaying = () => clearTimeout(this.playing);
      step();
      if (!this.playing) this.playing = 1;
      return;
    }
    let last = performance.now();
    const step = (now) => {
      // A frame that took long must not make time jump.
      const dt = Math.min(50, Math.max(0, now - last)) / 1000;
      last = now;
      const pace = this.pace || paceAt(this.model, this.t);
      this.fast = pace > 1;
      this.t = Math.min(this.model.until, this.t + dt * pace * 1e6);
      this.follow();
      this.frame();
      this.announce();
      if (this.t >= this.model.until) return this.pause();
      this.playing = requestAnimationFrame(step);
    };
    this.stopPlaying = () => cancelAnimationFrame(this.playing);
    this.playing = requestAnimationFrame(step);
  }

  pause() {
    if (!this.playing) return;
    this.stopPlaying();
    this.playing = 0;
    this.fast = false;
    this.t = Math.round(this.t);
    this.playButton.setAttribute("aria-label", "Play");
    this.playButton.querySelector("svg").innerHTML = ICON.play;
    if (this.model) this.frame();
  }

  setPace() {
    const at = (PACES.findIndex(([, pace]) => pace === this.pace) + 1) % PACES.length;
    this.pace = PACES[at][1];
    this.paceButton.textContent = at ? PACES[at][0] : "pace auto";
  }

  /* ---- breaking things ---- */

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
    for (const o of offers(name)) if (!open.some((f) => family(f.action).word === family(o.action).word)) items.push(this.faultItem(at, o.action, name, o.label));
    if (target.type === "device" && this.panels.has("inspect") && askable(d).includes(target.node)) items.push({ ...INSPECT.item, icon: "", always: true, run: () => this.panels.show("inspect", { node: target.node }, target.el) });
    if (!items.length) items.push({ word: "Nothing on offer here", key: "", icon: "", does: "This lab offers no fault for it; any legal fault works from Python and the command line.", run() {} });
    const used = new Set();
    for (const item of items) {
      if (used.has(item.key)) item.key = [...item.word.toLowerCase()].find((c) => /[a-z]/.test(c) && !used.has(c)) || "";
      used.add(item.key);
    }
    const mapTop = this.mapSvg.parentElement.offsetTop;
    const place = pointer ? { x: pointer.x, y: pointer.y + 16 } : { x: target.x * this.map.scale, y: mapTop + (target.y + 26) * this.map.scale };
    target.el.classList.add("on");
    this.menu.onClose = () => target.el.classList.remove("on");
    this.menu.show({ title, sub: `${open.length ? "at" : "break it at"} ${sec(this.t, this.t % 100000 ? 3 : 1)}`, label: `Faults for ${what}`, items, at: place, opener: target.el, disabled: this.live ? "" : NO_KERNEL });
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
    return item;
  }

  addFault(at, action, target) {
    const list = [...this.model.data.faults, { at, action, target, text: faultLine(at, action, target) }];
    this.request(list);
    this.announceText(`Added: ${faultLine(at, action, target)}`);
  }

  removeFault(i) {
    const list = this.model.data.faults.slice();
    const [gone] = list.splice(i, 1);
    this.request(list);
    this.announceText(`Removed: ${gone.text}`);
    // The chip that had the focus is gone; its neighbour takes it, so that the focus is never lost.
    const next = this.axis.chips.nodes.get("chip" + Math.min(i, list.length - 1))?.element;
    (list.length && next ? next : this.axis.playhead).focus({ preventScroll: true });
  }

  moveFault(i, at) {
    const list = this.model.data.faults.slice();
    const to = Math.max(0, Math.min(this.model.until, at));
    if (list[i].at === to) return;
    list[i] = { ...list[i], at: to, text: faultLine(to, list[i].action, list[i].target) };
    this.request(list);
  }

  announceText(text) {
    this.status.textContent = text;
  }

  chipMenu(i, chip) {
    this.pause();
    const f = this.model.data.faults[i], items = [];
    items.push({ word: "Go there", key: "g", icon: "", does: "Puts the playhead on this moment.", run: () => this.seek(f.at, true) });
    const ended = this.model.data.faults.some((o) => o.target === f.target && o.at > f.at && endsFault(o.action, f.action));
    if (endOf(f.action) && !ended && this.axis.begins(i) < 0) {
      const at = Math.min(this.model.until, f.at + 30e6);
      items.push({ ...this.faultItem(at, endOf(f.action), f.target), word: "Make it end 30 s later", key: "e" });
    }
    items.push({ word: "Remove it", key: "r", icon: "clear", does: "The run goes on as if it had never happened.", run: () => this.removeFault(i) });
    const r = chip.getBoundingClientRect(), o = this.root.getBoundingClientRect();
    this.menu.onClose = null;
    this.menu.show({ title: chipText(f, false), sub: sec(f.at, f.at % 100000 ? 3 : 1), label: `Fault ${f.text}`, items, at: { x: r.left - o.left + 20, y: r.bottom - o.top + 4 }, opener: chip, disabled: this.live ? "" : NO_KERNEL });
  }

  /* ---- pointer and keys ---- */

  listen($) {
    const signal = { signal: this.abort.signal };
    const on = (el, type, handler, options) => el.addEventListener(type, handler, { ...signal, ...options });
    on($(".prev"), "click", () => this.jump(-1));
    on($(".next"), "click", () => this.jump(1));
    on(this.playButton, "click", () => this.play());
    on(this.paceButton, "click", () => this.setPace());
    on($(".in"), "click", () => this.zoom(0.5));
    on($(".out"), "click", () => this.zoom(2));
    on($(".fit"), "click", () => this.setWindow([0, this.model.until]));
    on($(".keys"), "click", (e) => this.keys.toggle(e.currentTarget));
    on(this.details, "toggle", () => this.details.open && this.logDirty && this.fillLog());
    on(this.mapSvg, "click", (e) => this.onMapClick(e));
    on(this.mapSvg, "pointermove", (e) => this.onMapHover(e));
    on(this.mapSvg, "pointerleave", () => this.unhover());
    on(this.axisSvg, "pointerdown", (e) => this.onAxisDown(e));
    on(this.axisSvg, "pointermove", (e) => this.onAxisHover(e));
    on(this.axisSvg, "pointerleave", () => this.unhover());
    on(this.axisSvg, "dblclick", (e) => this.onAxisDouble(e));
    on(this.axisSvg, "wheel", (e) => this.onWheel(e), { passive: false });
    on(this.root, "keydown", (e) => this.onKey(e));
    on(this.root, "focusin", (e) => this.onFocus(e));
  }

  unhover() {
    this.card.hide();
    this.axis.hair.style.display = "none";
    if (this.dimmed !== undefined) this.dim(undefined);
  }

  dim(node) {
    this.dimmed = node;
    this.axisSvg.classList.toggle("dim", node !== undefined);
    this.axisSvg.querySelectorAll(".a-lane[data-node]").forEach((lane) => lane.classList.toggle("keep", +lane.dataset.node === node));
  }

  local(e) {
    const r = this.root.getBoundingClientRect(), m = this.mapSvg.getBoundingClientRect();
    const k = this.map.g.width / m.width;
    return { x: e.clientX - r.left, y: e.clientY - r.top, mx: (e.clientX - m.left) * k, my: (e.clientY - m.top) * k };
  }

  targetOf(el) {
    const hit = el.closest?.(".hit");
    return hit ? this.map.targets.find((t) => t.key === hit.dataset.key) : null;
  }

  onMapClick(e) {
    const target = this.targetOf(e.target);
    if (!target) return this.axis.playhead.focus({ preventScroll: true });
    this.map.choose(target.key);
    target.el.focus({ preventScroll: true });
    this.card.hide();
    this.breakMenu(target, this.local(e));
  }

  onMapHover(e) {
    const target = e.pointerType === "touch" || this.menu.open ? null : this.targetOf(e.target);
    if (!target) {
      this.card.hide();
      if (this.dimmed !== undefined) this.dim(undefined);
      return;
    }
    const p = this.local(e);
    this.card.show(this.targetCard(target), p.x, p.y);
    const node = target.type === "device" && this.model.data.gateways.includes(target.node) ? target.node : undefined;
    if (node !== this.dimmed) this.dim(node);
  }

  targetCard(target) {
    const d = this.model.data;
    if (target.type === "device") {
      const n = d.nodes[target.node], b = this.s.gateways.find((g) => g.node === target.node);
      const ports = this.map.endsOf(target.node).map((e) => `${e.end.short}${e.end.role ? " " + e.end.role : ""}  ${e.end.address}`);
      return [n.label + (b ? `: ${beliefText(b).word}` : ""), ...ports].join("\n");
    }
    const link = d.links[target.link], state = this.s.links[target.link];
    const lines = [target.type === "port" ? link[target.end].port.replace(":", " ") : this.map.linkName(link).replace("Link ", "")];
    lines.push(`${+(link.delay / 1000).toFixed(2)} ms one way`);
    lines.push(state.state === "up" ? "up" : state.state === "dark" ? "no power at one end" : brokenWords(state).replace("The link has been ", ""));
    return lines.join("\n");
  }

  pointerTime(e) {
    const r = this.axisSvg.getBoundingClientRect();
    return { x: ((e.clientX - r.left) * this.width) / r.width, y: e.clientY - r.top };
  }

  onAxisDown(e) {
    if (e.button) return;
    const chip = e.target.closest("[data-chip]");
    const frame = e.target.closest(".a-frame");
    const p = this.pointerTime(e);
    e.preventDefault();
    this.card.hide();
    this.axis.hair.style.display = "none";
    if (chip) return this.dragChip(e, +chip.dataset.chip, chip);
    if (frame || (this.axis.zoomed && p.y < 28)) return this.dragFrame(e, p);
    this.pause();
    this.axis.playhead.focus({ preventScroll: true });
    const move = (ev) => this.seek(this.axis.timeAt(this.pointerTime(ev).x));
    if (p.x >= this.axis.left - 8) move(e);
    this.track(e, move, () => this.announce(true));
  }

  /** Follow a pointer until it is let go; at most one step per frame. */
  track(e, move, done) {
    const svg = this.axisSvg;
    try { svg.setPointerCapture(e.pointerId); } catch { /* a synthetic pointer */ }
    let latest = null, frame = 0;
    const flush = () => {
      frame = 0;
      if (latest) move(latest);
      latest = null;
    };
    const onMove = (ev) => {
      latest = ev;
      if (!frame) frame = requestAnimationFrame(flush);
    };
    const end = (ev) => {
      if (frame) cancelAnimationFrame(frame);
      flush();
      svg.removeEventListener("pointermove", onMove);
      svg.removeEventListener("pointerup", end);
      svg.removeEventListener("pointercancel", end);
      done?.(ev);
    };
    svg.addEventListener("pointermove", onMove);
    svg.addEventListener("pointerup", end);
    svg.addEventListener("pointercancel", end);
  }

  dragChip(e, index, chip) {
    this.pause();
    chip.focus({ preventScroll: true });
    const start = { x: e.clientX, y: e.clientY }, fault = this.model.data.faults[index];
    const grab = this.axis.timeAt(this.pointerTime(e).x) - fault.at;
    let moved = false, remove = false;
    const move = (ev) => {
      if (!moved && Math.hypot(ev.clientX - start.x, ev.clientY - start.y) < 4) return;
      if (!this.live) return;
      if (!moved) {
        moved = true;
        this.drag = { index };
        this.was = { at: fault.at, outage: this.longest() };
      }
      const r = this.axisSvg.getBoundingClientRect();
      remove = ev.clientY < r.top - 24 || ev.clientY > r.bottom + 24;
      chip.classList.toggle("leaving", remove);
      const step = ev.shiftKey ? 1e4 : 1e5;
      this.moveFault(index, Math.round((this.axis.timeAt(this.pointerTime(ev).x) - grab) / step) * step);
    };
    this.track(e, move, () => {
      chip.classList.remove("leaving");
      if (!moved) return this.chipMenu(index, chip);
      const finish = () => {
        this.drag = null;
        this.was = null;
        this.layout();
        this.announce(true);
      };
      if (remove) {
        this.drag = this.was = null;
        return this.removeFault(index);
      }
      finish();
    });
  }

  dragFrame(e, p) {
    const [a, b] = this.win, span = b - a, until = this.model.until;
    const perPixel = until / (this.axis.right - this.axis.left);
    const xa = this.axis.overX(a), xb = this.axis.overX(b);
    const edge = Math.abs(p.x - xa) < 5 ? "from" : Math.abs(p.x - xb) < 5 ? "to" : "";
    const inside = p.x >= xa - 5 && p.x <= xb + 5;
    const base = inside ? a : Math.max(0, Math.min(until - span, (p.x - this.axis.left) * perPixel - span / 2));
    const move = (ev) => {
      const delta = (this.pointerTime(ev).x - p.x) * perPixel;
      if (edge === "from") this.setWindow([Math.max(0, Math.min(b - 10000, a + delta)), b]);
      else if (edge === "to") this.setWindow([a, Math.min(until, Math.max(a + 10000, b + delta))]);
      else {
        const from = Math.max(0, Math.min(until - span, base + delta));
        this.setWindow([from, from + span]);
      }
    };
    move(e);
    this.track(e, move);
  }

  onAxisHover(e) {
    if (e.buttons || e.pointerType === "touch") return;
    const p = this.pointerTime(e), hair = this.axis.hair;
    const at = this.local(e);
    const item = e.target.closest("[data-card]");
    if (item && !this.menu.open) this.card.show(item.dataset.card, at.x, at.y);
    else if (p.x >= this.axis.left && p.x <= this.axis.right && p.y > this.axis.topEdge - 22 && !e.target.closest("[data-chip]") && !this.menu.open) this.card.show(sec(this.axis.timeAt(p.x), this.win[1] - this.win[0] < 5e6 ? 3 : 1), at.x, at.y);
    else this.card.hide();
    const show = p.x >= this.axis.left && p.x <= this.axis.right && p.y > this.axis.topEdge - 6;
    hair.style.display = show ? "" : "none";
    if (show) {
      hair.setAttribute("x1", p.x);
      hair.setAttribute("x2", p.x);
      hair.setAttribute("y1", this.axis.topEdge);
      hair.setAttribute("y2", this.axis.bottom);
    }
  }

  onAxisDouble(e) {
    const t = this.axis.timeAt(this.pointerTime(e).x);
    let best = null;
    for (const event of this.model.events) if (!best || Math.abs(event.at - t) < Math.abs(best.at - t)) best = event;
    if (!best) return;
    const messages = this.model.data.messages.filter((m) => Math.abs(m.at - best.at) < 2e6);
    const span = messages.length > 1 ? Math.max(1e6, (messages[messages.length - 1].at - messages[0].at) * 2.4) : 4e6;
    const from = Math.max(0, Math.min(this.model.until - span, best.at - span * 0.2));
    this.t = best.show;
    this.setWindow([Math.round(from), Math.round(from + Math.min(span, this.model.until))]);
  }

  onWheel(e) {
    if (!e.ctrlKey && !e.metaKey) return;
    e.preventDefault();
    this.zoom(Math.exp(e.deltaY * 0.0025), this.axis.timeAt(this.pointerTime(e).x));
  }

  onFocus(e) {
    const target = this.targetOf(e.target);
    if (target) this.map.choose(target.key);
    const lane = e.target.closest?.("[data-lane]");
    if (lane) this.chooseLane(lane.dataset.lane);
  }

  chooseLane(key) {
    this.axis.currentLane = key;
    for (const row of this.axis.rows) this.axis.lists.nodes.get("list" + row.key)?.element.setAttribute("tabindex", row.key === key ? 0 : -1);
  }

  onKey(e) {
    if (e.ctrlKey || e.metaKey || e.altKey || e.defaultPrevented || this.menu.open) return;
    const from = e.target, key = e.key;
    const chip = from.closest?.("[data-chip]"), target = this.targetOf(from), lane = from.closest?.("[data-lane]"), frame = from.closest?.(".a-frame");
    const span = this.win[1] - this.win[0];
    let used = true;
    if (chip && this.chipKey(e, +chip.dataset.chip, chip)) used = true;
    else if (target && this.mapKey(key, target)) used = true;
    else if (lane && this.laneKey(key, lane.dataset.lane)) used = true;
    else if (frame && (key === "ArrowLeft" || key === "ArrowRight")) {
      const move = Math.max(-this.win[0], Math.min(this.model.until - this.win[1], (key === "ArrowRight" ? 1 : -1) * span / (e.shiftKey ? 2 : 10)));
      this.setWindow([this.win[0] + move, this.win[1] + move]);
    } else if (key === " ") {
      if (from.tagName === "BUTTON" || from.tagName === "SUMMARY") return;
      this.play();
    } else if (key === "," || key === "<") this.jump(-1, e.shiftKey ? this.keepOf(target, lane) : null);
    else if (key === "." || key === ">") this.jump(1, e.shiftKey ? this.keepOf(target, lane) : null);
    else if (key === ";") this.jump(-1, this.keepOf(target, lane));
    else if (key === ":") this.jump(1, this.keepOf(target, lane));
    else if (key === "ArrowLeft" || key === "ArrowRight") this.stepTime((key === "ArrowRight" ? 1 : -1) * span / (e.shiftKey ? 12 : 120));
    else if (key === "Home") this.moveTo(0);
    else if (key === "End") this.moveTo(this.model.until);
    else if (key === "[") this.jumpLoss(-1);
    else if (key === "]") this.jumpLoss(1);
    else if (key === "+" || key === "=") this.zoom(0.5);
    else if (key === "-" || key === "_") this.zoom(2);
    else if (key === "0") this.setWindow([0, this.model.until]);
    else if (key === "b" || key === "B") this.breakMenu(target || this.firstLink());
    else if (this.panels.ofKey(key)) this.panels.toggle(this.panels.ofKey(key), this.panels.ofKey(key) === "inspect" ? this.deviceOf(target) : undefined, from);
    else if (key === "?") this.keys.toggle(from);
    else if (key === "Escape") this.dismiss(from);
    else used = false;
    if (!used) return;
    e.preventDefault();
    e.stopPropagation();
  }

  dismiss(from) {
    if (this.panels.open && this.panels.host.contains(from)) return this.panels.close();
    if (this.errorBox.firstChild) this.showError(null);
    if (this.model) this.frame();
    void from;
  }

  /** The first link with a fault on offer; one that carries a tunnel comes before the others. */
  /** The device that a focused thing of the map belongs to, as the inspector wants it; undefined: no particular one. */
  deviceOf(target) {
    if (!target) return undefined;
    const link = this.model.data.links[target.link];
    return { node: target.type === "device" ? target.node : link[target.end || "a"].node };
  }

  firstLink() {
    const d = this.model.data, offered = new Set(d.offers.map((o) => o.target));
    const links = this.map.targets.filter((t) => t.type === "link" && (offered.has(d.links[t.link].a.port) || offered.has(d.links[t.link].b.port)));
    const carries = (t) => d.pairs.some((pair) => pair.path.some(([link]) => link === t.link));
    const target = links.find(carries) || links[0] || this.map.targets[0];
    if (target) this.map.choose(target.key);
    return target;
  }

  keepOf(target, lane) {
    if (lane) {
      const row = this.axis.rows.find((r) => r.key === lane.dataset.lane);
      const name = row?.lane || row?.key;
      return (e) => e.lane === name;
    }
    if (target && target.type === "device") return (e) => e.node === target.node;
    return null;
  }

  stepTime(delta) {
    this.pause();
    this.t = Math.max(0, Math.min(this.model.until, Math.round(this.t + delta)));
    this.follow();
    this.frame();
    this.announce();
  }

  moveTo(t) {
    this.pause();
    this.t = t;
    this.follow();
    this.frame();
    this.announce(true);
  }

  chipKey(e, i, chip) {
    const { key, shiftKey } = e;
    if (key === "Enter") this.chipMenu(i, chip);
    else if (!this.live) return false;
    else if (key === "Delete" || key === "Backspace") this.removeFault(i);
    else if (key === "ArrowLeft" || key === "ArrowRight") {
      const step = shiftKey ? 1e6 : 1e5;
      this.moveFault(i, Math.round((this.model.data.faults[i].at + (key === "ArrowRight" ? step : -step)) / 1e4) * 1e4);
    } else return false;
    return true;
  }

  mapKey(key, target) {
    const direction = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[key];
    if (direction) {
      const next = this.map.neighbour(target.key, ...direction);
      if (next) next.el.focus({ preventScroll: true });
      return true;
    }
    if (key === "Enter") {
      this.breakMenu(target);
      return true;
    }
    return false;
  }

  laneKey(key, name) {
    const rows = this.axis.rows, at = rows.findIndex((r) => r.key === name);
    if (key === "ArrowUp" || key === "ArrowDown") {
      const next = rows[Math.max(0, Math.min(rows.length - 1, at + (key === "ArrowDown" ? 1 : -1)))];
      this.axis.lists.nodes.get("list" + next.key)?.element.focus({ preventScroll: true });
      return true;
    }
    if (key === "ArrowLeft" || key === "ArrowRight") {
      const lane = rows[at].lane || rows[at].key;
      this.jump(key === "ArrowRight" ? 1 : -1, (e) => e.lane === lane);
      return true;
    }
    return false;
  }
}

/** The faults of a new run in the order in which the learner made them, so that chips keep their places. */
export function sameOrder(mine, theirs) {
  const left = theirs.slice(), out = [];
  for (const f of mine) {
    const i = left.findIndex((g) => g.action === f.action && g.target === f.target && Math.abs(g.at - f.at) < 1000);
    if (i < 0) return theirs;
    out.push(left.splice(i, 1)[0]);
  }
  return left.length ? theirs : out;
}

/** Used by the widget machinery: draw `model` into `el`, return what takes it down. */
export function render({ model, el }) {
  const view = new StageView(el, model);
  el.stage = view;
  return () => view.destroy();
}

export default { render };
