/* ---- inspect.js: the chosen device at the playhead, as it sees itself. ---- */

const REST = 120;       // the kernel is asked when the playhead has rested so long (ms) ...
const LONGEST = 600;    // ... and while it moves, no more often than this
const PATIENCE_MS = 15000;
const TABS = ["sas", "spd", "routes", "log", "config", "console"];
let inspectors = 0;

/** Questions to the kernel. One question about the tables is under way, the newest waits; console lines are all put, in order. */
class Kernel {
  constructor(stage) {
    this.stage = stage;
    this.key = `i${++inspectors}-${Math.random().toString(36).slice(2, 8)}`;
    this.sent = 0;
    this.open = new Map();
    this.waiting = null;
    this.onMessage = (message) => this.receive(message);
    stage.channel.on("msg:custom", this.onMessage);
  }

  ask(question, done) {
    const id = `${this.key}-${++this.sent}`;
    const timer = setTimeout(() => this.receive({ id, error: INSPECT.nobody }), PATIENCE_MS);
    this.open.set(id, { done, timer });
    this.stage.channel.send({ ...question, id });
  }

  /** Ask about the tables: of several wishes only the newest is sent on. */
  newest(question, done) {
    const wish = { question, done };
    if (this.waiting) this.waiting.next = wish;
    else this.send(wish);
  }

  send(wish) {
    this.waiting = wish;
    this.ask(wish.question, (answer) => {
      const next = wish.next;
      this.waiting = null;
      if (next) this.send(next);
      else wish.done(answer);
    });
  }

  receive(message) {
    const entry = message && this.open.get(message.id);
    if (!entry) return;
    clearTimeout(entry.timer);
    this.open.delete(message.id);
    entry.done(message);
  }

  close() {
    for (const { timer } of this.open.values()) clearTimeout(timer);
    this.open.clear();
    this.stage.channel.off("msg:custom", this.onMessage);
  }
}

export class Inspector {
  constructor(host, stage) {
    this.stage = stage;
    this.host = host;
    this.kernel = new Kernel(stage);
    const id = `ie-insp-${this.kernel.key}`;
    host.innerHTML = `<div class="pn-h"><select class="who" ${KEEP_KEYS} aria-label="${INSPECT.device}"></select><span class="q when"></span><span class="sp"></span><button type="button" class="x" ${KEEP_KEYS} aria-label="${INSPECT.close}">×</button></div>
      <div class="pn-tabs" role="tablist" aria-label="${INSPECT.views}">${TABS.map((tab) => `<button type="button" role="tab" id="${id}-${tab}" aria-controls="${id}-p" data-tab="${tab}" ${KEEP_KEYS}>${INSPECT.tabs[tab]}</button>`).join("")}</div>
      <div class="in-body"><div class="in-main" role="tabpanel" id="${id}-p"><div class="in-page" tabindex="0" ${KEEP_KEYS}></div><div class="in-console"></div></div><div class="in-side"></div></div>`;
    const $ = (selector) => host.querySelector(selector);
    Object.assign(this, { who: $(".who"), when: $(".when"), page: $(".in-page"), side: $(".in-side"), body: $(".in-body"), panelEl: $(".in-main"), html: new Map() });
    this.tabs = [...host.querySelectorAll("[role=tab]")];
    this.memory = stage.inspecting = stage.inspecting || { node: -1, tab: "console", consoles: new Map() };
    this.console = new Console($(".in-console"), { ask: (kind, line, done) => this.question(kind, line, done), tell: (line, text, at) => this.tell(line, text, at), leave: () => this.tabOf(this.memory.tab).focus({ preventScroll: true }) });
    this.at = -1;
    this.answer = null;
    this.who.addEventListener("change", () => this.choose(+this.who.value));
    this.who.addEventListener("keydown", (e) => e.key !== "Escape" && e.stopPropagation());
    $(".x").addEventListener("click", () => stage.panels.close());
    $(".pn-tabs").addEventListener("click", (e) => e.target.dataset.tab && this.open(e.target.dataset.tab));
    $(".pn-tabs").addEventListener("keydown", (e) => this.onTabKey(e));
    this.page.addEventListener("keydown", (e) => ["ArrowUp", "ArrowDown", "PageUp", "PageDown", "Home", "End", " "].includes(e.key) && e.stopPropagation());
    this.console.log.addEventListener("keydown", (e) => ["ArrowUp", "ArrowDown", "ArrowLeft", "ArrowRight", "PageUp", "PageDown", "Home", "End", " "].includes(e.key) && e.stopPropagation());
  }

