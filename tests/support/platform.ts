/** Which Postgres the tests run on: see `scripts/stack/binaries.ts`. */
export { platform } from '../../scripts/stack/binaries.ts'
