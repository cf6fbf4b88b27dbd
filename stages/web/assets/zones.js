// The editor of a camera's zones and lines: points are moved with the mouse, by touch or with the keyboard.
"use strict";

class ZoneEditor {
  constructor(host) {
    this.host = host;
    this.texts = JSON.parse(host.dataset.texts);
    this.shapes = JSON.parse(host.dataset.zones); // [{name, line, points: [[x, y], ...]}, ...], shares of the frame
    this.size = host.dataset.size.split(" ").map(Number);
    this.svg = document.getElementById("zone-drawing");
    this.list = document.getElementById("zone-list");
    this.svg.setAttribute("viewBox", `0 0 ${this.size[0]} ${this.size[1]}`);
    this.svg.addEventListener("pointerdown", (event) => this.grab(event));
    this.svg.addEventListener("pointermove", (event) => this.drag(event));
    this.svg.addEventListener("pointerup", () => (this.held = null));
    this.svg.addEventListener("keydown", (event) => this.press(event));
    for (const [id, line] of [["add-zone", false], ["add-line", true]]) {
      const button = document.getElementById(id);
      button.addEventListener("click", () => this.add(line));
      button.disabled = false;
    }
    this.fill();
    this.draw();
  }

  // --- changes -------------------------------------------------------------------------------------------------------

  add(line) {
    const stem = line ? "line" : "zone";
    const taken = new Set(this.shapes.map((shape) => shape.name.toLowerCase()));
    let number = 1;
    while (taken.has(`${stem}-${number}`)) number++;
    const points = line ? [[0.3, 0.5], [0.7, 0.5]] : [[0.35, 0.35], [0.65, 0.35], [0.65, 0.65], [0.35, 0.65]];
    this.shapes.push({ name: `${stem}-${number}`, line, points });
    this.fill();
    this.draw(`${this.shapes.length - 1} 0`);
  }

  insert(shape, after) {
    const points = this.shapes[shape].points;
    const [a, b] = [points[after], points[(after + 1) % points.length]];
    points.splice(after + 1, 0, [(a[0] + b[0]) / 2, (a[1] + b[1]) / 2]);
  }

  move(shape, point, x, y) {
    const share = (value) => Math.round(1000 * Math.min(1, Math.max(0, value))) / 1000;
    this.shapes[shape].points[point] = [share(x), share(y)];
  }

  grab(event) {
    const key = event.target.dataset?.point ?? event.target.dataset?.between;
    if (!key) return;
    const [shape, point] = key.split(" ").map(Number);
    if (event.target.dataset.between) this.insert(shape, point);
    this.held = [shape, event.target.dataset.between ? point + 1 : point];
    this.svg.setPointerCapture(event.pointerId);
    event.preventDefault();
    this.draw(this.held.join(" "));
  }

  drag(event) {
    if (!this.held) return;
    const at = new DOMPoint(event.clientX, event.clientY).matrixTransform(this.svg.getScreenCTM().inverse());
    this.move(...this.held, at.x / this.size[0], at.y / this.size[1]);
    this.draw(this.held.join(" "));
  }

  press(event) {
    const key = event.target.dataset?.point;
    if (!key) return;
    const [shape, point] = key.split(" ").map(Number);
    const { line, points } = this.shapes[shape];
    const step = event.shiftKey ? 0.05 : 0.005;
    const ways = { ArrowLeft: [-step, 0], ArrowRight: [step, 0], ArrowUp: [0, -step], ArrowDown: [0, step] };
    let next = point;
    if (ways[event.key]) {
      this.move(shape, point, points[point][0] + ways[event.key][0], points[point][1] + ways[event.key][1]);
    } else if (event.key === "Delete" || event.key === "Backspace") {
      if (points.length <= (line ? 2 : 3)) return;
      points.splice(point, 1);
      next = Math.min(point, points.length - 1);
    } else if (event.key === "Insert" || event.key === "+") {
      if (line && point === points.length - 1) return;
      this.insert(shape, point);
      next = point + 1;
    } else {
      return;
    }
    event.preventDefault();
    this.draw(`${shape} ${next}`);
  }

  // --- what is shown -------------------------------------------------------------------------------------------------

  fill() {
    this.list.replaceChildren(...this.shapes.map((shape, i) => this.row(shape, i)));
  }

