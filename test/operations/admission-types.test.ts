/**
 * What does not compile: a handler that reaches an object or performs another operation, and an operation out of its scope.
 * `npm run typecheck` is the judge: a line below `@ts-expect-error` that compiles is an error.
 */
import { expectTypeOf, test } from "vitest";
import type { Detailed } from "../../src/domain/details.ts";
import { queueNamed, type Place } from "../../src/domain/place.ts";
import { on } from "../../src/http/route.ts";
import type { PlaceRequest } from "../../src/http/request.ts";
import type { Caller, Door } from "../../src/operations/admission.ts";
import { createClaim, getClaim } from "../../src/operations/claims.ts";
import type { PlaceContext, ProjectContext, QueueContext, ServiceContext } from "../../src/operations/context.ts";
import { getHealth, ping } from "../../src/operations/health.ts";
import { deleteMessage, getMessage } from "../../src/operations/messages.ts";
import { perform as run, type Operation } from "../../src/operations/operation.ts";
import { listQueues } from "../../src/operations/queues.ts";
import { createTopic } from "../../src/operations/topics.ts";

/** The function is compiled and not run. */
function compiled(_: (caller: Caller, topic: Place<"topic">) => unknown): void {}

test("a handler performs the operation that was admitted, and no other", () => {
  compiled(() =>
    on(getMessage, async (request: PlaceRequest, perform) => {
      expectTypeOf(perform).parameters.toEqualTypeOf<[Detailed & { readonly id: string }]>();
      // @ts-expect-error the input of another operation
      await perform({ limit: 1 });
      // @ts-expect-error another place
      await perform({ id: "", place: queueNamed(request.place.name) });
      // @ts-expect-error a request is no context of an operation
      await run(request, deleteMessage, { id: "", claim: null });
      // @ts-expect-error nor are its parts
      await deleteMessage.run({ ...request, project: request.principal.project }, { id: "", claim: null });
      return new Response();
    }),
  );
});

test("a handler has no way to an object", () => {
  type Parts = keyof PlaceRequest;
  expectTypeOf<Extract<Parts, "context" | "objects" | "caller" | "door" | "stub" | "bindings" | "env">>().toBeNever();
  compiled((caller) => {
    // @ts-expect-error the objects of a caller are private
    void caller.objects;
    // @ts-expect-error and so is the context of a door
    void caller.projectDoor().makeScope;
  });
});

test("an operation reaches the objects of its own scope", () => {
  expectTypeOf<PlaceContext>().not.toHaveProperty("objects");
  expectTypeOf<PlaceContext>().not.toHaveProperty("forProject");
  expectTypeOf<ProjectContext>().not.toHaveProperty("objects");
  expectTypeOf<ServiceContext>().not.toHaveProperty("objects");
  expectTypeOf<ServiceContext>().not.toHaveProperty("stub");
  // Not even another place: a stub has no name as parameter.
  expectTypeOf<PlaceContext["stub"]>().parameter(0).toEqualTypeOf<number | undefined>();
});

test("an operation is admitted at the doors of its scope", () => {
  compiled(async (caller, topic) => {
    const queue = { kind: "queue", name: topic.name } as const;
    await caller.placeDoor(queue).admit(createClaim);
    await caller.placeDoor(topic).admit(getMessage);
    // @ts-expect-error a topic has no claims
    await caller.placeDoor(topic).admit(getClaim);
    await caller.placeDoor(topic).admit(createTopic);
    // @ts-expect-error a queue is not created as a topic is, by another rule
    await caller.placeDoor(queue).admit(createTopic);
    // @ts-expect-error a queue lists no queues
    await caller.placeDoor(queue).admit(listQueues);
    // @ts-expect-error a project has no messages
    await caller.projectDoor().admit(getMessage);
    // @ts-expect-error the health of the service is not a project's
    await caller.projectDoor().admit(getHealth);
    // @ts-expect-error nor the ping of a project the service's
    await caller.serviceDoor().admit(ping);
  });
  expectTypeOf<Door<QueueContext>>().toExtend<Door<PlaceContext>>();
  expectTypeOf<Door<PlaceContext>>().not.toExtend<Door<QueueContext>>();
  expectTypeOf<Operation<PlaceContext, void, void>>().toExtend<Operation<QueueContext, void, void>>();
  expectTypeOf<Operation<QueueContext, void, void>>().not.toExtend<Operation<PlaceContext, void, void>>();
});
