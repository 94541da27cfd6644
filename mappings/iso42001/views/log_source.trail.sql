-- rows: aws.trail
-- Where no rule of the bucket lets files expire, they are kept forever.
with bucket as (
  select
    name,
    any_value(versioned) as versioned,
    any_value(object_lock) as locked,
    any_value(list_filter(lifecycle, lambda r: r.enabled and r.expires_days is not null)) as expiring
  from aws_bucket
  where listed_only is distinct from true
  group by all
)
select
  t._subject as subject,
  t._source as source,
  t.name,
  'audit' as type,
  t.home_region as region,
  t.is_logging as enabled,
  true as in_use,
  t.log_file_validation as validated,
  case when t.is_logging then t.delivery_error is null end as delivered,
  b.versioned or b.locked as files_kept,
  list_min(list_transform(b.expiring, lambda r: r.expires_days)) as kept_days,
  len(b.expiring) = 0 as kept_forever
from aws_trail t
left join bucket b on b.name = t.bucket
