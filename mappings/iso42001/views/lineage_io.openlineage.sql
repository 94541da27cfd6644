-- rows: openlineage.event
-- All events of a run together: clients may send inputs with one and outputs with another.
with event as (
  select
    _subject,
    _source,
    event_time,
    event_type,
    producer,
    coalesce(
      'openlineage:run:' || run_id, 'openlineage:job:' || job_namespace || '/' || job_name
    ) as run,
    form,
    job_namespace || '/' || job_name as label,
    inputs,
    outputs
  from openlineage_event
  where form in ('run', 'job')
),
ended as (
  select
    run,
    case
      when count_if(event_type = 'COMPLETE') > 0 then 'complete'
      when count_if(event_type in ('FAIL', 'ABORT')) > 0 then 'failed'
      when count_if(form = 'run') > 0 then 'open'
      else 'declared'
    end as state
  from event
  group by all
),
data as (
  select * exclude (inputs, outputs), unnest(inputs) as d, 'read' as direction from event
  union all by name
  select * exclude (inputs, outputs), unnest(outputs) as d, 'written' as direction from event
),
named as (
  select d.*, dataset_place(d.d.namespace, d.d.name) as place from data d
)
select
  max_by(n._subject, row(n.event_time, n._subject)) as subject,
  max_by(n._source, row(n.event_time, n._subject)) as source,
  n.run,
  case when min(n.form) = 'job' then 'job' else 'run' end as run_type,
  max_by(n.label, row(n.event_time, n._subject)) as run_label,
  n.place,
  n.direction,
  max_by(n.d.version, row(n.event_time, n._subject)) filter (n.d.version is not null) as version,
  max(n.event_time) as happened_at,
  max_by(n.producer, row(n.event_time, n._subject)) as producer,
  min(e.state) as state
from named n
join ended e on e.run = n.run
where n.place is not null
group by n.run, n.place, n.direction
