// node check.mjs BUNDLE.json PUBLIC.pem [TSA.pem ROOT.pem]: prints what was signed, or fails.
import { readFileSync } from "node:fs";
import { createPublicKey, X509Certificate } from "node:crypto";
import { bundleFromJSON } from "@sigstore/bundle";
import { toSignedEntity, toTrustMaterial, Verifier } from "@sigstore/verify";

const [bundlePath, keyPath, ...chain] = process.argv.slice(2);
const bundle = bundleFromJSON(JSON.parse(readFileSync(bundlePath, "utf8")));
const rawBytes = createPublicKey(readFileSync(keyPath)).export({ type: "spki", format: "der" });
const hint = bundle.verificationMaterial.content.publicKey.hint;
const certificates = chain.map((path) => ({ rawBytes: new X509Certificate(readFileSync(path)).raw }));
const root = {
  certificateAuthorities: [],
  timestampAuthorities: chain.length ? [{ certChain: { certificates } }] : [],
  tlogs: [],
  ctlogs: [],
};
const trust = toTrustMaterial(root, { [hint]: { rawBytes } });
const thresholds = { tlogThreshold: 0, ctlogThreshold: 0, timestampThreshold: chain.length ? 1 : 0 };
new Verifier(trust, thresholds).verify(toSignedEntity(bundle));
console.log(bundle.content.dsseEnvelope.payload.toString());
