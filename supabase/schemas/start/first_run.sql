-- What runs once, when all is there: partitions for what comes in, and numbers, so that from the first
-- moment on there is an answer to when they were refreshed.
select everwatch_private.make_partitions();

select everwatch_private.age_rollups();

select everwatch.refresh_monitoring_views();
