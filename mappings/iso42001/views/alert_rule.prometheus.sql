-- rows: kubernetes.prometheus_rule
-- The alert's own labels name the system, or those of the object that it stands in.
with alert as (
  select
    _subject,
    _source,
    metadata.labels as labels,
    metadata.annotations as notes,
    unnest(flatten(list_transform(coalesce(spec."groups", []), lambda g: g."rules"))) as r
  from kubernetes_prometheus_rule
)
select
  _subject || '/' || r.alert as subject,
  _source as source,
  coalesce(
    kubernetes_system(r.labels, r.annotations), kubernetes_system(labels, notes)
  ) as system_id,
  r.alert as name,
  r.labels['severity'] as severity,
  regexp_matches(r.expr, '[<>]|==|!=|absent') as has_threshold
from alert
where r.alert is not null
