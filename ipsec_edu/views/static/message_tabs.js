/* ---- message_tabs.js: what stands behind a message: the state machines of both ends, the keys. ---- */

const LONG_HEX = 64;   // digits of a value that are shown; the bytes have the rest
const shortHex = (hex) => (hex.length > LONG_HEX ? `${hex.slice(0, 32)}… ${KEYS_TAB.bytes(hex.length / 2)}` : hex);

/** A step as two tables would show it: the rows of the state before, which of them is taken. */
export function stepRows(ladder, number, all) {
  const [, node, table, row, before, symbol] = ladder.steps[number];
  const words = (w) => ladder.words[w];
  const rows = table < 0 ? [] : ladder.tables[table].rows.map((r, k) => ({ cells: r.map(words), taken: k === row })).filter((r) => all || r.cells[0] === words(before));
  return { node, name: table < 0 ? "" : ladder.tables[table].name, rows, total: table < 0 ? 0 : ladder.tables[table].rows.length, before: words(before), symbol: words(symbol), illegal: row < 0 };
}

/** Both ends' steps for a message, and the tables that they are rows of; `all`: whole tables. */
export function statesHtml(d, m, row, all) {
  const from = labelOf(d, m.from), to = labelOf(d, m.to);
  const heard = m.arrived >= 0 ? STATES.heard(to, m.arrived) : m.cause ? STATES.lost(to) : STATES.flying(to);
  const part = (title, number) => {
    let html = `<section><h4>${esc(title)}</h4>`;
    if (number < 0) return `${html}<p class="q">${STATES.none}</p></section>`;
    const step = stepRows(d.ladder, number, all);
    if (step.illegal) return `${html}<p class="q">${esc(step.before)}, ${esc(step.symbol)}: ${STATES.illegal}</p></section>`;
    const cells = (r) => r.cells.map((c, k) => (k === 4 ? "" : `<td>${k === 0 && r.taken ? `<span class="sr">${STATES.taken}: </span>` : ""}${esc(c)}</td>`)).join("");
    const taken = step.rows.find((r) => r.taken);
    html += `<table class="mg-fsm"><caption>${esc(step.name)} <span class="q">${esc(taken ? taken.cells[4] : "")}</span></caption><thead><tr>${STATES.head.slice(0, 4).map((h) => `<th scope="col">${h}</th>`).join("")}</tr></thead><tbody>${step.rows.map((r) => `<tr${r.taken ? ' class="taken" aria-current="true"' : ""}>${cells(r)}</tr>`).join("")}</tbody></table>`;
    return `${html}<button type="button" class="mg-more" ${K} data-more>${all ? LADDER.fewer : LADDER.all(step.total)}</button></section>`;
  };
  const moves = (name, number) => {
    if (number < 0) return `<li><b>${esc(name)}</b> <span class="q">${STATES.none}</span></li>`;
    const step = stepRows(d.ladder, number, false), taken = step.rows.find((r) => r.taken);
    return `<li><b>${esc(name)}</b> ${esc(step.before)}${taken ? ` <span aria-label="${STATES.becomes}">→</span> <b>${esc(taken.cells[3])}</b>` : ""} <span class="q">${esc(step.symbol)}</span></li>`;
  };
  return `<ul class="mg-moves">${moves(from, row[2])}${moves(to, row[3])}</ul>` + part(STATES.sent(from), row[2]) + part(heard, row[3]);
}

/** The keys that were there when a message was sent, each with what it was derived from. */
export function keysHtml(d, m, row) {
  const keys = d.ladder.keys.ike.find((k) => k.cookie === row[6] && m.from in k.at);
  const all = d.ladder.keys.ike.filter((k) => k.cookie === row[6]);
  const since = Math.min(...all.flatMap((k) => Object.values(k.at)));
  let html = `<p class="mg-lab">${KEYS_TAB.note}</p>`;
  if (!all.length) return `${html}<p>${KEYS_TAB.none}</p>`;
  if (m.at < since) return `${html}<p>${KEYS_TAB.later(m)}</p>`;
  const label = (k) => Object.keys(k.at).map((n) => labelOf(d, n));
  if (all.length > 1) html += `<p class="warn">${esc(KEYS_TAB.differ(label(all[0])[0], label(all[1])[0]))}</p>`;
  const shown = keys || all[0], aggressive = d.messages[d.ladder.rows.findIndex((r) => r[6] === row[6])].exchange === "aggressive";
  const [one, two] = aggressive ? ["AM1", "AM2"] : ["MM3", "MM4"];
  const line = (name, from, value) => `<tr><th scope="row">${name}</th><td><span class="from">${esc(from)}</span><code title="${esc(value)}">${esc(value.length > LONG_HEX ? shortHex(value) : value)}</code></td></tr>`;
  const table = (title, rows) => `<table class="mg-keys"><caption>${esc(title)}</caption><tbody>${rows.join("")}</tbody></table>`;
  const hash = `HMAC-${shown.hash.toUpperCase()}`, exponents = Object.entries(shown.private).map(([node, value]) => {
    const first = d.sas.some((sa) => sa.kind === "ike" && sa.node === +node && sa.initiator && sa.id.startsWith(row[6]));
    return line(first ? "x" : "y", KEYS_TAB.private(labelOf(d, node)), value);
  });
  html += table(`${KEYS_TAB.groups.made}, ${KEYS_TAB.of(label(shown))}`, [
    line("pre-shared key", KEYS_TAB.psk, shown.psk), line("Ni", KEYS_TAB.nonce(one, LADDER.roles[0]), shown.ni), line("Nr", KEYS_TAB.nonce(two, LADDER.roles[1]), shown.nr),
    line("g^x", KEYS_TAB.ke(one), shown.gx), line("g^y", KEYS_TAB.ke(two), shown.gy), ...exponents, line("g^xy", KEYS_TAB.shared(shown.group), shown.gxy),
  ]);
  html += table(`${KEYS_TAB.groups.keys}; prf = ${hash}`, [
    line("SKEYID", "prf(pre-shared key, Ni | Nr)", shown.skeyid), line("SKEYID_d", "prf(SKEYID, g^xy | cookies | 0)", shown.d), line("SKEYID_a", "prf(SKEYID, SKEYID_d | g^xy | cookies | 1)", shown.a),
    line("SKEYID_e", "prf(SKEYID, SKEYID_a | g^xy | cookies | 2)", shown.e), line("Ka", KEYS_TAB.cipherKey(shown.cipher), shown.ka),
  ]);
  if (row[4]) html += table(KEYS_TAB.groups.message, [line(KEYS_TAB.ivName, row[4] === shown.iv ? KEYS_TAB.iv1 : m.n === 1 && row[5] ? KEYS_TAB.ivOther : KEYS_TAB.ivNext, row[4])]);
  const children = d.ladder.keys.child.filter((c) => c.cookie === row[6] && (!row[5] || m.exchange !== "quick" || c.id === row[5]) && (m.exchange === "quick" || c.at <= m.at));
  for (const c of children) html += table(KEYS_TAB.child(c.protocol, c.spi, labelOf(d, c.node)), [...(c.enc ? [line(KEYS_TAB.enc, KEYS_TAB.keymat(c.pfs), c.enc)] : []), ...(c.auth ? [line(KEYS_TAB.auth, c.enc ? "" : KEYS_TAB.keymat(c.pfs), c.auth)] : [])]);
  return html;
}
