-- One row for each attempt to deliver an event to a webhook. A pending one finishes once, as sent or
-- failed; from then on it is history, which is deleted or left alone.
--
-- The table is partitioned by month, so that old rows go in an instant. Each partition has its own
-- primary key on the id: Postgres has no key over all of them that lacks the time.
create table everwatch.webhook_deliveries (
  id uuid not null default gen_random_uuid(),
  org_id uuid not null,
  webhook_id uuid not null,
  event_type text check (length(event_type) between 1 and 200),
  status text not null check (status in ('pending', 'sent', 'failed')),
  status_code integer check (status_code between 100 and 599),
  attempt integer not null default 1 check (attempt >= 1),
  duration_ms integer check (duration_ms >= 0),
  error text check (length(error) <= 10000),
  sent_at timestamptz not null default now() check (isfinite(sent_at)),
  bytes_out bigint check (bytes_out between 0 and 1000000000000),
  foreign key (org_id, webhook_id) references everwatch.webhooks (org_id, id) on delete cascade,
  constraint webhook_deliveries_no_duration_while_pending check (
    status <> 'pending'
    or duration_ms is null
  ),
  constraint webhook_deliveries_no_answer_while_pending check (
    status <> 'pending'
    or status_code is null
  ),
  constraint webhook_deliveries_no_error_while_pending check (status <> 'pending' or error is null),
  constraint webhook_deliveries_sent_is_no_error check (
    status <> 'sent'
    or status_code is null
    or status_code < 400
  )
)
partition by
  range (sent_at);

-- What no month's partition takes stays here: nothing is refused for its time.
create table everwatch_private.webhook_deliveries_default partition of everwatch.webhook_deliveries (primary key (id)) default;

-- The last success, and what failed or was sent since a time, of one webhook.
create index webhook_deliveries_by_webhook_idx
  on everwatch.webhook_deliveries (org_id, webhook_id, status, sent_at desc);

-- An org's deliveries over time.
create index webhook_deliveries_by_time_idx on everwatch.webhook_deliveries (org_id, sent_at desc);

comment on table everwatch.webhook_deliveries
  is 'Attempts to deliver an event to a webhook, one row each.';
comment on table everwatch_private.webhook_deliveries_default
  is 'Deliveries of months that have no partition.';
comment on column everwatch.webhook_deliveries.id
  is 'Unique within a month; track_events keeps it unique over all.';
comment on column everwatch.webhook_deliveries.org_id
  is 'The webhook''s org; filled in when left out.';
comment on column everwatch.webhook_deliveries.event_type
  is 'What was delivered, for example contact.created; null when it was not said.';
comment on column everwatch.webhook_deliveries.status
  is 'pending: not answered yet; sent: accepted by the receiver; failed: anything else.';
comment on column everwatch.webhook_deliveries.status_code
  is 'HTTP status of the answer; null when there was none.';
comment on column everwatch.webhook_deliveries.attempt
  is 'Which try of the same event this is, from 1.';
comment on column everwatch.webhook_deliveries.duration_ms
  is 'Milliseconds from request to answer; null while pending, and when it is not known.';
comment on column everwatch.webhook_deliveries.sent_at is 'When the attempt was made.';
comment on column everwatch.webhook_deliveries.bytes_out
  is 'Bytes of the body that was sent; null when it was not said.';
comment on constraint webhook_deliveries_event_type_check on everwatch.webhook_deliveries
  is 'event_type must be text of 1 to 200 characters';
comment on constraint webhook_deliveries_status_check on everwatch.webhook_deliveries
  is 'status must be pending, sent or failed';
comment on constraint webhook_deliveries_status_code_check on everwatch.webhook_deliveries
  is 'status_code must be from 100 to 599';
comment on constraint webhook_deliveries_attempt_check on everwatch.webhook_deliveries
  is 'attempt must be 1 or more';
comment on constraint webhook_deliveries_duration_ms_check on everwatch.webhook_deliveries
  is 'duration_ms must not be below 0';
comment on constraint webhook_deliveries_error_check on everwatch.webhook_deliveries
  is 'error must be text of up to 10000 characters';
comment on constraint webhook_deliveries_sent_at_check on everwatch.webhook_deliveries
  is 'sent_at must be finite';
comment on constraint webhook_deliveries_bytes_out_check on everwatch.webhook_deliveries
  is 'bytes_out must be from 0 to a terabyte';
comment on constraint webhook_deliveries_no_duration_while_pending on everwatch.webhook_deliveries
  is 'duration_ms must be null while the delivery is pending';
comment on constraint webhook_deliveries_no_answer_while_pending on everwatch.webhook_deliveries
  is 'status_code must be null while the delivery is pending';
comment on constraint webhook_deliveries_no_error_while_pending on everwatch.webhook_deliveries
  is 'error must be null while the delivery is pending';
comment on constraint webhook_deliveries_sent_is_no_error on everwatch.webhook_deliveries
  is 'status_code must be below 400 when the delivery was sent';

select
  everwatch_private.make_judge('webhook_delivery', 'everwatch.webhook_deliveries', 'sent_at', filled_in => '{org_id}');

alter table everwatch.webhook_deliveries enable row level security;

grant select on everwatch.webhook_deliveries to authenticated;
grant select, insert, update, delete on everwatch.webhook_deliveries to service_role;

create policy "members read their orgs' deliveries"
  on everwatch.webhook_deliveries
  for select
  to authenticated
  using (org_id = any (array(select everwatch_private.my_org_ids())));

create function everwatch_private.fill_in_org_of_webhook()
  returns trigger
  language plpgsql security definer set search_path = ''
  as $$
begin
  select org_id into new.org_id from everwatch.webhooks where id = new.webhook_id;
  return new;
end
$$;

comment on function everwatch_private.fill_in_org_of_webhook()
  is 'Gives a delivery without org_id its webhook''s.';

revoke execute on function everwatch_private.fill_in_org_of_webhook() from public;

create trigger fill_in_org
  before insert on everwatch.webhook_deliveries
  for each row
  when (new.org_id is null)
  execute function everwatch_private.fill_in_org_of_webhook();

create trigger keep_history
  before update on everwatch.webhook_deliveries
  for each row
  when (old.status <> 'pending'
    or (new.id, new.webhook_id, new.org_id) is distinct from (old.id, old.webhook_id, old.org_id))
  execute function everwatch_private.keep_history('a finished delivery does not change, nor does the webhook of any');
