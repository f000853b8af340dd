export { exampleBlocks } from "./examples.ts";
export { PROTOCOL_PACKAGES } from "./protocol-packages.ts";
export { publishedPackages, readText, ROOT, sourceFiles, workspacePackages } from "./workspace.ts";
export type { Manifest, WorkspacePackage } from "./workspace.ts";
