-- rows: kubernetes_audit.event
-- Changes of what serves models and ways into its containers; requests that only try are left out.
with serving as (
  select source, namespace, name,
    case platform when 'kserve' then 'inferenceservices' else 'deployments' end as resource,
    any_value(system_id) as system_id
  from served
  where platform in ('kserve', 'kubernetes')
  group by all
)
select
  e._subject as subject,
  e._source as source,
  s.system_id,
  e.completed_at as event_at,
  e."user".username as actor,
  case
    when starts_with(e."user".username, 'system:serviceaccount:') then 'ServiceAccount'
    when starts_with(e."user".username, 'system:') then 'System'
    else 'User'
  end as actor_type,
  e.verb || ' ' || e.resource || coalesce('/' || e.subresource, '') as action,
  concat_ws('/', e.namespace, e.name) as target,
  e.code < 400 as succeeded
from kubernetes_audit_event e
left join serving s
  on s.source = e.cluster and s.namespace = e.namespace and s.name = e.name
  and s.resource = e.resource
where e.dry_run is not true
  and (
    e."group" = 'serving.kserve.io'
    or e.resource in ('deployments', 'statefulsets', 'daemonsets', 'rollouts')
    or e.subresource in ('exec', 'attach', 'portforward', 'ephemeralcontainers')
  )
