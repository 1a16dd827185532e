/** Whether a value is no further from what is expected than a share of it. */
export function within(share: number, expected: number): (value: unknown) => boolean {
  return (value) => typeof value === 'number' && Math.abs(value - expected) <= share * expected
}
