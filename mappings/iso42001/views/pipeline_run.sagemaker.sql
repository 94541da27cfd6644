-- rows: aws.pipeline_execution
-- Conditions and checks are gates; a check that was told to skip itself stopped nothing.
with execution as (
  select *,
    coalesce(list_filter(
      steps, lambda s: s.type in ('Condition', 'QualityCheck', 'ClarifyCheck')
    ), []) as gates
  from aws_pipeline_execution
),
newest as (
  select _source, pipeline, max_by(_subject, created_at) as _subject
  from execution
  where status = 'Succeeded'
  group by all
),
known as (select _source, name, any_value(tags) as tags from aws_pipeline group by all)
select
  e._subject as subject,
  e._source as source,
  aws_system(k.tags) as system_id,
  e.pipeline,
  e.name,
  e.created_at as started_at,
  e.status = 'Succeeded' as succeeded,
  n._subject is not null as newest,
  coalesce(len(e.steps), 0) as steps,
  len(e.gates) as gates,
  len(list_filter(e.gates, lambda s: s.check_skipped)) as gates_skipped,
  list_filter(e.gates, lambda s: s.check_skipped)[1].name as skipped
from execution e
left join newest n on n._subject = e._subject
left join known k on k._source = e._source and lower(k.name) = lower(e.pipeline)
