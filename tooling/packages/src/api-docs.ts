import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { publishedPackages, ROOT } from "@ockam/repository";
import { Application, Logger, LogLevel } from "typedoc";
import type { TypeDocOptions } from "typedoc";
import type { PluginOptions } from "typedoc-plugin-markdown";

/** Where the pages are, unless somewhere else is asked for. */
export const API_FOLDER: string = join(ROOT, "docs/api");

/** An entry of a package: what users import, and the source of it. */
interface Entry {
  readonly name: string;
  /** Below `packages/`. */
  readonly source: string;
}

const ENTRIES: readonly Entry[] = publishedPackages().flatMap(({ folder, manifest }) =>
  Object.entries(manifest.exports ?? {})
    .filter(([, target]) => target.endsWith(".ts"))
    .map(([entry, target]) => ({
      name: manifest.name + entry.slice(1),
      source: join(folder, target).replace("packages/", ""),
    })),
);

const OPTIONS: TypeDocOptions & PluginOptions = {
  entryPoints: ENTRIES.map(({ source }) => join(ROOT, "packages", source)),
  tsconfig: join(ROOT, "tsconfig.json"),
  plugin: [fileURLToPath(import.meta.resolve("typedoc-plugin-markdown"))],
  name: "API",
  readme: "none",
  entryFileName: "index",
  // One page an entry, to be read from its top to its bottom.
  outputFileStrategy: "modules",
  hideBreadcrumbs: true,
  hidePageHeader: true,
  parametersFormat: "table",
  propertiesFormat: "table",
  disableSources: true,
  cleanOutputDir: false,
  // Types are checked by the compiler of the workspace, which is newer.
  skipErrorChecking: true,
  packagesRequiringDocumentation: publishedPackages().map(({ manifest }) => manifest.name),
  requiredToBeDocumented: ["Class", "Enum", "Function", "Interface", "TypeAlias", "Variable"],
  // What a docstring links to may be the business of the package alone.
  validation: { notDocumented: true, invalidLink: false, notExported: false },
  logLevel: LogLevel.Warn,
};

/**
 * Writes a page for each entry of each package, made of the docstrings.
 * @returns what TypeDoc warns of: exports without a docstring, links that lead nowhere
 */
export async function writeApiDocs(folder: string): Promise<readonly string[]> {
  const options = { ...OPTIONS, outputs: [{ name: "markdown", path: folder }] };
  const app = await Application.bootstrapWithPlugins(options);
  const messages = new KeptMessages();
  app.logger = messages;
  const project = await app.convert();
  if (project === undefined) throw new Error(`TypeDoc understood nothing: ${messages.warnings.join("\n")}`);
  for (const module of project.children ?? []) {
    const entry = ENTRIES.find(({ source }) => source.replace(/(\/index)?\.ts$/, "") === module.name);
    if (entry !== undefined) module.name = entry.name;
  }
  app.validate(project);
  await app.generateOutputs(project);
  return messages.warnings;
}

// What has a docstring may have members whose names say it all.
const MEMBER = /^@ockam\/[\w-]+\.\w+\.\S+ .* does not have any documentation/;

class KeptMessages extends Logger {
  readonly warnings: string[] = [];

  override log(message: string, level: LogLevel): void {
    if (level >= LogLevel.Warn && !MEMBER.test(message)) this.warnings.push(message);
  }
}
