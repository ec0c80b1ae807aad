/** The allowed destinations of notifications: one row for each spelling of a forbidden one. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { checkDestination, type DestinationDefect } from "../../src/delivery/address.ts";

function defectOf(url: string, allowPrivate = false): DestinationDefect | null {
  const destination = checkDestination(url, { allowPrivate });
  return destination.ok ? null : destination.defect;
}

/** 253 characters. */
const LONGEST = `${"a.".repeat(125)}com`;

describe("a destination is", () => {
  test.each([
    ["a name", "http://example.com/", "http://example.com/"],
    ["a name over TLS", "https://hooks.example.com/a/b?c=d", "https://hooks.example.com/a/b?c=d"],
    ["in capitals", "HTTPS://Example.COM/A", "https://example.com/A"],
    ["a name as long as one can be", `http://${LONGEST}./`, `http://${LONGEST}./`],
    ["complete with a dot", "http://example.com./", "http://example.com./"],
    ["international", "http://bücher.example/", "http://xn--bcher-kva.example/"],
    ["a public address", "http://8.8.8.8/", "http://8.8.8.8/"],
    ["a public address as a number", "http://134744072/", "http://8.8.8.8/"],
    ["a public IPv6 address", "http://[2606:4700:4700::1111]/", "http://[2606:4700:4700::1111]/"],
    ["a public address, mapped", "http://[::ffff:8.8.8.8]/", "http://[::ffff:808:808]/"],
    ["a public address behind NAT64", "http://[64:ff9b::8.8.8.8]/", "http://[64:ff9b::808:808]/"],
    ["on a port of its own", "http://example.com:8080/", "http://example.com:8080/"],
    ["on the last port", "http://example.com:65535/", "http://example.com:65535/"],
    ["like a private name, but is none", "http://notlocalhost.example/", "http://notlocalhost.example/"],
    ["in a domain that ends like a private one", "http://example.notlocal/", "http://example.notlocal/"],
    ["below a public name that ends like one", "http://mylocal.example.com/", "http://mylocal.example.com/"],
    ["a name that only resolving can judge", "http://127.0.0.1.nip.io/", "http://127.0.0.1.nip.io/"],
    [
      "its host, not what stands for one in the path",
      "http://example.com/\\@127.0.0.1/",
      "http://example.com//@127.0.0.1/",
    ],
  ])("%s", (_, text, url) => {
    for (const allowPrivate of [false, true]) {
      const destination = checkDestination(text, { allowPrivate });
      expect(destination.ok ? destination.value.href : destination.defect).toBe(url);
    }
  });
});

