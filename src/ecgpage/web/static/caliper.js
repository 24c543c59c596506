// Measures on the page: two points give ms and mV once the scale is known; two points on a
// 5 mm square give the scale. Works with mouse, finger and keys.

const SQUARE_MM = 5;
const LEAST_PX = 4;
const MOVED_PX = 4;

export class Caliper {
  constructor(pageViewer, { onChange, onScale, onFault }) {
    this.view = pageViewer;
    this.onChange = onChange;
    this.onScale = onScale;
    this.onFault = onFault;
    this.mode = null; // "measure", "scale" or null
    this.points = []; // (column, row) in pixels of the page
    this.cross = null;
    this.pressed = null;
    const viewer = pageViewer.viewer;
    viewer.addHandler("canvas-press", (event) => this.press(event));
    viewer.addHandler("canvas-drag", (event) => this.drag(event));
    viewer.addHandler("canvas-release", (event) => this.release(event));
    viewer.addHandler("canvas-double-click", (event) => this.hold(event));
  }

  setMode(mode) {
    this.mode = mode;
    this.points = [];
    this.pressed = null;
    const size = this.view.size();
    this.cross = mode && size ? { x: size.x / 2, y: size.y / 2 } : null;
    this.view.viewer.element.classList.toggle("measuring", mode !== null);
    this.onChange();
  }

  hold(event) {
    if (this.mode) event.preventDefaultAction = true;
    return this.mode !== null;
  }

  press(event) {
    if (!this.mode) return;
    this.pressed = event.position;
    this.add(this.view.toPage(event.position));
  }

  drag(event) {
    if (!this.hold(event) || !this.pressed || this.points.length === 0) return;
    if (event.position.distanceTo(this.pressed) < MOVED_PX) return;
    this.points = [this.points[0], this.view.toPage(event.position)];
    this.onChange();
  }

  release(event) {
    if (!this.mode || !this.pressed) return;
    const moved = event.position.distanceTo(this.pressed) >= MOVED_PX;
    this.pressed = null;
    if (moved && this.points.length === 2) this.finish();
  }

  add(point) {
    if (!point) return;
    this.cross = { x: point.x, y: point.y };
    this.points = this.points.length === 1 ? [this.points[0], point] : [point];
    if (this.points.length === 2) this.finish();
    else this.onChange();
  }

  // Arrow keys move the cross, Enter sets a point; true where the key was used.
  key(event) {
    if (!this.mode || !this.cross) return false;
    const step = event.shiftKey ? 10 : 1;
    const moves = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
    if (event.key in moves) {
      const [columns, rows] = moves[event.key];
      this.cross = { x: this.cross.x + columns * step, y: this.cross.y + rows * step };
      this.onChange();
      return true;
    }
    if (event.key === "Enter") {
      this.add({ ...this.cross });
      return true;
    }
    return false;
  }

  finish() {
    if (this.mode === "scale") {
      const across = Math.abs(this.points[1].x - this.points[0].x);
      const down = Math.abs(this.points[1].y - this.points[0].y);
      this.points = [];
      if (Math.min(across, down) < LEAST_PX) {
        this.onFault("Choose two opposite corners of one 5 mm square.");
        return;
      }
      this.onScale({ across: across / SQUARE_MM, down: down / SQUARE_MM });
    }
    this.onChange();
  }
}

// What two points mean: milliseconds, millivolts and beats a minute; null without a scale.
export function measured(points, scale, speed_mm_per_s, gain_mm_per_mv) {
  if (points.length < 2 || !scale) return null;
  const across_mm = Math.abs(points[1].x - points[0].x) / scale.across;
  const up_mm = (points[0].y - points[1].y) / scale.down;
  const ms = (1000 * across_mm) / speed_mm_per_s;
  return { ms, mv: up_mm / gain_mm_per_mv, rate: ms > 0 ? 60000 / ms : null };
}
