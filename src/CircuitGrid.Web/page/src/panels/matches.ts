import { heat, heatLegend } from "../charts/heat";
import type { Library } from "../data/library";
import type { HeadMatch, RolePair } from "../data/role-report";
import { roleTitle } from "../data/roles";
import { count, measure } from "../format";
import { chooser } from "../ui/controls";
import { html } from "../ui/dom";
import { figure } from "../ui/figure";
import { nameOf } from "../ui/name";
import type { PanelContext } from "./panels";

const shownMatches = 16;

interface Matched extends HeadMatch {
  /** Scores of both heads in every role, the first head's before the second's. */
  readonly scores: readonly (readonly [number, number])[];
  readonly strongest: number;
}

/** Heads of two sizes that are for the same things. */
export function matchesPanel({ library }: PanelContext): HTMLElement {
  const pairs = library.report.rolePairs.filter(({ matches }) => matches.length > 0);
  const body = html("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": "Matched heads" });
  const draw = (key: string): void => body.replaceChildren(table(library, pairs.find((pair) => keyOf(pair) === key)!));
  const last = pairs.at(-1);
  if (last) {
    draw(keyOf(last));
  } else {
    body.append(html("p", { class: "empty" }, "Heads are matched between two models that are neighbours in size; there are no two."));
  }
  return figure({
    id: "matches",
    title: "Heads of two sizes that do the same",
    lead: "Every head of the model with fewer heads is given one of the other, none twice, so that their scores in all roles differ least in sum. Of each two squares, the left one is the smaller model’s head and the right one its counterpart.",
    controls: last ? [chooser("Models", "pair", pairs.map((pair) => ({ value: keyOf(pair), label: `${pair.first} and ${pair.second}` })), keyOf(last), draw)] : [],
    legend: heatLegend("Score", "0", "1"),
    body,
    caption: `The ${shownMatches} pairs with the highest scores at the last checkpoint; all are in the numbers. A small distance between heads that score next to nothing in every role says little.`,
    data: {
      columns: ["first model", "second model", "first head", "second head", "distance"],
      rows: () => pairs.flatMap(({ first, second, matches }) => matches.map((match) => [first, second, match.first, match.second, measure(match.distance)])),
    },
  });
}

function keyOf({ first, second }: RolePair): string {
  return JSON.stringify([first, second]);
}

/** A head's score in a role at its model's last checkpoint; 0 where it isn't known. */
function scoreOf(library: Library, model: string, role: string, head: string): number {
  const heads = library.model(model)?.heads ?? 1;
  const [, layer, place] = /^a(\d+)\.h(\d+)$/.exec(head) ?? [];
  return library.role(model, role)?.scores.at(-1)?.[Number(layer) * heads + Number(place)] ?? 0;
}

function table(library: Library, pair: RolePair): HTMLElement {
  const matched: Matched[] = pair.matches.map((match) => {
    const scores = library.roles.map((role) => [scoreOf(library, pair.first, role, match.first), scoreOf(library, pair.second, role, match.second)] as const);
    return { ...match, scores, strongest: Math.max(...scores.flat()) };
  });
  const shown = matched.toSorted((a, b) => b.strongest - a.strongest).slice(0, shownMatches);
  return html(
    "table",
    { class: "numbers matches" },
    html("thead", {}, html("tr", {}, html("th", { scope: "col" }, nameOf(pair.first)), html("th", { scope: "col" }, nameOf(pair.second)), ...library.roles.map((role) => html("th", { scope: "col" }, roleTitle(role))), html("th", { scope: "col" }, "Distance"))),
    html(
      "tbody",
      {},
      ...shown.map(({ first, second, distance, scores }) =>
        html("tr", { "data-first": first, "data-second": second }, html("th", { scope: "row" }, first), html("th", { scope: "row" }, second), ...scores.map(square), html("td", {}, measure(distance))),
      ),
    ),
    shown.length < matched.length ? html("caption", {}, `${count(shown.length)} of ${count(matched.length)} pairs`) : null,
  );
}

function square([first, second]: readonly [number, number]): HTMLElement {
  const words = `${measure(first)} and ${measure(second)}`;
  return html(
    "td",
    { title: words },
    html("span", { class: "square", role: "img", "aria-label": words }, html("span", { style: { background: heat(first) } }), html("span", { style: { background: heat(second) } })),
  );
}
