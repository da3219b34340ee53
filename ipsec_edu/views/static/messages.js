/* ---- messages.js: the messages panel: ladder, bytes, fields, state machines, keys. ---- */

const PER_ROW = 16;
const IN_CLEAR = 28;      // the ISAKMP header is never encrypted

/** The fields of a body as records; `raw` is what the values are taken from. */
export function fieldsOf(ladder, body, wire) {
  const flat = body[2], raw = wire || !body[1] ? body[0] : body[1];
  const list = [], open = [];
  for (let at = 0; at < flat.length; at += 5) {
    const [depth, name, value, offset, length] = flat.slice(at, at + 5);
    if (wire && body[1] && offset >= IN_CLEAR) break;
    const hex = value < 0;
    open.length = depth;
    const field = { index: list.length, depth, parent: depth ? open[depth - 1] : -1, name: ladder.words[name], value: hex ? raw.slice(offset * 2, (offset + length) * 2) : ladder.words[value], hex, offset, length, group: flat[at + 5] > depth };
    open[depth] = field.index;
    list.push(field);
  }
  if (wire && body[1]) {
    const length = raw.length / 2 - IN_CLEAR;
    list.push({ index: list.length, depth: 0, parent: -1, name: "Encrypted", value: `${length} bytes`, hex: false, offset: IN_CLEAR, length, group: false });
  }
  return list;
}

/** The smallest field that holds a byte. */
export function fieldAt(fields, byte) {
  let best = -1;
  for (const f of fields) if (byte >= f.offset && byte < f.offset + f.length && (best < 0 || f.length <= fields[best].length)) best = f.index;
  return best;
}


class MessagesPanel {
  constructor(host, stage) {
    this.host = host;
    this.stage = stage;
    this.open = -1;
    this.wire = false;
    this.field = -1;
    this.tab = "fields";
    this.folded = new Set();
    this.allRows = false;
    host.innerHTML = `<div class="mg">
      <div class="mg-ladder"><div class="pn-h"><b>${PANEL_NAMES.messages.word}</b><span class="q between"></span><label class="mg-pair" hidden><span class="q">${LADDER.chooser}</span> <select ${K}></select></label></div><div class="ld"></div><p class="mg-empty" hidden></p></div>
      <div class="mg-bytes"><div class="pn-h"><b class="title"></b><span class="q fate"></span></div>
        <div class="mg-cap"><span class="mg-seg" role="group" aria-label="Bytes"><button type="button" ${K} data-wire="0">${LADDER.decrypted}</button><button type="button" ${K} data-wire="1">${LADDER.wire}</button></span><span class="caption"></span></div>
        <div class="mg-hex" role="grid" aria-label="Bytes" tabindex="0" ${K}></div></div>
      <div class="mg-parts"><div class="mg-tabs" role="tablist">${Object.entries(LADDER.tabs).map(([name, word]) => `<button type="button" role="tab" ${K} data-tab="${name}">${word}</button>`).join("")}</div><div class="mg-body" role="tabpanel" tabindex="0" ${K}></div></div></div>`;
    const $ = (selector) => host.querySelector(selector);
    Object.assign(this, { grid: $(".mg"), between: $(".between"), pairBox: $(".mg-pair"), select: $("select"), empty: $(".mg-empty"), ladderBox: $(".ld"), title: $(".title"), fate: $(".fate"), caption: $(".caption"), hex: $(".mg-hex"), seg: $(".mg-seg"), body: $(".mg-body"), parts: $(".mg-parts") });
    this.ladder = new Ladder(this.ladderBox, stage.fonts, { open: (i) => this.openMessage(i, true), leave: () => this.focusField() });
    this.select.addEventListener("change", () => this.choosePair(this.select.value));
    this.seg.addEventListener("click", (e) => e.target.dataset.wire && this.setWire(e.target.dataset.wire === "1"));
    host.querySelector(".mg-tabs").addEventListener("click", (e) => e.target.dataset.tab && this.setTab(e.target.dataset.tab));
    host.querySelector(".mg-tabs").addEventListener("keydown", (e) => this.onTabKey(e));
    this.hex.addEventListener("click", (e) => this.onByte(e, true));
    this.hex.addEventListener("pointerover", (e) => this.onByte(e, false));
    this.hex.addEventListener("keydown", (e) => this.onHexKey(e));
    this.body.addEventListener("click", (e) => this.onBody(e));
    this.body.addEventListener("keydown", (e) => this.onTreeKey(e));
    this.observer = new ResizeObserver(() => this.layout());
    this.observer.observe(host);
  }

