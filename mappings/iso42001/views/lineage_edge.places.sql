-- rows: lineage_io, dataset, registered
-- Addresses that are not equal but lie in each other: a file of a folder that a run wrote, or a
-- folder with files that runs wrote. Both are conclusions, never records.
with written as (
  select distinct place from lineage_io where direction = 'written'
),
wanted as (
  select place, min(subject) as subject, min(source) as source
  from (
    select place, subject, source from lineage_io where direction = 'read'
    union all
    select place_of(source_uri), subject, source from dataset
    union all
    select place_of(source_uri), subject, source from registered
  )
  where place is not null and place not in (select place from written)
  group by all
),
above as (
  select subject, source, place, unnest(places_above(place)) as folder from wanted
),
below as (
  select place, unnest(places_above(place)) as folder from written
),
nearest as (
  select a.subject, a.source, a.place, max_by(w.place, len(w.place)) as origin,
    'lies in a folder that a run wrote' as rule
  from above a
  join written w on w.place = a.folder
  group by all
)
select
  subject, source, place as node, 'place' as node_type, place as node_label,
  origin, 'place' as origin_type, origin as origin_label, 'inferred' as certainty, rule
from nearest
union all by name
select
  w.subject, w.source, w.place as node, 'place' as node_type, w.place as node_label,
  b.place as origin, 'place' as origin_type, b.place as origin_label, 'inferred' as certainty,
  'holds something that a run wrote' as rule
from wanted w
join below b on b.folder = w.place
