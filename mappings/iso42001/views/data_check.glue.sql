-- rows: aws.data_quality_result
-- A dataset of a run is this table when both have the same name.
with checked as (
  select
    _source,
    "database",
    "table",
    max_by(_subject, coalesce(completed_at, started_at)) as _subject,
    min(coalesce(completed_at, started_at)) as first_at
  from aws_data_quality_result
  where "table" is not null
  group by all
),
training as (
  select lower(d.name) as name, min(d.system_id) as system_id, min(r.started_at) as trained_at
  from dataset d
  left join run r on r.source = d.source and r.run_id = d.run_id
  where d.in_production
  group by all
)
select
  r._subject as subject,
  r._source as source,
  t.system_id,
  r."database" || '.' || r."table" as dataset,
  c.first_at as first_checked_at,
  coalesce(r.completed_at, r.started_at) as checked_at,
  t.trained_at,
  coalesce(r.rules_passed, 0) + coalesce(r.rules_failed, 0) as rules,
  r.rules_failed as failed,
  100 * r.score as score,
  list_filter(r.rules, lambda x: x.result <> 'PASS')[1].name as failing
from aws_data_quality_result r
join checked c on c._subject = r._subject
left join training t on t.name = lower(r."table")