  close() {
    this.observer.disconnect();
  }

  /* ---- data ---- */

  data(model) {
    // A message is meant for the other end of its IKE SA, also where a translator owns the address.
    const rows = model.data.ladder.rows, before = this.message;
    const d = (this.d = { ...model.data, messages: model.data.messages.map((m, i) => (rows[i] && rows[i][7] !== m.to ? { ...m, to: rows[i][7] } : m)) });
    this.pairs = ladderPairs(d);
    const kept = this.pairs.find((p) => p.key === this.pair?.key) || this.pairs[0] || null;
    this.pair = kept;
    this.until = model.until;
    // The same message of the new run, if it is still sent; else what the playhead is at.
    let open = before ? d.messages.findIndex((m) => m.at === before.at && m.from === before.from && m.name === before.name && m.to === before.to) : -1;
    if (open < 0 || !this.inPair(d.messages[open])) open = this.nearest();
    this.select.innerHTML = this.pairs.map((p) => `<option value="${p.key}">${esc(labelOf(d, p.a))} ↔ ${esc(labelOf(d, p.b))} (${p.count})</option>`).join("");
    this.showPair(open);
  }

  inPair(m) {
    return !!this.pair && pairKey(m) === this.pair.key;
  }

  /** The last message of this pair that was sent by now, else its first. */
  nearest() {
    let best = -1;
    this.d.messages.forEach((m, i) => {
      if (this.inPair(m) && (best < 0 || m.at <= this.stage.t)) best = i;
    });
    return best;
  }

  choosePair(key) {
    this.pair = this.pairs.find((p) => p.key === key);
    this.showPair(this.nearest());
  }

  showPair(open) {
    const d = this.d, pair = this.pair;
    this.empty.hidden = !!pair;
    this.ladderBox.hidden = !pair;
    this.grid.classList.toggle("empty", !pair);
    this.pairBox.hidden = this.pairs.length < 2;
    this.between.hidden = this.pairs.length > 1;
    if (!pair) {
      this.empty.textContent = LADDER.nobody;
      this.open = -1;
      this.message = null;
      return;
    }
    this.select.value = pair.key;
    const ports = [...new Set(d.messages.map((m, i) => (this.inPair(m) ? d.ladder.rows[i]?.[1] : 0)).filter(Boolean))].sort((x, y) => x - y);
    this.between.textContent = LADDER.between(labelOf(d, pair.a), labelOf(d, pair.b), ports.length ? ports : [500]);
    this.ladder.data(d, pair.a, pair.b, open, this.until);
    this.openMessage(open, false);
    this.layout(true);
  }

  /** Asked from outside: open message `i` (a number of the run's list). */
  show(i) {
    const m = this.d.messages[i];
    if (!m) return;
    if (!this.inPair(m)) {
      const pair = this.pairs.find((p) => p.key === pairKey(m));
      if (!pair) return;
      this.pair = pair;
      this.showPair(i);
    }
    this.ladder.choose(this.ladder.rows.findIndex((row) => row.i === i), true);
  }

  /** Put a message into the two other columns; `go` pauses the clock and moves the playhead to it. */
  openMessage(i, go) {
    const m = this.d.messages[i];
    if (!m) return;
    const other = this.message !== m;
    this.open = i;
    this.message = m;
    this.row = this.d.ladder.rows[i] || [-1, 500, -1, -1, "", 0, ""];
    this.bytes = this.row[0] >= 0 ? this.d.ladder.bodies[this.row[0]] : null;
    this.keys = this.d.ladder.keys.ike.find((k) => k.cookie === this.row[6] && m.from in k.at) || null;
    if (other) {
      this.field = -1;
      this.folded.clear();
    }
    this.drawDetail();
    if (go) {
      this.stage.moveTo(m.arrived >= 0 ? Math.round(m.at + (m.arrived - m.at) * 0.72) : Math.min(this.until, m.at + 60000));
    }
  }

