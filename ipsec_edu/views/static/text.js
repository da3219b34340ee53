/* ---- text.js: every word the stage says. One place, so that it can be read, tested and translated. ---- */

const SECOND = 1e6;

/** Seconds as text. `span` is the width of the time window in microseconds: it decides the digits. */
export function clockText(us, span) {
  return (us / SECOND).toFixed(span >= 30 * SECOND ? 1 : span >= 5 * SECOND ? 2 : 3);
}

export const sec = (us, digits = 1) => `${(us / SECOND).toFixed(digits)} s`;

/** A moment for words: one digit is enough, unless more digits are the point. */
const moment = (us) => sec(us, us % 100000 === 0 || us > 2 * SECOND ? 1 : 3);

const EXCHANGE = { main: "Main Mode", quick: "Quick Mode", aggressive: "Aggressive Mode" };
export const exchangeWords = (exchange) => EXCHANGE[exchange] || exchange;

/** What a fault is called, on a chip, on the map, in its menu, and what it does. */
export const FAULTS = {
  down: { menu: "Pull the cable", key: "p", map: "cable pulled", ends: "up", icon: "down", does: "Both ends lose carrier at once." },
  cut: { menu: "Cut silently", key: "s", map: "silent cut", ends: "mend", icon: "cut", more: "carrier stays", does: "Frames vanish both ways. Carrier stays, so nobody is told." },
  "cut-out": { menu: "Cut one way", key: "o", map: "cut one way", ends: "mend-out", icon: "out", more: "carrier stays", does: "Only what leaves this interface vanishes. Carrier stays." },
  shutdown: { menu: "Shut the interface", key: "h", map: "shut here", ends: "no-shutdown", icon: "shut", does: "This end loses carrier; the far end keeps it." },
  loss: { menu: "Lose frames", key: "l", map: "loses frames", ends: "loss 0%", icon: "loss", does: "At random, seeded. Left and right change the share." },
  crash: { menu: "Power off", key: "c", map: "no power", ends: "boot", icon: "crash", does: "All state is gone. Behind a switch nobody notices." },
  "clear-ike": { menu: "Forget all SAs", key: "f", map: "", ends: "", icon: "clear", does: "clear crypto sa, clear crypto isakmp: state gone, nobody told." },
  up: { menu: "Plug the cable in again", key: "u", icon: "whole", does: "Both ends have carrier again." },
  mend: { menu: "Mend it", key: "m", icon: "whole", does: "Frames pass again, both ways." },
  "mend-out": { menu: "Mend it", key: "m", icon: "whole", does: "Frames pass again." },
  "no-shutdown": { menu: "Switch the interface on", key: "n", icon: "whole", does: "no shutdown: carrier comes back." },
  boot: { menu: "Power on", key: "b", icon: "whole", does: "Boots with its configuration and no state." },
};

/** `loss 20%` is the family `loss` with a value. */
export function family(action) {
  const [word, value] = action.split(" ");
  return { word, share: word === "loss" ? parseFloat(value) : null };
}

export function faultWords(action) {
  const { word, share } = family(action);
  if (word === "loss") return share ? `Lose ${share} % of frames` : "Lose no more frames";
  return FAULTS[word] ? FAULTS[word].menu : action;
}

/** Does this action end what `other` began? */
export function endsFault(action, other) {
  const begin = family(other), end = family(action);
  if (begin.word === "loss") return begin.share > 0 && end.word === "loss" && end.share === 0;
  return FAULTS[begin.word]?.ends === end.word;
}

export const endOf = (action) => (family(action).word === "loss" ? "loss 0%" : FAULTS[family(action).word]?.ends || "");

/** The interface of `NODE:INTERFACE`; a channelised one has a colon in its own name (`Serial1/1:0`). */
export const portOf = (label) => label.slice(label.indexOf(":") + 1 || label.length);

/** `ASA1:GigabitEthernet0/1` as one writes it in a drawing: `ASA1 G0/1`. */
export function shortTarget(target) {
  const [node, port] = [target.split(":")[0], portOf(target)];
  if (!port) return node;
  const short = [["TenGigabitEthernet", "Te"], ["GigabitEthernet", "G"], ["FastEthernet", "F"], ["Ethernet", "E"], ["Serial", "Se"], ["Loopback", "Lo"], ["Tunnel", "Tu"]];
  const hit = short.find(([long]) => port.startsWith(long));
  return `${node} ${hit ? hit[1] + port.slice(hit[0].length) : port}`;
}

