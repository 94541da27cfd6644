-- rows: aws.bedrock_agent
-- What a guardrail looks for is counted; a filter that does not say that it is off is on.
with guardrail as (
  select
    _source,
    id,
    version,
    status = 'READY' as ready,
    coalesce(denied_topics, 0) + coalesce(words, 0) + coalesce(patterns, 0)
      + coalesce(len(word_lists), 0) + coalesce(len(pii), 0) + coalesce(len(reasoning_policies), 0)
      + coalesce(len(list_filter(content_filters, lambda f: f.enabled is distinct from false)), 0)
      + coalesce(len(list_filter(grounding, lambda f: f.enabled is distinct from false)), 0) as checks
  from aws_bedrock_guardrail
)
select
  a._subject as subject,
  a._source as source,
  aws_system(a.tags) as system_id,
  a.name,
  coalesce(len(list_filter(a.aliases, lambda x: x.accepts_invocations is distinct from false)), 0) > 0
    as in_service,
  a.foundation_model as supplied_model,
  a.guardrail,
  a.guardrail_version,
  a.guardrail_version <> 'DRAFT' as fixed_guardrail,
  g.ready as guardrail_ready,
  g.checks as guardrail_checks,
  true as versioned,
  coalesce(len(list_filter(
    a.aliases, lambda x: list_contains(x.versions, 'DRAFT') and x.id <> 'TSTALIASID'
  )), 0) = 0 as fixed_versions
from aws_bedrock_agent a
left join guardrail g
  on g._source = a._source and g.id = regexp_replace(a.guardrail, '^.*/', '')
  and g.version = a.guardrail_version
