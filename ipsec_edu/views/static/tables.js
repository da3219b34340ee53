/* ---- tables.js: the inspector's tables, as HTML of one moment; words come from text.js. ---- */

/** The SAs of a device. `detailed` adds a line per SA: ends, life, replay window. */
export function saTable(model, node, at, tables, name, detailed) {
  const held = heldAt(model, node, at);
  const head = `<div class="in-h"><b>${INSPECT.tabs.sas}</b> <span class="q">${esc(INSPECT.heldBy(name))}</span></div>`;
  const ended = lastEnded(model, node, at);
  const last = ended ? `<p class="in-last">${esc(INSPECT.lastEnded(ended))}</p>` : "";
  if (!held.length) return `${head}<p class="in-none">${esc(INSPECT.holdsNone(name))}</p>${last}`;
  const rowOf = (sa) => (tables?.held || []).find((r) => r.kind === sa.kind && (r.id === sa.id || sa.kind === "ike" && r.id.slice(0, 16) === sa.id.slice(0, 16)));
  const place = model.data.gateways.indexOf(node), probes = place < 0 ? 0 : gatewayAt(model, place, at).probes;
  const rows = held.map(({ sa, state }) => {
    const row = rowOf(sa);
    const count = sa.kind === "ike" ? (probes && state === "stale" ? INSPECT.unanswered(probes) : "") : row ? INSPECT.packets(row.packets, row.lost) : "";
    // The record of an SA has its final number; before it is agreed, nobody knows it, and the table does not either.
    const id = state !== "negotiating" ? shortId(sa) : sa.kind === "ike" ? sa.id.slice(0, 8) : INSPECT.noSpi;
    const line = `<tr class="s-${state}"><td>${saName(sa)}</td><td class="mono">${esc(id)}</td><td>${esc(count)}</td><td class="st">${INSPECT.states[state]}</td></tr>`;
    return detailed ? `${line}<tr class="more"><td></td><td colspan="3">${saDetail(sa, row, at)}</td></tr>` : line;
  });
  return `${head}<table class="in-t"><thead><tr>${INSPECT.saHead.map((h) => `<th scope="col">${h}</th>`).join("")}</tr></thead><tbody>${rows.join("")}</tbody></table>${last}`;
}

function saDetail(sa, row, at) {
  const words = INSPECT.detail(sa, row, at).map((line) => `<div>${esc(line)}</div>`).join("");
  if (!row || !row.window) return words;
  const [size, bitmap] = row.window;
  if (!size) return `${words}<div>${esc(INSPECT.noReplay)}</div>`;
  const { first, cells, missing } = replayCells(size, bitmap, row.sequence);
  if (!cells.length) return `${words}<div>${esc(INSPECT.replayEmpty(size))}</div>`;
  const step = 6, d = (wanted) => cells.map((seen, i) => (seen === wanted ? `M${i * step + 0.5} .5h4v9h-4z` : "")).join("");
  return `${words}<div class="in-window"><svg viewBox="0 0 ${cells.length * step} 10" width="${cells.length * step}" height="10" aria-hidden="true"><path class="seen" d="${d(true)}"/><path class="unseen" d="${d(false)}"/></svg></div><div>${esc(INSPECT.replay(size, first, row.sequence, missing))}</div>`;
}

/** What is protected, in the order in which it is looked up, and what becomes of the rest. */
export function spdPage(rows, name) {
  if (!rows.length) return `<p class="in-none">${esc(INSPECT.noSpd(name))}</p>`;
  const line = (word, tone, first, more) => `<tr><td class="act ${tone}">${word}</td><td><div>${first}</div>${more.map((m) => `<div class="q">${esc(m)}</div>`).join("")}</td></tr>`;
  const parts = rows.map((r) => line("PROTECT", "safe", `<span class="mono">${esc(r.local)}</span> ↔ <span class="mono">${esc(r.remote)}</span>`, INSPECT.spd(r)));
  for (const port of new Set(rows.map((r) => r.interface))) parts.push(line("DISCARD", "loss", esc(INSPECT.spdClear(port)), []), line("BYPASS", "", esc(INSPECT.spdRest(port)), []));
  return `<table class="in-t in-spd"><tbody>${parts.join("")}</tbody></table>`;
}

export function routesPage(rows, name) {
  if (!rows.length) return `<p class="in-none">${esc(INSPECT.noRoutes(name))}</p>`;
  const body = rows.map((r) => `<tr><td class="mono">${esc(r.prefix)}</td><td>${r.via ? `<span class="mono">${esc(r.via)}</span>${r.interface ? ", " : ""}` : ""}${esc(r.interface)}</td><td>${esc(r.source)} <span class="q">${r.cost}</span></td><td>${r.since > 0 ? esc(sec(r.since)) : ""}</td></tr>`);
  return `<table class="in-t"><thead><tr>${INSPECT.routeHead.map((h) => `<th scope="col">${h}</th>`).join("")}</tr></thead><tbody>${body.join("")}</tbody></table>`;
}

export function logPage(lines, name) {
  if (!lines.length) return `<p class="in-none">${esc(INSPECT.noLog(name))}</p>`;
  return `<table class="in-t in-log"><tbody>${lines.map(([at, text]) => `<tr><td class="q">${esc(sec(at, 3))}</td><td class="mono">${esc(text)}</td></tr>`).join("")}</tbody></table>`;
}

/** The running configuration; lines that differ from the lab's files carry a bar, and beside them what stood there. */
export function configPage({ text, changed }) {
  const gone = new Map(), fresh = new Map();
  for (const [line, was, removed] of changed) removed ? gone.set(line, [...(gone.get(line) || []), was]) : fresh.set(line, was);
  const words = (list) => list.map((was) => `<span class="cfg-was">${esc(was)}</span>`).join("");
  const lines = text.replace(/\n$/, "").split("\n").map((line, i) => {
    const before = words((gone.get(i) || []).map(INSPECT.configGone));
    if (!fresh.has(i)) return `${before}<span class="cfg">${esc(line)}\n</span>`;
    return `${before}<span class="cfg new">${esc(line)}\n</span>${words([fresh.get(i) ? INSPECT.configWas(fresh.get(i)) : INSPECT.configNew])}`;
  });
  return `${changed.length ? `<p class="in-last">${esc(INSPECT.configChanged(changed.length))}</p>` : ""}<pre class="in-cfg">${lines.join("")}</pre>`;
}
