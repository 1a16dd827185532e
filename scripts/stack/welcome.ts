/** What a person reads when the stack is up: where to look, and one command that works. */
export function welcome(environment: Record<string, string>): string {
  const { API_URL, DB_URL, FUNCTIONS_URL, DASHBOARD_URL, SECRET_KEY } = environment
  const { DEMO_EMAIL, DEMO_PASSWORD, DEMO_ORG_ID } = environment
  const lines = [
    '',
    `  Dashboard   ${DASHBOARD_URL}`,
    `  API         ${API_URL}`,
    `  Functions   ${FUNCTIONS_URL}`,
    `  Database    ${DB_URL}`,
  ]
  if (DEMO_ORG_ID) {
    lines.push(
      `  Sign in     ${DEMO_EMAIL} with the password ${DEMO_PASSWORD}`,
      '',
      '  Your webhooks’ success rates:',
      `  curl -H "apikey: ${SECRET_KEY}" "${FUNCTIONS_URL}/monitoring/metrics?org_id=${DEMO_ORG_ID}"`,
    )
  } else {
    lines.push('', `  The API’s description:`, `  curl "${FUNCTIONS_URL}/monitoring/openapi.json"`)
  }
  lines.push('', '  All values again: npm run -s status. Ctrl-C stops everything.', '')
  return lines.join('\n')
}
