/** One thing that must hold of the checkout. */
export interface Step {
  /** What is looked at. */
  name: string
  /** What to do about a problem, as a sentence. */
  howToMend: string
  /** Returns what is wrong, in words to print; undefined when nothing is. */
  findProblem(): Promise<string | undefined>
  /** Mends what a machine can mend: what `npm run check -- --fix` does. */
  mend?(): Promise<void>
}
