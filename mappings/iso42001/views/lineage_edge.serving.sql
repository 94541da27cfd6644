-- rows: deployment
-- A link that only labels make is a guess; all others are on record.
select
  d.subject,
  d.source,
  d.system_id,
  d.subject as node,
  'deployment' as node_type,
  coalesce(d.namespace || '/', '') || d.name as node_label,
  d.model_version_id as origin,
  'model version' as origin_type,
  v.model || ' ' || v.version as origin_label,
  case
    when d.model_version_id is null then 'broken'
    when d.link_rule = 'labels' then 'inferred'
    else 'recorded'
  end as certainty,
  d.link_rule as rule,
  coalesce(d.deployed_at, d.created_at) as happened_at,
  d.deployed_by as producer,
  case
    when d.model_version_id is null
      then 'serves ' || coalesce(d.model_uri, d.image, 'something')
        || ', which no registry that was read knows'
  end as problem
from deployment d
left join registered v on v.subject = d.model_version_id
