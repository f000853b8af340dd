import { expect, test } from "vitest";

import { differencesPage } from "./differences-page.ts";

test("docs/differences.md is what rows and list say; run vitest -u when they change", async () => {
  await expect(differencesPage()).toMatchFileSnapshot("../../../docs/differences.md");
});
