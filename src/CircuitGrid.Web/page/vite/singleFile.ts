import { createHash } from "node:crypto";
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Plugin, Rollup } from "vite";

/**
 * Puts the built script and style sheet into the HTML file itself, lets its policy allow exactly these by their hashes, and puts the notices
 * of the libraries they contain into a comment: their licences ask that these go with every copy.
 */
export function singleFile(): Plugin {
  return {
    name: "single-file",
    enforce: "post",
    generateBundle(_, bundle) {
      const page = Object.values(bundle).find((file): file is Rollup.OutputAsset => file.type === "asset" && file.fileName.endsWith(".html"));
      if (!page) {
        this.error("no HTML file in the bundle");
      }
      let text = String(page.source);
      for (const file of Object.values(bundle)) {
        if (file === page) {
          continue;
        }
        const directive = file.type === "chunk" ? "script-src" : "style-src";
        const place = file.type === "chunk" ? /<script type="module"[^>]*\ssrc="[^"]*"[^>]*><\/script>/ : /<link rel="stylesheet"[^>]*>/;
        if (!place.test(text)) {
          this.error(`${file.fileName} has no place in the page`);
        }
        const content = file.type === "chunk" ? file.code.replaceAll("</script", "<\\/script") : String(file.source);
        const closed = `${directive} 'none'`;
        if (!text.includes(closed)) {
          this.error(`${file.fileName}: the page's policy has no ${closed} left to open for it`);
        }
        text = text
          .replace(place, () => (file.type === "chunk" ? `<script type="module">${content}</script>` : `<style>${content}</style>`))
          .replace(closed, () => `${directive} '${hashOf(content)}'`);
        delete bundle[file.fileName];
      }
      page.source = text.replace("</head>", () => `${notices([...this.getModuleIds()])}</head>`);
    },
  };
}

/** What a policy calls an element's text. */
function hashOf(content: string): string {
  return `sha256-${createHash("sha256").update(content).digest("base64")}`;
}

function notices(modules: readonly string[]): string {
  const packages = new Map<string, string>();
  for (const module of modules) {
    // Modules that a plug-in made of another have a null byte before their path.
    const path = module.replaceAll("\\", "/").replaceAll("\0", "");
    const found = /^(.*\/node_modules\/((?:@[^/]+\/)?[^/]+))\//.exec(path);
    if (found) {
      packages.set(found[2]!, found[1]!);
    }
  }
  const byLicence = new Map<string, string[]>();
  for (const [name, folder] of [...packages].sort(([a], [b]) => a.localeCompare(b))) {
    const licence = licenceOf(folder);
    byLicence.set(licence, [...(byLicence.get(licence) ?? []), name]);
  }
  const text = [...byLicence].map(([licence, names]) => `${names.join(", ")}\n\n${licence}`).join("\n\n----\n\n");
  return `<!--\nThis file contains:\n\n${text.replaceAll("--", "- -")}\n-->`;
}

function licenceOf(folder: string): string {
  const file = readdirSync(folder).find((name) => /^licen[cs]e/i.test(name));
  return file && existsSync(join(folder, file)) ? readFileSync(join(folder, file), "utf8").trim() : `see ${dirname(folder)}`;
}
