/* ---- transport.js: time: play, pause, scrub, zoom, from event to event. ---- */

const ICON = {
  prev: '<path d="M3 3h2v10H3zM13 3v10L6 8z"/>', next: '<path d="M11 3h2v10h-2zM3 3v10l7-5z"/>',
  play: '<path d="M4 2.5v11l9-5.5z"/>', pause: '<path d="M4 3h3v10H4zM9 3h3v10H9z"/>',
};
const PACES = [["auto", 0], ["0.01 s/s", 0.01], ["0.1 s/s", 0.1], ["1 s/s", 1], ["10 s/s", 10]];

/** A stage with a clock. */
export class Transport {
  seek(t, announce = false) {
    this.t = Math.max(0, Math.min(this.model.last, Math.round(t)));
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
    const event = neighbourEvent(this.versus.timeline(), this.t, direction, keep);
    this.pause();
    this.t = event ? event.show : direction > 0 ? this.model.last : 0;
    this.follow();
    this.frame();
    this.announce(true);
  }

  jumpLoss(direction) {
    const list = this.versus.timeline().losses;
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
    if (this.t >= this.model.last) this.t = 0;
    const reduced = matchMedia("(prefers-reduced-motion: reduce)").matches;
    this.playButton.setAttribute("aria-label", "Pause");
    this.playButton.querySelector("svg").innerHTML = ICON.pause;
    if (reduced) {
      const step = () => {
        const event = neighbourEvent(this.versus.timeline(), this.t, 1);
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
      const pace = this.pace || Math.min(...this.versus.runs.map((run) => paceAt(run, this.t)));
      this.fast = pace > 1;
      this.t = Math.min(this.model.last, this.t + dt * pace * 1e6);
      this.follow();
      this.frame();
      this.announce();
      if (this.t >= this.model.last) return this.pause();
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
}
