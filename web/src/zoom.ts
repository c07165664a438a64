// An image that can be zoomed and moved with mouse, touch and keys.
import { imageUrl, thumbnailUrl } from "./api";
import { h, style } from "./dom";

const kMost = 12;

export class ZoomBox {
  readonly image = h("img", { alt: "", draggable: "false" });
  readonly element = h(
    "div.zoom",
    { tabindex: 0, role: "group", "aria-label": "Image; + and − zoom, arrow keys move it" },
    this.image,
  );
  onchange: (scale: number) => void = () => {};
  private scale = 1;
  private x = 0;
  private y = 0;
  private covering: SVGElement | undefined;
  private id = "";
  private detailed = false; // whether the original is shown
  private pointers = new Map<number, { x: number; y: number }>();

  constructor() {
    const box = this.element;
    box.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
    box.addEventListener("dblclick", (event) =>
      this.zoomAt(this.scale > 1 ? 1 / this.scale : 2.5, event.clientX, event.clientY),
    );
    box.addEventListener("pointerdown", (event) => this.press(event));
    box.addEventListener("pointermove", (event) => this.drag(event));
    for (const name of ["pointerup", "pointercancel"] as const) {
      box.addEventListener(name, (event) => this.pointers.delete(event.pointerId));
    }
    box.addEventListener("keydown", (event) => this.key(event));
    this.image.addEventListener("load", () => this.element.classList.remove("loading", "broken"));
    this.image.addEventListener("error", () => this.failed());
  }

  show(id: string, alt: string): void {
    if (this.id !== id) {
      this.id = id;
      this.detailed = false;
      this.element.classList.add("loading");
      this.element.classList.remove("broken");
      this.image.src = thumbnailUrl(id, window.innerWidth * Math.min(window.devicePixelRatio, 2) > 1280 ? 2560 : 1280);
      this.reset();
    }
    this.image.alt = alt;
  }

  /** Lays a drawing of the image's shape over it, and shows the image in grey; undefined removes the drawing. */
  cover(drawing: SVGElement | undefined): void {
    this.covering?.remove();
    this.covering = drawing;
    if (drawing) this.element.append(drawing);
    this.element.classList.toggle("covered", drawing !== undefined);
    this.apply();
  }

  reset(): void {
    this.scale = 1;
    this.x = this.y = 0;
    this.apply();
  }

  /** Zooms by a factor around the centre. */
  zoom(factor: number): void {
    const { left, top, width, height } = this.element.getBoundingClientRect();
    this.zoomAt(factor, left + width / 2, top + height / 2);
  }

  get zoomed(): boolean {
    return this.scale > 1;
  }

  private failed(): void {
    this.element.classList.remove("loading");
    // An original of a format that the browser does not know: the thumbnail is enough.
    if (this.detailed) this.image.src = thumbnailUrl(this.id, 2560);
    else this.element.classList.add("broken");
  }

  private zoomAt(factor: number, clientX: number, clientY: number): void {
    const { left, top, width, height } = this.element.getBoundingClientRect();
    const next = Math.min(kMost, Math.max(1, this.scale * factor));
    const px = clientX - left - width / 2;
    const py = clientY - top - height / 2;
    const change = next / this.scale;
    this.x = px - (px - this.x) * change;
    this.y = py - (py - this.y) * change;
    this.scale = next;
    this.apply();
    if (next > 1.5 && !this.detailed) this.showOriginal();
  }

  /** Replaces the thumbnail when the original has been decoded, so that nothing flickers. */
  private showOriginal(): void {
    this.detailed = true;
    const { id } = this;
    const original = new Image();
    original.src = imageUrl(id);
    original.decode().then(
      () => id === this.id && (this.image.src = original.src),
      () => undefined,
    );
  }

  private apply(): void {
    const { width, height } = this.element.getBoundingClientRect();
    const room = { x: (width * (this.scale - 1)) / 2, y: (height * (this.scale - 1)) / 2 };
    this.x = Math.min(room.x, Math.max(-room.x, this.x));
    this.y = Math.min(room.y, Math.max(-room.y, this.y));
    const transform = `translate(${this.x}px, ${this.y}px) scale(${this.scale})`;
    style(this.image, { transform });
    if (this.covering) style(this.covering, { transform });
    this.element.classList.toggle("zoomed", this.scale > 1);
    this.onchange(this.scale);
  }

  private wheel(event: WheelEvent): void {
    event.preventDefault();
    const pixels = event.deltaMode === 0 ? event.deltaY : event.deltaY * 30;
    this.zoomAt(Math.exp(-pixels / 400), event.clientX, event.clientY);
  }

  private press(event: PointerEvent): void {
    this.pointers.set(event.pointerId, { x: event.clientX, y: event.clientY });
    this.element.setPointerCapture(event.pointerId);
  }

  private drag(event: PointerEvent): void {
    const before = this.pointers.get(event.pointerId);
    if (!before) return;
    const other = [...this.pointers].find(([id]) => id !== event.pointerId)?.[1];
    const now = { x: event.clientX, y: event.clientY };
    if (other) {
      const distance = (point: { x: number; y: number }) => Math.hypot(point.x - other.x, point.y - other.y);
      this.zoomAt(distance(now) / Math.max(1, distance(before)), (now.x + other.x) / 2, (now.y + other.y) / 2);
    } else {
      this.move(now.x - before.x, now.y - before.y);
    }
    this.pointers.set(event.pointerId, now);
  }

  private move(dx: number, dy: number): void {
    this.x += dx;
    this.y += dy;
    this.apply();
  }

  private key(event: KeyboardEvent): void {
    if (!this.zoomed || event.ctrlKey || event.altKey || event.metaKey) return;
    const moves: Record<string, [number, number]> = {
      ArrowLeft: [80, 0],
      ArrowRight: [-80, 0],
      ArrowUp: [0, 80],
      ArrowDown: [0, -80],
    };
    const move = moves[event.key];
    if (!move) return;
    this.move(...move);
    event.preventDefault();
    event.stopPropagation();
  }
}