export function chipText(fault, paired) {
  const { word, share } = family(fault.action);
  if (paired) return word === "loss" ? "no loss" : word;
  return `${word}${share ? ` ${share} %` : ""} ${shortTarget(fault.target)}`;
}

/** The line that adds this fault, as the command line takes it. */
export function faultLine(at, action, target) {
  return `${+(at / SECOND).toFixed(3)} ${action} ${target}`;
}

/** Why a packet died, in the two words that fit beside a cross. */
const SHORT_CAUSE = {
  no_sa_pending: "dropped: no SA", link_cut: "lost", link_down: "lost: no carrier", loss: "lost", invalid_spi: "dropped: unknown SPI",
  replay: "dropped: replay", bad_icv: "dropped: bad check", node_down: "lost: no power", no_route: "dropped: no route",
  clear_matches_spd: "dropped: in clear", acl: "dropped: forbidden", port_closed: "refused: port closed", ttl: "dropped: TTL",
  mtu_df: "dropped: too large", sa_expired: "dropped: SA expired", selector_mismatch: "dropped: wrong selector", no_neighbour: "lost: no neighbour",
  queue_full: "lost: queue full", nat_rewritten: "lost: translated", seq_overflow: "dropped: sequence ran out", malformed: "dropped: malformed", reassembly: "lost: fragment missing",
};
export const shortCause = (cause) => SHORT_CAUSE[cause] || "lost";

export const packetName = (hop) => (hop.kind === "ospf" ? "OSPF" : hop.kind === "ike" ? hop.name : `${hop.answer ? "reply" : "echo"} ${hop.number}`);

/** Names of messages for tags; a probe wears its number. */
export function messageTag(message) {
  return message.probe?.length ? `${message.name} ${message.probe[0]}` : message.name;
}

/** Payloads of a message in words: initiator's and responder's halves wear their letter. */
export function payloadText(message) {
  const letter = message.n % 2 ? "i" : "r";
  return message.payloads.map((p) => (p === "NONCE" ? `N${letter}` : message.exchange === "main" && p === "HASH" ? `HASH_${letter.toUpperCase()}` : p)).join(", ");
}

const plural = (n, one, many = one + "s") => `${n} ${n === 1 ? one : many}`;

/** What a gateway believes, in two lines over its head. */
export function beliefText(b) {
  const esp = plural(b.esp, "ESP SA");
  if (b.state === "off") return { word: "no power", why: "", tone: "loss" };
  if (b.state === "up") return { word: `${esp} up`, why: b.ike ? "" : "no IKE SA: no DPD", tone: "safe" };
  if (b.state === "stale") {
    const word = b.esp ? `believes ${esp} ${b.esp === 1 ? "is" : "are"} up` : "believes the IKE SA is up";
    if (b.part) return { word, why: `${b.part} of them in vain`, tone: "doubt" };
    if (b.probes) return { word, why: `R-U-THERE ${b.probes} of ${b.limit} unanswered`, tone: "doubt" };
    if (b.why === "peer") return { word, why: `${b.peer} does not hold ${b.esp === 1 ? "it" : "them"}`, tone: "doubt" };
    if (!b.ike) return { word, why: "no IKE SA: no DPD", tone: "doubt" };
    const until = b.threshold > 0 ? `, probes at ${+(b.threshold / SECOND).toFixed(1)} s` : "";
    return { word, why: b.silent >= 0 ? `silent for ${sec(b.silent)}${until}` : "nothing gets through", tone: "doubt" };
  }
  if (b.state === "negotiating") return { word: "negotiating", why: b.step || "", tone: "safe" };
  if (b.state === "waiting") return { word: "no SA", why: b.every ? `${b.message} unanswered, retries every ${+(b.every / SECOND).toFixed(1)} s` : `${b.message} unanswered`, tone: "loss" };
  if (b.state === "ike") return { word: "IKE SA up, no ESP SA", why: "", tone: "ink2" };
  return { word: "no SA", why: "", tone: "ink2" };
}

