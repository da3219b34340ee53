/* ---- stored.js: runs that a page without a kernel holds besides the one on the screen. ---- */

/** Run `i` of what `ipsec_edu.views.packing.pack` made. */
export function unpack(packed, i) {
  const run = {};
  for (const key in packed) run[key] = revive(packed[key].values[i], packed[key].items);
  return run;
}

function revive(value, items) {
  if (Array.isArray(value)) return value.map((part) => revive(part, items));
  if (!value || typeof value !== "object") return value;
  if ("$" in value) return revive(items[value.$], items);
  if ("+" in value) {
    let sum = 0;
    return value["+"].map((step) => (sum += step));
  }
  const made = {}, from = "=" in value ? value["="] : value;
  for (const key in from) made[key] = revive(from[key], items);
  return made;
}

const sameFault = (f, g) => f.action === g.action && f.target === g.target && Math.abs(f.at - g.at) < 1000;

/** The runs of a page, by the faults that made them; a run is unpacked when it is asked for. */
export class StoredRuns {
  constructor(packed) {
    this.packed = packed;
    this.lists = packed.faults.values.map((list) => revive(list, packed.faults.items));
  }

  run(i) {
    return unpack(this.packed, i);
  }

  /** The run with exactly these faults: its place, or -1. */
  exactly(faults) {
    return this.lists.findIndex((list) => list.length === faults.length && list.every((f) => faults.some((g) => sameFault(f, g))));
  }

  /** The run to show for a fault that is wished at moment t: it keeps the most of `now`, brings the least
      else, and has the fault nearest to t. Its place, or -1. */
  withFault(action, target, now, t) {
    let best = -1, least = null;
    this.lists.forEach((list, i) => {
      const fault = list.find((f) => f.action === action && f.target === target);
      if (!fault || now.some((f) => sameFault(f, fault))) return;
      const kept = now.filter((f) => list.some((g) => sameFault(f, g))).length;
      const cost = [now.length - kept, list.length - kept, Math.abs(fault.at - t)];
      const differs = least && cost.findIndex((c, k) => c !== least[k]);
      if (!least || (differs >= 0 && cost[differs] < least[differs])) [best, least] = [i, cost];
    });
    return best;
  }
}
