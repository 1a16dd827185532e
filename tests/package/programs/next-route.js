import { redirect } from 'next/navigation'
import { withMonitoring } from 'everwatch/middleware'

export const dynamic = 'force-dynamic'

export const GET = withMonitoring(async (request, context, { params }) => {
  const { id } = await params
  if (id === 'gone') redirect('/elsewhere')
  if (id === 'broken') throw new Error('hunter2')
  return Response.json({ id, route: context.route })
})
