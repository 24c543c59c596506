// Drawings on the page: T band, traces and waves of a digitised record, the caliper.

const SVG = "http://www.w3.org/2000/svg";

function shape(name, values, words) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(values)) element.setAttribute(key, value);
  if (words !== undefined) element.textContent = words;
  return element;
}

export class Overlays {
  constructor(svg, pageViewer, caliper) {
    this.svg = svg;
    this.view = pageViewer;
    this.caliper = caliper;
    this.known = null;
    this.band = false;
    this.traces = false;
  }

  draw() {
    const parts = [];
    const size = this.view.size();
    if (size) {
      if (this.band && this.known) parts.push(this.bandBox(size));
      if (this.traces && this.known) parts.push(...this.found());
      parts.push(...this.measure());
    }
    this.svg.replaceChildren(...parts);
  }

  at(column, row) {
    const point = this.view.toElement(column, row);
    return [point.x.toFixed(1), point.y.toFixed(1)];
  }

  bandBox(size) {
    const { top, bottom } = this.known.band;
    const [x, y] = this.at(0, top * size.y);
    const [right, low] = this.at(size.x, bottom * size.y);
    return shape("rect", { x, y, width: right - x, height: low - y, class: "band" });
  }

  found() {
    const parts = [];
    for (const trace of this.known.traces) {
      const points = trace.points_px;
      if (points.length > 0) {
        const line = points.map(([row, column]) => this.at(column, row).join(",")).join(" ");
        parts.push(shape("polyline", { points: line, class: "trace" }));
      } else {
        const [top, left, bottom, right] = trace.box_px;
        const [x, y] = this.at(left, top);
        const [x1, y1] = this.at(right, bottom);
        parts.push(shape("rect", { x, y, width: x1 - x, height: y1 - y, class: "trace" }));
      }
      parts.push(...this.waves(trace));
    }
    return parts;
  }

  // Waves of the trace's lead whose times lie on this stretch of it.
  waves(trace) {
    const parts = [];
    const { start_s: start, end_s: end, points_px: points } = trace;
    if (points.length < 2 || start === null || end === null || end <= start) return parts;
    const place = (time) => {
      const share = (time - start) / (end - start);
      return share < 0 || share > 1 ? null : points[Math.round(share * (points.length - 1))];
    };
    for (const wave of this.known.waves.filter((one) => one.lead === trace.lead)) {
      for (const name of ["onset_s", "peak_s", "offset_s"]) {
        const point = wave[name] === null ? null : place(wave[name]);
        if (!point) continue;
        const [x, y] = this.at(point[1], point[0]);
        const up = name === "peak_s" ? 16 : 9;
        parts.push(shape("line", { x1: x, x2: x, y1: y - up, y2: +y + 9, class: "wave" }));
        if (name === "peak_s") {
          parts.push(shape("text", { x, y: y - up - 3, class: "word", "text-anchor": "middle" }, wave.wave));
        }
      }
    }
    return parts;
  }

  measure() {
    const { mode, points, cross } = this.caliper;
    if (!mode) return [];
    const parts = [];
    if (cross) {
      const [x, y] = this.at(cross.x, cross.y).map(Number);
      parts.push(shape("path", { d: `M${x - 14} ${y}h28M${x} ${y - 14}v28`, class: "cross" }));
    }
    const [first, second] = points.map((point) => this.at(point.x, point.y).map(Number));
    if (first) parts.push(shape("circle", { cx: first[0], cy: first[1], r: 4, class: "measure" }));
    if (second) {
      const [x, y] = first;
      const [x1, y1] = second;
      parts.push(shape("path", { d: `M${x} ${y}H${x1}V${y1}`, class: "measure" }));
      parts.push(shape("path", { d: `M${x} ${y - 8}v16M${x1} ${y1}m-8 0h16`, class: "measure" }));
    }
    return parts;
  }
}
