import { encodeUtf8 } from "@ockam/codec";
import { decodeResponse } from "@ockam/kafka-protocol";
import { createHash, createHmac, pbkdf2Sync } from "node:crypto";
import { describe, expect, test } from "vitest";

import { TEST_AUTHORITY, TEST_CERTIFICATE, TEST_CERTIFICATE_KEY } from "../testing/certificate.ts";
import { FakeBroker } from "../testing/fake-broker.ts";
import { Portal } from "../testing/portal.ts";
import { RawClient } from "../testing/raw-client.ts";

const TLS = { certificate: TEST_CERTIFICATE, key: TEST_CERTIFICATE_KEY };
const CANARY = "the 32-byte canary of this test!";

describe("TLS", () => {
  test("of clients, at the first port and at each broker's", async () => {
    await using portal = await Portal.create();
    const inlet = await portal.startInlet({ from: "localhost:0", tls: TLS });
    using client = await RawClient.connect(inlet.address, { authority: TEST_AUTHORITY });
    const [broker] = await client.metadata();
    expect(broker).toMatchObject({ host: "localhost" });
    using second = await RawClient.connect(`localhost:${broker!.port}`, { authority: TEST_AUTHORITY });
    expect(await second.produce("orders", CANARY)).toBe(0);
    expect(await second.fetch("orders")).toEqual([CANARY]);
    using plain = await RawClient.connect(`localhost:${broker!.port}`);
    await expect(plain.metadata()).rejects.toThrow("the connection ended");
    expect(inlet.lastFailure).toMatchObject({ code: "OCKAM_PORTAL_CLIENT_TLS_FAILED" });
  });

  test("a certificate that cannot be used is no inlet", async () => {
    await using portal = await Portal.create();
    const tls = { certificate: TEST_CERTIFICATE, key: "none" };
    await expect(portal.startInlet({ tls })).rejects.toMatchObject({
      code: "OCKAM_PORTAL_CERTIFICATE_UNUSABLE",
    });
  });

  test("to brokers of an own authority, each by its name", async () => {
    await using broker = await FakeBroker.start(1, TLS);
    broker.brokers = [{ nodeId: 1, host: "localhost", port: broker.port }];
    await using portal = await Portal.create({
      bootstrapServer: `localhost:${broker.port}`,
      tls: { ca: TEST_AUTHORITY, systemCa: true },
    });
    const inlet = await portal.startInlet();
    await (await portal.connect(inlet.address)).metadata();
    const client = await portal.connect(`127.0.0.1:${inlet.advertisedPorts().get(1)}`);
    expect(await client.produce("orders", CANARY)).toBe(0);
    expect(portal.outlet.lastFailure).toBeUndefined();
  });

  test.each([
    ["a certificate of nobody", { tls: true }, "OCKAM_PORTAL_TARGET_CERTIFICATE_UNTRUSTED"],
    [
      "another name",
      { tls: { ca: TEST_AUTHORITY, serverName: "other.example" } },
      "OCKAM_PORTAL_TARGET_NAME_MISMATCH",
    ],
  ])("to a broker with %s: both ends say so", async (_name, options, code) => {
    await using broker = await FakeBroker.start(1, TLS);
    await using portal = await Portal.create({ bootstrapServer: broker.address, ...options });
    const inlet = await portal.startInlet();
    const asked = portal.connect(inlet.address).then((client) => client.metadata());
    await expect(asked).rejects.toThrow("ECONNRESET");
    expect(inlet.lastFailure).toMatchObject({ code });
    expect(portal.outlet.lastFailure).toMatchObject({ code });
    expect(portal.outlet.lastFailureAt).toBeGreaterThan(0);
    expect(broker.requests).toEqual([]);
  });

  test("an authority that cannot be read is no outlet", async () => {
    await expect(Portal.create({ tls: { ca: "none" } })).rejects.toMatchObject({
      code: "OCKAM_PORTAL_CERTIFICATE_UNUSABLE",
    });
  });
});

