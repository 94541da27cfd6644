-- rows: model_version
-- A registry that keeps no runs (keeps_runs is NULL) breaks nothing by naming none.
select
  v.subject,
  v.source,
  v.system_id,
  v.subject as node,
  'model version' as node_type,
  v.model || ' ' || v.version as node_label,
  r.subject as origin,
  'run' as origin_type,
  r.name as origin_label,
  case when v.run_found then 'recorded' else 'broken' end as certainty,
  'the registry names its run' as rule,
  coalesce(r.ended_at, r.started_at) as happened_at,
  v.trained_by as producer,
  case
    when v.run_id is null then 'names no training run'
    when not v.run_found
      then 'names run ' || v.run_id || ', which was not found where it was read from'
  end as problem
from model_version v
left join run r on r.source = v.source and r.run_id = v.run_id and v.run_found
where v.run_found is not null
