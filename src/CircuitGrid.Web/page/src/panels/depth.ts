import * as Plot from "@observablehq/plot";
import { legend, modelGlyph } from "../charts/legend";
import type { Library } from "../data/library";
import type { Role } from "../data/role-report";
import { roleTitle } from "../data/roles";
import { count, measure, percent, shortName } from "../format";
import { drawToWidth, html } from "../ui/dom";
import { figure } from "../ui/figure";
import { drawPlot } from "../ui/plot";
import { hideTooltip, showTooltip, tooltipTable } from "../ui/tooltip";
import { columnsFor } from "./multiples";
import type { PanelContext } from "./panels";

const gap = 36;

interface Layer {
  readonly depth: number;
  readonly share: number;
  readonly low?: number;
  readonly high?: number;
}

/** At which depth each role sits, and how far apart sizes are in that. */
export function depthPanel({ library }: PanelContext): HTMLElement {
  const body = html("div", { class: "multiples" });
  drawToWidth(body, (width) => {
    const columns = columnsFor(width, Math.min(4, library.roles.length));
    body.style.gridTemplateColumns = `repeat(${columns}, 1fr)`;
    body.replaceChildren(...library.roles.map((role) => chart(library, role, (width - gap * (columns - 1)) / columns)));
  });
  return figure({
    id: "depth",
    title: "Where in the network each role sits",
    lead: "Every layer’s share of a role’s scores at the last checkpoint, over depth: 0 is the first layer and 1 the last, so that models of different size can be laid over each other.",
    legend: legend(library, library.report.roles.some(({ roles }) => roles.some(({ profileInterval }) => profileInterval?.length)) ? [{ kind: "band", meaning: "95% interval" }] : []),
    body,
    caption:
      "Below each panel, the distances between sizes: the area between two models’ cumulative profiles, from 0 to 1, or how far, as a share of the whole depth, one’s scores have to be moved on average to become the other’s. A profile of scores that are all next to nothing says little. Bands are over what the scores were measured on.",
    data: {
      columns: ["role", "model", "layer", "depth", "share of the scores [95% interval]", "mean depth", "distances to other models"],
      rows: () =>
        library.roles.flatMap((role) =>
          library.models.flatMap(({ name }) => {
            const found = library.role(name, role);
            return found ? layers(found).map((entry, layer) => [role, name, String(layer), measure(entry.depth), shareOf(entry), measure(found.meanDepth), distances(library, role, name).join(", ")]) : [];
          }),
        ),
    },
  });
}

function layers({ profile, profileInterval }: Role): Layer[] {
  return profile.map((share, layer) => ({ depth: profile.length === 1 ? 0 : layer / (profile.length - 1), share, ...profileInterval?.[layer] }));
}

function shareOf({ share, low, high }: Layer): string {
  return low === undefined || high === undefined ? percent(share) : `${percent(share)} [${percent(low)}, ${percent(high)}]`;
}

/** "nano-2l–nano-3l 0.08" */
function distances(library: Library, role: string, only?: string): string[] {
  return library.report.rolePairs.flatMap(({ first, second, distances: all }) => {
    const distance = all.find((entry) => entry.role === role)?.distance;
    return typeof distance === "number" && (only === undefined || only === first || only === second) ? [`${shortName(first)} to ${shortName(second)}: ${measure(distance)}`] : [];
  });
}

const shownDistances = 6;

function chart(library: Library, name: string, width: number): HTMLElement {
  const found = library.models.flatMap(({ name: model }) => {
    const role = library.role(model, name);
    return role && role.profile.some((share) => share > 0) ? [{ model, role }] : [];
  });
  const plot = drawPlot({
    width,
    height: 170,
    marginTop: 10,
    marginRight: 14,
    marginBottom: 26,
    marginLeft: 40,
    style: { background: "none", overflow: "visible" },
    x: { domain: [0, 1], label: null },
    y: { domain: [0, 1], label: null },
    marks: [
      Plot.gridY({ stroke: "var(--rule)", strokeOpacity: 1, ticks: 4 }),
      Plot.axisY({ ticks: 4, tickSize: 0, tickFormat: (value: number) => percent(value), fill: "var(--muted)" }),
      Plot.axisX([0, 0.5, 1], { tickSize: 4, stroke: "var(--faint)", fill: "var(--muted)" }),
      Plot.ruleY([0], { stroke: "var(--faint)" }),
      ...(found.length > 0 ? [] : [Plot.text(["no head scores in it"], { frameAnchor: "middle", fill: "var(--muted)" })]),
      ...found.flatMap(({ model, role }) => {
        const { color, dash, symbol } = library.look(model);
        const points = layers(role);
        return [
          Plot.areaY(
            points.filter(({ low }) => low !== undefined),
            { x: "depth", y1: "low", y2: "high", fill: color, fillOpacity: 0.14, className: "profile-band" },
          ),
          Plot.line(points, { x: "depth", y: "share", stroke: color, strokeWidth: 1.75, ...(dash ? { strokeDasharray: dash } : {}) }),
          Plot.dot(points, { x: "depth", y: "share", fill: color, symbol, r: 3.4, className: `profile profile-${library.models.findIndex((entry) => entry.name === model)}` }),
        ];
      }),
    ],
  });
  plot.setAttribute("role", "img");
  plot.setAttribute("aria-label", `${roleTitle(name)}: mean depth ${found.map(({ model, role }) => `${model} ${measure(role.meanDepth)}`).join(", ")}`);
  plot.addEventListener("pointermove", (event) => {
    const { clientX, clientY } = event as PointerEvent;
    showTooltip(tooltipTable("Mean depth", found.map(({ model, role }) => [html("span", {}, modelGlyph(library, model), model), measure(role.meanDepth)])), clientX, clientY);
  });
  plot.addEventListener("pointerleave", hideTooltip);
  const apart = distances(library, name);
  return html(
    "div",
    { class: "chart", "data-role": name },
    html("h3", {}, roleTitle(name)),
    plot,
    html("p", { class: "axis" }, "depth"),
    html("ul", { class: "distances" }, ...apart.slice(0, shownDistances).map((line) => html("li", {}, line)), apart.length > shownDistances ? html("li", {}, `and ${count(apart.length - shownDistances)} more`) : null),
  );
}