/** What each of the nine messages is for. */
const PURPOSE = {
  main1: (f, t) => `${f} proposes how to protect IKE itself.`,
  main2: (f, t) => `${f} picks one of the proposals.`,
  main3: (f, t) => `${f} sends its half of the key exchange.`,
  main4: (f, t) => `With it both ends can compute the keys; what follows is encrypted.`,
  main5: (f, t) => `${f} proves, encrypted, that it knows the pre-shared key.`,
  main6: (f, t) => `${f} proves the same; then the IKE SA is up.`,
  quick1: (f, t) => `${f} proposes ESP, its SPI and the two networks.`,
  quick2: (f, t) => `${f} agrees and names its own SPI.`,
  quick3: (f, t) => `The last word: both may use the ESP SAs.`,
  aggressive1: (f, t) => `${f} sends proposal, key half and identity at once.`,
  aggressive2: (f, t) => `${f} answers all of it, and proves that it knows the key.`,
  aggressive3: (f, t) => `${f} proves the same.`,
};

/** One sentence for a moment: [bold fact, reason]. Everything in it comes from `s`, the state at that moment. */
export function sentence(model, s) {
  if (model.crowd) return crowdWords(model, s);
  const name = (i) => model.data.nodes[i]?.label ?? "?";
  const m = s.message;
  if (m && m.neg >= 0) {
    const purpose = PURPOSE[m.exchange + m.n];
    return [`${exchangeWords(m.exchange)} message ${m.n} is on its way${m.again ? ", again" : ""}.`, purpose ? purpose(name(m.from), name(m.to)) : payloadText(m)];
  }
  if (m) return [`${messageTag(m)} is on its way.`, `${name(m.from)} to ${name(m.to)}, ${m.size} bytes.`];
  const dead = s.gateways.filter((g) => g.gaveUp >= 0).sort((a, b) => b.gaveUp - a.gaveUp)[0];
  if (dead) return [`${dead.name} gives up at ${sec(dead.gaveUp)}.`, `${plural(dead.limit, "R-U-THERE")} without an answer: it deletes its SAs.`];
  if (s.reroute) {
    const turned = s.reroute.prefixes.filter((p) => p.added.length && p.gone.length), one = turned[0];
    return [`${name(s.reroute.node)} now reaches ${one.prefix} via ${one.added[0]}.`, `${turned.length > 1 ? `So do ${turned.length - 1} more of its routes. ` : ""}Routing turns; no SA is touched.`];
  }
  const off = s.gateways.find((g) => g.state === "off");
  const stale = s.gateways.filter((g) => g.state === "stale").sort((a, b) => b.probes - a.probes)[0];
  if (stale) {
    if (stale.probes) return [`R-U-THERE ${stale.probes} of ${stale.limit} is unanswered.`, `${stale.name} has heard nothing for ${sec(stale.silent)} and gives up in ${sec(Math.max(0, stale.dead - s.t))}.`];
    if (stale.why === "peer") return [off ? `${off.name} has no power; ${stale.name} does not know.` : `${stale.peer} does not hold the SAs that ${stale.name} uses.`, `${stale.name} goes on encrypting; ${off ? "nothing arrives" : "the other end cannot decrypt"}.`];
    const broken = s.broken && s.broken.state !== "loss" ? s.broken : null;
    if (broken && (broken.state === "down" || broken.state === "shut")) return [broken.state === "shut" ? "The interface is shut, and the SAs stay." : "The cable is out, and the SAs stay.", `No carrier since ${sec(broken.since)}; IKE does not look at it: dead-peer detection decides.`];
    const carrier = broken && (broken.state === "cut" || broken.state === "one-way") ? " with carrier up" : "";
    return ["Nobody knows yet.", `${stale.vain >= 0 ? `The path died at ${sec(stale.vain)}${carrier}` : "The path is dead"}; ${stale.name} goes on encrypting; nothing arrives.`];
  }
  if (off) return [`${off.name} has no power.`, s.gateways.some((g) => g.state === "waiting") ? "Its peer calls in vain." : "Its state is gone."];
  const waiting = s.gateways.find((g) => g.state === "waiting");
  if (waiting) {
    const again = waiting.next > 0 ? ` repeats it at ${sec(waiting.next)}.` : " waits.";
    if (s.broken) return [`${waiting.message} has no answer.`, `${brokenWords(s.broken)}; ${waiting.name}${again}`];
    if (s.mended > 0) return ["The path is whole again.", `${waiting.name} does not know it and${again}`];
    return [`${waiting.message} has no answer.`, `${waiting.name}${again}`];
  }
  const negotiating = s.gateways.find((g) => g.state === "negotiating");
  if (negotiating) return [`${negotiating.name} negotiates.`, `${negotiating.step || "Both ends compute"}.`];
  const live = s.gateways.filter((g) => g.esp > 0);
  if (live.length) {
    if (s.broken && s.broken.state === "loss") return [`${+s.broken.loss} % of the frames are lost.`, "The tunnel stays up; IKE repeats what is lost, ESP does not."];
    if (s.healed >= 0) return [`Routing led the tunnel round the break at ${sec(s.healed)}.`, `${brokenWords(s.broken)}; not one SA has changed.`];
    if (s.broken) return [`${brokenWords(s.broken)}.`, "The tunnel does not use it."];
    const since = s.recovered;
    if (since) return ["Tunnel up again.", `The outage of ${sec(since.end - since.start, 2)} ends with the next packet: ${since.lost} lost.`];
    const pairs = new Set(s.sas.filter((x) => x.state === "up" && x.sa.pair >= 0).map((x) => x.sa.pair)).size;
    return [pairs > 1 ? `${pairs} tunnels up.` : "Tunnel up.", live[0].esp === 2 ? "Two ESP SAs at each end, one per direction." : `${plural(live[0].esp, "ESP SA")} at ${live[0].name}.`];
  }
  if (s.broken) return [`No SA, and ${brokenWords(s.broken).replace(/^The/, "the")}.`, "Nothing asks for a tunnel at the moment."];
  return ["No SA.", model.data.flows.length ? "The first packet for the other side will ask for one." : "No traffic: nothing will ask for a tunnel."];
}

