/* ---- stage.js: puts the parts together: data in, frames out, requests to the kernel. ---- */

const DATA_VERSION = 1;
// Widths below which the sentence has a row of its own, there are three lanes, and there is no map. A JupyterLab window of
// 1024 pixels with its file browser open leaves 590: all lanes fit there, and the lessons speak of them.
const NARROW = 700, FEW_LANES = 560, MAPLESS = 480;
const K = 'data-lm-suppress-shortcuts="true"';

/** One stage in one cell. */
export class StageView extends Input {
  constructor(el, model) {
    super();
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
      <details class="ie-log"><summary ${K}>${EVERYTHING}</summary><div tabindex="0" role="region" aria-label="${EVERYTHING}" ${K}></div></details>
      <div class="sr" role="status" aria-live="polite"></div>`;
    const $ = (selector) => this.root.querySelector(selector);
    Object.assign(this, { counts: $(".counts"), clock: $(".ie-clock span"), say: $(".ie-say span"), status: $("[role=status]"), errorBox: $(".ie-error"), playButton: $(".play"), paceButton: $(".pace"), details: $("details"), busy: $(".ie-busy") });
    this.mapSvg = $(".ie-map svg");
    this.axisSvg = $(".ie-axis svg");
    this.fonts = this.readFonts();
    this.maps = new Maps(this.mapSvg, this.fonts);
    this.find = new Finder(this, $(".ie-map"));
    this.axis = new CompareAxis(this.axisSvg, this.fonts);
    this.menu = new Menu(this.root);
    this.keys = new KeysDialog(this.root);
    this.card = new Card(this.root);
    this.panels = new Panels(this, $(".ie-tools"), $(".ie-panels"));
    this.versus = new Versus(this, $(".ie-tools"));
    this.several = new Several(this, this.versus.holder);
    this.sketch = new Sketch(this, $(".ie-busy"));
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
    on("change:sketch", () => this.sketch.show());
    on("change:compact", () => this.layout());
    on("change:error", () => this.failed(model.get("error")));
    this.observer = new ResizeObserver(() => {
      const width = Math.floor(this.root.clientWidth);
      if (!width || this.measureAnew()) return;
      if (width !== this.whole) this.layout();
    });
    this.observer.observe(this.root);
    document.fonts?.ready.then(() => this.abort.signal.aborted || this.measureAnew(true));
  }

  destroy() {
    this.pause();
    this.menu.close(false);
    this.panels.drop();
    this.abort.abort();
    this.observer.disconnect();
    clearTimeout(this.patience);
  }

  /** A notebook puts the stage into its page after drawing it: only then the fonts are known. */
  measureAnew(always = false) {
    const fonts = this.readFonts();
    if (!this.model || (!always && fonts.ui === this.fonts.ui && fonts.mono === this.fonts.mono)) return false;
    widths.clear();
    Object.assign(this.fonts, fonts);
    this.layout();
    return true;
  }

  readFonts() {
    const styles = getComputedStyle(this.root);
    return { ui: styles.fontFamily || "sans-serif", mono: styles.getPropertyValue("--mono").trim() || "monospace" };
  }

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
    this.map = this.maps.of(this.model);
    this.root.setAttribute("aria-label", `Stage: ${data.lab.name}`);
    this.root.querySelector(".name").textContent = data.lab.name;
    this.root.querySelector(".name").title = data.lab.title;
    if (first || !old || old.until !== data.until || !this.win) this.win = [0, data.until];
    if (first) this.t = this.opening(data);
    this.t = Math.min(this.t, this.model.last);
    this.errorBox.innerHTML = "";
    this.failedNow = false;
    this.lastEvent = undefined;
    this.versus.data(data);
    this.several.data(data);
    this.panels.data(this.model);
    this.layout();
    this.logDirty = true;
    if (this.details.open) this.fillLog();
    this.answered();
  }

  /** Where a run opens: at the first thing that went wrong, else in its quiet state. */
  opening(data) {
    const asked = this.channel.get("start");
    if (typeof asked === "number" && asked >= 0) return Math.min(this.model.last, Math.round(asked * 1e6));
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
      return;
    }
    this.root.removeAttribute("aria-busy");
    if (!this.drag) this.announce(true);
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
    this.root.removeAttribute("aria-busy");
    if (good && good.faults) this.model.data.faults = good.faults.slice();
    this.versus.failed(good);
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
    if (!this.live) return this.recall(list);
    const data = this.model.data;
    data.faults = list;
    this.layout();
    const wish = { list: list.slice(), faults: list.map((f) => faultLine(f.at, f.action, f.target)), compare: this.versus.wish() };
    if (this.waiting) this.next = wish;
    else this.send(wish);
  }

  /** Without a kernel: show the run with these faults that the page holds, or say that there is none. */
  recall(list) {
    const found = this.stored ? this.stored.exactly(list) : -1;
    if (found < 0) this.announceText(NO_KERNEL);
    else this.receive(this.stored.run(found));
  }

  /** The runs that this page holds, or null. */
  get stored() {
    return this.channel.get("stored") || null;
  }

  /** Can there be a run with these faults? */
  can(list) {
    return this.live || (this.stored !== null && this.stored.exactly(list) >= 0);
  }

  send(wish) {
    wish.id = ++this.sent;
    this.waiting = wish;
    this.root.setAttribute("aria-busy", "true");
    this.channel.set("request", { id: wish.id, faults: wish.faults, ...(wish.compare && { compare: wish.compare }) });
    this.channel.save_changes();
    this.slow = setTimeout(() => (this.busy.hidden = false), 100);
    this.patience = setTimeout(() => {
      this.waiting = this.next = null;
      this.root.removeAttribute("aria-busy");
      this.busy.hidden = true;
      this.showError({ title: "Nobody answered.", hint: `${NO_KERNEL[0].toUpperCase()}${NO_KERNEL.slice(1)}: run the cell again. The picture above is the last run.` });
    }, 15000);
  }

  layout() {
    if (!this.model) return;
    this.whole = Math.floor(this.root.clientWidth) || 1000;
    this.width = this.panels.room(this.whole);
    this.fit();
    const room = this.versus.layout(this.width);
    this.several.layout(this.width);
    this.map.layout(this.model, room, mapScale(room, this.panels.docked));
    this.layoutAxis();
    this.panels.place();
    this.sketch.show();
    this.frame();
  }

  /** Three lanes where that was asked for or there is no room for more; the map goes last. */
  fit() {
    const asked = this.channel.get("compact") === true;
    this.compact = asked || this.width < FEW_LANES;
    this.root.classList.toggle("compact", asked);
    this.root.classList.toggle("narrow", this.width < NARROW);
    this.root.classList.toggle("mapless", asked || this.width < MAPLESS);
    this.root.classList.toggle("crowd", !!this.model.crowd);
    this.find.show(this.model);
  }

  layoutAxis() {
    this.axis.layout(this.model, this.width, this.win, { was: this.was, dragging: this.drag ? this.drag.index ?? -1 : -1, compare: this.several.forAxis() || this.versus.forAxis(), compact: this.compact, chosen: this.model.crowd ? this.map.chosen : -1 });
  }

  frame() {
    const s = stateAt(this.model, this.t);
    this.s = s;
    const wall = this.playing ? performance.now() : 0;
    this.map.draw(s, this.fast, wall);
    this.versus.draw(this.t, this.fast, wall);
    this.several.draw(this.t, this.fast, wall);
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
    if (this.several.runs) return this.several.words(this.t);
    if (this.versus.a) return this.versus.words(s);
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
    if (this.several.runs) {
      this.counts.textContent = this.countHtml = SEVERAL.title(this.several.runs.length);
      return;
    }
    if (this.versus.a) {
      if (this.countHtml !== this.versus.common) this.counts.textContent = this.countHtml = this.versus.common;
      return;
    }
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
      const end = o.end < 0 ? this.model.last : o.end;
      if (!best || end - o.start > best.end - best.start) best = { start: o.start, end, lost: o.lost };
    }
    return best;
  }

  fillLog() {
    this.logDirty = false;
    const d = this.model.data;
    const rows = this.versus.timeline().events.slice(0, 3000).map((e) => `<tr><td>${sec(e.at, 3)}</td><td>${e.side ? `${e.side} ` : ""}${esc(e.name ?? (e.side === "A" ? this.versus.a.data : d).nodes[e.node]?.label ?? "")}</td><td>${esc(e.what)}</td></tr>`);
    this.details.lastElementChild.innerHTML = `<table><thead><tr><th scope="col">time</th><th scope="col">where</th><th scope="col">what</th></tr></thead><tbody>${rows.join("")}</tbody></table>`;
  }

  announceText(text) {
    this.status.textContent = text;
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
