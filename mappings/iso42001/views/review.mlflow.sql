-- rows: mlflow.trace_count, mlflow.assessment
-- One row for each experiment with traces.
with counted as (
  select _source, experiment_id, min(_subject) as _subject, sum(traces)::bigint as traces
  from mlflow_trace_count
  group by all
),
judged as (
  select
    _source,
    experiment_id,
    count(*) filter (where source_type = 'HUMAN') as by_people,
    count(*) filter (where source_type <> 'HUMAN') as by_programs,
    max(create_time) filter (where source_type = 'HUMAN') as last_by_people
  from mlflow_assessment
  where valid is distinct from false
  group by all
)
select
  c._subject as subject,
  c._source as source,
  mlflow_system(e.tags) as system_id,
  coalesce(e.name, c.experiment_id) as name,
  c.traces as answers,
  coalesce(j.by_people, 0) as by_people,
  coalesce(j.by_programs, 0) as by_programs,
  instant(j.last_by_people) as last_by_people_at
from counted c
left join judged j on j._source = c._source and j.experiment_id = c.experiment_id
left join mlflow_experiment e on e._source = c._source and e.experiment_id = c.experiment_id
