import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useProject } from '../app-context.ts'
import { channelsQuery } from '../data/channels.ts'
import { useIsAdmin } from '../data/role.ts'
import { Loaded } from '../ui/Loaded.tsx'
import { Empty, Panel } from '../ui/Panel.tsx'
import { ChannelForm } from './ChannelForm.tsx'
import { ChannelRow } from './ChannelRow.tsx'

/** Where the org's alerts are told. */
export function Channels({ orgId }: { orgId: string }) {
  const query = useQuery(channelsQuery(useProject(), orgId))
  const isAdmin = useIsAdmin(orgId)
  const [isAdding, setIsAdding] = useState(false)
  return (
    <Panel
      title="Channels"
      flush
      aside={
        isAdmin ? (
          <button
            type="button"
            className="button"
            aria-expanded={isAdding}
            onClick={() => setIsAdding(!isAdding)}
          >
            Add a channel
          </button>
        ) : (
          'Owners and admins change them.'
        )
      }
    >
      {isAdding && <ChannelForm orgId={orgId} onDone={() => setIsAdding(false)} />}
      <Loaded query={query} height="8rem">
        {(rows) =>
          rows.length === 0 ? (
            <Empty title="Nobody is told of alerts">
              <p>Add a channel, and alerts go where your people look.</p>
            </Empty>
          ) : (
            <ul>
              {rows.map((channel) => (
                <ChannelRow key={channel.id} orgId={orgId} channel={channel} isAdmin={isAdmin} />
              ))}
            </ul>
          )
        }
      </Loaded>
    </Panel>
  )
}
