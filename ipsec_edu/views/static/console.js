/* ---- console.js: the command line of a device at a moment. ---- */

/** `ask(kind, line, done)` is answered with {at, text} or {error}; `tell(command, text, at)` gives {marks, note} about it. */
export class Console {
  constructor(host, { ask, tell, leave }) {
    Object.assign(this, { ask, tell, leave, entries: [], history: [], place: 0, prompt: "" });
    host.innerHTML = `<div class="c-log" role="log" tabindex="0" ${KEEP_KEYS}></div>
      <div class="c-in"><span class="c-prompt" aria-hidden="true"></span><input type="text" ${KEEP_KEYS} autocomplete="off" autocapitalize="off" autocorrect="off" spellcheck="false"><span class="c-hint" aria-hidden="true"></span></div>
      <div class="c-try"></div>`;
    this.log = host.querySelector(".c-log");
    this.input = host.querySelector("input");
    this.promptEl = host.querySelector(".c-in .c-prompt");
    this.hint = host.querySelector(".c-hint");
    this.tries = host.querySelector(".c-try");
    this.input.addEventListener("keydown", (e) => this.onKey(e));
    this.input.addEventListener("input", () => this.say(INSPECT.tabHint));
    host.querySelector(".c-in").addEventListener("click", () => this.input.focus({ preventScroll: true }));
    this.say(INSPECT.tabHint);
  }

  /** Turn to a device: its prompt, its commands, what has been asked of it before. */
  turn({ name, prompt, commands, kept }) {
    if (this.kept !== kept) {
      this.kept = kept;
      this.entries = kept.entries;
      this.history = kept.history;
      this.place = this.history.length;
      this.log.replaceChildren(...this.entries.map((e) => e.el));
      this.log.setAttribute("aria-label", INSPECT.consoleOf(name));
      this.input.setAttribute("aria-label", INSPECT.inputOf(name));
      this.input.value = "";
      this.bottom();
    }
    if (prompt !== this.prompt) this.promptEl.textContent = this.prompt = prompt;
    const words = commands.join("\n");
    if (words === this.commands) return;
    this.commands = words;
    this.tries.innerHTML = commands.map((c) => `<button type="button" ${KEEP_KEYS}>${esc(c)}</button>`).join("");
    [...this.tries.children].forEach((button, i) => button.addEventListener("click", () => this.run(commands[i])));
  }

  say(words) {
    if (this.hint.textContent !== words) this.hint.textContent = words;
  }

  onKey(e) {
    if (e.ctrlKey && e.key === "c" && this.input.selectionStart === this.input.selectionEnd) this.input.value = "";
    else if (e.ctrlKey || e.metaKey || e.altKey) return e.stopPropagation();
    else if (e.key === "Enter") this.enter();
    else if (e.key === "ArrowUp" || e.key === "ArrowDown") this.recall(e.key === "ArrowUp" ? -1 : 1);
    // An empty line has nothing to complete: Tab goes on to the next control, so that the console is no trap.
    else if (e.key === "Tab" && !e.shiftKey && this.input.value) this.complete();
    else if (e.key === "?" && !this.linux) this.help();
    else if (e.key === "Escape") this.leave();
    else return e.stopPropagation();
    e.preventDefault();
    e.stopPropagation();
  }

  get linux() {
    return this.prompt.trimEnd().endsWith("$");
  }

  enter() {
    const line = this.input.value;
    this.input.value = "";
    this.run(line);
  }

  run(line) {
    if (line.trim() && this.history[this.history.length - 1] !== line) this.history.push(line);
    this.place = this.history.length;
    const entry = this.add(line);
    if (!line.trim()) return this.fill(entry, { text: "" });
    this.ask("console", line, (answer) => this.fill(entry, answer));
  }

  help() {
    const line = this.input.value, entry = this.add(line + "?");
    this.ask("console", line + "?", (answer) => this.fill(entry, answer));
  }

  recall(step) {
    if (!this.history.length) return;
    this.place = Math.max(0, Math.min(this.history.length, this.place + step));
    this.input.value = this.history[this.place] || "";
  }

  complete() {
    const line = this.input.value;
    this.ask("complete", line, (answer) => {
      if (this.input.value !== line) return;
      if (answer.error) return this.say(INSPECT.cannotComplete);
      this.input.value = answer.completed;
      this.say(answer.completed !== line || !answer.words.length ? INSPECT.tabHint : answer.words.length > 1 ? INSPECT.several(answer.words.length) : INSPECT.tabHint);
    });
  }

  add(line) {
    const el = document.createElement("div");
    el.className = "c-entry";
    el.innerHTML = `<div class="c-line"><span class="c-prompt">${esc(this.prompt)}</span><b>${esc(line)}</b><span class="c-at"></span></div><pre></pre><div class="c-note" hidden></div>`;
    const entry = { el, line, prompt: this.prompt, at: -1 };
    this.entries.push(entry);
    this.log.appendChild(el);
    if (this.entries.length > 60) this.entries.shift().el.remove();
    this.bottom();
    return entry;
  }

  /** The last entry, where it is a question that can be put again at another moment. */
  get standing() {
    const last = this.entries[this.entries.length - 1];
    return last && last.at >= 0 && !last.line.endsWith("?") && /^\s*(do\s+)?(sh|ip\s)/i.test(last.line) ? last : null;
  }

  fill(entry, answer) {
    const [pre, note] = [entry.el.children[1], entry.el.children[2]];
    if (answer.error) {
      pre.textContent = "";
      note.hidden = false;
      note.className = "c-note c-fail";
      note.textContent = answer.error;
      return this.bottom();
    }
    const first = entry.at < 0;
    entry.at = answer.at ?? -1;
    const { marks, note: said } = answer.text ? this.tell(entry.line, answer.text, answer.at) : { marks: [], note: null };
    const html = markedText(answer.text, marks);
    if (entry.html !== html) pre.innerHTML = entry.html = html;
    entry.el.querySelector(".c-at").textContent = answer.text ? INSPECT.at(answer.at) : "";
    note.hidden = !said;
    note.className = "c-note";
    const noteHtml = said ? `<b>${esc(said[0])}</b> ${esc(said[1])}` : "";
    if (note.innerHTML !== noteHtml) note.innerHTML = noteHtml;
    if (first) this.bottom();
  }

  /** The run is another one now: what was answered belongs to the old one. */
  outdate(entries) {
    for (const entry of entries) if (entry.at >= 0) setText(entry.el.querySelector(".c-at"), INSPECT.earlier(entry.at));
  }

  /** Show the end of what was printed last; the beginning, where much was printed. */
  bottom() {
    const last = this.log.lastElementChild;
    const much = last && last.offsetHeight > 1.5 * this.log.clientHeight;
    this.log.scrollTop = much ? last.offsetTop : this.log.scrollHeight;
  }
}

/** Text with marks, as HTML; a mark is [line, from, to]. */
export function markedText(text, marks) {
  return text.split("\n").map((line, n) => {
    let out = "", at = 0;
    for (const [, from, to] of marks.filter((m) => m[0] === n).sort((a, b) => a[1] - b[1])) {
      if (from < at) continue;
      out += `${esc(line.slice(at, from))}<mark>${esc(line.slice(from, to))}</mark>`;
      at = to;
    }
    return out + esc(line.slice(at));
  }).join("\n");
}