describe("SASL", () => {
  test("PLAIN and SCRAM go through as they are", async () => {
    await using portal = await Portal.create();
    const tokens: string[] = [];
    portal.broker.reply = (request) => {
      const { correlationId, version } = request;
      if (request.api === "SaslHandshake") {
        const body = { mechanisms: ["PLAIN", "SCRAM-SHA-256"] };
        return { api: "SaslHandshake", version, correlationId, body };
      }
      if (request.api !== "SaslAuthenticate") return undefined;
      const token = Buffer.from(request.body.authBytes).toString();
      tokens.push(token);
      const authBytes = encodeUtf8(scramAnswer(tokens));
      return {
        api: "SaslAuthenticate",
        version,
        correlationId,
        body: { authBytes, sessionLifetimeMs: 1000n },
      };
    };
    const inlet = await portal.startInlet();
    const plain = await portal.connect(inlet.address);
    const handshake = { api: "SaslHandshake", version: 1, body: { mechanism: "PLAIN" } } as const;
    expect((await plain.ask<"SaslHandshake">(handshake)).body.mechanisms).toContain("PLAIN");
    expect(await authenticate(plain, "\0alice\0secret")).toBe("");
    expect(await plain.metadata()).toHaveLength(1);
    const scram = await portal.connect(inlet.address);
    await scram.ask<"SaslHandshake">({ ...handshake, body: { mechanism: "SCRAM-SHA-256" } });
    const challenge = await authenticate(scram, "n,,n=alice,r=nonce");
    const { proof, signature } = scramProof("secret", "n=alice,r=nonce", challenge);
    expect(await authenticate(scram, proof)).toBe(`v=${signature}`);
    expect(tokens).toEqual(["\0alice\0secret", "n,,n=alice,r=nonce", proof]);
    expect(portal.entries.filter(({ message }) => /secret/.test(message))).toEqual([]);
  });

  test("without headers, as before Kafka 1.0, is neither offered nor passed on", async () => {
    await using portal = await Portal.create();
    portal.broker.reply = ({ api, correlationId }) =>
      api === "ApiVersions"
        ? {
            api,
            version: 3,
            correlationId,
            body: { apiKeys: [{ apiKey: 17, minVersion: 0, maxVersion: 1 }] },
          }
        : undefined;
    const inlet = await portal.startInlet();
    const client = await portal.connect(inlet.address);
    const offered = await client.ask<"ApiVersions">({ api: "ApiVersions", version: 3, body: {} });
    expect(offered.body.apiKeys).toMatchObject([{ apiKey: 17, minVersion: 1, maxVersion: 1 }]);
    client.send({ api: "SaslHandshake", version: 0, body: { mechanism: "PLAIN" } });
    expect(decodeResponse("SaslHandshake", 0, await client.next()).body.errorCode).toBe(35);
    // One that goes on all the same is not waited for, whatever its name looks like.
    client.socket.write(Buffer.concat([Buffer.of(0, 0, 0, 13), Buffer.from("\0alice\0secret")]));
    expect(await client.ended).toBe("ECONNRESET");
    expect(inlet.lastFailure?.message).not.toContain("secret");
    expect(portal.broker.requests.map(({ api }) => api)).toEqual(["ApiVersions"]);
  });

  test("of a broker that knows nothing else is not offered at all", async () => {
    await using portal = await Portal.create();
    portal.broker.reply = ({ api, correlationId }) =>
      api === "ApiVersions"
        ? {
            api,
            version: 0,
            correlationId,
            body: { apiKeys: [{ apiKey: 17, minVersion: 0, maxVersion: 0 }] },
          }
        : undefined;
    const client = await portal.connect((await portal.startInlet()).address);
    const offered = await client.ask<"ApiVersions">({ api: "ApiVersions", version: 0, body: {} });
    expect(offered.body.apiKeys).toEqual([]);
  });
});

async function authenticate(client: RawClient, token: string): Promise<string> {
  const body = { authBytes: encodeUtf8(token) };
  const response = await client.ask<"SaslAuthenticate">({ api: "SaslAuthenticate", version: 2, body });
  return Buffer.from(response.body.authBytes).toString();
}

const SALT = Buffer.from("salt of the broker");

/** The broker's half of RFC 5802, for the password `secret`; nothing to say to PLAIN. */
function scramAnswer(tokens: readonly string[]): string {
  const token = tokens.at(-1)!;
  if (token.startsWith("n,,")) return `r=nonce-and-more,s=${SALT.toString("base64")},i=4096`;
  const first = tokens.at(-2)?.replace(/^n,,/, "");
  if (first === undefined || !token.startsWith("c=")) return "";
  return `v=${scramProof("secret", first, scramAnswer(tokens.slice(0, -1))).signature}`;
}

function scramProof(
  password: string,
  first: string,
  challenge: string,
): { readonly proof: string; readonly signature: string } {
  const salted = pbkdf2Sync(password, SALT, 4096, 32, "sha256");
  const clientKey = hmac(salted, "Client Key");
  const last = `c=biws,${challenge.split(",")[0]}`;
  const message = `${first},${challenge},${last}`;
  const signed = hmac(createHash("sha256").update(clientKey).digest(), message);
  const proof = Buffer.from(clientKey.map((byte, index) => byte ^ signed[index]!));
  return {
    proof: `${last},p=${proof.toString("base64")}`,
    signature: hmac(hmac(salted, "Server Key"), message).toString("base64"),
  };
}

function hmac(key: Uint8Array, text: string): Buffer {
  return createHmac("sha256", key).update(text).digest();
}
