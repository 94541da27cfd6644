-- rows: aws.access_finding
select
  _subject as subject,
  _source as source,
  resource,
  status = 'ACTIVE' as is_open,
  created_at as found_at
from aws_access_finding
where type = 'ExternalAccess'
