-- One row for each request to the portal's API. Rows are added and, when old, deleted; never changed.
-- The table is partitioned by month, as webhook_deliveries is.
create table everwatch.api_audit_logs (
  id uuid not null default gen_random_uuid(),
  org_id uuid not null references everwatch.orgs (id) on delete cascade,
  request_id text check (length(request_id) between 1 and 200),
  api_key_id uuid,
  method text not null check (method ~ '^[A-Z]{1,20}$'),
  path text not null check (length(path) between 1 and 2048),
  resource_type text check (length(resource_type) between 1 and 100),
  status_code integer not null check (status_code between 100 and 599),
  duration_ms integer check (duration_ms >= 0),
  ip inet,
  user_agent text check (length(user_agent) <= 1024),
  created_at timestamptz not null default now() check (isfinite(created_at)),
  bytes_out bigint check (bytes_out between 0 and 1000000000000),
  foreign key (org_id, api_key_id) references everwatch.api_keys (org_id, id) on delete set null (api_key_id)
)
partition by
  range (created_at);

create table everwatch_private.api_audit_logs_default partition of everwatch.api_audit_logs (primary key (id)) default;

create index api_audit_logs_by_time_idx on everwatch.api_audit_logs (org_id, created_at desc);

create index api_audit_logs_by_key_idx
  on everwatch.api_audit_logs (org_id, api_key_id, created_at desc)
  where api_key_id is not null;

comment on table everwatch.api_audit_logs is 'Requests to the portal''s API, one row each.';
comment on table everwatch_private.api_audit_logs_default
  is 'Requests of months that have no partition.';
comment on column everwatch.api_audit_logs.id
  is 'Unique within a month; track_events keeps it unique over all.';
comment on column everwatch.api_audit_logs.request_id
  is 'The id that the response carried as x-request-id.';
comment on column everwatch.api_audit_logs.api_key_id
  is 'The key that was used; null for a signed-in user.';
comment on column everwatch.api_audit_logs.path
  is 'Path without the query string, up to 2048 characters.';
comment on column everwatch.api_audit_logs.resource_type
  is 'Kind of thing asked for, for example contacts; null when it was not said.';
comment on column everwatch.api_audit_logs.duration_ms
  is 'Milliseconds from request to response; null when it is not known.';
comment on column everwatch.api_audit_logs.created_at is 'When the request came in.';
comment on column everwatch.api_audit_logs.bytes_out
  is 'Bytes of the answer''s body; null when it was not said.';
comment on constraint api_audit_logs_request_id_check on everwatch.api_audit_logs
  is 'request_id must be text of 1 to 200 characters';
comment on constraint api_audit_logs_method_check on everwatch.api_audit_logs
  is 'method must be 1 to 20 capitals';
comment on constraint api_audit_logs_path_check on everwatch.api_audit_logs
  is 'path must be text of 1 to 2048 characters';
comment on constraint api_audit_logs_resource_type_check on everwatch.api_audit_logs
  is 'resource_type must be text of 1 to 100 characters';
comment on constraint api_audit_logs_status_code_check on everwatch.api_audit_logs
  is 'status_code must be from 100 to 599';
comment on constraint api_audit_logs_duration_ms_check on everwatch.api_audit_logs
  is 'duration_ms must not be below 0';
comment on constraint api_audit_logs_user_agent_check on everwatch.api_audit_logs
  is 'user_agent must be text of up to 1024 characters';
comment on constraint api_audit_logs_created_at_check on everwatch.api_audit_logs
  is 'created_at must be finite';
comment on constraint api_audit_logs_bytes_out_check on everwatch.api_audit_logs
  is 'bytes_out must be from 0 to a terabyte';

select
  everwatch_private.make_judge('api_request', 'everwatch.api_audit_logs', 'created_at');

alter table everwatch.api_audit_logs enable row level security;

grant select on everwatch.api_audit_logs to authenticated;
grant select, insert, delete on everwatch.api_audit_logs to service_role;

create policy "members read their orgs' requests"
  on everwatch.api_audit_logs
  for select
  to authenticated
  using (org_id = any (array(select everwatch_private.my_org_ids())));

-- A key that is deleted leaves its requests without it; nothing else changes.
create trigger keep_history
  before update on everwatch.api_audit_logs
  for each row
  when ((new.id, new.org_id, new.resource_type, new.status_code, new.duration_ms, new.created_at) is distinct from (old.id, old.org_id, old.resource_type, old.status_code, old.duration_ms, old.created_at))
  execute function everwatch_private.keep_history('a request does not change');
