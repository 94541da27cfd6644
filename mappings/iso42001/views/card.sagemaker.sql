-- rows: aws.model_card
-- A card without tags belongs to the system of the version that it names.
select
  c._subject as subject,
  c._source as source,
  coalesce(aws_system(c.tags), r.system_id) as system_id,
  r.subject as model_version_id,
  c.model_name as model,
  c.status,
  coalesce(lower(c.status) = 'approved', false) as approved,
  coalesce(c.modified_at, c.created_at) as updated_at,
  coalesce(c.sections, []) as sections
from aws_model_card c
left join registered r on r.external_id = c.model_package_arn
