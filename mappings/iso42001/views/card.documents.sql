-- rows: documents.document
-- A card may speak of several systems, and is a row for each.
with card as (
  select *, unnest(systems) as system from document where type = 'model-card'
)
select
  subject,
  source,
  system as system_id,
  case when approved then 'approved' else 'draft' end as status,
  approved,
  last_reviewed_at as updated_at,
  headings as sections
from card