describe("no call is allowed to", () => {
  test.each([
    ["nothing", "", "malformed"],
    ["a path", "/hook", "malformed"],
    ["a host without a scheme", "example.com", "malformed"],
    ["no host", "http://", "malformed"],
    ["a host without slashes before it", "http:example.com", "malformed"],
    ["a host behind one slash", "http:/example.com", "malformed"],
    ["a host behind three slashes", "http:///example.com", "malformed"],
    ["a host behind backslashes", "http:\\\\example.com\\", "malformed"],
    ["a host behind two kinds of slashes", "https:/\\example.com", "malformed"],
    ["a host behind a third slash of another kind", "https://\\example.com", "malformed"],
    ["a port that is none", "http://example.com:65536/", "malformed"],
    ["five numbers", "http://1.2.3.4.5/", "malformed"],
    ["a part too large", "http://256.256.256.256/", "malformed"],
    ["an IPv6 address with a zone", "http://[fe80::1%25eth0]/", "malformed"],
    ["a broken IPv6 address", "http://[::1/", "malformed"],
    ["a name with two dots at its end", "http://example.com../", "malformed"],
    ["a name longer than any is", `http://${"a.".repeat(125)}coms/`, "malformed"],
    ["a name with an empty label", "http://example..com/", "malformed"],
    ["a name that begins with a dot", "http://.example.com/", "malformed"],
    ["localhost behind two dots", "http://localhost../", "malformed"],
    ["a file", "file:///etc/passwd", "scheme"],
    ["FTP", "ftp://example.com/", "scheme"],
    ["gopher", "gopher://example.com/_x", "scheme"],
    ["a script", "javascript:alert(1)", "scheme"],
    ["data", "data:text/plain,x", "scheme"],
    ["a WebSocket", "ws://example.com/", "scheme"],
    ["a trust whose prefix is still there", "trust+http://example.com/", "scheme"],
    ["a mail address", "mailto:a@example.com", "scheme"],
    ["a user", "http://user@example.com/", "credentials"],
    ["a user and a password", "http://user:secret@example.com/", "credentials"],
    ["a password alone", "http://:secret@example.com/", "credentials"],
    ["a host that passes for a user", "http://example.com@127.0.0.1/", "credentials"],
    ["port 0", "http://example.com:0/", "port"],
    ["SSH", "http://example.com:22/", "port"],
    ["SMTP", "http://example.com:25/", "port"],
    ["SMTP with zeros before it", "http://example.com:00025/", "port"],
    ["IRC", "https://example.com:6667/", "port"],
    ["Redis", "http://example.com:6379/", "port"],
    ["memcached", "http://example.com:11211/", "port"],
    ["link-local metadata", "http://169.254.169.254/latest/meta-data/", "address"],
    ["link-local metadata as a number", "http://2852039166/", "address"],
    ["link-local metadata in hexadecimal", "http://0xA9FEA9FE/", "address"],
    ["link-local metadata in octal", "http://0251.0376.0251.0376/", "address"],
    ["link-local metadata, mapped", "http://[::ffff:169.254.169.254]/", "address"],
    ["link-local metadata behind NAT64", "http://[64:ff9b::a9fe:a9fe]/", "address"],
    ["link-local metadata behind a local NAT64", "http://[64:ff9b:1::a9fe:a9fe]/", "address"],
    ["link-local metadata through 6to4", "http://[2002:a9fe:a9fe::1]/", "address"],
    ["loopback through 6to4", "http://[2002:7f00:1::]/", "address"],
    ["loopback through Teredo", "http://[2001:0:4136:e378:8000:63bf:80ff:fffe]/", "address"],
    ["loopback, IPv4-compatible", "http://[::127.0.0.1]/", "address"],
    ["IPv6 metadata of Amazon", "http://[fd00:ec2::254]/", "address"],
    ["Alibaba's metadata", "http://100.100.100.200/", "address"],
    ["Azure's metadata", "http://168.63.129.16/", "address"],
    ["the unspecified address", "http://0.0.0.0/", "address"],
    ["the unspecified address as 0", "http://0/", "address"],
    ["the unspecified IPv6 address", "http://[::]/", "address"],
    ["multicast", "http://224.0.0.1/", "address"],
    ["IPv6 multicast", "http://[ff02::1]/", "address"],
    ["everybody", "http://255.255.255.255/", "address"],
    ["a reserved address", "http://240.0.0.1/", "address"],
    ["documentation", "http://192.0.2.1/", "address"],
    ["IPv6 documentation", "http://[2001:db8::1]/", "address"],
    ["a benchmark", "http://198.18.0.1/", "address"],
    ["an IPv6 link-local address", "http://[fe80::1]/", "address"],
    ["an IPv6 site-local address", "http://[fec0::1]/", "address"],
    ["Google's metadata", "http://metadata.google.internal/computeMetadata/v1/", "name"],
    ["Google's metadata, complete with a dot", "http://metadata.google.internal./", "name"],
    ["Google's metadata in capitals", "http://METADATA.GOOGLE.INTERNAL/", "name"],
    ["Google's metadata by its public name", "http://metadata.goog/", "name"],
    ["Google's metadata by its short name", "http://metadata/", "name"],
    ["Amazon's metadata by its name", "http://instance-data/", "name"],
  ])("%s", (_, url, defect) => {
    expect(defectOf(url, false)).toBe(defect);
    expect(defectOf(url, true)).toBe(defect);
  });
});

