-- rows: kubernetes.inference_service, kubernetes.deployment
-- Policies count that look at workloads or at what serves models. One of Kubernetes itself does
-- nothing without a binding; Kyverno's acts in its rules or for all of them.
with home as (
  select source, min(system_id) as system_id, min(name) as serves
  from deployment
  where environment = 'production' and platform in ('kserve', 'kubernetes')
  group by source
),
own as (
  select
    p._source as source,
    p.metadata.name as name,
    coalesce(p.spec.failurePolicy, 'Fail') = 'Fail'
      and coalesce(bool_or(list_contains(b.spec.validationActions, 'Deny')), false) as refuses
  from kubernetes_validating_admission_policy p
  left join kubernetes_validating_admission_policy_binding b
    on b._source = p._source and b.spec.policyName = p.metadata.name
  where len(list_filter(
    coalesce(p.spec.matchConstraints.resourceRules, []),
    lambda r: list_has_any(
      r.resources, ['*', 'pods', 'deployments', 'statefulsets', 'inferenceservices']
    )
  )) > 0
  group by p._source, p.metadata.name, p.spec.failurePolicy
),
kyverno as (
  select _source as source, metadata.name as name, spec from kubernetes_kyverno_policy
  union all
  select _source, metadata.name, spec from kubernetes_kyverno_cluster_policy
),
kyverno_rule as (
  select source, name, spec.validationFailureAction as action_of_all, spec.admission as admission,
    unnest(spec.rules) as r
  from kyverno
),
of_kyverno as (
  select
    source,
    name,
    bool_or(
      coalesce(admission, true)
      and lower(coalesce(
        r."validate".failureAction, r.verifyImages[1].failureAction, action_of_all, 'audit'
      )) = 'enforce'
    ) as refuses
  from kyverno_rule
  where len(list_filter(
    list_concat(
      coalesce(r."match".resources.kinds, []),
      flatten(list_transform(coalesce(r."match"."any", []), lambda m: m.resources.kinds)),
      flatten(list_transform(coalesce(r."match"."all", []), lambda m: m.resources.kinds))
    ),
    lambda k: regexp_matches(k, '(^|/)(\*|Pod|Deployment|StatefulSet|InferenceService)$')
  )) > 0
  group by all
),
of_gatekeeper as (
  select
    _source as source,
    kind || ' ' || metadata.name as name,
    coalesce(lower(spec.enforcementAction), 'deny') = 'deny' as refuses
  from kubernetes_constraint
  where len(list_filter(
    flatten(list_transform(coalesce(spec."match".kinds, []), lambda m: m.kinds)),
    lambda k: k in ('*', 'Pod', 'Deployment', 'StatefulSet', 'InferenceService')
  )) > 0
),
policy as (
  select source, name, refuses from own
  union all
  select source, name, refuses from of_kyverno
  union all
  select source, name, refuses from of_gatekeeper
),
counted as (
  select source, count(*) as policies, count(*) filter (where refuses) as refusing,
    min(name) filter (where not refuses) as only_tells
  from policy
  group by source
)
select
  h.source as subject,
  h.source,
  h.system_id,
  h.source as name,
  h.serves,
  coalesce(c.policies, 0) as policies,
  coalesce(c.refusing, 0) as refusing,
  c.only_tells
from home h
left join counted c on c.source = h.source
