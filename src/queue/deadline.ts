/** Rejects when the promise takes longer; what it does later then concerns nobody. */
export async function within<T>(timeoutMs: number, promise: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${timeoutMs} ms`)), timeoutMs);
  });
  try {
    return await Promise.race([promise, timeout]);
  } finally {
    clearTimeout(timer);
  }
}

/** Whether the promise is fulfilled within the time. */
export async function isDone(timeoutMs: number, promise: Promise<unknown>): Promise<boolean> {
  return await within(timeoutMs, promise).then(
    () => true,
    () => false,
  );
}
