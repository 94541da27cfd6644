-- rows: registered, lineage_io
-- A version's artifact leads on where a run is known to have written it, into it, or a folder
-- around it.
with written as (
  select distinct place from lineage_io where direction = 'written'
),
artifact as (
  select r.*, place_of(r.source_uri) as place from registered r where r.source_uri is not null
),
around as (
  select subject, unnest(places_above(place)) as folder from artifact
),
inside as (
  select unnest(places_above(place)) as folder from written
),
led_on as (
  select a.subject from artifact a join written w on w.place = a.place
  union
  select a.subject from artifact a join inside i on i.folder = a.place
  union
  select a.subject from around a join written w on w.place = a.folder
)
select
  a.subject, a.source, a.system_id, a.subject as node, 'model version' as node_type,
  a.model || ' ' || a.version as node_label,
  a.place as origin, 'place' as origin_type, a.place as origin_label,
  'recorded' as certainty, 'where the registry says that its artifact lies' as rule,
  a.created_at as happened_at, a.created_by as producer
from artifact a
join led_on l on l.subject = a.subject
