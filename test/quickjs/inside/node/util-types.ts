// node:util/types
export const isNativeError = (value: unknown): boolean => value instanceof Error;
