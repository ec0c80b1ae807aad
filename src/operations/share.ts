/** Pre-signed URLs of a queue. */
import { Refusal } from "../domain/refusal.ts";
import { after, toSeconds, type EpochMs } from "../domain/time.ts";
import { isSignableProject, type ShareRequest, type SignedGrant, type UrlGrant } from "../domain/signed-grant.ts";
import { placeHref } from "../wire/hrefs.ts";
import type { Context, QueueContext } from "./context.ts";
import { always, type Operation } from "./operation.ts";

const DAY = 86_400;

export const shareQueue: Operation<QueueContext, ShareRequest, SignedGrant> = {
  name: "queue_share",
  policy: "queues:share",
  whatFailed: "The queue could not be shared.",
  isIdempotent: always,
  async run(context, { resources, methods, expiresAt }) {
    const { project, place } = context;
    if (context.config.signedUrlKeys.length === 0) throw invalid("This service has no key to sign URLs with.");
    if (!isSignableProject(project)) throw invalid(UNSIGNABLE_PROJECT);
    const generation = await context.stub().signingGeneration();
    const grant: UrlGrant = {
      paths: resources.map((resource) => `${placeHref(place)}/${resource}`).toSorted(),
      methods: methods.toSorted(),
      project,
      expiresAt: checkExpiry(context, expiresAt),
    };
    const signature = await context.signer.sign(grant, generation);
    if (signature === null) throw new Error("A service with a signing key has not signed.");
    return { ...grant, signature };
  },
};

/** The reason why no URL can be signed for a project. */
export const UNSIGNABLE_PROJECT =
  "No URL can be signed for this project: its id contains a comma, a backslash or a control character.";

function checkExpiry({ config, clock }: Context, requested: EpochMs | null): EpochMs {
  const now = clock();
  const max = config.signedUrlTtlMax;
  if (requested === null) return after(now, toSeconds(Math.min(DAY, max ?? DAY)));
  if (requested <= now) throw invalid("`expires` must be in the future.");
  if (max !== null && requested > after(now, toSeconds(max)))
    throw invalid(`\`expires\` is more than ${max} seconds ahead.`);
  return requested;
}

function invalid(reason: string): Refusal {
  return new Refusal({ kind: "request-invalid", reason });
}
