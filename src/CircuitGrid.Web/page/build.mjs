// Builds the page into one HTML file: node build.mjs OUTPUT
// Plain JavaScript without packages, because it runs before any is installed. Several builds may start at once: one at a time
// works on node_modules, and the output appears whole or not at all.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { fileURLToPath } from "node:url";

const page = dirname(fileURLToPath(import.meta.url));
const output = resolve(process.argv[2] ?? "obj/page.html");
const lock = join(dirname(output), "page.lock");
const longestWait = 300_000;

function fail(message) {
  console.error(`page: ${message}`);
  process.exit(1);
}

function checkNode() {
  const [major, minor] = process.versions.node.split(".").map(Number);
  const works = (major === 20 && minor >= 19) || (major === 22 && minor >= 12) || major > 22;
  if (!works) {
    fail(`Node.js ${process.versions.node} can't build it: install 20.19, 22.12 or a newer one.`);
  }
}

/** Runs npm quietly; what it said is shown when it fails. */
function npm(...options) {
  // On Windows npm is a command script, which only a shell can start.
  const result = spawnSync("npm", options, { cwd: page, encoding: "utf8", shell: process.platform === "win32" });
  if (result.error) {
    throw new Error(`npm can't be started: ${result.error.message}. It comes with Node.js.`);
  }
  if (result.status !== 0) {
    throw new Error(`npm ${options.join(" ")} failed.\n${result.stdout}${result.stderr}`);
  }
}

function isRunning(id) {
  try {
    process.kill(id, 0);
    return true;
  } catch (error) {
    return error.code === "EPERM";
  }
}

/** Waits until no other build holds the lock; one left behind by a build that was killed is taken over. */
async function takeLock() {
  const start = Date.now();
  for (;;) {
    try {
      writeFileSync(lock, String(process.pid), { flag: "wx" });
      return;
    } catch (error) {
      if (error.code !== "EEXIST") {
        throw error;
      }
    }
    const holder = Number(readLock());
    if (holder > 0 && !isRunning(holder)) {
      rmSync(lock, { force: true });
    } else if (Date.now() - start > longestWait) {
      throw new Error(`another build holds ${lock} for too long; if none is running, delete that file.`);
    } else {
      await wait(200);
    }
  }
}

function readLock() {
  try {
    return readFileSync(lock, "utf8");
  } catch {
    return "";
  }
}

/** Installs the packages that package-lock.json names, unless exactly these are there. */
function install() {
  const wanted = createHash("sha256").update(readFileSync(join(page, "package-lock.json"))).digest("hex");
  const mark = join(page, "node_modules", ".installed");
  try {
    if (readFileSync(mark, "utf8") === wanted) {
      return;
    }
  } catch {
    // Nothing installed yet.
  }
  npm("ci", "--no-audit", "--no-fund", "--prefer-offline");
  writeFileSync(mark, wanted);
}

function build() {
  const folder = mkdtempSync(join(dirname(output), "page-"));
  try {
    npm("run", "build", "--", "--outDir", folder, "--emptyOutDir", "--logLevel", "warn");
    renameSync(join(folder, "index.html"), output);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

checkNode();
mkdirSync(dirname(output), { recursive: true });
try {
  await takeLock();
  try {
    install();
    build();
  } finally {
    rmSync(lock, { force: true });
  }
} catch (error) {
  fail(error.message);
}
