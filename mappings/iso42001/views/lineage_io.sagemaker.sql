-- rows: aws.training_job, aws.processing_job
-- A job reads its channels and writes where its model or outputs go.
with job as (
  select _subject, _source, name, role_arn, ended_at, status,
    list_transform(coalesce(inputs, []), lambda channel: channel.uri) as reads,
    [model_uri] as writes, 'training job' as run_type
  from aws_training_job
  union all
  select _subject, _source, name, role_arn, ended_at, status,
    list_transform(coalesce(inputs, []), lambda data: data.uri),
    list_transform(coalesce(outputs, []), lambda data: data.uri), 'processing job'
  from aws_processing_job
),
data as (
  select * exclude (reads, writes), unnest(reads) as uri, 'read' as direction from job
  union all by name
  select * exclude (reads, writes), unnest(writes) as uri, 'written' as direction from job
)
select distinct
  _subject as subject,
  _source as source,
  _subject as run,
  run_type,
  name as run_label,
  place_of(uri) as place,
  direction,
  ended_at as happened_at,
  role_arn as producer,
  case status when 'Completed' then 'complete' when 'Failed' then 'failed' when 'Stopped'
    then 'failed' else 'open' end as state
from data
where place_of(uri) is not null
