import { publishedPackages } from "@ockam/repository";

/** The folders of all that a release publishes: the libraries and the command. */
export const RELEASED_FOLDERS: readonly string[] = [
  ...publishedPackages().map(({ folder }) => folder),
  "apps/ockam",
];
