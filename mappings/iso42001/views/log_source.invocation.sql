-- rows: aws.bedrock_invocation_logging
-- One switch for each region; in use where something there calls a model.
with used as (
  select _source from aws_bedrock_agent
  union
  select _source from aws_bedrock_knowledge_base
  union
  select _source from aws_bedrock_provisioned_throughput
  union
  select _source from aws_bedrock_custom_model
)
select
  l._subject as subject,
  l._source as source,
  'model invocations in ' || l.region as name,
  'invocation' as type,
  l.region,
  l.configured as enabled,
  u._source is not null as in_use
from aws_bedrock_invocation_logging l
left join used u on u._source = l._source
