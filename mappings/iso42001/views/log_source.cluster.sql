-- rows: aws.cluster
-- Of a cluster's logs only the audit log says who did what.
select
  _subject as subject,
  _source as source,
  aws_system(tags) as system_id,
  'cluster ' || name as name,
  'cluster' as type,
  split_part(arn, ':', 4) as region,
  coalesce(list_contains(log_types, 'audit'), false) as enabled,
  true as in_use
from aws_cluster
