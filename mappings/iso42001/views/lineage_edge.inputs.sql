-- rows: dataset
-- From a run to its datasets, and from each to where its data lies. A dataset is known by name and
-- digest, so runs that used the same data share it. The digest is MLflow's own: it is not compared
-- with the versions that those give who wrote the place.
with input as (
  select distinct
    d.subject,
    d.source,
    d.run_id,
    r.name as run_label,
    d.name,
    d.digest,
    d.context,
    place_of(d.source_uri) as place,
    d.name || '@' || coalesce(d.digest, d.run_id) as dataset,
    r.user_id,
    coalesce(r.ended_at, r.started_at) as happened_at
  from dataset d
  left join run r on r.source = d.source and r.run_id = d.run_id
)
select
  subject, source, subject as node, 'run' as node_type, run_label as node_label,
  'dataset:' || dataset as origin, 'dataset' as origin_type, name as origin_label,
  'recorded' as certainty, coalesce(context, 'input') || ' data of the run' as rule,
  digest as version, happened_at, user_id as producer, null as problem
from input
union all by name
select
  subject, source, 'dataset:' || dataset as node, 'dataset' as node_type, name as node_label,
  place as origin, 'place' as origin_type, place as origin_label,
  case when place is null then 'broken' else 'recorded' end as certainty,
  'where the run says that its data lies' as rule,
  null as version, happened_at, user_id as producer,
  case when place is null then 'has no source on record' end as problem
from input