export function brokenWords(link) {
  const words = { cut: "has been silently cut", "one-way": "has been cut one way", down: "has been unplugged", shut: "has been shut", loss: "has been losing frames" };
  return `The link ${words[link.state] || "has been broken"} since ${sec(link.since)}`;
}

/** The rows of "Everything that happened": what one event is called. */
export const EVENT = {
  fault: (f) => `fault: ${f.action} ${f.target}`,
  message: (m) => `${messageTag(m)} ${m.again ? "again " : ""}sent (${payloadText(m)}; ${m.size} bytes)${m.cause ? `, lost` : ""}`,
  saUp: (sa) => `${saName(sa)} ${shortId(sa)} up`,
  saDown: (sa) => `${saName(sa)} ${shortId(sa)} ended: ${sa.reason || "deleted"}`,
  failed: (sa) => `negotiation failed${sa.reason && sa.reason !== "failed" ? `: ${sa.reason}` : ""}`,
  stale: (sa, why) => `${saName(sa)} ${shortId(sa)} is held in vain: ${why === "peer" ? "the peer does not hold it" : "the path is dead"}`,
  lost: (flow, n) => `${flow.label}: packet ${n} is the first one lost`,
  answered: (flow, n) => `${flow.label}: packet ${n} is answered again`,
  first: (flow, n) => `${flow.label}: packet ${n} is the first one answered`,
  dead: () => "dead-peer detection gives up",
  power: (up) => (up ? "boots" : "loses power"),
  route: (p) => (p.added.length ? `${p.prefix} ${p.gone.length ? "now " : ""}via ${p.added.join(" and ")} (${p.source})` : `${p.prefix} no longer via ${p.gone.join(" and ")} (${p.source})`),
  routes: (n) => `${n} routes change`,
  track: (label, text) => `${label}: ${text}`,
};

