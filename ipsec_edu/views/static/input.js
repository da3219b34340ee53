/* ---- input.js: focus and keys. ---- */

/** A stage with hands. */
export class Input extends Pointer {
  onFocus(e) {
    const target = this.targetOf(e.target);
    if (target) this.chooseTarget(target);
    this.showFocused(target, e.target);
    const lane = e.target.closest?.("[data-lane]");
    if (lane) this.chooseLane(lane.dataset.lane);
  }

  /** A rail under the focus shows the card that it shows under the pointer. */
  showFocused(target, el) {
    const seen = target?.type === "rail" && el.matches(":focus-visible");
    this.outline(seen ? target.sa.id : "");
    if (!seen) return this.card.hide();
    const r = this.root.getBoundingClientRect(), m = this.mapSvg.getBoundingClientRect(), k = m.width / this.map.g.width;
    this.card.show(this.targetCard(target), m.left - r.left + target.x * k, m.top - r.top + target.y * k);
  }

  openRail(target) {
    if (this.panels.has("inspect")) this.panels.show("inspect", { node: target.node }, target.el);
  }

  /** Of many devices the chosen one has a lane. */
  chooseTarget(target) {
    const before = this.map.currentKey;
    this.map.choose(target.key);
    if (!this.model.crowd || before === target.key) return;
    this.layoutAxis();
    this.frame();
    if (this.panels.open === "inspect" && askable(this.model.data).includes(target.node)) this.panels.current.view.show({ node: target.node });
  }

  chooseLane(key) {
    this.axis.currentLane = key;
    for (const row of this.axis.rows) this.axis.lists.nodes.get("list" + row.key)?.element.setAttribute("tabindex", row.key === key ? 0 : -1);
  }

  onKey(e) {
    if (e.ctrlKey || e.metaKey || e.altKey || e.defaultPrevented || this.menu.open) return;
    const from = e.target, key = e.key;
    const chip = from.closest?.("[data-chip]"), target = this.targetOf(from), lane = from.closest?.("[data-lane]"), frame = from.closest?.(".a-frame");
    const span = this.win[1] - this.win[0];
    let used = true;
    if (chip && this.chipKey(e, +chip.dataset.chip, chip)) used = true;
    else if (target && this.mapKey(key, target)) used = true;
    else if (lane && this.laneKey(key, lane.dataset.lane)) used = true;
    else if (frame && (key === "ArrowLeft" || key === "ArrowRight")) {
      const move = Math.max(-this.win[0], Math.min(this.model.until - this.win[1], (key === "ArrowRight" ? 1 : -1) * span / (e.shiftKey ? 2 : 10)));
      this.setWindow([this.win[0] + move, this.win[1] + move]);
    } else if (key === " ") {
      if (from.tagName === "BUTTON" || from.tagName === "SUMMARY") return;
      this.play();
    } else if (key === "," || key === "<") this.jump(-1, e.shiftKey ? this.keepOf(target, lane) : null);
    else if (key === "." || key === ">") this.jump(1, e.shiftKey ? this.keepOf(target, lane) : null);
    else if (key === ";") this.jump(-1, this.keepOf(target, lane));
    else if (key === ":") this.jump(1, this.keepOf(target, lane));
    else if (key === "ArrowLeft" || key === "ArrowRight") this.stepTime((key === "ArrowRight" ? 1 : -1) * span / (e.shiftKey ? 12 : 120));
    else if (key === "Home") this.moveTo(0);
    else if (key === "End") this.moveTo(this.model.last);
    else if (key === "[") this.jumpLoss(-1);
    else if (key === "]") this.jumpLoss(1);
    else if (key === "+" || key === "=") this.zoom(0.5);
    else if (key === "-" || key === "_") this.zoom(2);
    else if (key === "0") this.setWindow([0, this.model.until]);
    else if (key === "b" || key === "B") this.breakMenu(target && target.type !== "rail" ? target : this.firstLink());
    else if (this.panels.ofKey(key)) this.panels.toggle(this.panels.ofKey(key), this.panels.ofKey(key) === "inspect" ? this.deviceOf(target) : undefined, from);
    else if (key.toUpperCase() === COMPARE.key && this.versus.possible) this.versus.toggle();
    else if (key === "/" && this.model.crowd) this.find.focus();
    else if (key === "?") this.keys.toggle(from);
    else if (key === "Escape") this.dismiss(from);
    else used = false;
    if (!used) return;
    e.preventDefault();
    e.stopPropagation();
  }

