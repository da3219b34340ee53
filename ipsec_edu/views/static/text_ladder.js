/* ---- text_ladder.js: the words of the messages panel. ---- */

export const LADDER = {
  nobody: "No IKE message in this run: nothing asked for a tunnel.",
  between: (a, b, ports) => `${a} ↔ ${b}, UDP ${ports.join(" and ")}`,
  chooser: "Between",
  stranger: "unknown address",
  name: (a, b) => `Messages between ${a} and ${b}`,
  roles: ["initiator", "responder"],
  gap: (us) => sec(us),
  fault: (word, at) => `${word} at ${sec(at)}`,
  decrypted: "decrypted", wire: "on the wire",
  tabs: { fields: "Fields", states: "States", keys: "Keys" },
  noBytes: (limit) => `Only the first ${limit} different messages of a run carry their bytes. Shorten the run to see these.`,
  foreign: "This trace has no bytes of this message.",
  again: "again",
  all: (n) => `all ${n} rows`, fewer: "only this state",
  byteOf: (value, offset, field) => `${value}, offset ${offset}, ${field}`,
};

const CAUSE_HERE = { link_cut: "silent cut", link_down: "no carrier", loss: "random loss", node_down: "no power", acl: "forbidden", nat_rewritten: "translated", no_route: "no route", no_neighbour: "no neighbour", port_closed: "port closed", queue_full: "queue full", ttl: "TTL ran out", malformed: "malformed", mtu_df: "too large", reassembly: "fragment lost" };
export const causeHere = (cause) => CAUSE_HERE[cause] || shortCause(cause);

export function messageTitle(m) {
  if (EXCHANGES.has(m.exchange)) return `${exchangeWords(m.exchange)} message ${m.n}`;
  return `Informational: ${messageTag(m)}`;
}
const EXCHANGES = new Set(["main", "aggressive", "quick"]);

/** What stands under the title: who, when, what became of it. */
export function messageFate(data, m) {
  const from = labelOf(data, m.from), to = labelOf(data, m.to);
  const fate = m.arrived >= 0 ? "" : m.cause ? `, lost: ${data.causes[m.cause] || m.cause}` : ", still on its way";
  return `${from} → ${to}, sent ${m.again ? "again " : ""}${sec(m.at, 3)}${fate}`;
}

/** Row of the ladder for a screen reader. */
export function rowName(data, m) {
  return `${sec(m.at, 3)}: ${messageTag(m)}, ${labelOf(data, m.from)} to ${labelOf(data, m.to)}${m.again ? ", again" : ""}, ${payloadText(m)}, ${m.size} bytes${m.encrypted ? ", encrypted" : ""}${m.arrived >= 0 ? "" : m.cause ? `, lost: ${data.causes[m.cause] || m.cause}` : ""}`;
}

export function bytesCaption(m, keys, port, wire) {
  const where = port === 4500 ? "; UDP 4500, after four zero bytes" : "";
  if (!m.encrypted) return `${m.size} bytes, all in clear${where}`;
  const cipher = keys ? `, ${keys.cipher}${keys.model ? " (modelled)" : ""}` : "";
  return `${m.size} bytes; shaded = encrypted${cipher}${wire ? ": all that others see" : ""}${where}`;
}

const NOTIFY_MEANS = {
  "INITIAL-CONTACT": "forget every older SA from me", "R-U-THERE": "are you there?", "R-U-THERE-ACK": "I am here",
  "NO-PROPOSAL-CHOSEN": "nothing that you offer is acceptable", "INVALID-SPI": "I have no SA with this SPI", "INVALID-ID-INFORMATION": "I have no policy for these networks",
  "INVALID-HASH-INFORMATION": "your HASH is wrong", "AUTHENTICATION-FAILED": "your HASH is wrong", "PAYLOAD-MALFORMED": "I cannot read this: a wrong key looks like it", "RESPONDER-LIFETIME": "my lifetime is shorter",
};