describe("only where private destinations are allowed, a call is allowed to", () => {
  test.each([
    ["loopback", "http://127.0.0.1/", "address"],
    ["loopback on a port of its own", "http://127.0.0.1:8888/v2", "address"],
    ["another address of loopback", "http://127.255.255.254/", "address"],
    ["loopback in short", "http://127.1/", "address"],
    ["loopback in three parts", "http://127.0.1/", "address"],
    ["loopback as a number", "http://2130706433/", "address"],
    ["loopback in hexadecimal", "http://0x7f000001/", "address"],
    ["loopback in hexadecimal parts", "http://0x7f.0x0.0x0.0x1/", "address"],
    ["loopback in octal", "http://0177.0.0.01/", "address"],
    ["loopback in octal with many zeros", "http://000000177.0.0.1/", "address"],
    ["loopback in a mixture", "http://0x7f.1/", "address"],
    ["loopback complete with a dot", "http://127.0.0.1./", "address"],
    ["loopback in wide digits", "http://１２７.０.０.１/", "address"],
    ["loopback in circled digits", "http://①②⑦.⓪.⓪.①/", "address"],
    ["loopback with ideographic dots", "http://127。0。0。1/", "address"],
    ["loopback, percent-encoded", "http://%31%32%37.0.0.1/", "address"],
    ["loopback behind blanks", "  http://127.0.0.1/", "address"],
    ["loopback across lines", "ht\ntp://127.0.\t0.1/", "address"],
    ["IPv6 loopback", "http://[::1]/", "address"],
    ["IPv6 loopback at length", "http://[0000:0000:0000:0000:0000:0000:0000:0001]/", "address"],
    ["loopback, mapped", "http://[::ffff:127.0.0.1]/", "address"],
    ["loopback, mapped, in hexadecimal", "http://[::FFFF:7F00:1]/", "address"],
    ["loopback behind NAT64", "http://[64:ff9b::127.0.0.1]/", "address"],
    ["a private address", "http://10.0.0.1/", "address"],
    ["a private address, class B", "http://172.16.0.1/", "address"],
    ["a private address, class C", "https://192.168.1.1:8443/", "address"],
    ["an address shared by a carrier", "http://100.64.0.1/", "address"],
    ["a unique local address", "http://[fd12:3456::1]/", "address"],
    ["localhost", "http://localhost:8888/", "name"],
    ["localhost in capitals", "http://LOCALHOST/", "name"],
    ["localhost complete with a dot", "http://localhost./", "name"],
    ["localhost in wide letters", "http://ｌｏｃａｌｈｏｓｔ/", "name"],
    ["localhost, percent-encoded", "http://%6c%6fcalhost/", "name"],
    ["a name below localhost", "http://a.b.localhost/", "name"],
    ["a name of multicast DNS", "http://printer.local/", "name"],
    ["an internal name", "http://db.prod.internal/", "name"],
    ["a name of a home", "http://nas.home.arpa/", "name"],
    ["localdomain", "http://localhost.localdomain/", "name"],
    ["a name of an office", "http://wiki.corp/", "name"],
    ["a bare name", "http://intranet-wiki/", "name"],
  ])("%s", (_, url, defect) => {
    expect(defectOf(url, false)).toBe(defect);
    expect(defectOf(url, true)).toBeNull();
  });
});

/** The first and last address of each refused block, repeated here so that a block missing in the source is noticed. */
const REFUSED_BLOCKS: readonly (readonly [first: number, last: number])[] = [
  [0x00000000, 0x00ffffff],
  [0x0a000000, 0x0affffff],
  [0x64400000, 0x647fffff],
  [0x7f000000, 0x7fffffff],
  [0xa9fe0000, 0xa9feffff],
  [0xac100000, 0xac1fffff],
  [0xc0000000, 0xc00000ff],
  [0xc0000200, 0xc00002ff],
  [0xc0586300, 0xc05863ff],
  [0xc0a80000, 0xc0a8ffff],
  [0xc6120000, 0xc613ffff],
  [0xc6336400, 0xc63364ff],
  [0xcb007100, 0xcb0071ff],
  [0xe0000000, 0xffffffff],
];
/** Azure's metadata service, the only refused address between public ones. */
const AZURE_METADATA = 0xa83f8110;

