// The page, large: OpenSeadragon with the next pages loaded beside the one that is shown.

import { pictureUrl } from "./api.js";

const AHEAD = 3;
const BEHIND = 1;

/* global OpenSeadragon */

// OpenSeadragon would add these rules as an inline style, which the page's policy forbids; they
// stand in app.css, and this mark, which is no style of HTML, tells it so.
const mark = document.createElementNS("urn:ecgpage:mark", "style");
mark.setAttribute("data-openseadragon-mobile-css", "true");
document.head.append(mark);

export class PageViewer {
  // `onView` is called after each drawing, so that overlays can follow.
  constructor(element, onView) {
    this.onView = onView;
    this.mask = false;
    this.fitWidth = false;
    this.pages = new Map(); // key -> {item, promise}
    this.shown = null;
    this.waiting = null;
    this.viewer = OpenSeadragon({
      element,
      drawer: "canvas",
      showNavigationControl: false,
      immediateRender: true,
      animationTime: 0.25,
      springStiffness: 12,
      minZoomImageRatio: 0.5,
      maxZoomPixelRatio: 8,
      visibilityRatio: 0.15,
      imageLoaderLimit: 4,
      silenceMultiImageWarnings: true,
      gestureSettingsMouse: { clickToZoom: false, dblClickToZoom: true },
      gestureSettingsTouch: { clickToZoom: false, dblClickToZoom: true, pinchToZoom: true },
    });
    this.viewer.addHandler("canvas-key", (event) => {
      event.preventDefaultAction = true;
    });
    this.viewer.addHandler("update-viewport", () => this.drawn());
    this.viewer.addHandler("resize", () => setTimeout(() => this.fit(), 0));
    this.viewer.canvas.setAttribute("role", "group");
    this.viewer.canvas.setAttribute("aria-label", "Page: + and - zoom, Shift and arrows move");
  }

  // Shows a page; resolves when it has been painted. `order` are the keys around it.
  async show(key, order, at) {
    this.shown = key;
    const wanted = order.slice(Math.max(0, at - BEHIND), at + AHEAD + 1);
    const entry = this.load(key);
    try {
      await entry.promise;
    } finally {
      this.ahead(key, wanted);
    }
    if (this.shown !== key) return false;
    for (const [other, { item }] of this.pages) {
      if (item && other !== key) item.setOpacity(0);
    }
    entry.item.setOpacity(1);
    this.fit(entry.item);
    this.waiting?.resolve(false);
    return new Promise((resolve) => {
      this.waiting = { key, resolve };
      this.viewer.forceRedraw();
    });
  }

  // Loads what comes next once the page itself is there, and lets go of what is far.
  ahead(key, wanted) {
    for (const name of wanted) {
      if (name !== key) this.load(name).promise.catch(() => {}); // told when it is shown
    }
    for (const [name, { item }] of this.pages) {
      if (item && name !== this.shown && !wanted.includes(name)) {
        this.viewer.world.removeItem(item);
        this.pages.delete(name);
      }
    }
  }

  load(key) {
    const known = this.pages.get(key);
    if (known) return known;
    const entry = { item: null, promise: null };
    entry.promise = new Promise((resolve, reject) => {
      this.viewer.addTiledImage({
        tileSource: { type: "image", url: pictureUrl(key, this.mask) },
        x: 0, y: 0, width: 1, opacity: 0, preload: true,
        success: (event) => {
          if (this.pages.get(key) !== entry) { // let go of meanwhile
            this.viewer.world.removeItem(event.item);
            reject(new Error("left"));
            return;
          }
          entry.item = event.item;
          resolve();
        },
        error: () => {
          this.pages.delete(key);
          reject(new Error("the page cannot be shown"));
        },
      });
    });
    this.pages.set(key, entry);
    return entry;
  }

  drawn() {
    this.onView();
    const waiting = this.waiting;
    const item = waiting && this.pages.get(waiting.key)?.item;
    if (!item || !item.getFullyLoaded()) return;
    this.waiting = null;
    // This handler runs within a frame; the next one begins when this one has been painted.
    requestAnimationFrame(() => waiting.resolve(true));
  }

  current() {
    return this.pages.get(this.shown)?.item || null;
  }

  // Pixels (columns, rows) of the page that is shown.
  size() {
    const item = this.current();
    return item ? item.getContentSize() : null;
  }

  fit(item = this.current()) {
    if (!item) return;
    const box = item.getBounds();
    const view = this.viewer.viewport;
    if (this.fitWidth) {
      const high = box.width / view.getAspectRatio();
      view.fitBounds(new OpenSeadragon.Rect(box.x, box.y, box.width, high), true);
    } else {
      view.fitBounds(box, true);
    }
  }

  zoom(factor) {
    this.viewer.viewport.zoomBy(factor);
    this.viewer.viewport.applyConstraints();
  }

  pan(columns, rows) {
    const view = this.viewer.viewport;
    view.panBy(view.deltaPointsFromPixels(new OpenSeadragon.Point(columns, rows)));
    view.applyConstraints();
  }

  setMask(mask) {
    this.mask = mask;
    this.viewer.world.removeAll();
    this.pages.clear();
  }

  filter(inverted, contrast) {
    const parts = [inverted ? "invert(1)" : "", contrast === 100 ? "" : `contrast(${contrast}%)`];
    this.viewer.drawer.canvas.style.filter = parts.join(" ").trim();
  }

  // From a point of the element to (column, row) of the page, and back.
  toPage(point) {
    const item = this.current();
    return item ? item.viewerElementToImageCoordinates(point) : null;
  }

  toElement(column, row) {
    const item = this.current();
    return item ? item.imageToViewerElementCoordinates(new OpenSeadragon.Point(column, row)) : null;
  }
}
