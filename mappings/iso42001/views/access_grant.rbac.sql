-- rows: kubernetes.role_binding, kubernetes.cluster_role_binding, kubernetes.role, kubernetes.cluster_role
-- Who may create or change what serves models.
with granted as (
  select _source as source, 'Role' as kind, metadata.namespace as namespace,
    metadata.name as name, unnest(rules) as r
  from kubernetes_role
  union all
  select _source, 'ClusterRole', null, metadata.name, unnest(rules) from kubernetes_cluster_role
),
deployer as (
  select distinct source, kind, namespace, name
  from granted
  where list_has_any(r.verbs, ['create', 'update', 'patch', '*'])
    and list_has_any(r.resources, ['inferenceservices', 'deployments', '*'])
    and list_has_any(r.apiGroups, ['serving.kserve.io', 'apps', '*'])
),
binding as (
  select _subject as subject, _source as source, metadata as meta, roleRef as ref,
    unnest(subjects) as who
  from kubernetes_role_binding
  union all
  select _subject, _source, metadata, roleRef, unnest(subjects) from kubernetes_cluster_role_binding
)
select
  b.subject,
  b.source,
  case when b.who.kind = 'ServiceAccount'
    then coalesce(b.who.namespace, b.meta.namespace) || '/' || b.who.name
    else b.who.name end as principal,
  b.who.kind as principal_type,
  'deploy' as permission,
  coalesce(b.meta.namespace, 'cluster') as scope,
  b.ref.kind || ' ' || b.ref.name as via,
  starts_with(b.who.name, 'system:')
    or coalesce(b.who.namespace = 'kube-system', false) as builtin,
  false as conditional
from binding b
join deployer d
  on d.source = b.source and d.kind = b.ref.kind and d.name = b.ref.name
  and (d.kind = 'ClusterRole' or d.namespace = b.meta.namespace)
