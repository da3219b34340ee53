/* ---- pointer.js: mouse and touch. ---- */

/** Keys that scroll a box with the focus; the stage must not take them for steps in time. */
const SCROLLS = ["ArrowUp", "ArrowDown", "ArrowLeft", "ArrowRight", "PageUp", "PageDown", "Home", "End", " "];

/** A stage under a mouse. */
export class Pointer extends Breaking {
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
    on(this.details.lastElementChild, "keydown", (e) => SCROLLS.includes(e.key) && e.stopPropagation());
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
    on(this.root, "focusout", () => this.showFocused(null));
  }

  /** The same SA is outlined wherever it is held. */
  outline(id) {
    if (id === (this.outlined || "")) return;
    this.outlined = id;
    for (const el of this.root.querySelectorAll("[data-sa]")) el.classList.toggle("same", el.dataset.sa === id);
  }

  unhover() {
    this.outline("");
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
    const target = this.targetOf(e.target), message = e.target.closest?.("[data-message]");
    if (message) return this.panels.show("messages", +message.dataset.message);
    const lost = e.target.closest?.("[data-lost]");
    if (lost) return this.moveTo(+lost.dataset.lost);
    if (!target) return this.axis.playhead.focus({ preventScroll: true });
    this.chooseTarget(target);
    target.el.focus({ preventScroll: true });
    this.card.hide();
    if (this.sketch.drawing) this.sketch.add(target);
    else if (target.type === "rail") this.openRail(target);
    else this.breakMenu(target, this.local(e));
  }

  onMapHover(e) {
    const target = e.pointerType === "touch" || this.menu.open ? null : this.targetOf(e.target);
    this.outline(target?.sa?.id ?? "");
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
      const n = d.nodes[target.node], place = this.model.crowd ? d.gateways.indexOf(target.node) : -1;
      const b = place < 0 ? this.s.gateways.find((g) => g.node === target.node) : gatewayAt(this.model, place, this.t);
      const ports = this.map.endsOf(target.node).map((e) => `${e.end.short}${e.end.role ? " " + e.end.role : ""}  ${e.end.address}`);
      return [n.label + (b ? `: ${beliefText(b).word}` : ""), ...ports, ...n.identities].join("\n");
    }
    if (target.type === "rail") return this.axis.saCard(target.sa);
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
    const message = e.target.closest("[data-message]");
    let moved = false;
    const move = (ev) => {
      moved = moved || Math.abs(ev.clientX - e.clientX) > 3;
      this.seek(this.axis.timeAt(this.pointerTime(ev).x));
    };
    if (p.x >= this.axis.left - 8) move(e);
    const lane = e.target.closest("[data-lane]")?.dataset.lane, row = this.axis.rows.find((r) => r.key === lane);
    this.track(e, move, () => {
      if (message && !moved) return this.panels.show("messages", +message.dataset.message);
      // An open inspector turns to the gateway whose bar was clicked; the focus stays on the playhead.
      if (!moved && this.panels.open === "inspect" && row?.node !== undefined) this.panels.current.view.show({ node: row.node });
      this.announce(true);
    });
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
    this.outline(e.target.closest("[data-sa]")?.dataset.sa ?? "");
    const item = e.target.closest("[data-card]"), chip = e.target.closest("[data-chip]");
    if (chip && !this.menu.open) this.card.show(`${this.model.data.faults[+chip.dataset.chip]?.text ?? ""}\ndrag to move it, pull it off the axis to remove it`, at.x, at.y);
    else if (item && !this.menu.open) this.card.show(item.dataset.card, at.x, at.y);
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
}
