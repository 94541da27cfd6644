-- rows: aws.bedrock_agent, aws.bedrock_knowledge_base, aws.bedrock_provisioned_throughput, aws.bedrock_custom_model
-- An agent may name an inference profile, whose id is the model's after the part of the world.
with use as (
  select _subject, _source, tags, name, foundation_model as model from aws_bedrock_agent
  union all
  select _subject, _source, tags, name, embedding_model_arn from aws_bedrock_knowledge_base
  union all
  select _subject, _source, tags, name, foundation_model_arn from aws_bedrock_provisioned_throughput
  union all
  select _subject, _source, tags, name, base_model_arn from aws_bedrock_custom_model
),
named as (
  select *, regexp_replace(regexp_replace(model, '^.*/', ''), '^(us|eu|apac|global)\.', '') as id
  from use
  where model is not null
)
select
  u._subject as subject,
  u._source as source,
  aws_system(u.tags) as system_id,
  u.id as name,
  coalesce(f.provider, split_part(u.id, '.', 1)) as provider,
  u.name as used_by,
  true as dated,
  f.lifecycle,
  f.ends_at
from named u
left join aws_bedrock_foundation_model f on f._source = u._source and f.id = u.id
