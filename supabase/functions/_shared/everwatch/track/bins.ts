/**
 * Values are counted in bins, as the database counts them (supabase/schemas/histograms/bins.sql): each bin
 * is 2% wider than the one before, so what stands for a value is within 1% of it.
 */
const growth = 1.02
const logGrowth = Math.log(growth)

/** The bin of 0, of what is below it, and of what is too small to tell from it. */
const lowest = -32_768

export function binOf(value: number): number {
  return value > 1e-280 ? Math.ceil(Math.log(value) / logGrowth) : lowest
}

/** What stands for the values in a bin: as far from both of its ends, relative to each. */
export function binValue(bin: number): number {
  return bin === lowest ? 0 : (2 * growth ** bin) / (1 + growth)
}
