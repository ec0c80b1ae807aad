/** Why nothing was started, in one sentence for the operator. Anything else that is thrown is a bug and keeps its stack. */
export class Refusal extends Error {}