  /* ---- drawing ---- */

  layout(force) {
    const width = Math.floor(this.ladder.scroll.clientWidth);
    if (!this.pair || !width || (!force && width === this.ladder.width && this.ladder.view === this.ladder.scroll.clientHeight)) return;
    this.ladder.layout(width);
    this.ladder.update(this.stage.t, true);
  }

  update(t) {
    if (this.pair) this.ladder.update(t, true);
  }

  focus() {
    if (this.pair) this.ladder.focus();
    else this.stage.panels.buttons.get("messages").focus({ preventScroll: true });
  }

  drawDetail() {
    const { message: m, d } = this;
    this.title.textContent = messageTitle(m);
    this.fate.textContent = messageFate(d, m);
    this.seg.hidden = !m.encrypted || !this.bytes;
    if (!m.encrypted) this.wire = false;
    this.seg.querySelectorAll("button").forEach((b) => b.setAttribute("aria-pressed", String((b.dataset.wire === "1") === this.wire)));
    this.caption.textContent = this.bytes ? bytesCaption(m, this.keys, this.row[1], this.wire) : this.d.ladder.bodies.length >= this.d.ladder.limit ? LADDER.noBytes(this.d.ladder.limit) : LADDER.foreign;
    this.fields = this.bytes ? fieldsOf(d.ladder, this.bytes, this.wire) : [];
    if (!this.folded.size) for (const f of this.fields) if (f.name === "ISAKMP header") this.folded.add(f.index);
    this.drawHex();
    this.drawBody();
    if (this.field >= this.fields.length) this.field = -1;
    this.mark(false);
  }

  drawHex() {
    this.hex.hidden = !this.bytes;
    if (!this.bytes) return;
    const raw = (this.wire || !this.bytes[1] ? this.bytes[0] : this.bytes[1]).match(/../g) || [];
    let html = "";
    for (let r = 0; r < raw.length; r += PER_ROW) {
      html += `<div class="line" role="row"><span class="o" role="rowheader">${r.toString(16).padStart(4, "0")}</span><span>`;
      for (let i = r; i < Math.min(raw.length, r + PER_ROW); i++) {
        const f = this.fields[fieldAt(this.fields, i)];
        html += `<i role="gridcell" id="${this.id(i)}" data-byte="${i}" aria-label="${esc(LADDER.byteOf(raw[i], i, f ? f.name : ""))}" class="${this.message.encrypted && i >= IN_CLEAR ? "enc" : ""}${i % PER_ROW === 8 ? " mid" : ""}">${raw[i]}</i>`;
      }
      html += "</span></div>";
    }
    this.hex.innerHTML = html;
    this.cells = [...this.hex.querySelectorAll("i")];
    this.lit = [];
  }

  id(byte) {
    this.unique = this.unique || `mg${Math.random().toString(36).slice(2, 8)}`;
    return `${this.unique}-${byte}`;
  }

  drawBody() {
    this.host.querySelectorAll("[role=tab]").forEach((b) => {
      const on = b.dataset.tab === this.tab;
      b.setAttribute("aria-selected", String(on));
      b.tabIndex = on ? 0 : -1;
    });
    this.body.setAttribute("aria-label", LADDER.tabs[this.tab]);
    this.body.innerHTML = this.tab === "fields" ? this.treeHtml() : this.tab === "states" ? statesHtml(this.d, this.message, this.row, this.allRows) : keysHtml(this.d, this.message, this.row);
  }

  /* ---- fields ---- */

  visible(f) {
    for (let p = f.parent; p >= 0; p = this.fields[p].parent) if (this.folded.has(p)) return false;
    return true;
  }

