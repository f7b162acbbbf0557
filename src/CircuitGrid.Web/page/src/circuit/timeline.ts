import type { Library } from "../data/library";
import type { Selection } from "../data/selection";
import { besideStep } from "../data/time";
import { count } from "../format";
import { drawToWidth, html, svg } from "../ui/dom";

const thumb = 16;
const barsHeight = 44;
/** A run through training takes about this long, however many checkpoints there are. */
const playMilliseconds = 14_000;
const slowest = 900;

/** The slider through training: a bar a checkpoint as high as its circuit is large, buttons, and the space bar to play. */
export function timeline(library: Library, selection: Selection): HTMLElement {
  const slider = html("input", { type: "range", min: 0, step: 1, "aria-label": "Checkpoint", "data-control": "step" });
  const bars = svg("svg", { class: "bars", height: barsHeight, "aria-hidden": "true" });
  const track = html("div", { class: "track" }, bars, slider);
  const play = html("button", { type: "button", class: "play", "data-control": "play" });
  const back = html("button", { type: "button", "aria-label": "Previous checkpoint", "data-control": "previous" }, "‹");
  const forth = html("button", { type: "button", "aria-label": "Next checkpoint", "data-control": "next" }, "›");
  const label = html("output", { class: "step" });
  let timer: number | undefined;
  let width = 0;
  const line = (): ReturnType<Library["line"]> => library.line(selection.current.model, selection.current.task);
  const position = (): number => line().findIndex(({ step }) => step === selection.current.step);
  const go = (index: number): void => {
    const cell = line()[index];
    if (cell) {
      selection.select({ step: cell.step });
    }
  };
  const stop = (): void => {
    clearInterval(timer);
    timer = undefined;
    play.textContent = "▶";
    play.setAttribute("aria-label", "Play through training");
  };
  const start = (): void => {
    if (position() >= line().length - 1) {
      go(0);
    }
    play.textContent = "❚❚";
    play.setAttribute("aria-label", "Pause");
    timer = window.setInterval(() => (position() < line().length - 1 ? go(position() + 1) : stop()), Math.min(slowest, playMilliseconds / Math.max(1, line().length)));
  };
  const toggle = (): void => (timer === undefined ? start() : stop());
  const drawBars = (): void => {
    const cells = line();
    const top = Math.max(1, ...cells.map(({ edges, status }) => (status === "no-task" ? 0 : (edges ?? 0))));
    const pitch = cells.length > 1 ? (width - thumb) / (cells.length - 1) : 0;
    bars.setAttribute("width", String(width));
    bars.replaceChildren(
      ...cells.map((cell, i) => {
        const height = cell.status === "no-task" ? 2 : Math.max(2, ((cell.edges ?? 0) / top) * (barsHeight - 4));
        return svg("rect", {
          class: `${cell.status} ${i === position() ? "current" : ""}`,
          x: thumb / 2 + i * pitch - Math.min(9, Math.max(1.5, pitch * 0.3)),
          y: barsHeight - height,
          width: Math.min(18, Math.max(3, pitch * 0.6)),
          height,
        });
      }),
    );
  };
  const show = (): void => {
    const cells = line();
    const index = position();
    slider.max = String(Math.max(0, cells.length - 1));
    slider.value = String(Math.max(0, index));
    slider.disabled = cells.length < 2;
    play.disabled = cells.length < 2;
    back.disabled = index <= 0;
    forth.disabled = index >= cells.length - 1;
    const cell = cells[index];
    const words = cell ? `step ${count(cell.step)}` : "no checkpoint";
    slider.setAttribute("aria-valuetext", words);
    label.replaceChildren(words, html("small", {}, cell ? besideStep(library.report, cell.step, cell.tokens) : ""));
    drawBars();
  };
  slider.addEventListener("input", () => {
    stop();
    go(Number(slider.value));
  });
  // The space bar is the slider's to give: browsers leave it unused there.
  slider.addEventListener("keydown", (event) => {
    if (event.key === " ") {
      event.preventDefault();
      toggle();
    }
  });
  play.addEventListener("click", toggle);
  back.addEventListener("click", () => go(position() - 1));
  forth.addEventListener("click", () => go(position() + 1));
  stop();
  selection.watch(show);
  drawToWidth(track, (next) => {
    width = next;
    drawBars();
  });
  return html("div", { class: "timeline" }, play, back, forth, track, label);
}
