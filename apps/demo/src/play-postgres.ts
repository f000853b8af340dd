import { isProved, openPortal, runSql } from "./demonstration.ts";
import { LivePicture } from "./live-picture.ts";
import { sayStopping } from "./stopping.ts";
import { describePortal, describeProof, describeRows, TITLE } from "./story.ts";

/** Tells the story of the database and returns the exit code. What it opens is closed whatever happens. */
export async function playPostgres(signal: AbortSignal): Promise<number> {
  await using stack = new AsyncDisposableStack();
  signal.addEventListener("abort", sayStopping);
  console.log(TITLE);
  const portal = await openPortal(stack, (line) => {
    signal.throwIfAborted();
    console.log(`  ${line}`);
  });
  console.log(describePortal(portal));
  console.log(describeRows(await runSql(portal)));
  const proved = isProved(portal);
  console.log(describeProof(portal, proved));
  if (!proved) return 1;

  if (process.stdout.isTTY) {
    // What comes in between would spoil the picture.
    signal.removeEventListener("abort", sayStopping);
    await new LivePicture(portal, process.stdout).show(signal);
    sayStopping();
  }
  return 0;
}