  /** The payload that a field belongs to. */
  top(f) {
    return f.parent < 0 ? f.index : this.top(this.fields[f.parent]);
  }

  treeHtml() {
    if (!this.fields.length) return "";
    const seen = {};
    let html = "", hash = false;
    for (const f of this.fields) {
      const top = f.depth === 0;
      let name = f.name, value = f.hex ? shortHex(f.value) : f.value, note = "";
      if (top) {
        const nth = (seen[f.name] = (seen[f.name] ?? -1) + 1);
        [name, value] = payloadWords(f.name, f.value, this.message, nth);
        hash = f.name === "Hash";
      } else {
        note = hash && f.hex ? hashCovers(this.message) : this.owner(f.value) || valueNote(f.name, f.value);
        name = fieldName(f.name, this.fields[this.top(f)].name, this.keys);
      }
      if (!this.visible(f)) continue;
      const folded = this.folded.has(f.index);
      const arrow = f.group ? `<span class="fold" aria-hidden="true">${folded ? "▸" : "▾"}</span>` : "";
      html += `<li role="treeitem" tabindex="-1" ${K} data-field="${f.index}" aria-level="${f.depth + 1}"${f.group ? ` aria-expanded="${!folded}"` : ""} class="${top ? "g" : f.group ? "sub" : ""}" style="--depth:${f.depth}"><span class="k">${arrow}${esc(name)}</span><span class="v${f.hex && !top ? " hex" : ""}">${esc(value)}${note ? ` <em>${esc(note)}</em>` : ""}</span></li>`;
    }
    return `<ul class="mg-tree" role="tree" aria-label="${LADDER.tabs.fields}">${html}</ul>`;
  }

  /** Whose address a value is. */
  owner(value) {
    for (const link of this.d.links) for (const end of [link.a, link.b]) if (end.address && end.address === value) return `${this.d.nodes[end.node].label} ${end.role || end.short}`;
    return "";
  }

  /** Light up the chosen field and its bytes. */
  mark(scroll) {
    for (const cell of this.lit || []) cell.classList.remove("on");
    this.lit = [];
    const f = this.fields[this.field];
    if (f && this.bytes) {
      this.lit = this.cells.slice(f.offset, f.offset + f.length);
      for (const cell of this.lit) cell.classList.add("on");
      if (scroll) within(this.hex, this.lit[0]);
    }
    this.hex.removeAttribute("aria-activedescendant");
    if (f) this.hex.setAttribute("aria-activedescendant", this.id(this.byte >= f.offset && this.byte < f.offset + f.length ? this.byte : f.offset));
    if (this.tab !== "fields") return;
    let stop = null;
    for (const item of this.body.querySelectorAll("[data-field]")) {
      const on = +item.dataset.field === this.field;
      item.classList.toggle("on", on);
      item.setAttribute("aria-selected", String(on));
      item.tabIndex = on ? 0 : -1;
      if (on) stop = item;
    }
    if (!stop) this.body.querySelector("[data-field]")?.setAttribute("tabindex", "0");
    else if (scroll) within(this.body, stop);
  }

  choose(field, scroll = true) {
    this.field = field;
    const f = this.fields[field];
    let redraw = false;
    for (let p = f ? f.parent : -1; p >= 0; p = this.fields[p].parent) redraw = this.folded.delete(p) || redraw;
    if (redraw && this.tab === "fields") this.drawBody();
    this.mark(scroll);
  }

  fold(field, folded) {
    if (folded) this.folded.add(field);
    else this.folded.delete(field);
    this.drawBody();
    this.choose(field);
    this.focusField();
  }

  focusField() {
    if (this.tab !== "fields") this.setTab("fields");
    if (this.field < 0) this.choose(this.fields.findIndex((f) => f.depth === 0 && !this.folded.has(f.index)));
    const item = this.body.querySelector(`[data-field="${this.field}"]`) || this.body.querySelector("[data-field]");
    item?.focus({ preventScroll: true });
    item?.scrollIntoView({ block: "nearest" });
  }

