import { fileURLToPath } from "node:url";

import { rolldown } from "rolldown";
import { expect, test } from "vitest";

import { launchChromium } from "./chromium.ts";

test("two identities open a secure channel in Chromium", { timeout: 300_000 }, async () => {
  const bundle = await rolldown({
    input: fileURLToPath(new URL("secure-channel-page.ts", import.meta.url)),
    platform: "browser",
  });
  const { output } = await bundle.generate({ format: "iife" });
  await bundle.close();

  const browser = await launchChromium();
  try {
    const page = await browser.newPage();
    const errors: Error[] = [];
    page.on("pageerror", (error) => errors.push(error));
    await page.addScriptTag({ content: output[0].code });
    const report = await page.evaluate(() => globalThis.openSecureChannel());

    expect(errors).toEqual([]);
    expect(report.backend).toBe("noble");
    expect(report.alice).toMatch(/^I[0-9a-f]{64}$/);
    expect(report.aliceSees).toBe(report.bob);
    expect(report.bobSees).toBe(report.alice);
    expect(report.echoed).toBe(`hello ${report.messages - 1}`);
  } finally {
    await browser.close();
  }
});
