-- rows: manifests.object, kubernetes.deployment, kubernetes.stateful_set, kubernetes.daemon_set, kubernetes.cron_job, kubernetes.inference_service
-- What runs beside what is declared, one row for each workload of either side. What a controller
-- makes for another object belongs to that; namespaces count that hold something declared or served.
with running as (
  select _subject, _source, 'Deployment' as kind, metadata as meta,
    spec.template.spec.initContainers as first, spec.template.spec.containers as rest,
    null::varchar as model_uri
  from kubernetes_deployment
  union all by name
  select _subject, _source, 'StatefulSet' as kind, metadata as meta,
    spec.template.spec.initContainers as first, spec.template.spec.containers as rest
  from kubernetes_stateful_set
  union all by name
  select _subject, _source, 'DaemonSet' as kind, metadata as meta,
    spec.template.spec.initContainers as first, spec.template.spec.containers as rest
  from kubernetes_daemon_set
  union all by name
  select _subject, _source, 'CronJob' as kind, metadata as meta,
    spec.jobTemplate.spec.template.spec.initContainers as first,
    spec.jobTemplate.spec.template.spec.containers as rest
  from kubernetes_cron_job
  union all by name
  select _subject, _source, 'InferenceService' as kind, metadata as meta,
    spec.predictor.containers as rest,
    coalesce(
      spec.predictor.model.storageUri, spec.predictor.model.uri, spec.predictor.sklearn.storageUri,
      spec.predictor.xgboost.storageUri, spec.predictor.lightgbm.storageUri,
      spec.predictor.tensorflow.storageUri, spec.predictor.pytorch.storageUri,
      spec.predictor.onnx.storageUri, spec.predictor.triton.storageUri,
      spec.predictor.huggingface.storageUri
    ) as model_uri
  from kubernetes_inference_service
),
declared as (
  select cluster, kind, metadata.namespace as namespace, metadata.name as name,
    min(_subject) as _subject, min(_source) as _source,
    any_value(metadata.labels) as labels, any_value(metadata.annotations) as notes,
    list_sort(list_distinct(flatten(list(coalesce(images, []))))) as images,
    min(model_uri) as model_uri, min(path) as file
  from manifests_object
  where kind in ('Deployment', 'StatefulSet', 'DaemonSet', 'CronJob', 'InferenceService')
  group by all
),
looked_at as (
  select cluster as source, namespace from declared
  union
  select s.source, s.namespace from served s
  where s.source in (select cluster from declared) and s.platform in ('kubernetes', 'kserve')
),
here as (
  select r.*,
    list_sort(list_distinct(list_transform(
      coalesce(r.first, []) || coalesce(r.rest, []), lambda c: c.image
    ))) as images
  from running r
  join looked_at l on l.source = r._source and l.namespace = r.meta.namespace
  where coalesce(len(r.meta.ownerReferences), 0) = 0
    and not coalesce(map_contains(r.meta.labels, 'serving.kserve.io/inferenceservice'), false)
)
select
  coalesce(h._subject, d._subject) as subject,
  coalesce(h._source, d._source) as source,
  coalesce(
    s.system_id, kubernetes_system(h.meta.labels, h.meta.annotations),
    kubernetes_system(d.labels, d.notes)
  ) as system_id,
  coalesce(h.kind, d.kind) as kind,
  coalesce(h.meta.namespace, d.namespace) as namespace,
  coalesce(h.meta.name, d.name) as name,
  coalesce(h._source, d.cluster) as cluster,
  case when h._subject is not null then true when d.namespace is not null then false end as running,
  case when d._subject is not null then true when n.name is null then false end as declared,
  nullif(array_to_string(h.images || [h.model_uri], ', '), '') as runs,
  nullif(array_to_string(d.images || [d.model_uri], ', '), '') as declares,
  d.file
from here h
full join declared d
  on d.cluster = h._source and d.kind = h.kind and d.namespace = h.meta.namespace
  and d.name = h.meta.name
left join served s on s.subject = h._subject
-- a manifest without a namespace may be any of that name
left join (
  select distinct cluster, kind, name from declared where namespace is null
) n on n.cluster = h._source and n.kind = h.kind and n.name = h.meta.name
