import { Page } from '../shell/Page.tsx'

export function System() {
  return <Page title="System">{null}</Page>
}
