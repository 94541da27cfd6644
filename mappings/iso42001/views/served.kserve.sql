-- rows: kubernetes.inference_service
-- What the service does not say for itself, its namespace may say for all in it.
with named as (
  select
    i._subject as subject,
    i._source as source,
    i.metadata as meta,
    i.metadata.labels as labels,
    i.metadata.annotations as notes,
    n.metadata.labels as space_labels,
    n.metadata.annotations as space_notes,
    i.spec.predictor as predictor
  from kubernetes_inference_service i
  left join kubernetes_namespace n
    on n._source = i._source and n.metadata.name = i.metadata.namespace
)
select
  subject,
  source,
  coalesce(
    kubernetes_system(labels, notes), kubernetes_system(space_labels, space_notes)
  ) as system_id,
  'kserve' as platform,
  meta.name as name,
  meta.namespace as namespace,
  coalesce(
    kubernetes_environment(labels, notes), kubernetes_environment(space_labels, space_notes)
  ) as environment,
  predictor.containers[1].image as image,
  coalesce(predictor.model.storageUri, predictor.model.uri) as model_uri,
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
  predictor.logger is not null or kubernetes_logs_to(labels, notes) is not null as logging_enabled,
  kubernetes_monitored_by(labels, notes) as monitored_by,
  kubernetes_intended_use(labels, notes) as intended_use
from named
