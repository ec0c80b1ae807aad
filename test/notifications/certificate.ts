/** A self-signed certificate for 127.0.0.1, valid in every other respect. */
import { generateKeyPairSync, sign } from "node:crypto";

export interface Certificate {
  /** Both in PEM. */
  readonly key: string;
  readonly cert: string;
}

export function selfSigned(): Certificate {
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const version = der(0xa0, der(0x02, [2]));
  const serial = der(0x02, [1]);
  const validity = der(0x30, utcTime("250101000000Z"), utcTime("490101000000Z"));
  const spki = publicKey.export({ type: "spki", format: "der" });
  const body = der(
    0x30,
    version,
    serial,
    ECDSA_WITH_SHA256,
    NAME,
    validity,
    NAME,
    spki,
    der(0xa3, der(0x30, FOR_LOOPBACK)),
  );
  const signature = der(0x03, [0], sign("sha256", body, privateKey));
  const base64 = der(0x30, body, ECDSA_WITH_SHA256, signature).toString("base64");
  const cert = `-----BEGIN CERTIFICATE-----\n${base64.replace(/.{64}/g, "$&\n")}\n-----END CERTIFICATE-----\n`;
  return { key: privateKey.export({ type: "pkcs8", format: "pem" }).toString(), cert };
}

/** Encodes an ASN.1 value: tag, length, content. */
function der(tag: number, ...parts: readonly (Uint8Array | readonly number[])[]): Buffer {
  const content = Buffer.concat(parts.map((part) => Uint8Array.from(part)));
  const { length } = content;
  const size = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Uint8Array.from([tag, ...size]), content]);
}

function utcTime(text: string): Buffer {
  return der(0x17, Buffer.from(text));
}

/** 1.2.840.10045.4.3.2 */
const ECDSA_WITH_SHA256 = der(0x30, der(0x06, [0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02]));
/** The common name, 2.5.4.3. */
const NAME = der(0x30, der(0x31, der(0x30, der(0x06, [0x55, 0x04, 0x03]), der(0x0c, Buffer.from("receiver")))));
/** The subject's other name, 2.5.29.17: an IP address. */
const FOR_LOOPBACK = der(0x30, der(0x06, [0x55, 0x1d, 0x11]), der(0x04, der(0x30, der(0x87, [127, 0, 0, 1]))));