/** Title and meaning of a payload; `nth` counts payloads of the same name in the message. */
export function payloadWords(name, value, m, nth) {
  const side = m.n % 2 ? "i" : "r", quick = m.exchange === "quick";
  switch (name) {
    case "ISAKMP header": return [name, m.encrypted ? "28 bytes, never encrypted" : "28 bytes"];
    case "Security Association": return ["SA", quick ? (m.n === 1 ? "ESP as I would have it, and my SPI" : "what I choose, and my SPI") : m.n === 1 ? "how IKE itself may be protected" : "the one that I choose"];
    case "Key Exchange": return ["KE", `my half of the Diffie-Hellman exchange, g^${side === "i" ? "x" : "y"}`];
    case "Nonce": return [`N${side}`, "random: makes these keys differ from all others"];
    case "Identification": return ["ID", quick ? (nth ? "the responder's network" : "the initiator's network") : "who I claim to be"];
    case "Hash": return quick ? [`HASH(${m.n})`, "proof that this comes from me, unchanged"] : m.exchange === "informational" ? ["HASH(1)", "proof that this comes from me, unchanged"] : [`HASH_${side.toUpperCase()}`, "proof that I know the pre-shared key"];
    case "Vendor ID": return ["VID", `I know ${value}`];
    case "NAT-D": return ["NAT-D", nth ? "hash of my own address and port" : "hash of your address and port, as I see them"];
    case "Notification": return [`N: ${value}`, NOTIFY_MEANS[value] || ""];
    case "Delete": return ["D", `gone at my end: ${value}`];
    case "Padding": return ["padding", `${value}: fill the last cipher block`];
    case "Encrypted": return ["ciphertext", value];
    default: return [name, value];
  }
}

const SHORT_FIELD = { "Domain of interpretation": "DOI", "Encryption Algorithm": "Encryption", "Authentication Algorithm": "Authentication", "Authentication Method": "Authentication" };
/** What a field is called in its payload. */
export function fieldName(name, payload, keys) {
  if (name === "Data" && payload === "Hash") return keys ? `HMAC-${keys.hash.toUpperCase()}` : "HASH";
  if (name === "Data" && payload === "Nonce") return "Nonce";
  if (name === "Data" && payload === "NAT-D") return "Hash";
  return SHORT_FIELD[name] || name;
}

const VALUE_NOTE = { "Protocol 17": "UDP", "Protocol 0": "any", "Protocol 1": "ISAKMP", "Protocol 3": "ESP", "Port 0": "any", "Domain of interpretation 1": "IPsec" };
/** A number in words, where the number alone says little. */
export const valueNote = (name, value) => VALUE_NOTE[`${name} ${value}`] || "";

/** What a HASH covers (RFC 2409, 5.4 and 5.5). */
export function hashCovers(m) {
  if (m.exchange === "quick") return m.n === 1 ? "over message ID and all that follows, with SKEYID_a" : m.n === 2 ? "over message ID, Ni and all that follows, with SKEYID_a" : "over message ID, Ni and Nr, with SKEYID_a";
  if (m.exchange === "informational") return "over message ID and all that follows, with SKEYID_a";
  return "over g^x, g^y, both cookies, the SA of message 1 and ID, with SKEYID";
}

/** What a life line says when SAs come and go. */
export const MARK = { up: "ESP up", gone: (reason) => (reason === "crash" ? "no power" : `deleted: ${reason || "?"}`) };

export const STATES = {
  sent: (node) => `${node} sends it`, heard: (node, at) => `${node} hears it at ${sec(at, 3)}`, lost: (node) => `${node} never hears it`, flying: (node) => `${node} has not heard it yet`,
  none: "No state machine moves.", illegal: "No row for this here: nothing changes.",
  head: ["state", "input", "action", "next state", "source"],
  taken: "taken", becomes: "becomes",
};

export const KEYS_TAB = {
  note: "Lab keys: a simulator can show them, no device does.",
  later: (m) => `No keys yet. Both ends can compute them after ${m.exchange === "aggressive" ? "Aggressive Mode message 2" : "Main Mode message 4"}.`,
  none: "No keys were ever derived for this IKE SA.",
  differ: (a, b) => `${a} and ${b} computed different keys from the same messages: their pre-shared keys differ.`,
  of: (nodes) => (nodes.length > 1 ? `computed by ${nodes.join(" and ")}, the same` : `computed by ${nodes[0]}`),
  bytes: (n) => `${n} bytes`,
  private: (node) => `drawn at random by ${node}, never sent`,
  groups: { made: "Made of", keys: "Keys of the IKE SA", message: "This message", child: "Keys of the ESP SAs" },
  head: ["value", "from"],
  psk: "configuration of both ends", nonce: (n, r) => `nonce in ${n}, of the ${r}`, ke: (n) => `KE in ${n}`, shared: (group) => `own exponent and the other's KE; group ${group}`,
  iv1: "first 16 bytes of hash(g^x | g^y)", ivNext: "last cipher block of the message before", ivOther: "hash(last block of phase 1 | message ID)",
  ivName: "IV", cipherKey: (cipher) => `SKEYID_e, cut or stretched for ${cipher}`,
  child: (protocol, spi, node) => `${protocol.toUpperCase()} 0x${spi.toUpperCase()} to ${node}`,
  keymat: (pfs) => `KEYMAT = prf(SKEYID_d, ${pfs ? "g(qm)^xy | " : ""}protocol | SPI | Ni | Nr), cut in two`,
  enc: "encrypts", auth: "authenticates",
};
