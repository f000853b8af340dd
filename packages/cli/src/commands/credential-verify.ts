import { openState } from "@ockam/node/state";

import { defineCommand, type Command } from "../command.ts";
import { CREDENTIAL_SOURCES, identifierOf, readCredential, verifyHex } from "../credential-argument.ts";
import { boolean, object, optional, string } from "../json-shape.ts";
import { required, text } from "../option.ts";
import { attributesText, timeText } from "../render/credential.ts";

export const credentialVerify: Command = defineCommand({
  summary: "Say whether a credential is genuine and in force",
  description: "Either answer is a success: look at the output, not at the exit code.",
  examples: ["credential verify --issuer authority --credential-path alice.credential"],
  json: object({ is_valid: boolean(), reason: optional(string("why it is not")) }),
  pipe: "`true` or `false`",
  options: {
    issuer: required(
      text("IDENTIFIER", "Who must have issued it: an identifier, or the name of an identity"),
    ),
    ...CREDENTIAL_SOURCES,
  },
  async run(values, terminal) {
    using state = openState();
    const issuer = identifierOf(state, values.issuer);
    const verified = await verifyHex(state, await readCredential(values, terminal), issuer);
    return {
      json: () => ({
        is_valid: verified.isValid,
        ...(verified.isValid ? {} : { reason: verified.reason }),
      }),
      machine: String(verified.isValid),
      plain(style) {
        if (!verified.isValid) return style.error(`The credential is not valid: ${verified.reason}`);
        const { attributes, expiresAt, subject } = verified.credential;
        return [
          style.success(`The credential is valid until ${timeText(expiresAt)}`),
          style.row(`It says of ${style.name(subject.toString())}: ${attributesText(attributes)}`),
        ].join("\n");
      },
    };
  },
});
