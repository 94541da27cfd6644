-- rows: registered, deployment
-- Evaluated: what a tag says; else, when the run has metrics, the end of that run.
with live as (
  select model_version_id, count(*) as deployments
  from deployment
  where environment = 'production' and model_version_id is not null
  group by all
)
select
  r.subject,
  r.source,
  r.system_id,
  r.subject as model_version_id,
  r.platform,
  r.model,
  r.version,
  r.source_uri,
  r.run_id,
  case when run.run_id is not null then true when r.keeps_runs then false end as run_found,
  r.created_at,
  r.created_by,
  coalesce(run.user_id, r.created_by) as trained_by,
  coalesce(r.commit_id, run.commit_id) as commit_id,
  r.approved,
  r.approval_status,
  r.approved_by,
  r.approved_at,
  coalesce(r.evaluated_at, case when run.metrics > 0 then run.ended_at end) as evaluated_at,
  coalesce(run.metrics, r.evaluations, 0) as metrics,
  coalesce(run.datasets, 0) as datasets,
  coalesce(run.datasets_with_digest, 0) as datasets_with_digest,
  coalesce(run.datasets_with_source, 0) as datasets_with_source,
  coalesce(run.contexts, []) as contexts,
  coalesce(r.aliases, []) as aliases,
  r.has_description,
  r.intended_use,
  coalesce(r.marked_production, false) or coalesce(live.deployments, 0) > 0 as in_production,
  coalesce(live.deployments, 0) as production_deployments
from registered r
left join run on run.source = r.source and run.run_id = r.run_id
left join live on live.model_version_id = r.subject
