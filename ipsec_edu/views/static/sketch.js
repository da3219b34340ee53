/* ---- sketch.js: a way drawn by hand on the map, and a guess beside the truth. ---- */

/** What is asked and what was said, over the axis; the ways themselves are on the map. */
export class Sketch {
  constructor(stage, before) {
    this.stage = stage;
    this.el = document.createElement("div");
    this.el.className = "ie-sketch";
    this.el.hidden = true;
    stage.root.insertBefore(this.el, before);
    this.el.addEventListener("click", (e) => e.target.closest("button") && this.undo());
  }

  /** The names drawn so far; null: nothing is asked. */
  get way() {
    const way = this.stage.channel.get("sketch");
    return Array.isArray(way) ? way : null;
  }

  get drawing() {
    return this.way !== null && this.stage.live;
  }

  set(way) {
    const { channel } = this.stage;
    channel.set("sketch", way);
    channel.save_changes();
    this.show();
    this.stage.announceText(SKETCH.now(way));
  }

  /** A device, a port or a cable was pointed at: the way goes on to it. */
  add(target) {
    const d = this.stage.model.data, way = this.way, last = way[way.length - 1];
    const name = (i) => d.nodes[i].name;
    let next;
    if (target.type === "device") next = [name(target.node)];
    else {
      const { a, b } = d.links[target.link], ends = [name(a.node), name(b.node)];
      next = last === ends[0] ? [ends[1]] : last === ends[1] ? [ends[0]] : target.end === "b" ? ends.reverse() : ends;
    }
    this.set([...way, ...next.filter((n) => n !== last)]);
  }

  undo() {
    const at = document.activeElement === this.el.querySelector("button");
    this.set(this.way.slice(0, -1));
    if (at) this.el.querySelector("button")?.focus({ preventScroll: true });
  }

  /** The strip, and on the map the way that is being drawn, or the guess beside the truth. */
  show() {
    const { stage } = this, verdict = stage.model?.data.verdict, way = this.way;
    this.el.hidden = !verdict && !way;
    stage.root.classList.toggle("sketching", this.drawing);
    if (way) this.el.innerHTML = `<p><b>${SKETCH.draw}</b> ${SKETCH.how}</p><p class="way"><span>${esc(way.join(" > ")) || SKETCH.empty}</span><button type="button" data-lm-suppress-shortcuts="true"${way.length ? "" : " disabled"}>${SKETCH.undo}</button></p>`;
    else if (verdict) this.el.innerHTML = this.verdictHtml(verdict);
    stage.map?.setWays?.(way ? [way] : verdict?.paths || [], !!way);
  }

  verdictHtml({ guess, truth, values }) {
    const most = values ? Math.max(...values.map(Math.abs)) || 1 : 0;
    const line = (name, words, kind, k) => `<p class="line ${kind}"><i>${name}</i><span class="mark"${values ? ` style="width:${Math.max(1, (Math.abs(values[k]) / most) * 40)}%"` : ""}></span><em>${esc(words)}</em></p>`;
    return line(SKETCH.guess, guess, "guess", 0) + line(SKETCH.truth, truth, "truth", 1);
  }
}
