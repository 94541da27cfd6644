-- rows: aws.access_finding
-- Findings about access that nobody uses are another matter and are left out.
select
  _subject as subject,
  _source as source,
  resource,
  status = 'ACTIVE' as is_open,
  created_at as found_at
from aws_access_finding
where type = 'ExternalAccess'
