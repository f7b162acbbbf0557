import * as Plot from "@observablehq/plot";

/** A plot without the style element that the library puts into each: the page's policy allows its own alone, which has these rules (`.plot`). */
export function drawPlot(options: Plot.PlotOptions): ReturnType<typeof Plot.plot> {
  const drawn = Plot.plot({ ...options, className: "plot" });
  drawn.querySelectorAll("style").forEach((element) => element.remove());
  return drawn;
}
