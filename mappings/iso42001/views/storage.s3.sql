-- rows: aws.bucket
-- A bucket is in scope when it names a system, or a version or dataset lies in it.
with address as (
  select source_uri, system_id, subject from registered
  union all
  select source_uri, system_id, coalesce(model_version_id, subject) from dataset
),
used as (
  select regexp_extract(source_uri, '^s3[an]?://([^/]+)', 1) as bucket,
    min(system_id) as system_id, min(subject) as used_by
  from address
  where starts_with(source_uri, 's3')
  group by all
)
select
  b._subject as subject,
  b._source as source,
  coalesce(aws_system(b.tags), u.system_id) as system_id,
  b.name,
  b.region,
  b.encrypted,
  b.encryption_algorithm as encryption,
  b.versioned,
  b.public_access_blocked,
  aws_system(b.tags) is not null or u.bucket is not null as in_scope,
  u.used_by
from aws_bucket b
left join used u on u.bucket = b.name