/** Lines of the card of an SA. */
const SA_CARD = {
  twin: (name, id) => `its other direction: ${name} ${id}`, under: (cookies) => `under IKE SA ${cookies}`,
  life: (us, lasts, packets, ike) => `${lasts ? "held for" : "lived"} ${sec(us)}${ike ? "" : `, ${packets} packets arrived`}`,
};

const RAIL = { name: (node, what, id, vain) => `${node}: ${what} ${id}, ${vain ? "held in vain" : "up"}` };

const ROUTES_IN_WORDS = 3;
/** The changes of one device at one moment; where they are many, only how many. */
export const routeWords = (change) => (change.prefixes.length > ROUTES_IN_WORDS ? [EVENT.routes(change.prefixes.length)] : change.prefixes.map(EVENT.route));
export const ROUTING = { lane: "routing", device: (name) => `${name} routing`, name: (label, n) => `${label}: ${n} changes` };

const SA_NAMES = { ike: "IKE SA", "esp-in": "ESP in", "esp-out": "ESP out", "ah-in": "AH in", "ah-out": "AH out" };
export const saName = (sa) => SA_NAMES[sa.kind] || sa.kind;
export function shortId(sa) {
  return sa.kind === "ike" ? `${sa.id.slice(0, 8)} ${sa.id.slice(16, 24)}` : "0x" + sa.id.slice(2).toUpperCase();
}

export function reasonText(sa) {
  return sa.reason ? `deleted: ${sa.reason}` : "deleted";
}

/** Counts in the head: `ping 41 sent, 28 answered, 13 lost`. */
export function countText(counts) {
  return `${counts.sent} sent, ${counts.answered} answered`;
}

export const EVERYTHING = "Everything that happened";
export const NONE_YET = "none yet: click a link, an interface or a device on the map";
export const NO_TRAFFIC = "no traffic: nothing will ask for a tunnel";
export const CURTAIN = "not told yet: commit to your prediction";
export const GUESSED = (length) => `you said ${+(length / SECOND).toFixed(2)} s`;
export const NO_KERNEL = "start the kernel to break things";

/** A way that is drawn by hand; and a guess beside the truth. */
export const SKETCH = {
  draw: "Draw the way.", how: "Click the devices in order, or walk the map with the arrows and press Enter; Backspace takes one back. Then commit.",
  empty: "nothing yet", undo: "take one back", guess: "you said", truth: "the run says",
  now: (way) => (way.length ? `Your way: ${way.join(", ")}` : "Your way is empty."),
};

/** Three lanes instead of all. */
export const COMPACT = { gateway: (name) => `${name} IKE, out, in` };

/** A page that holds some runs. */
export const STORED = {
  offer: "runs in this page",
  shown: (faults) => `Showing the run with ${faults.length ? faults.join(", ") : "no fault"}`,
};

/** The panels: word on the button, key, name of the region. */
export const PANEL_NAMES = {
  messages: { word: "Messages", key: "M", label: "Messages" },
  inspect: { word: "Inspect", key: "I", label: "Inspector" },
};

export const KEYS = [
  ["Space", "play, pause"], [", .", "previous, next event; with Shift: of the focused lane or device"],
  ["← →", "a small step; with Shift a large one"], ["Home End", "start, end"], ["[ ]", "previous, next loss"],
  ["+ − 0", "zoom about the playhead; whole run"], ["B", "break: menu for the focused thing, or for the first link"],
  ["arrows on the map", "to the neighbour in that direction; Enter opens the menu"],
  ["arrows on a fault", "0.1 s, with Shift 1 s; Delete removes it; Enter opens its menu"],
  ["M I C", "messages; inspector; compare: keep this run as A, try another as B"],
  ["arrows in Messages", "up and down: message, field; right: into the fields; Enter opens"],
  ["Tab ?", "in the console: complete, list what may follow; Up and Down recall, Esc leaves"],
  ["/", "many devices: find one by name or address"],
  ["?", "this list; Esc closes the topmost thing"],
];

