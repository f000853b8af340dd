import { expect, test } from "vitest";

import { EXIT_STATUS } from "./exit-status.ts";
import { manPages } from "./man-page.ts";

const SECTIONS = ["NAME", "SYNOPSIS", "OPTIONS", "EXIT STATUS", "ENVIRONMENT", "EXAMPLES"];

test("each page has the usual sections, in lines that roff takes for what they are", async () => {
  const pages = await manPages();
  expect(pages.map(({ file }) => file)).toEqual(
    expect.arrayContaining(["ockam.1", "ockam-node.1", "ockam-node-create.1", "ockam-status.1"]),
  );
  for (const { file, text } of pages) {
    const sections = Array.from(text.matchAll(/^\.SH (.*)$/gm), ([, title]) => title!);
    expect(sections, file).toEqual(expect.arrayContaining(SECTIONS));
    const requests = Array.from(text.matchAll(/^[.'](\w*)/gm), ([, request]) => request!);
    expect(new Set(["TH", "SH", "SS", "TP", "B", "PP", "RS", "RE", "nf", "fi", ...requests]).size, file).toBe(
      10,
    );
    expect(text, file).toMatch(/^\p{ASCII}*$/u);
    // A hyphen that is not one of a word is a minus: it can be copied.
    expect(text.replace(/^\.TH .*$/m, ""), file).not.toMatch(/[^\\]-/);
  }
});

test("a page tells of its command", async () => {
  const page = (await manPages()).find(({ file }) => file === "ockam-node-create.1")!.text;
  expect(page).toContain(".B ockam node create\n[options] [name]");
  expect(page).toContain(".B \\-t, \\-\\-tcp\\-listener\\-address HOST:PORT");
  expect(page).toContain("ockam node create n1\n");
  for (const [code] of EXIT_STATUS) expect(page).toContain(`.B ${code}\n`);
});
