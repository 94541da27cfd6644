-- rows: aws.monitoring_schedule, aws.monitoring_execution
-- What the schedule asks for is counted where it says every hour, every so many hours or daily.
with schedule as (
  select
    *,
    regexp_extract(schedule, '^cron\(\d+ (\*|\d+|[\d*]+/\d+) \? \* \* \*\)$', 1) as hours
  from aws_monitoring_schedule
),
paced as (
  select
    *,
    case
      when hours = '*' then 1
      when contains(hours, '/') then nullif(split_part(hours, '/', 2)::bigint, 0)
      when hours <> '' then 24
    end as every_h,
    greatest(coalesce(created_at, as_of() - interval 30 day), as_of() - interval 30 day) as since
  from schedule
),
execution as (
  select
    _source,
    name,
    count(distinct coalesce(scheduled_at, created_at)) filter (
      where starts_with(status, 'Completed') and coalesce(scheduled_at, created_at) >= as_of() - interval 30 day
    ) as finished,
    count(*) filter (
      where status = 'Failed' and coalesce(scheduled_at, created_at) >= as_of() - interval 30 day
    ) as failed,
    max(coalesce(ended_at, created_at)) filter (where starts_with(status, 'Completed')) as finished_at,
    max(coalesce(ended_at, created_at)) filter (where status = 'Failed') as failed_at,
    max_by(status, coalesce(ended_at, created_at)) filter (where starts_with(status, 'Completed')) as newest
  from aws_monitoring_execution
  group by all
),
endpoint as (select source, name, min(system_id) as system_id from served group by all)
select
  p._subject as subject,
  p._source as source,
  coalesce(aws_system(p.tags), s.system_id) as system_id,
  p.name,
  p.type,
  p.endpoint as watches,
  p.status = 'Scheduled' as enabled,
  p.constraints_uri is not null as has_threshold,
  case when p.every_h is not null
    then date_diff('minute', p.since, as_of()) // (60 * p.every_h) end as expected,
  coalesce(e.finished, 0) as finished,
  coalesce(e.failed, 0) as failed,
  e.finished_at as last_finished_at,
  e.failed_at as last_failed_at,
  e.newest = 'CompletedWithViolations' as breached,
  case when e.newest = 'CompletedWithViolations' then e.finished_at end as breached_at
from paced p
left join execution e on e._source = p._source and e.name = p.name
left join endpoint s on s.source = p._source and s.name = p.endpoint
