/* ---- glyphs.js: the marks, and a way to keep their nodes instead of rebuilding them. ---- */

const SVG = "http://www.w3.org/2000/svg";

/** A group whose children are kept by key: `put` what is there in this frame, `end` hides the rest. */
export class Layer {
  constructor(parent, name) {
    this.root = document.createElementNS(SVG, "g");
    if (name) this.root.setAttribute("class", name);
    parent.appendChild(this.root);
    this.nodes = new Map();
    this.frame = 0;
  }

  begin() {
    this.frame++;
  }

  put(key, tag, attributes, text) {
    let entry = this.nodes.get(key);
    if (!entry) {
      const element = document.createElementNS(SVG, tag);
      this.root.appendChild(element);
      entry = { element, seen: {}, text: undefined, frame: 0, hidden: false };
      this.nodes.set(key, entry);
    }
    const { element, seen } = entry;
    for (const name in attributes) {
      const value = attributes[name];
      if (seen[name] === value) continue;
      seen[name] = value;
      if (value === null || value === undefined) element.removeAttribute(name);
      else element.setAttribute(name, value);
    }
    for (const name in seen) {
      if (name in attributes || seen[name] === null) continue;
      seen[name] = null;
      element.removeAttribute(name);
    }
    if (text !== undefined && entry.text !== text) {
      entry.text = text;
      if (typeof text === "string" && text.includes("\u0001")) element.innerHTML = text.slice(1);
      else element.textContent = text;
    }
    if (entry.hidden) {
      entry.hidden = false;
      element.style.display = "";
    }
    entry.frame = this.frame;
    return element;
  }

  end() {
    for (const [key, entry] of this.nodes) {
      if (entry.frame === this.frame || entry.hidden) continue;
      if (this.nodes.size > 400) {
        entry.element.remove();
        this.nodes.delete(key);
        continue;
      }
      entry.hidden = true;
      entry.element.style.display = "none";
    }
  }

  drop(key) {
    this.nodes.get(key)?.element.remove();
    this.nodes.delete(key);
  }
}

export const paint = (name) => `var(--${name})`;
const style = (fill, stroke) => `fill:${fill ? paint(fill) : "none"};stroke:${stroke ? paint(stroke) : "none"}`;

/** Inner SVG of a device, 40 px, centred on 0,0. */
export const DEVICE = {
  router: (c) => `<circle r="20" style="${style("bg", c)}" stroke-width="1.75"/><g style="${style("", c)}" stroke-width="1.6" stroke-linecap="round" stroke-linejoin="round"><path d="M-12-4.5h9M-6-7.5l3 3-3 3"/><path d="M12 4.5H3M6 1.5l-3 3 3 3"/><path d="M4.5-3v-9M1.5-9l3-3 3 3"/><path d="M-4.5 3v9M-7.5 9l3 3 3-3"/></g>`,
  firewall: (c) => `<rect x="-19" y="-19" width="38" height="38" rx="3" style="${style("bg", c)}" stroke-width="1.75"/><path style="${style("", c)}" stroke-width="1.2" d="M-19-6.5h38M-19 6.5h38M-6-19v12.5M9-19v12.5M-12-6.5V6.5M2-6.5V6.5M-6 6.5V19M9 6.5V19"/>`,
  host: (c) => `<rect x="-18" y="-15" width="36" height="24" rx="2" style="${style("bg", c)}" stroke-width="1.75"/><path d="M-8 17h16M0 9v8" style="${style("", c)}" stroke-width="1.75"/>`,
  switch: (c) => `<rect x="-20" y="-11" width="40" height="22" rx="3" style="${style("bg", c)}" stroke-width="1.75"/><g style="${style("", c)}" stroke-width="1.5" stroke-linecap="round" stroke-linejoin="round"><path d="M-12-3.5h22M7-6.5l3 3-3 3"/><path d="M12 3.5h-22M-7 .5l-3 3 3 3"/></g>`,
  box: (c) => `<rect x="-19" y="-15" width="38" height="30" rx="3" style="${style("bg", c)}" stroke-width="1.75"/>`,
};
DEVICE.bridge = DEVICE.switch;

