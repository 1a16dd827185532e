-- Two schemas of our own, beside what the project has. The API roles may look names up in both, since
-- policies and functions in `everwatch` call helpers in `everwatch_private` as the caller; what they
-- may read and run there is granted object by object.
create schema everwatch;

comment on schema everwatch
  is 'Everwatch: what people and programs reach. Exposed through the Data API.';

create schema everwatch_private;

comment on schema everwatch_private is 'Everwatch: internals. Not exposed through the Data API.';

grant usage on schema everwatch, everwatch_private to authenticated, service_role;
