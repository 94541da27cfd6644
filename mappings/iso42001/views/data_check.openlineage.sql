-- rows: openlineage.event
-- A dataset of a run is this one when its address is namespace and name.
with touched as (
  select _subject, _source, event_time,
    unnest(list_concat(coalesce(inputs, []), coalesce(outputs, []))) as d
  from openlineage_event
),
tested as (
  select
    _subject,
    _source,
    event_time,
    d.namespace || '/' || ltrim(d.name, '/') as dataset,
    len(d.assertions) as rules,
    len(list_filter(d.assertions, lambda a: not a.success)) as failed,
    list_filter(d.assertions, lambda a: not a.success)[1].assertion as failing
  from touched
  where len(d.assertions) > 0
),
newest as (
  select dataset, min(event_time) as first_at, max_by(tested, event_time) as t from tested group by all
),
training as (
  select d.source_uri, min(d.system_id) as system_id, min(r.started_at) as trained_at
  from dataset d
  left join run r on r.source = d.source and r.run_id = d.run_id
  where d.in_production and d.source_uri is not null
  group by all
)
select
  n.t._subject as subject,
  n.t._source as source,
  u.system_id,
  n.dataset,
  n.first_at as first_checked_at,
  n.t.event_time as checked_at,
  u.trained_at,
  n.t.rules as rules,
  n.t.failed as failed,
  100.0 * (n.t.rules - n.t.failed) / n.t.rules as score,
  n.t.failing as failing
from newest n
left join training u on u.source_uri = n.dataset
