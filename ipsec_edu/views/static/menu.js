/* ---- menu.js: what opens on top: menus, the list of keys, the hover card. ---- */

const KEEP_KEYS = 'data-lm-suppress-shortcuts="true"';

/** A menu of faults. `items`: {word, key, icon, does, line, run, share}. Only one is open at a time. */
export class Menu {
  constructor(root) {
    this.root = root;
    this.el = null;
  }

  get open() {
    return this.el !== null;
  }

  show({ title, sub, label, items, at, opener, disabled }) {
    this.close(false);
    this.items = items;
    this.opener = opener;
    this.disabled = disabled;
    this.chosen = 0;
    const el = document.createElement("div");
    el.className = "ie-menu";
    el.setAttribute("role", "menu");
    el.setAttribute("aria-label", label);
    el.innerHTML = `<div class="ie-menuhead" role="none"><b>${esc(title)}</b><span>${esc(sub)}</span></div>${items.map((item, i) => `<div class="ie-mi" role="menuitem" tabindex="-1" ${KEEP_KEYS} data-i="${i}"${disabled && !item.always ? ' aria-disabled="true"' : ""}><svg viewBox="0 0 26 20" aria-hidden="true"><path d="${FAULT_ICON[item.icon] || ""}"/></svg><b>${esc(item.word)}</b><kbd>${esc(item.key)}</kbd></div>`).join("")}<div class="foot" role="none"></div>`;
    this.root.appendChild(el);
    this.el = el;
    const w = el.offsetWidth, h = el.offsetHeight, width = this.root.clientWidth;
    el.style.left = `${Math.max(6, Math.min(width - w - 6, at.x - 20))}px`;
    el.style.top = `${at.y}px`;
    void h;
    el.addEventListener("keydown", (e) => this.onKey(e));
    el.addEventListener("pointermove", (e) => {
      const item = e.target.closest(".ie-mi");
      if (item && +item.dataset.i !== this.chosen) this.choose(+item.dataset.i);
    });
    el.addEventListener("click", (e) => {
      const item = e.target.closest(".ie-mi");
      if (item) this.run(+item.dataset.i);
    });
    this.outside = (e) => { if (!e.composedPath().includes(el)) this.close(true); };
    // Whoever chooses by key within the same moment must not leave a listener behind, and with it the menu.
    const outside = this.outside;
    setTimeout(() => this.el === el && document.addEventListener("pointerdown", outside, true));
    this.choose(0);
  }

  choose(i) {
    this.chosen = i;
    this.el.querySelectorAll(".ie-mi").forEach((x, k) => {
      x.classList.toggle("on", k === i);
      x.tabIndex = k === i ? 0 : -1;
    });
    this.el.querySelector(`[data-i="${i}"]`)?.focus({ preventScroll: true });
    this.foot();
  }

  foot() {
    const item = this.items[this.chosen];
    const off = this.disabled && !item?.always;
    const words = off ? this.disabled : item ? item.does : "";
    this.el.querySelector(".foot").innerHTML = `${esc(words)}${item?.line && !off ? `<code>${esc(item.line())}</code>` : ""}`;
  }

  run(i) {
    const item = this.items[i];
    if (!item || (this.disabled && !item.always)) return;
    this.close(true);
    item.run();
  }

  onKey(e) {
    const n = this.items.length;
    const key = e.key;
    e.stopPropagation();
    if (key === "Escape" || key === "Tab") this.close(true);
    else if (key === "ArrowDown") this.choose((this.chosen + 1) % n);
    else if (key === "ArrowUp") this.choose((this.chosen + n - 1) % n);
    else if (key === "Home") this.choose(0);
    else if (key === "End") this.choose(n - 1);
    else if (key === "Enter" || key === " ") this.run(this.chosen);
    else if ((key === "ArrowLeft" || key === "ArrowRight") && this.items[this.chosen]?.share !== undefined) this.share(key === "ArrowRight" ? 5 : -5);
    else {
      const i = this.items.findIndex((item) => item.key && item.key === key.toLowerCase());
      if (i < 0) return;
      this.run(i);
    }
    e.preventDefault();
  }

  share(step) {
    const item = this.items[this.chosen];
    item.share = Math.min(95, Math.max(5, item.share + step));
    item.word = faultWords(`loss ${item.share}%`);
    this.el.querySelector(`[data-i="${this.chosen}"] b`).textContent = item.word;
    this.foot();
  }

  close(refocus) {
    if (!this.el) return;
    document.removeEventListener("pointerdown", this.outside, true);
    const el = this.el;
    this.el = null;
    if (refocus) this.opener?.focus?.({ preventScroll: true });
    el.remove();
    this.onClose?.();
  }
}

/** The list of keys as a dialog. */
export class KeysDialog {
  constructor(root) {
    this.root = root;
    this.el = null;
  }

  toggle(opener) {
    if (this.el) return this.close();
    this.opener = opener;
    const el = document.createElement("div");
    el.className = "ie-dialog";
    el.setAttribute("role", "dialog");
    el.setAttribute("aria-modal", "true");
    el.setAttribute("aria-label", "Keys");
    el.innerHTML = `<div class="ie-menuhead"><b>Keys</b><button type="button" ${KEEP_KEYS} aria-label="Close">×</button></div><dl>${KEYS.map(([key, words]) => `<dt>${key.split(" ").length < 3 ? key.split(" ").map((k) => `<kbd>${esc(k)}</kbd>`).join(" ") : key.startsWith("arrows") ? `<span>${esc(key)}</span>` : key.split(" ").map((k) => `<kbd>${esc(k)}</kbd>`).join(" ")}</dt><dd>${esc(words)}</dd>`).join("")}</dl>`;
    this.root.appendChild(el);
    this.el = el;
    const button = el.querySelector("button");
    button.addEventListener("click", () => this.close());
    el.addEventListener("keydown", (e) => {
      e.stopPropagation();
      if (e.key === "Escape" || e.key === "?") this.close();
      if (e.key === "Tab") e.preventDefault();
    });
    button.focus({ preventScroll: true });
  }

  close() {
    if (!this.el) return;
    const el = this.el;
    this.el = null;
    this.opener?.focus?.({ preventScroll: true });
    el.remove();
  }
}

/** The card that says what the pointer is on. */
export class Card {
  constructor(root) {
    this.root = root;
    this.el = document.createElement("div");
    this.el.className = "ie-card";
    this.el.setAttribute("aria-hidden", "true");
    this.el.hidden = true;
    root.appendChild(this.el);
    this.text = "";
  }

  show(text, x, y) {
    if (text !== this.text) {
      this.text = text;
      const [first, ...rest] = text.split("\n");
      this.el.innerHTML = `<b>${esc(first)}</b>${rest.map((line) => `<span>${esc(line)}</span>`).join("")}`;
    }
    this.el.hidden = false;
    const w = this.el.offsetWidth;
    this.el.style.left = `${Math.max(4, Math.min(this.root.clientWidth - w - 4, x + 14))}px`;
    this.el.style.top = `${y + 18}px`;
  }

  hide() {
    this.el.hidden = true;
  }
}
