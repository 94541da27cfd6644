-- rows: openlineage.event, run
-- One training run that two systems tell of: the tag mlflow.run_id, or the id itself.
with told as (
  select distinct
    _subject, _source, run_id, job_namespace || '/' || job_name as label, event_time, producer,
    coalesce(tags['mlflow.run_id'], tags['mlflow_run_id'], replace(run_id, '-', '')) as other_id,
    coalesce(tags['mlflow.run_id'], tags['mlflow_run_id']) is not null as is_tagged
  from openlineage_event
  where form = 'run'
)
select
  max_by(t._subject, row(t.event_time, t._subject)) as subject,
  max_by(t._source, row(t.event_time, t._subject)) as source,
  r.subject as node,
  'run' as node_type,
  r.name as node_label,
  'openlineage:run:' || t.run_id as origin,
  'run' as origin_type,
  max_by(t.label, row(t.event_time, t._subject)) as origin_label,
  'recorded' as certainty,
  case when bool_or(t.is_tagged) then 'its events name the MLflow run'
    else 'both have the same id' end as rule,
  max(t.event_time) as happened_at,
  max_by(t.producer, row(t.event_time, t._subject)) as producer
from told t
join run r on r.run_id = t.other_id
group by r.subject, r.name, t.run_id