  row(shape, i) {
    const row = document.createElement("li");
    const label = document.createElement("label");
    label.textContent = this.texts[shape.line ? "line" : "zone"];
    const name = document.createElement("input");
    Object.assign(name, { value: shape.name, maxLength: 40, required: true, autocomplete: "off" });
    name.pattern = "[A-Za-z0-9_\\-]{1,40}";
    name.addEventListener("input", () => {
      shape.name = name.value;
      this.draw();
    });
    label.append(name);
    row.append(label);
    if (shape.line) row.append(this.button("swap", shape, () => shape.points.reverse()));
    row.append(this.button("remove", shape, () => this.shapes.splice(i, 1)));
    return row;
  }

  button(key, shape, action) {
    const button = document.createElement("button");
    Object.assign(button, { type: "button", className: "button", textContent: this.texts[key] });
    button.setAttribute("aria-label", `${this.texts[key]}: ${shape.name}`);
    button.addEventListener("click", () => {
      action();
      this.fill();
      this.draw();
    });
    return button;
  }

  draw(focused) {
    focused ??= this.svg.contains(document.activeElement) ? document.activeElement.dataset.point : undefined;
    const parts = [];
    this.shapes.forEach((shape, i) => {
      const points = shape.points.map(([x, y]) => [x * this.size[0], y * this.size[1]]);
      parts.push(this.part(shape.line ? "polyline" : "polygon", { points: points.join(" ") }));
      if (shape.line) parts.push(this.arrow(points));
      const text = this.part("text", { x: points[0][0], y: points[0][1] - this.size[1] / 40, "font-size": this.size[1] / 28 });
      text.textContent = shape.name;
      parts.push(text);
      points.forEach((point, j) => {
        const end = shape.line && j === points.length - 1;
        const next = points[(j + 1) % points.length];
        if (!end) parts.push(this.dot([(point[0] + next[0]) / 2, (point[1] + next[1]) / 2], { "data-between": `${i} ${j}` }));
        parts.push(this.handle(shape, point, i, j));
      });
    });
    this.svg.replaceChildren(...parts);
    if (focused) this.svg.querySelector(`[data-point="${focused}"]`)?.focus();
  }

  handle(shape, point, i, j) {
    const place = shape.points[j].map((share) => `${Math.round(1000 * share) / 10} %`).join(", ");
    return this.dot(point, {
      class: "point",
      "data-point": `${i} ${j}`,
      tabindex: 0,
      role: "button",
      "aria-label": `${shape.name}, ${this.texts.point} ${j + 1}: ${place}`,
    });
  }

  dot([x, y], attributes) {
    const r = this.size[1] / (attributes.class ? 55 : 90);
    return this.part("circle", { cx: x, cy: y, r, ...attributes });
  }

  arrow(points) {
    const half = Math.floor((points.length - 1) / 2);
    const [[x0, y0], [x1, y1]] = [points[half], points[half + 1]];
    const long = this.size[1] / 18 / (Math.hypot(x1 - x0, y1 - y0) || 1);
    // towards the right-hand side of someone who follows the line
    const [dx, dy] = [-(y1 - y0) * long, (x1 - x0) * long];
    const [x, y] = [(x0 + x1) / 2, (y0 + y1) / 2];
    const [tx, ty] = [x + dx, y + dy];
    const wing = (side) => `${tx - 0.4 * dx + side * 0.4 * dy} ${ty - 0.4 * dy - side * 0.4 * dx}`;
    return this.part("path", { d: `M${x} ${y}L${tx} ${ty}M${wing(1)}L${tx} ${ty}L${wing(-1)}` });
  }

  part(name, attributes) {
    const part = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (const [key, value] of Object.entries(attributes)) part.setAttribute(key, value);
    return part;
  }
}

// Begin to edit, once per page.
function emobotEditZones() {
  const host = document.getElementById("zone-editor");
  if (host && !host.editor) host.editor = new ZoneEditor(host);
}

// Return what was drawn; null if a name is not valid, which the browser then shows.
function emobotDrawnZones() {
  const wrong = document.querySelector("#zone-list input:invalid");
  if (wrong) {
    wrong.reportValidity();
    return null;
  }
  return document.getElementById("zone-editor").editor.shapes;
}
