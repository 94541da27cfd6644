-- rows: aws.bedrock_knowledge_base
-- A bucket is storage of one's own; what a crawler or a connector reads is not.
with part as (
  select _subject, _source, tags, name, unnest(data_sources) as d from aws_bedrock_knowledge_base
)
select
  _subject as subject,
  _source as source,
  aws_system(tags) as system_id,
  d.name as name,
  coalesce(d.locations[1], d.type) as address,
  regexp_extract(coalesce(d.locations[1], d.type), '^(?:[a-z0-9+]+://)?([^/]+)', 1) as host,
  d.type <> 'S3' as outside,
  'knowledge base ' || name as used_by
from part
