-- Everything internal lives in `monitoring`, which the Data API never exposes. The API roles may
-- look names up in it, because policies and functions in `public` call its helpers as the caller;
-- what they may run there is granted function by function.
create schema monitoring;

comment on schema monitoring
  is 'Internals of the monitoring system: helpers, rollups, schedules. Not exposed through the Data API.';

revoke all on schema monitoring from public;
grant usage on schema monitoring to authenticated, service_role;
