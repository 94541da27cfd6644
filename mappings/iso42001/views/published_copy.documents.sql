-- rows: documents.published_copy
-- The copy names its document by id or by path.
select
  c._subject as subject,
  c._source as source,
  d.system_id,
  coalesce(d.title, c.document) as title,
  c.location,
  c.found,
  c.sha256,
  d.approved,
  d.content_sha256 as approved_sha256
from documents_published_copy c
left join document d on d.source = c._source and c.document in (d.id, d.path)