  onByte(e, clicked) {
    const cell = e.target.closest("[data-byte]");
    if (!cell || (!clicked && e.pointerType === "touch")) return;
    const byte = +cell.dataset.byte, field = fieldAt(this.fields, byte);
    if (!clicked && (field === this.field || this.folded.has(this.fields[field]?.parent))) return;
    this.byte = byte;
    this.choose(field, clicked);
  }

  onHexKey(e) {
    const step = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -PER_ROW, ArrowDown: PER_ROW }[e.key];
    if (!step || e.ctrlKey || e.metaKey || e.altKey) return;
    const f = this.fields[this.field], now = f && !(this.byte >= f.offset && this.byte < f.offset + f.length) ? f.offset : this.byte ?? -1;
    this.byte = Math.max(0, Math.min(this.cells.length - 1, now + step));
    this.choose(fieldAt(this.fields, this.byte));
    within(this.hex, this.cells[this.byte]);
    e.preventDefault();
    e.stopPropagation();
  }

  onBody(e) {
    const item = e.target.closest("[data-field]"), more = e.target.closest("[data-more]");
    if (more) {
      this.allRows = !this.allRows;
      this.drawBody();
      this.body.querySelector("[data-more]")?.focus({ preventScroll: true });
    }
    if (!item) return;
    const field = +item.dataset.field, f = this.fields[field];
    if (f.group && (e.target.closest(".fold") || this.field === field)) return this.fold(field, !this.folded.has(field));
    this.choose(field);
    this.focusField();
  }

  onTreeKey(e) {
    if (this.tab !== "fields" || e.ctrlKey || e.metaKey || e.altKey) return;
    const shown = this.fields.filter((f) => this.visible(f)).map((f) => f.index), at = shown.indexOf(this.field), f = this.fields[this.field];
    const go = (to) => {
      if (to === undefined) return;
      this.choose(to);
      this.focusField();
    };
    if (e.key === "ArrowDown") go(shown[Math.min(shown.length - 1, at + 1)]);
    else if (e.key === "ArrowUp") go(shown[Math.max(0, at - 1)]);
    else if (e.key === "Home") go(shown[0]);
    else if (e.key === "End") go(shown[shown.length - 1]);
    else if (e.key === "Enter" && f?.group) this.fold(f.index, !this.folded.has(f.index));
    else if (e.key === "ArrowRight") {
      if (f?.group && this.folded.has(f.index)) this.fold(f.index, false);
      else if (f?.group) go(f.index + 1);
    } else if (e.key === "ArrowLeft") {
      if (f?.group && !this.folded.has(f.index) && f.depth) this.fold(f.index, true);
      else if (f && f.parent >= 0) go(f.parent);
      else this.ladder.focus();
    } else return;
    e.preventDefault();
    e.stopPropagation();
  }

  setWire(wire) {
    if (wire === this.wire) return;
    const f = this.fields[this.field], at = f ? f.offset : -1;
    this.wire = wire;
    this.drawDetail();
    this.choose(at < 0 ? -1 : fieldAt(this.fields, at));
  }

  setTab(tab) {
    this.tab = tab;
    this.drawBody();
    this.mark(false);
    this.body.scrollTop = 0;
  }

  onTabKey(e) {
    const names = Object.keys(LADDER.tabs), at = names.indexOf(this.tab);
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: names.length - 1 }[e.key];
    if (to === undefined) return;
    this.setTab(names[(to + names.length) % names.length]);
    this.host.querySelector(`[data-tab="${this.tab}"]`).focus({ preventScroll: true });
    e.preventDefault();
    e.stopPropagation();
  }
}

/** Scroll a box, and nothing around it, until an element in it can be seen. */
function within(box, element) {
  if (!element || box.scrollHeight <= box.clientHeight) return;
  const b = box.getBoundingClientRect(), r = element.getBoundingClientRect();
  if (r.top < b.top + 4) box.scrollTop += r.top - b.top - 12;
  else if (r.bottom > b.bottom - 4) box.scrollTop += r.bottom - b.bottom + 12;
}

PANELS.push({ name: "messages", mount: (host, stage) => new MessagesPanel(host, stage) });
