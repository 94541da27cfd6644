-- rows: kubernetes.deployment
-- Plain Deployments count when they name an AI system or a model themselves; those that KServe
-- makes for an InferenceService are that service and do not count twice.
with named as (
  select
    d._subject as subject,
    d._source as source,
    d.metadata as meta,
    d.metadata.labels as labels,
    d.metadata.annotations as notes,
    n.metadata.labels as space_labels,
    n.metadata.annotations as space_notes,
    d.spec.template.spec.containers[1].image as image
  from kubernetes_deployment d
  left join kubernetes_namespace n
    on n._source = d._source and n.metadata.name = d.metadata.namespace
)
select
  subject,
  source,
  kubernetes_system(labels, notes) as system_id,
  'kubernetes' as platform,
  meta.name as name,
  meta.namespace as namespace,
  coalesce(
    kubernetes_environment(labels, notes), kubernetes_environment(space_labels, space_notes)
  ) as environment,
  image,
  kubernetes_model_name(labels, notes) as model,
  kubernetes_model_version(labels, notes) as version,
  meta.creationTimestamp as created_at,
  instant(kubernetes_deployed_at(labels, notes)) as deployed_at,
  kubernetes_deployed_by(labels, notes) as deployed_by,
  kubernetes_approval_status(labels, notes) as approval_status,
  kubernetes_approved_by(labels, notes) as approved_by,
  instant(kubernetes_approved_at(labels, notes)) as approved_at,
  coalesce(
    kubernetes_owner(labels, notes), kubernetes_owner(space_labels, space_notes)
  ) as owner,
  -- a plain Deployment shows no logger; what it does not name is not known to be missing
  case when kubernetes_logs_to(labels, notes) is not null then true end as logging_enabled,
  kubernetes_monitored_by(labels, notes) as monitored_by,
  kubernetes_intended_use(labels, notes) as intended_use
from named
where (kubernetes_system(labels, notes) is not null or kubernetes_model_name(labels, notes) is not null)
  and not coalesce(map_contains(labels, 'serving.kserve.io/inferenceservice'), false)
