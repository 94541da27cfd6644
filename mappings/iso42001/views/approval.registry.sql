-- rows: registered
-- The latest decision that the registry shows; MLflow keeps no history of tags and no actor.
select
  subject,
  source,
  system_id,
  subject as model_version_id,
  model,
  version,
  approval_status as status,
  approved,
  approved_by,
  approved_at,
  platform as via
from registered
where approval_status is not null or approved_by is not null or approved_at is not null