  /* ---- the interface of a panel ---- */

  data(model) {
    const fresh = this.model !== model;
    this.model = model;
    const nodes = askable(model.data);
    const options = nodes.map((i) => `<option value="${i}">${esc(model.data.nodes[i].label)}</option>`).join("");
    if (this.options !== options) this.who.innerHTML = this.options = options;
    if (!nodes.includes(this.memory.node)) this.memory.node = model.data.gateways.find((i) => nodes.includes(i)) ?? nodes[0] ?? -1;
    this.who.value = this.memory.node;
    if (fresh) this.answer = null;
    if (fresh && this.at >= 0) for (const { entries } of this.memory.consoles.values()) this.console.outdate(entries);
    this.open(this.memory.tab);
    this.refresh();
  }

  update(t) {
    if (!this.model || this.memory.node < 0) return;
    if (!this.stage.live) return this.show(t, storedAnswer(this.model.data, this.memory.node, t, this.console.standing?.line));
    if (this.at < 0) this.show(t, null);
    if (t === this.wanted && !this.stale) return;
    this.wanted = t;
    this.stale = false;
    clearTimeout(this.timer);
    const waited = performance.now() - (this.since ??= performance.now());
    this.timer = setTimeout(() => this.fetch(), Math.min(REST, Math.max(0, LONGEST - waited)));
  }

  show_(what) {
    if (what && what.node !== undefined && what.node !== this.memory.node) this.choose(what.node);
  }

  focus() {
    (this.memory.tab === "console" ? this.console.input : this.tabOf(this.memory.tab)).focus({ preventScroll: true });
  }

  close() {
    clearTimeout(this.timer);
    this.kernel.close();
  }

  /* ---- asking ---- */

  get name() {
    return this.model.data.nodes[this.memory.node].label;
  }

  choose(node) {
    if (!askable(this.model.data).includes(node)) return;
    this.memory.node = node;
    this.who.value = node;
    this.answer = null;
    this.refresh();
  }

  /** Everything again: another device, another run. */
  refresh() {
    this.at = -1;
    this.stale = true;
    this.update(this.stage.t);
    if (this.stage.live) {
      clearTimeout(this.timer);
      this.fetch();
    }
  }

  fetch() {
    this.since = undefined;
    const node = this.memory.node, model = this.model;
    const question = { kind: "inspect", node: model.data.nodes[node].name, at: Math.round(this.wanted), line: this.memory.tab === "console" ? this.console.standing?.line || "" : "" };
    this.kernel.newest(question, (answer) => {
      if (this.memory.node !== node || this.model !== model) return;
      if (answer.error) {
        this.failed = answer.error;
        return this.show(this.wanted, null);
      }
      this.failed = "";
      this.show(answer.at, { ...answer, text: question.line ? answer.text : null });
    });
  }

  /** A line for the console, or to complete. */
  question(kind, line, done) {
    const node = this.memory.node, name = this.model.data.nodes[node].name;
    if (this.stage.live) return this.kernel.ask({ kind, node: name, at: Math.round(this.stage.t), line }, done);
    const stored = storedAnswer(this.model.data, node, this.stage.t, line);
    if (kind === "complete") {
      const begun = line.toLowerCase(), words = (stored?.commands || []).filter((c) => c.startsWith(begun));
      return done(stored ? { words, completed: words.length === 1 ? words[0] : line } : { error: INSPECT.noKernel });
    }
    done(stored && stored.text !== null ? stored : { error: stored ? INSPECT.onlyStored : INSPECT.noKernel });
  }

  tell(line, text, at) {
    const node = this.memory.node, marks = wrongMarks(this.model, node, at, line, text);
    const wrong = marks.length ? wrongAt(this.model, node, at) : null;
    return { marks, note: wrong && wrongNote(this.name, wrong, marks.find((m) => m[3])?.[3] || "") };
  }

