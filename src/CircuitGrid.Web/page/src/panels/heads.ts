import { headName, headsChart } from "../charts/heads";
import type { Library } from "../data/library";
import { count, measure } from "../format";
import { modelSelector } from "../ui/controls";
import { drawToWidth, html } from "../ui/dom";
import { figure } from "../ui/figure";
import { columnsFor, reportAxis } from "./multiples";
import type { PanelContext } from "./panels";
import { onsetRow } from "./roles";

const gap = 36;

/** Single heads of the selected model in every role. */
export function headsPanel({ library, selection }: PanelContext): HTMLElement {
  const body = html("div", { class: "multiples" });
  let width = 0;
  const draw = (): void => {
    if (width > 0) {
      body.replaceChildren(...charts(library, selection.current.model, width, body));
    }
  };
  drawToWidth(body, (next) => {
    width = next;
    draw();
  });
  selection.watch(draw);
  return figure({
    id: "heads",
    title: "Single heads over training",
    lead: "Every head of one model in each role. Coloured lines have the role at some checkpoint; the dark one is the first of the task’s circuit to have it; the others stay grey. The band is the dark one’s 95% interval.",
    controls: [modelSelector(library, selection)],
    body,
    data: {
      columns: ["role", "model", "head", "first step that has it", "last score", "highest score"],
      rows: () => library.report.roles.flatMap(({ model }) => library.roles.flatMap((role) => rows(library, model, role))),
    },
  });
}

function charts(library: Library, name: string, width: number, body: HTMLElement): HTMLElement[] {
  const model = library.modelRoles(name);
  const heads = library.model(name)?.heads;
  if (!model || !heads) {
    return [html("p", { class: "empty" }, `No head scores of ${name}.`)];
  }
  if (model.scoresLeftOut) {
    return [html("p", { class: "empty" }, `The scores of ${name}’s single heads were left out to keep this file small; circuitgrid export writes them.`)];
  }
  const roles = library.roles.flatMap((role) => library.role(name, role) ?? []);
  const columns = columnsFor(width, Math.min(4, roles.length));
  const axis = reportAxis(library);
  body.style.gridTemplateColumns = `repeat(${columns}, 1fr)`;
  return roles.map((role) => headsChart(library, model, role, heads, axis, onsetRow(library, name, role, "score"), (width - gap * (columns - 1)) / columns));
}

/** The heads that have a role at some checkpoint. */
function rows(library: Library, model: string, name: string): string[][] {
  const roles = library.modelRoles(model)!;
  const role = library.role(model, name);
  const heads = library.model(model)?.heads;
  if (!role || !heads || roles.scoresLeftOut) {
    return [];
  }
  return [...new Set(role.heads.flat())]
    .toSorted((a, b) => a - b)
    .map((head) => {
      const scores = role.scores.map((all) => all[head]);
      return [
        name,
        model,
        headName(head, heads),
        count(roles.steps[role.heads.findIndex((having) => having.includes(head))]),
        measure(scores.at(-1)),
        measure(Math.max(...scores.map((score) => score ?? -Infinity))),
      ];
    });
}