/** The inspector. */
export const INSPECT = {
  device: "Device", close: "Close inspector", views: "Views of the device",
  tabs: { sas: "SAs", spd: "SPD", routes: "Routes", log: "Log", config: "Config", console: "Console" },
  at: (t) => `at ${sec(t, t % 100000 ? 3 : 1)}`,
  earlier: (t) => `${INSPECT.at(t)} of an earlier run`,
  asking: "asking the device",
  noKernel: "start the kernel to ask devices",
  onlyStored: "This page has the answers to the commands below; start the kernel to ask anything else.",
  nobody: "Nobody answered: start the kernel, run the cell again.",
  off: (name) => `${name} has no power.`,
  heldBy: (name) => `held by ${name}`,
  holdsNone: (name) => `${name} holds no SA.`,
  lastEnded: (sa) => `Last to end: ${saName(sa)} ${shortId(sa)} at ${sec(sa.down)}, ${reasonText(sa)}.`,
  saHead: ["SA", "SPI", "packets", "state"],
  states: { negotiating: "negotiating", up: "up", stale: "stale" },
  noSpi: "not agreed yet",
  unanswered: (n) => `${n} unanswered`,
  packets: (n, lost) => (lost ? `${n}, ${lost} lost` : `${n}`),
  detail: (sa, row, at) => {
    const peer = `peer ${sa.remote || row?.peer || "?"}`, age = sa.up >= 0 && at >= sa.up ? `${sec(at - sa.up)} old` : "";
    const lines = (...all) => all.map((parts) => parts.filter(Boolean).join(", ")).filter(Boolean);
    if (sa.kind === "ike") return lines([peer, sa.initiator ? "initiator" : "responder", row?.state], [row?.transform, age, row?.transform && `${row.seconds} s left`]);
    const left = row && `${row.seconds} s${row.kilobytes < 0 ? "" : ` or ${row.kilobytes} kB`} left`;
    return lines([row && `${row.local} ↔ ${row.remote}`, peer], [row?.transform, age, left]);
  },
  noReplay: "replay window off: every number passes",
  replayEmpty: (size) => `replay window ${size}: nothing has arrived`,
  replay: (size, first, last, missing) => `replay window ${size}: ${first === last ? `number ${last}` : `numbers ${first} to ${last}`}, ${missing ? `${missing} missing` : "all seen"}`,
  noSpd: (name) => `${name} has no crypto map: everything passes in clear.`,
  spd: (r) => [`${r.entry} on ${r.interface}${r.peer ? `, peer ${r.peer}` : ", any peer"}`, `${r.out} out, ${r.in} in, ${r.sas ? plural(r.sas, "SA") : "no SA yet"}`, ...r.errors.map(([words, n]) => `${plural(n, "packet")} dropped: ${words}`)],
  spdClear: (port) => `what arrives on ${port} in clear although a line above says protect`,
  spdRest: (port) => `everything else that passes ${port}, in clear`,
  routeHead: ["prefix", "next hop", "from", "since"],
  noRoutes: (name) => `${name} has no route.`,
  noLog: (name) => `${name} has logged nothing.`,
  configChanged: (n) => `${plural(n, "line differs", "lines differ")} from the files of the lab.`,
  configWas: (was) => `was: ${was}`,
  configNew: "new",
  configGone: (was) => `gone: ${was}`,
  consoleOf: (name) => `Console of ${name}`,
  inputOf: (name) => `Command for ${name}`,
  tabHint: "Tab completes, ? lists",
  several: (n) => `${n} words fit, ? lists them`,
  cannotComplete: "no answer",
  item: { word: "Inspect", key: "i", does: "What it holds and believes at this moment, and its console." },
};

/** What is wrong in a device's own words: [bold fact, reason]. `word` is what it said. */
export function wrongNote(name, wrong, word) {
  const times = { 1: "once", 2: "twice" }[wrong.probes] || `${wrong.probes} times`;
  const says = word ? `says ${word}` : "lists it";
  const until = wrong.until < 0 ? `${says} to the end of the run` : `${says} until ${sec(wrong.until)}`;
  if (wrong.why === "peer") return [`${name} is wrong.`, `${wrong.peer} has not held this SA since ${sec(wrong.since)} and cannot open what arrives. ${name} ${until}.`];
  return [`${name} is wrong.`, `The path died at ${sec(wrong.since)}. ${wrong.probes ? `It has sent R-U-THERE ${times}, no answer, and ${until}.` : `It does not know, and ${until}.`}`];
}
