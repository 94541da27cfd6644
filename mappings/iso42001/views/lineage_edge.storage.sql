-- rows: lineage_io, dataset, registered
-- Where an address ends: the bucket that it lies in, if buckets are read.
with place as (
  select place from lineage_io
  union
  select place_of(source_uri) from dataset
  union
  select place_of(source_uri) from registered
)
select
  s.subject,
  s.source,
  s.system_id,
  p.place as node,
  'place' as node_type,
  p.place as node_label,
  s.subject as origin,
  'bucket' as origin_type,
  s.name as origin_label,
  'recorded' as certainty,
  case when s.versioned then 'lies in a bucket that keeps versions' else 'lies in this bucket' end
    as rule
from place p
join storage s on s.name = regexp_extract(p.place, '^s3://([^/]+)', 1)
where starts_with(p.place, 's3://')