  /* ---- drawing: everything on the panel belongs to one moment, `at` ---- */

  show(at, answer) {
    this.at = at;
    this.answer = answer;
    if (answer) at = this.at = answer.at;
    const { node } = this.memory;
    const off = this.stage.live ? "" : INSPECT.noKernel;
    setText(this.when, INSPECT.at(at));
    if (!this.memory.consoles.has(node)) this.memory.consoles.set(node, { entries: [], history: [] });
    const kept = this.memory.consoles.get(node);
    this.console.turn({ name: this.name, prompt: answer ? answer.prompt : this.console.kept === kept ? this.console.prompt : "", commands: answer ? answer.commands : [], kept });
    this.console.input.disabled = !!off && !answer;
    if (!answer && off) this.console.say(off);
    this.draw();
    const standing = this.console.standing;
    if (answer && typeof answer.text === "string" && standing) this.console.fill(standing, answer);
    if (answer && !kept.entries.length && this.memory.tab === "console" && answer.commands.length) this.console.run(answer.commands[0]);
  }

  draw() {
    const { node, tab } = this.memory, { model, at } = this;
    const tables = this.answer?.tables, none = this.failed || (this.stage.live ? INSPECT.asking : INSPECT.noKernel);
    if (tab === "console") return this.put(this.side, saTable(model, node, at, tables, this.name, false));
    let html;
    if (tab === "sas") html = saTable(model, node, at, tables, this.name, true);
    else if (tab === "log") html = logPage(logAt(model, node, at), this.name);
    else if (!tables) html = `<p class="in-none">${esc(none)}</p>`;
    else if (tab === "config") html = configPage(this.answer.config);
    else if (!tables.powered) html = `<p class="in-none">${esc(INSPECT.off(this.name))}</p>`;
    else html = tab === "spd" ? spdPage(tables.spd, this.name) : routesPage(tables.routes, this.name);
    const low = tab === "log" && this.page.scrollHeight - this.page.scrollTop - this.page.clientHeight < 24;
    const fresh = this.put(this.page, html);
    if (fresh && low) this.page.scrollTop = this.page.scrollHeight;
    const changed = fresh && tab === "config" && this.page.querySelector(".new");
    if (changed) this.page.scrollTop = changed.offsetTop - this.page.offsetTop - 60;
  }

  put(el, html) {
    if (this.html.get(el) === html) return false;
    this.html.set(el, html);
    el.innerHTML = html;
    return true;
  }

  /* ---- tabs ---- */

  tabOf(name) {
    return this.tabs.find((tab) => tab.dataset.tab === name);
  }

  open(name) {
    this.memory.tab = name;
    for (const tab of this.tabs) {
      const on = tab.dataset.tab === name;
      tab.setAttribute("aria-selected", on);
      tab.tabIndex = on ? 0 : -1;
    }
    this.panelEl.setAttribute("aria-labelledby", this.tabOf(name).id);
    this.body.classList.toggle("with-console", name === "console");
    this.page.setAttribute("aria-label", INSPECT.tabs[name]);
    if (this.at >= 0) {
      this.draw();
      if (name === "console") this.show(this.at, this.answer);
    }
  }

  onTabKey(e) {
    const at = TABS.indexOf(this.memory.tab);
    const to = { ArrowRight: (at + 1) % TABS.length, ArrowLeft: (at + TABS.length - 1) % TABS.length, Home: 0, End: TABS.length - 1 }[e.key];
    if (to === undefined || e.ctrlKey || e.metaKey || e.altKey) return;
    e.preventDefault();
    e.stopPropagation();
    this.open(TABS[to]);
    this.tabOf(TABS[to]).focus({ preventScroll: true });
  }
}

const setText = (el, text) => { if (el.textContent !== text) el.textContent = text; };

PANELS.push({
  name: "inspect", docks: true,
  mount(host, stage) {
    const view = new Inspector(host, stage);
    return { update: (t) => view.update(t), data: (model) => view.data(model), show: (what) => view.show_(what), focus: () => view.focus(), close: () => view.close(), view };
  },
});
