-- rows: registered, lineage_io
-- A version's artifact leads on where a run is known to have written it, or into it.
with written as (
  select place from lineage_io where direction = 'written'
),
reached as (
  select place from written
  union
  select unnest(places_above(place)) from written
),
artifact as (
  select r.*, place_of(r.source_uri) as place from registered r where r.source_uri is not null
)
select
  a.subject, a.source, a.system_id, a.subject as node, 'model version' as node_type,
  a.model || ' ' || a.version as node_label,
  a.place as origin, 'place' as origin_type, a.place as origin_label,
  'recorded' as certainty, 'where the registry says that its artifact lies' as rule,
  a.created_at as happened_at, a.created_by as producer
from artifact a
where a.place in (select place from reached)
  or exists (
    select 1 from (select unnest(places_above(a.place)) as folder) f
    join written w on w.place = f.folder
  )
