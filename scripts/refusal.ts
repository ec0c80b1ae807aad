/**
 * An expected error: its message tells the operator what to do. Any other exception is a bug and is printed with its stack.
 */
export class Refusal extends Error {}
