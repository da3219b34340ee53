/* ---- text_crowd.js: what the stage says of a lab with more devices than a map can show. ---- */

export const CROWD_WORDS = {
  devices: (n) => `Devices: ${n}`,
  find: "find: name or address  /",
  findLabel: "Find a device by name or address",
  none: "no such device",
  found: (at, of, name) => (of > 1 ? `${name}, ${at} of ${of}` : name),
  hint: "arrow keys walk the devices; Enter opens the inspector; B breaks; / finds by name or address",
  members: { hub: "spokes", none: "gateways" },
  states: { off: "no power", up: "up", stale: "stale", negotiating: "negotiating", lost: "no SA any more", none: "no SA", plain: "" },
  /** Counts under the grid: [state, words], the worst first; what is nowhere is not said. */
  counts: (c, total, who) => [
    ["off", c.off && `${c.off} without power`],
    ["stale", c.stale && `${c.stale} of ${total} ${who} still believe`],
    ["negotiating", c.negotiating && `${c.negotiating} negotiating`],
    ["lost", c.lost && `${c.lost} lost their SAs`],
    ["none", c.none && `${c.none} have no SA`],
    ["up", c.up && `${c.up} of ${total} ${who} up`],
  ].filter(([, words]) => words),
  lane: (total, who) => `${who}, of ${total}`,
  lost: "pings lost per s",
  messages: "IKE messages per s",
  chosen: (name) => `${name} (chosen)`,
  most: (n, of) => (of ? `${n} of ${of}` : `${n}`),
  cell: (label, address, words) => [label, address, words].filter(Boolean).join(", "),
  since: (words, at) => `${words} since ${sec(at)}`,
  atTime: (c, total, who) => CROWD_WORDS.counts(c, total, who).map(([, words]) => words).join(", "),
};

/** One sentence for many: [bold fact, reason]. */
export function crowdSentence(c, total, who, hubs, broken) {
  const dark = hubs.find((h) => h.state === "off");
  if (dark) return [`${dark.name} has no power.`, c.stale ? `Each of ${total} ${who} finds out by its own dead-peer detection; ${c.stale} still believe.` : `${c.negotiating ? `${c.negotiating} ${who} call in vain` : `None of ${total} ${who} has an SA`}.`];
  if (c.stale) return [`${c.stale} of ${total} ${who} believe in vain.`, broken ? `${brokenWords(broken)}; they go on encrypting.` : "Nothing of what they send is understood."];
  if (c.negotiating) return [`${c.negotiating} of ${total} ${who} negotiate.`, `${c.up} are up.`];
  if (c.up === total) return [`All ${total} ${who} are up.`, "Two ESP SAs at each, one per direction."];
  if (c.up) return [`${c.up} of ${total} ${who} are up.`, `${c.lost + c.none} have no SA${c.off ? `, ${c.off} no power` : ""}.`];
  return ["No SA.", c.lost ? `All ${total} ${who} lost theirs; the next packet will ask for one.` : "The first packet of each will ask for one."];
}
