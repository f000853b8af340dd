import { execFile } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";

import type { OckamHome } from "../ockam-home.ts";
import { installTmux } from "./install-tmux.ts";

const run = promisify(execFile);

/** What the shell asks with: the exit code of the last command in it. A loop that Ctrl-C ends would print nothing behind it. */
const PROMPT = "shell[$?]>";
const ASKS = /^shell\[(\d+)\]>$/;
const ASKS_AGAIN = /\n[^]*shell\[(\d+)\]>$/;
/** How often is looked at the screen, ms. */
const POLL = 40;
/** How long something may take to appear, ms. */
const PATIENCE = 30_000;

/** Settings of a {@link TerminalSession}. */
export interface TerminalSettings {
  readonly columns?: number;
  readonly rows?: number;
  /** Variables for the commands. */
  readonly env?: Readonly<Record<string, string>>;
}

/**
 * A shell in a pseudo-terminal of tmux, whose `ockam` is this project's, with a home of its own. A test types, waits for
 * what appears, and compares screens as text.
 */
export class TerminalSession implements AsyncDisposable {
  readonly #socket: string;

  private constructor(socket: string) {
    this.#socket = socket;
  }

  /** Starts a shell; installs tmux first when it is missing. */
  static async start(home: OckamHome, settings: TerminalSettings = {}): Promise<TerminalSession> {
    await installTmux();
    const session = new TerminalSession(join(home.path, "tmux"));
    const programs = join(home.path, "terminal");
    mkdirSync(programs, { recursive: true });
    // The home is that of the commands alone: who looks for processes with it finds neither the shell nor tmux.
    const [program, ...first] = home.command;
    const words = [`OCKAM_HOME=${home.path}`, ...variables(settings.env), program, ...first].map(quoted);
    writeFileSync(join(programs, "ockam"), `#!/bin/sh\nexec env ${words.join(" ")} "$@"\n`, { mode: 0o755 });
    const { columns = 80, rows = 24 } = settings;
    const size = ["-x", String(columns), "-y", String(rows)];
    const path = `PATH=${programs}:${process.env["PATH"] ?? ""}`;
    const shell = ["env", path, `PS1=${PROMPT} `, "TERM=tmux-256color", "bash", "--norc", "--noprofile"];
    await session.#tmux("-f", "/dev/null", "new-session", "-d", ...size, ...shell);
    await session.#tmux("set-option", "-g", "status", "off");
    await session.#tmux("set-option", "-g", "history-limit", "5000");
    await session.seen(ASKS);
    return session;
  }

  /** Types text as it is. */
  async type(text: string): Promise<void> {
    await this.#tmux("send-keys", "-l", text);
  }

  /** Types text as it is, with Enter behind it. */
  async enter(text: string): Promise<void> {
    await this.type(text);
    await this.press("Enter");
  }

  /** Presses keys by tmux's names: `Enter`, `Space`, `Down`, `Escape`, `C-c`. */
  async press(...keys: readonly string[]): Promise<void> {
    await this.#tmux("send-keys", ...keys);
  }

  /** What is on the screen, without what is empty at the ends of lines. Wrapped lines are one, so that they show. */
  async screen(): Promise<string> {
    const captured = await this.#tmux("capture-pane", "-p", "-J", "-S", "-");
    return captured.replaceAll(/ +$/gm, "").trimEnd();
  }

  /** The same with the escape codes of colours. */
  async colouredScreen(): Promise<string> {
    return (await this.#tmux("capture-pane", "-p", "-e", "-J", "-S", "-")).trimEnd();
  }

  /** Waits until the screen shows it, and returns the screen. Throws with the screen when it does not in time. */
  async seen(wanted: string | RegExp): Promise<string> {
    const deadline = performance.now() + PATIENCE;
    for (;;) {
      const screen = await this.screen();
      if (typeof wanted === "string" ? screen.includes(wanted) : wanted.test(screen)) return screen;
      if (performance.now() > deadline) throw new Error(`never seen: ${String(wanted)}\n${screen}`);
      await sleep(POLL);
    }
  }

  /** Clears the screen, runs a command to its end, and returns what it printed, and `exit CODE` in a last line. */
  async run(command: string): Promise<string> {
    await this.begin(command);
    return await this.end();
  }

  /** Clears the screen and starts a command. */
  async begin(command: string): Promise<void> {
    await this.enter("clear");
    await this.seen(ASKS);
    await this.#tmux("clear-history");
    await this.enter(command);
  }

  /** Waits for the end of the command, and returns what is on the screen below its line, as {@link run} does. */
  async end(): Promise<string> {
    const screen = await this.seen(ASKS_AGAIN);
    const printed = screen.slice(screen.indexOf("\n") + 1, screen.lastIndexOf("shell["));
    const separator = printed === "" || printed.endsWith("\n") ? "" : "\n";
    return `${printed}${separator}exit ${ASKS_AGAIN.exec(screen)?.[1]}`;
  }

  /** Runs `stty -a`, and returns the modes of the terminal that are on, and whether it shows the cursor. */
  async modes(): Promise<readonly string[]> {
    const words = (await this.run("stty -a")).split(/[\s;]+/);
    const cursor = (await this.#tmux("display-message", "-p", "#{cursor_flag}")).trim();
    return cursor === "1" ? [...words, "cursor"] : words;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#tmux("kill-server").catch(() => {});
  }

  async #tmux(...args: readonly string[]): Promise<string> {
    const { stdout } = await run("tmux", ["-S", this.#socket, "-u", ...args]);
    return stdout;
  }
}

function variables(env: Readonly<Record<string, string>> = {}): readonly string[] {
  return Object.entries(env).map(([name, value]) => `${name}=${value}`);
}

function quoted(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`;
}
