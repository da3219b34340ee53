/* ---- panels.js: where panels sit: a head button and a key each, one open at a time. ---- */

/** What can be opened. The section of a panel adds {name, mount(host, stage), docks}; its words are PANEL_NAMES[name].
    `mount` draws into `host` and returns {update(t), data(model), show(what), focus(), close()}; only `close` may be left out.
    `docks`: beside map and axis where there is room. */
const PANELS = [];
const DOCK_WIDTH = 456;
const DOCK_FROM = 1180;

export class Panels {
  constructor(stage, tools, host) {
    this.stage = stage;
    this.host = host;
    this.current = null;
    this.docked = false;
    this.buttons = new Map();
    for (const name in PANEL_NAMES) {
      const panel = PANELS.find((p) => p.name === name);
      if (!panel) continue;
      const { word, key } = PANEL_NAMES[name];
      const button = document.createElement("button");
      button.type = "button";
      button.dataset.lmSuppressShortcuts = "true";
      button.dataset.panel = name;
      button.textContent = word;
      button.title = `${word.toLowerCase()}  ${key}`;
      button.setAttribute("aria-pressed", "false");
      button.addEventListener("click", () => this.toggle(name, undefined, button));
      tools.appendChild(button);
      this.buttons.set(name, button);
    }
  }

  get open() {
    return this.current ? this.current.panel.name : "";
  }

  /** Is there such a panel? */
  has(name) {
    return this.buttons.has(name);
  }

  /** The panel that a key opens, or none. */
  ofKey(key) {
    const name = Object.keys(PANEL_NAMES).find((n) => PANEL_NAMES[n].key.toLowerCase() === key.toLowerCase());
    return name && this.buttons.has(name) ? name : "";
  }

  toggle(name, what, opener) {
    if (this.open === name && what === undefined) this.close();
    else this.show(name, what, opener);
  }

  /** Open a panel and put the focus into it; `what` says on what (a device, a message). */
  show(name, what, opener) {
    const panel = PANELS.find((p) => p.name === name);
    if (!panel) return;
    if (this.open !== name) {
      this.drop();
      const el = document.createElement("aside");
      el.className = `ie-panel ie-${name}`;
      el.setAttribute("aria-label", PANEL_NAMES[name].label);
      this.host.appendChild(el);
      this.current = { panel, el, opener: opener || this.buttons.get(name) };
      this.current.view = panel.mount(el, this.stage);
      this.buttons.get(name).setAttribute("aria-pressed", "true");
      this.current.view.data(this.stage.model);
      this.stage.layout();
    }
    if (what !== undefined) this.current.view.show(what);
    this.current.view.update(this.stage.t);
    this.current.view.focus();
  }

  close() {
    if (!this.current) return;
    const opener = this.current.opener;
    this.drop();
    this.stage.layout();
    if (opener && opener.isConnected) opener.focus({ preventScroll: true });
  }

  drop() {
    if (!this.current) return;
    this.current.view.close?.();
    this.current.el.remove();
    this.buttons.get(this.current.panel.name).setAttribute("aria-pressed", "false");
    this.current = null;
  }

  update(t) {
    if (this.current && this.current.view) this.current.view.update(t);
  }

  data(model) {
    if (this.current) this.current.view.data(model);
  }

  /** How much of a stage `width` wide is left for map and axis. */
  room(width) {
    this.docked = !!(this.current && this.current.panel.docks && width >= DOCK_FROM && !this.stage.versus.a);
    this.stage.root.classList.toggle("docked", this.docked);
    return this.docked ? width - DOCK_WIDTH : width;
  }

  /** A docked panel is as high as what it stands beside. */
  place() {
    if (!this.current) return;
    const style = this.current.el.style;
    if (!this.docked) {
      style.top = style.height = "";
      return;
    }
    const map = this.stage.mapSvg.parentElement, axis = this.stage.axisSvg.parentElement;
    style.top = `${map.offsetTop}px`;
    style.height = `${axis.offsetTop + axis.offsetHeight - map.offsetTop}px`;
  }
}
