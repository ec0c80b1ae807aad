/** What subscribers receive, byte for byte. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { ProjectId, QueueName } from "../../src/domain/id.ts";
import type { JsonText } from "../../src/domain/json.ts";
import { queueNamed } from "../../src/domain/place.ts";
import { toEpochMs, toSeconds } from "../../src/domain/time.ts";
import {
  applyPostData,
  encodeConfirmation,
  encodeNotification,
  encodeQueueEvent,
  POST_DATA_CHARACTERS,
  type Confirmation,
} from "../../src/wire/notifications.ts";

const queue = "orders" as QueueName;

function notificationOf(body: string, delay: number | null = null): string {
  const seconds = delay === null ? null : toSeconds(delay);
  return encodeNotification({ ttl: toSeconds(300), body: body as JsonText, delay: seconds }, queue);
}

test("an event states its instant, and no state where it has none", () => {
  const at = toEpochMs(Date.UTC(2030, 0, 1));
  const end = '"at": "2030-01-01T00:00:00Z", "Message_Type": "QueueEvent", "queue_name": "orders"}';
  expect(encodeQueueEvent({ event: "age", state: "ended", value: 0, threshold: 300 }, queue, at)).toBe(
    `{"event": "age", "state": "ended", "value": 0, "threshold": 300, ${end}`,
  );
  expect(encodeQueueEvent({ event: "dead-letter", value: 7 }, queue, at)).toBe(
    `{"event": "dead-letter", "value": 7, ${end}`,
  );
});

describe("a notification", () => {
  test("is the reference's, byte for byte", () => {
    expect(notificationOf('{"k":"vé"}')).toBe(
      String.raw`{"ttl": 300, "body": {"k": "v\u00e9"}, "Message_Type": "Notification", "queue_name": "orders"}`,
    );
  });

  test("states the delay of a delayed queue, also one of 0", () => {
    expect(notificationOf("1", 5)).toBe(
      '{"ttl": 300, "body": 1, "delay": 5, "Message_Type": "Notification", "queue_name": "orders"}',
    );
    expect(notificationOf("1", 0)).toContain(', "delay": 0,');
  });

  test.each([
    [
      "numbers as they were written",
      "[1.0,1.50,1E5,-0,9007199254740993,1e400]",
      "[1.0, 1.50, 1E5, -0, 9007199254740993, 1e400]",
    ],
    ["Python's own numbers", "[NaN,-Infinity]", "[NaN, -Infinity]"],
    ["pairs of surrogates in lower case", '"😀\\uD83D\\uDE00"', String.raw`"\ud83d\ude00\ud83d\ude00"`],
    ["half a pair", '"\\uD800"', String.raw`"\ud800"`],
    [
      "escapes, the short ones where there are",
      '"\\u000a\\/\\u007f\\u0001\u2028"',
      String.raw`"\n/\u007f\u0001\u2028"`,
    ],
    ["quotes and backslashes", String.raw`"\"\\"`, String.raw`"\"\\"`],
    ["blanks between, not within", '{"a b" :[ 1,\n2 ],"c":null}', '{"a b": [1, 2], "c": null}'],
    ["numbers within strings", '"1.50"', '"1.50"'],
    ["keys that are not ASCII", '{"é":true}', String.raw`{"\u00e9": true}`],
    ["base64 of an encrypted queue", '"AAEC+/=="', '"AAEC+/=="'],
  ])("writes %s", (_, body, written) => {
    expect(notificationOf(body)).toBe(
      `{"ttl": 300, "body": ${written}, "Message_Type": "Notification", "queue_name": "orders"}`,
    );
  });

  test("holds the body's value in ASCII, whatever it is", () => {
    fc.assert(
      fc.property(fc.json({ stringUnit: "binary" }), (body) => {
        const text = notificationOf(body);
        expect(text).toMatch(/^[ -~]*$/);
        const document = JSON.parse(text) as { readonly body: unknown };
        expect(JSON.stringify(document.body)).toBe(JSON.stringify(JSON.parse(body)));
      }),
    );
  });
});

describe("post_data", () => {
  const message = notificationOf('{"price":"$& $1 $$ $` $\'"}');

  test.each([
    ["a token", '{"in":"$zaqar_message$"}', `{"in":${message}}`],
    ["the whole template", '"$zaqar_message$"', message],
    ["every token", '["$zaqar_message$","$zaqar_message$"]', `[${message},${message}]`],
    ["tokens that touch", '"$zaqar_message$""$zaqar_message$"', message + message],
    ["the first of two that share a quote", '"$zaqar_message$"$zaqar_message$"', `${message}$zaqar_message$"`],
  ])("replaces %s", (_, template, body) => {
    expect(applyPostData(template, message)).toBe(body);
  });

  test.each([
    ["nothing", ""],
    ["a template without a token", '{"a":1}'],
    ["a token without quotes", "{$zaqar_message$}"],
    ["a token with one quote", '{"$zaqar_message$}'],
    ["a token with other text", '{"in":"the $zaqar_message$"}'],
    ["a token with blanks", '{"in":" $zaqar_message$ "}'],
    ["a token in single quotes", "{'in':'$zaqar_message$'}"],
    ["a token in capitals", '{"in":"$ZAQAR_MESSAGE$"}'],
  ])("leaves %s as it is", (_, template) => {
    expect(applyPostData(template, message)).toBe(template);
  });

  test("does not look for tokens in the message", () => {
    const telling = notificationOf('{"in":"$zaqar_message$"}');
    expect(applyPostData('["$zaqar_message$"]', telling)).toBe(`[${telling}]`);
  });

  test("with many tokens has no result if that is larger than a request may be", () => {
    const tokens = 64;
    const template = '"$zaqar_message$"'.repeat(tokens);
    const fitting = "x".repeat(POST_DATA_CHARACTERS / tokens);
    expect(applyPostData(template, fitting)).toHaveLength(POST_DATA_CHARACTERS);
    expect(applyPostData(template, `${fitting}x`)).toBeNull();
    expect(applyPostData(`${template} `, fitting)).toBeNull();
  });

  test("with one token may hold any message", () => {
    const notification = "x".repeat(POST_DATA_CHARACTERS);
    expect(applyPostData('["$zaqar_message$"]', notification)).toBe(`[${notification}]`);
  });
});

describe("a confirmation", () => {
  const path = "/v2/queues/cf/subscriptions/77a/confirm";
  const confirmation: Confirmation = {
    type: "SubscriptionConfirmation",
    place: queueNamed("cf" as QueueName),
    project: "p1" as ProjectId,
    path,
    signature: "ab12",
    expires: "2030-01-01T00:00:00",
    endpoints: { http: null, websocket: null },
  };
  const signed =
    `"URL-Signature": "ab12", "URL-Methods": "PUT", "URL-Paths": "${path}", "X-Project-ID": "p1", ` +
    '"URL-Expires": "2030-01-01T00:00:00", "SubscribeBody": {"confirmed": true}, ' +
    '"UnsubscribeBody": {"confirmed": false}, "queue_name": "cf"}';

  test("of a subscription", () => {
    expect(encodeConfirmation(confirmation)).toBe(
      '{"Message_Type": "SubscriptionConfirmation", "Message": "You have chosen to subscribe to the queue: cf", ' +
        signed,
    );
  });

  test("of its end", () => {
    expect(encodeConfirmation({ ...confirmation, type: "UnsubscribeConfirmation" })).toBe(
      '{"Message_Type": "UnsubscribeConfirmation", "Message": "You have unsubscribed successfully to the queue: cf, ' +
        `you can resubscribe it by using confirmed=True.", ${signed}`,
    );
  });

  test.each([
    ["http://mq.example:8888", "ws://mq.example:9000"],
    ["http://mq.example:8888/", "ws://mq.example:9000/"],
  ])("names the URLs first, below %s and %s", (http, websocket) => {
    expect(encodeConfirmation({ ...confirmation, endpoints: { http, websocket } })).toMatch(
      `{"WSGISubscribeURL": "http://mq.example:8888${path}", ` +
        `"WebSocketSubscribeURL": "ws://mq.example:9000${path}", "Message_Type": `,
    );
  });

  test("keeps the path of an endpoint, and names only what is known", () => {
    const http = "https://cloud.example/messaging/";
    const text = encodeConfirmation({ ...confirmation, endpoints: { http, websocket: null } });
    expect(text).toMatch(`{"WSGISubscribeURL": "https://cloud.example/messaging${path}", "Message_Type": `);
    expect(text).not.toContain("WebSocketSubscribeURL");
  });

  test("escapes a project's name", () => {
    const text = encodeConfirmation({ ...confirmation, project: 'é"' as ProjectId });
    expect(text).toContain(String.raw`"X-Project-ID": "\u00e9\""`);
  });
});
