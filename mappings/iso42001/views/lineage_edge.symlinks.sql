-- rows: openlineage.event
-- Other names of a dataset, as its events give them, in both directions.
with data as (
  select _subject, _source, event_time, producer, unnest(inputs) as d from openlineage_event
  union all
  select _subject, _source, event_time, producer, unnest(outputs) as d from openlineage_event
),
link as (
  select *, unnest(d.symlinks) as other from data
),
pair as (
  select
    dataset_place(d.namespace, d.name) as one,
    dataset_place(other.namespace, other.name) as two,
    max_by(_subject, row(event_time, _subject)) as subject,
    max_by(_source, row(event_time, _subject)) as source,
    max_by(producer, row(event_time, _subject)) as producer,
    max(event_time) as happened_at
  from link
  group by all
),
both_ways as (
  select one as node, two as origin, subject, source, producer, happened_at from pair
  union
  select two, one, subject, source, producer, happened_at from pair
)
select
  subject, source, node, 'place' as node_type, node as node_label, origin,
  'place' as origin_type, origin as origin_label, 'recorded' as certainty,
  'another name of it' as rule, happened_at, producer
from both_ways
where node <> origin
