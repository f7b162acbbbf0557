/** Style properties by their names in CSS. */
export type Style = Readonly<Record<string, string>>;

type AttributeValue = string | number | boolean | null | undefined | Style | ((event: never) => void);
type Child = Node | string | number | null | undefined | false;
export type Attributes = Readonly<Record<string, AttributeValue>>;

const svgNamespace = "http://www.w3.org/2000/svg";

function fill<E extends HTMLElement | SVGElement>(element: E, attributes: Attributes, children: readonly Child[]): E {
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") {
      element.addEventListener(name.slice(2), value as EventListener);
    } else if (typeof value === "object" && value !== null) {
      // The page's policy forbids style attributes; properties that a script sets are none.
      Object.entries(value).forEach(([property, to]) => element.style.setProperty(property, to));
    } else if (value !== null && value !== undefined && value !== false) {
      element.setAttribute(name, value === true ? "" : String(value));
    }
  }
  element.append(...children.filter((child) => child !== null && child !== undefined && child !== false).map((child) => (typeof child === "number" ? String(child) : child)));
  return element;
}

/** An HTML element; an attribute `onclick: f` listens, `style: { width: "1em" }` sets properties, a null or false one is left out. */
export function html<K extends keyof HTMLElementTagNameMap>(tag: K, attributes: Attributes = {}, ...children: Child[]): HTMLElementTagNameMap[K] {
  return fill(document.createElement(tag), attributes, children);
}

/** An SVG element, likewise. */
export function svg<K extends keyof SVGElementTagNameMap>(tag: K, attributes: Attributes = {}, ...children: Child[]): SVGElementTagNameMap[K] {
  return fill(document.createElementNS(svgNamespace, tag), attributes, children);
}

/** Draws now that the element's width is known, and again whenever it changes. */
export function drawToWidth(element: HTMLElement, draw: (width: number) => void): void {
  let drawn = 0;
  let frame = 0;
  const observer = new ResizeObserver((entries) => {
    const width = Math.floor(entries.at(-1)!.contentRect.width);
    if (width === 0 || width === drawn) {
      return;
    }
    // Drawing inside the notification would change sizes that are still being reported.
    cancelAnimationFrame(frame);
    frame = requestAnimationFrame(() => {
      drawn = width;
      draw(width);
    });
  });
  observer.observe(element);
}
