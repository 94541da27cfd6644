-- rows: kubernetes.inference_service, kubernetes.deployment
-- Network policies add up: what one of them lets in from everywhere, none keeps out.
with home as (
  select source, namespace, system_id, min(name) as serves
  from deployment
  where environment = 'production' and namespace is not null and platform in ('kserve', 'kubernetes')
  group by all
),
policy as (
  select
    _source as source,
    metadata.namespace as namespace,
    coalesce(cardinality(spec.podSelector.matchLabels), 0) = 0
      and coalesce(len(spec.podSelector.matchExpressions), 0) = 0 as of_all,
    coalesce(len(spec.policyTypes), 0) = 0 or list_contains(spec.policyTypes, 'Ingress') as on_entry,
    len(list_filter(
      coalesce(spec.ingress, []),
      lambda i: coalesce(len(i."from"), 0) = 0 and coalesce(len(i.ports), 0) = 0
    )) > 0 as lets_all_in
  from kubernetes_network_policy
),
network as (
  select
    source,
    namespace,
    count(*) filter (where on_entry) as policies,
    count(*) filter (where on_entry and of_all) as of_all,
    count(*) filter (where on_entry and lets_all_in) as open_doors
  from policy
  group by all
),
quota as (
  select
    _source as source,
    metadata.namespace as namespace,
    count(*) as quotas
  from kubernetes_resource_quota
  where len(list_filter(map_keys(spec.hard), lambda k: regexp_matches(k, 'cpu|memory|gpu'))) > 0
  group by all
)
select
  h.source || ':namespace:' || h.namespace as subject,
  h.source,
  h.system_id,
  h.namespace as name,
  h.serves,
  coalesce(n.policies, 0) as policies,
  case
    when coalesce(n.policies, 0) = 0 then false
    when n.of_all > 0 and n.open_doors = 0 then true
    when n.of_all > 0 and n.open_doors = n.policies then false
  end as limited,
  coalesce(q.quotas, 0) as quotas
from home h
left join network n on n.source = h.source and n.namespace = h.namespace
left join quota q on q.source = h.source and q.namespace = h.namespace
