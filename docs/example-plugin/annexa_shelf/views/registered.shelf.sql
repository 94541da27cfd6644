-- rows: shelf.model_version
-- Shelf keeps who approved a version and when; the system stands in a label, as elsewhere.
select
  _subject as subject,
  _source as source,
  labels['ai-system-id'] as system_id,
  'shelf' as platform,
  model,
  version::varchar as version,
  model || ':' || version as external_id,
  artifact as source_uri,
  created_at,
  created_by,
  is_approved(approval.state) as approved,
  approval.state as approval_status,
  approval.by as approved_by,
  approval.at as approved_at,
  coalesce(is_production(labels['stage']), false) as marked_production
from shelf_model_version