  dismiss(from) {
    // An empty panel takes no focus: it is left on the button that opened it.
    if (this.panels.open && (this.panels.host.contains(from) || from.dataset?.panel === this.panels.open)) return this.panels.close();
    if (this.errorBox.firstChild) this.showError(null);
    if (this.model) this.frame();
    void from;
  }

  /** The first link with a fault on offer; one that carries a tunnel comes before the others. */
  /** The device that a focused thing of the map belongs to, as the inspector wants it; undefined: no particular one. */
  deviceOf(target) {
    if (!target) return undefined;
    const link = this.model.data.links[target.link];
    return { node: target.node !== undefined ? target.node : link[target.end || "a"].node };
  }

  firstLink() {
    const d = this.model.data, offered = new Set(d.offers.map((o) => o.target));
    const links = this.map.targets.filter((t) => t.type === "link" && (offered.has(d.links[t.link].a.port) || offered.has(d.links[t.link].b.port)));
    const carries = (t) => d.pairs.some((pair) => pair.path.some(([link]) => link === t.link));
    const devices = this.map.targets.filter((t) => t.type === "device" && offered.has(d.nodes[t.node].name));
    const target = links.find(carries) || links[0] || devices[0] || this.map.targets[0];
    if (target) this.map.choose(target.key);
    return target;
  }

  keepOf(target, lane) {
    if (lane) {
      const row = this.axis.rows.find((r) => r.key === lane.dataset.lane);
      const name = row?.lane || row?.key;
      return (e) => e.lane === name && e.side === row?.side;
    }
    if (target && target.type === "device") return (e) => e.node === target.node;
    return null;
  }

  stepTime(delta) {
    this.pause();
    this.t = Math.max(0, Math.min(this.model.last, Math.round(this.t + delta)));
    this.follow();
    this.frame();
    this.announce();
  }

  moveTo(t) {
    this.pause();
    this.t = Math.min(this.model.last, t);
    this.follow();
    this.frame();
    this.announce(true);
  }

  chipKey(e, i, chip) {
    const { key, shiftKey } = e;
    if (key === "Enter") this.chipMenu(i, chip);
    else if (key === "Delete" || key === "Backspace") this.removeFault(i);
    else if (!this.live) return false;
    else if (key === "ArrowLeft" || key === "ArrowRight") {
      const step = shiftKey ? 1e6 : 1e5;
      this.moveFault(i, Math.round((this.model.data.faults[i].at + (key === "ArrowRight" ? step : -step)) / 1e4) * 1e4);
    } else return false;
    return true;
  }

  mapKey(key, target) {
    const direction = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[key];
    if (direction) {
      const next = this.map.neighbour(target.key, ...direction);
      if (next) next.el.focus({ preventScroll: true });
      return true;
    }
    if (key === "Backspace" && this.sketch.drawing) {
      this.sketch.undo();
      return true;
    }
    if (key === "Enter") {
      if (this.sketch.drawing) target.type !== "rail" && this.sketch.add(target);
      else if (target.type === "rail") this.openRail(target);
      else if (this.model.crowd && this.panels.has("inspect")) this.panels.show("inspect", { node: target.node }, target.el);
      else this.breakMenu(target);
      return true;
    }
    return false;
  }

  laneKey(key, name) {
    const rows = this.axis.rows, at = rows.findIndex((r) => r.key === name);
    if (key === "ArrowUp" || key === "ArrowDown") {
      const next = rows[Math.max(0, Math.min(rows.length - 1, at + (key === "ArrowDown" ? 1 : -1)))];
      this.axis.lists.nodes.get("list" + next.key)?.element.focus({ preventScroll: true });
      return true;
    }
    if (key === "ArrowLeft" || key === "ArrowRight") {
      const { lane, key: own, side } = rows[at];
      this.jump(key === "ArrowRight" ? 1 : -1, (e) => e.lane === (lane || own) && e.side === side);
      return true;
    }
    return false;
  }
}