/** Small pictures of faults for the menus, 26 by 20. */
export const FAULT_ICON = {
  down: "M0 10h9M17 10h9M9 5v10M17 7h-3M17 13h-3M17 5v10", cut: "M0 10h7M19 10h7M9 15l3-10M14 15l3-10",
  out: "M0 7h8M18 7h8M10 11l2-8M14 11l2-8M3 15h19M6 12l-3 3 3 3", shut: "M8 10h18M4 7l5 6M9 7l-5 6",
  loss: "M0 10h4M7 10h4M18 10h2M23 10h3M13 8l3 4M16 8l-3 4", crash: "M6 3h14v14H6zM9 6l8 8M17 6l-8 8",
  clear: "M2 6h4M9 6h4M16 6h4M2 14h4M9 14h4M16 14h4M22 4v12", whole: "M0 10h26",
};

export const crossPath = (x, y, r) => `M${x - r} ${y - r}l${2 * r} ${2 * r}M${x + r} ${y - r}l${-2 * r} ${2 * r}`;

/** A cross with a halo. */
export function putCross(layer, key, x, y, r = 6, width = 2.6, lost = null) {
  layer.put(key + "h", "path", { d: crossPath(x, y, r), class: "m-halo", "stroke-width": width + 3.5, "data-lost": lost });
  layer.put(key, "path", { d: crossPath(x, y, r), class: "m-cross", "stroke-width": width, "data-lost": lost });
}

/** Text with an optional halo in the colour behind it. */
export function putText(layer, key, at, line, halo) {
  layer.put(key, "text", {
    x: Math.round(at.x * 10) / 10, y: Math.round((at.y + (line.dy || 0)) * 10) / 10, "text-anchor": at.anchor === "start" ? null : at.anchor || null,
    class: (line.mono ? "mono" : "") + (halo ? " halo-" + halo : "") || null,
    style: `font-size:${line.size}px;${line.weight && line.weight !== 400 ? `font-weight:${line.weight};` : ""}${line.tone && line.tone !== "ink" ? `fill:${paint(line.tone)}` : ""}`,
  }, line.text);
}

/** The tag of an IKE message: points where it goes, reads upright. */
export function putTag(layer, key, p, u, name, message = null) {
  const w = Math.max(30, textWidth(name, 11, 700, layer.family) + 12), h = 10;
  const flip = u.x < -0.001 ? -1 : 1;
  const angle = Math.atan2(u.y * flip, u.x * flip) * 180 / Math.PI;
  const at = `translate(${Math.round(p.x * 10) / 10} ${Math.round(p.y * 10) / 10}) rotate(${Math.round(angle * 10) / 10})`;
  layer.put(key + "b", "path", { transform: at, class: "m-tag", "data-message": message, d: `M${-flip * (w / 2 + 2)} ${-h}h${flip * w}l${flip * 8} ${h}l${-flip * 8} ${h}h${-flip * w}z` });
  layer.put(key + "t", "text", { transform: at, y: 4, "text-anchor": "middle", class: "m-tagtext" }, name);
}

export function putEsp(layer, key, p) {
  const at = `translate(${Math.round(p.x * 10) / 10} ${Math.round(p.y * 10) / 10})`;
  layer.put(key + "b", "rect", { transform: at, x: -10, y: -10, width: 20, height: 20, rx: 3.5, class: "m-esp" });
  layer.put(key + "r", "circle", { transform: at, r: 4.8, class: "m-espring" });
}

export function putClear(layer, key, p) {
  layer.put(key, "circle", { cx: Math.round(p.x * 10) / 10, cy: Math.round(p.y * 10) / 10, r: 5.5, class: "m-clear" });
}
