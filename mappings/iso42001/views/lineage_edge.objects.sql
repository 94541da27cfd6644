-- rows: aws.object_version
-- From an object's address to its versions; of a folder only how many objects lie below it: which
-- of them were read, nobody says.
with object as (
  select
    _subject,
    _source,
    place_of('s3://' || "bucket" || '/' || "key") as place,
    version_id,
    size_bytes,
    last_modified,
    is_delete_marker is true as is_deletion
  from aws_object_version
  where not ends_with("key", '/')
),
newest as (
  select place, max(row(last_modified, _subject)) as latest from object group by all
),
below as (
  select o._subject, o._source, o.last_modified, unnest(places_above(o.place)) as folder
  from object o
  join newest n on n.place = o.place and n.latest = row(o.last_modified, o._subject)
  where not o.is_deletion
)
select
  _subject as subject, _source as source, place as node, 'place' as node_type, place as node_label,
  _subject as origin, 'object version' as origin_type,
  case when is_deletion then 'deletion' else version_id || ', ' || size_bytes || ' bytes' end
    as origin_label,
  case when is_deletion then 'broken' else 'recorded' end as certainty,
  'a version of this object' as rule, version_id as version, last_modified as happened_at,
  case when is_deletion then 'had been deleted when it was read' end as problem
from object
union all by name
select
  max_by(_subject, row(last_modified, _subject)) as subject,
  max_by(_source, row(last_modified, _subject)) as source,
  folder as node, 'place' as node_type, folder as node_label,
  folder || '/*' as origin, 'objects' as origin_type, count(*) || ' objects' as origin_label,
  'inferred' as certainty, 'objects that lie below it now, the newest of them' as rule,
  null as version, max(last_modified) as happened_at, null as problem
from below
group by folder
