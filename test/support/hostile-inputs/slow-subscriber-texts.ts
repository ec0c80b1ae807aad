/** Parsers of texts of subscribers and of notifications, and texts made to be slow to parse. */
import { checkDestination } from "../../../src/delivery/address.ts";
import { encodeMail } from "../../../src/delivery/mime.ts";
import { parseSender } from "../../../src/domain/mail-address.ts";
import { parseSubscriber } from "../../../src/domain/subscriber.ts";
import { checkNewSubscription } from "../../../src/domain/subscription.ts";
import { applyPostData } from "../../../src/wire/notifications.ts";
import { toJsonText, type JsonText } from "../../../src/domain/json.ts";
import { toEpochMs, toSeconds } from "../../../src/domain/time.ts";
import type { Row } from "./slow-request-texts.ts";

const NOW = toEpochMs(Date.parse("2030-01-01"));

export const SUBSCRIBER_ROWS: Readonly<Record<string, Row>> = {
  "a subscription": {
    parse: (text) => {
      const options = toJsonText(text);
      const members: ReadonlyMap<string, JsonText> = new Map([
        ["subscriber", toJsonText(text)],
        ["options", `{"post_headers":{"a":${options}},"from":${options},"post_data":${options}}` as JsonText],
      ]);
      const kinds = ["http", "https", "mailto", "trust+http"] as const;
      return checkNewSubscription(members, { kinds, defaultTtl: toSeconds(3600) }, NOW);
    },
    texts: [
      ["", "a", ":"],
      ["http://", "a", ""],
      ["http://", "a.", ""],
      ["http://xn--", "a", ""],
      ["http://", "xn--a.", ""],
      ["http://", "%", "/"],
      ["http://", "@", "/"],
      ["http://", "1.", "/"],
      ["http://[", ":", "]/"],
      ["http://a/", "../", ""],
      ["http://a/", "a/../", ""],
      ["mailto:", "%41", ""],
      ["mailto:a@", "a-", ""],
      ["mailto:a@b.c?", "subject=x&", ""],
      ["mailto:a@b.c?subject=", "%0A", ""],
    ],
  },
  "where a subscriber is": {
    parse: (text) => {
      const subscriber = parseSubscriber(text);
      return checkDestination(subscriber === null || subscriber.kind === "mailto" ? text : subscriber.url, {
        allowPrivate: false,
      });
    },
    texts: [
      ["http://", "a.", ""],
      ["http://", ".", ""],
      ["http://", "1.", ""],
      ["http://xn--", "a", ""],
      ["http://xn--", "9", ""],
      ["http://", "ü", ".de"],
      ["http://", "ü.", "de"],
      ["http://", "a\u0323\u0307", ".de"],
      ["http://a/", "a/../", ""],
      ["http://a/?", "'", ""],
    ],
  },
  "a sender": {
    parse: parseSender,
    texts: [
      ["", "a", ""],
      ["", '"', "<a@b>"],
      ["", "<", ""],
      ["", " ", "x"],
      ["a@b", ".-", ""],
    ],
  },
  "a mail": {
    parse: (text) =>
      encodeMail({ id: "i", from: { address: "a@b.c", name: text }, to: "a@b.c", subject: text, text }, NOW),
    texts: [
      ["", "\n", ""],
      ["", "ü", ""],
      ["", " ", ""],
      ["", '"\\', ""],
    ],
  },
  "a notification's template": {
    parse: (text) => applyPostData(text, "{}"),
    texts: [
      ["", '"$zaqar_message$"', ""],
      ["", '"$', ""],
    ],
  },
};
