-- What may be tracked: the fields of each type of event.
create table everwatch_private.event_fields (
  type text not null,
  field text not null,
  kind text not null check (kind in ('uuid', 'reference', 'text', 'integer', 'number', 'labels', 'time', 'ip')),
  required boolean not null default false,
  least bigint,
  most bigint,
  choices text[],
  pattern text,
  primary key (type, field)
);

insert into
  everwatch_private.event_fields(type, field, kind, required, least, most, choices, pattern)
values
  ('webhook_delivery', 'id', 'uuid', false, null, null, null, null),
  ('webhook_delivery', 'webhook_id', 'reference', true, null, null, null, null),
  ('webhook_delivery', 'status', 'text', true, 1, 20, '{pending,sent,failed}', null),
  ('webhook_delivery', 'duration_ms', 'integer', false, 0, 2147483647, null, null),
  ('webhook_delivery', 'event_type', 'text', false, 1, 200, null, null),
  ('webhook_delivery', 'status_code', 'integer', false, 100, 599, null, null),
  ('webhook_delivery', 'attempt', 'integer', false, 1, 2147483647, null, null),
  ('webhook_delivery', 'error', 'text', false, 0, 10000, null, null),
  ('webhook_delivery', 'sent_at', 'time', false, null, null, null, null),
  ('webhook_delivery', 'bytes_out', 'integer', false, 0, 1000000000000, null, null),
  ('rule_execution', 'id', 'uuid', false, null, null, null, null),
  ('rule_execution', 'rule_id', 'reference', true, null, null, null, null),
  ('rule_execution', 'status', 'text', true, 1, 20, '{success,failed}', null),
  ('rule_execution', 'duration_ms', 'integer', true, 0, 2147483647, null, null),
  ('rule_execution', 'affected_contacts', 'integer', true, 0, 2147483647, null, null),
  ('rule_execution', 'error', 'text', false, 0, 10000, null, null),
  ('rule_execution', 'executed_at', 'time', false, null, null, null, null),
  ('api_request', 'id', 'uuid', false, null, null, null, null),
  ('api_request', 'org_id', 'reference', true, null, null, null, null),
  ('api_request', 'method', 'text', true, 1, 20, null, '^[A-Z]+$'),
  ('api_request', 'path', 'text', true, 1, 2048, null, null),
  ('api_request', 'status_code', 'integer', true, 100, 599, null, null),
  ('api_request', 'duration_ms', 'integer', true, 0, 2147483647, null, null),
  ('api_request', 'request_id', 'text', false, 1, 200, null, null),
  ('api_request', 'resource_type', 'text', false, 1, 100, null, null),
  ('api_request', 'api_key_id', 'reference', false, null, null, null, null),
  ('api_request', 'ip', 'ip', false, null, null, null, null),
  ('api_request', 'user_agent', 'text', false, 0, 1024, null, null),
  ('api_request', 'created_at', 'time', false, null, null, null, null),
  ('api_request', 'bytes_out', 'integer', false, 0, 1000000000000, null, null),
  ('rate_limit', 'id', 'uuid', false, null, null, null, null),
  ('rate_limit', 'org_id', 'reference', true, null, null, null, null),
  ('rate_limit', 'key_type', 'text', true, 1, 20, '{api_key,org,ip}', null),
  ('rate_limit', 'identifier', 'text', true, 1, 200, null, null),
  ('rate_limit', 'request_count', 'integer', true, 0, 2147483647, null, null),
  ('rate_limit', 'limit_max', 'integer', true, 1, 2147483647, null, null),
  ('rate_limit', 'window_start', 'time', false, null, null, null, null),
  ('rate_limit', 'window_seconds', 'integer', false, 1, 2147483647, null, null),
  ('metric', 'id', 'uuid', false, null, null, null, null),
  ('metric', 'org_id', 'reference', true, null, null, null, null),
  ('metric', 'name', 'text', true, 1, 200, null, '^[a-zA-Z_][a-zA-Z0-9_.:-]*$'),
  ('metric', 'kind', 'text', true, 1, 20, '{counter,gauge,histogram}', null),
  ('metric', 'value', 'number', true, null, null, null, null),
  ('metric', 'count', 'integer', false, 1, 2147483647, null, null),
  ('metric', 'labels', 'labels', false, null, null, null, null),
  ('metric', 'at', 'time', false, null, null, null, null),
  ('deploy', 'id', 'uuid', false, null, null, null, null),
  ('deploy', 'org_id', 'reference', true, null, null, null, null),
  ('deploy', 'service', 'text', true, 1, 100, null, null),
  ('deploy', 'version', 'text', true, 1, 200, null, null),
  ('deploy', 'at', 'time', false, null, null, null, null);

comment on table everwatch_private.event_fields is 'The fields of each type of event.';
comment on column everwatch_private.event_fields.kind
  is 'reference is the uuid of a row that is there; number is from -1e15 to 1e15; labels are up to 10 texts by name; time is ISO 8601 with an offset.';
comment on column everwatch_private.event_fields.least
  is 'With `most`: what an integer may be, or how many characters a text may have.';
comment on column everwatch_private.event_fields.choices
  is 'All that a text may be; null: anything that matches the pattern, if there is one.';

grant select on everwatch_private.event_fields to service_role;

-- Too few rows for the server to do it by itself, and batches are joined with them.
analyze everwatch_private.event_fields;
