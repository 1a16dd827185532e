-- mv_webhook_performance as a materialized view of what the refresh keeps: the same columns and rows, from
-- the same totals.
create materialized view bench.kept_webhook_performance as
select
  *
from
  everwatch_private.current_webhook_performance(null);

create unique index kept_webhook_performance_key
  on bench.kept_webhook_performance (org_id, webhook_id);