const refused = fc
  .oneof(...REFUSED_BLOCKS.map(([min, max]) => fc.integer({ min, max })), fc.constant(AZURE_METADATA))
  .map((value) => value >>> 0);
const admitted = fc
  .integer({ min: 0, max: 0xffffffff })
  .filter((value) => value !== AZURE_METADATA && !REFUSED_BLOCKS.some(([min, max]) => value >= min && value <= max));

type Spelling = (value: number) => string;

const bytesOf = (value: number): number[] => [24, 16, 8, 0].map((shift) => (value >>> shift) & 0xff);
const dotted: Spelling = (value) => bytesOf(value).join(".");
const hexPair: Spelling = (value) => `${(value >>> 16).toString(16)}:${(value & 0xffff).toString(16)}`;
const inWide = (text: string): string => text.replace(/\d/g, (digit) => String.fromCodePoint(0xff10 + Number(digit)));

const SPELLINGS: Readonly<Record<string, Spelling>> = {
  dotted,
  "with a dot at the end": (value) => `${dotted(value)}.`,
  decimal: String,
  hexadecimal: (value) => `0x${value.toString(16)}`,
  "hexadecimal in capitals": (value) => `0X${value.toString(16).toUpperCase()}`,
  octal: (value) => `0${value.toString(8)}`,
  "octal parts": (value) =>
    bytesOf(value)
      .map((byte) => `0${byte.toString(8)}`)
      .join("."),
  "hexadecimal parts": (value) =>
    bytesOf(value)
      .map((byte) => `0x${byte.toString(16)}`)
      .join("."),
  "parts of three kinds": (value) => {
    const [a = 0, b = 0, c = 0, d = 0] = bytesOf(value);
    return `0x${a.toString(16)}.0${b.toString(8)}.${c}.${d}`;
  },
  "two parts": (value) => `${value >>> 24}.${value & 0xffffff}`,
  "three parts": (value) => `${value >>> 24}.${(value >>> 16) & 0xff}.${value & 0xffff}`,
  "wide digits": (value) => inWide(dotted(value)),
  "ideographic dots": (value) => dotted(value).replaceAll(".", "。"),
  "percent-encoded": (value) => dotted(value).replace(/\d/g, (digit) => `%3${digit}`),
  mapped: (value) => `[::ffff:${dotted(value)}]`,
  "mapped in hexadecimal": (value) => `[::ffff:${hexPair(value)}]`,
  "mapped at length": (value) => `[0:0:0:0:0:FFFF:${hexPair(value).toUpperCase()}]`,
  "behind NAT64": (value) => `[64:ff9b::${dotted(value)}]`,
  "behind NAT64 in hexadecimal": (value) => `[0064:FF9B:0:0:0:0:${hexPair(value)}]`,
};

/** Addresses that are refused regardless of the address they contain. */
const TUNNELS: Readonly<Record<string, Spelling>> = {
  compatible: (value) => `[::${dotted(value)}]`,
  translated: (value) => `[::ffff:0:${hexPair(value)}]`,
  "behind a local NAT64": (value) => `[64:ff9b:1::${hexPair(value)}]`,
  "through 6to4": (value) => `[2002:${hexPair(value)}::1]`,
  "through Teredo": (value) => `[2001:0:4136:e378:8000:63bf:${hexPair(~value >>> 0)}]`,
};

describe("an IPv4 address is judged the same", () => {
  test.each(Object.entries(SPELLINGS))("%s", (_, spell) => {
    fc.assert(fc.property(refused, (value) => defectOf(`http://${spell(value)}/`) === "address"));
    fc.assert(fc.property(admitted, (value) => defectOf(`http://${spell(value)}/`) === null));
  });
});

test.each(Object.entries(TUNNELS))("no IPv4 address may be called when it is %s", (_, spell) => {
  fc.assert(
    fc.property(fc.oneof(refused, admitted), fc.boolean(), (value, allowPrivate) => {
      // ::1 and :: are IPv6 addresses, although they have the form of embedded IPv4 addresses.
      fc.pre(value > 1);
      expect(defectOf(`http://${spell(value)}/`, allowPrivate)).toBe("address");
    }),
  );
});
