/* ---- several.js: three or four runs: lanes over lanes on one axis; a map only of the run that is asked for. ---- */

/** The runs that stand over each other, the last of which is the one on the stage. */
export class Several {
  constructor(stage, before) {
    this.stage = stage;
    this.runs = null;
    this.shown = -1;
    this.bar = document.createElement("div");
    this.bar.className = "ie-several";
    this.bar.setAttribute("role", "group");
    this.bar.setAttribute("aria-label", SEVERAL.maps);
    before.parentElement.insertBefore(this.bar, before);
  }

  data(data) {
    const record = data.several;
    this.runs = record ? [...record.runs.map((run) => prepare(run)), this.stage.model] : null;
    this.stage.root.classList.toggle("several", !!record);
    if (!record) return;
    this.names = {};
    this.notes = {};
    this.runs.forEach((_, i) => {
      this.names[SIDES[i]] = record.names[i];
      this.notes[SIDES[i]] = record.notes[i];
    });
    const events = this.runs.flatMap((run, i) => run.events.map((e) => ({ ...e, side: SIDES[i], name: run.data.nodes[e.node]?.label ?? "" })));
    this.timeline = { events: events.sort((p, q) => p.at - q.at || p.show - q.show), losses: [...new Set(this.runs.flatMap((run) => run.losses))].sort((p, q) => p - q) };
    this.bar.replaceChildren(...this.runs.map((_, i) => {
      const button = document.createElement("button");
      Object.assign(button, { type: "button", textContent: SEVERAL.map(SIDES[i]) });
      button.dataset.lmSuppressShortcuts = "true";
      button.setAttribute("aria-pressed", "false");
      button.addEventListener("click", () => this.show(this.shown === i ? -1 : i));
      return button;
    }));
  }

  show(place) {
    this.shown = place;
    [...this.bar.children].forEach((button, i) => button.setAttribute("aria-pressed", i === place));
    this.stage.layout();
  }

  forAxis() {
    return this.runs && { many: this.runs, names: this.names, notes: this.notes };
  }

  layout(width) {
    const on = this.runs !== null && this.shown >= 0;
    this.stage.root.classList.toggle("withmap", on);
    this.map = on ? this.stage.versus.maps.of(this.runs[this.shown]) : null;
    if (on) this.map.layout(this.runs[this.shown], width, 1);
  }

  draw(t, fast, wall) {
    if (this.map) this.map.draw(stateAt(this.runs[this.shown], t), fast, wall);
  }

  /** What every run has lost so far: the one thing that all can be asked at a moment. */
  words(t) {
    return [SEVERAL.lost, this.runs.map((run, i) => `${SIDES[i]} ${countsAt(run, t).reduce((sum, flow) => sum + flow.lost, 0)}`).join(", ")];
  }
}
