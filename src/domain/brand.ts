/**
 * Nominal types: a `Brand<string, "QueueName">` is a string that a `parse…` function has validated.
 * The brand exists for the compiler only; values cross RPC and storage as the plain type.
 */
declare const brand: unique symbol;

export type Brand<T, Name extends string> = T & { readonly [brand]: Name };
