-- rows: document
-- Attestations are always read in full, so only documents can be missing. Lists are sorted, so that
-- the same evidence gives the same row.
with paper as (
  select unnest(controls) as control, *,
    regexp_matches(lower(path), '\.(md|markdown)$') as has_headings
  from document
  where approved
),
papers as (
  select
    control,
    max_by(subject, row(approved_at, subject)) as subject,
    max_by(source, row(approved_at, subject)) as source,
    max_by(coalesce(title, id), row(approved_at, subject)) as title,
    count(*) as documents,
    count(*) filter (where same_person(approved_by, author)) as by_author,
    case when count(*) filter (where has_headings) > 0
      then list_sort(list_distinct(flatten(list(headings)))) end as headings,
    list_sort(list_distinct(list(type))) as types,
    list_sort(list_distinct(list(lower(approver_role)))) as approver_roles,
    max(approved_at) as approved_at,
    max(last_reviewed_at) as reviewed_at
  from paper
  group by control
),
word as (
  select unnest(controls) as control, * from attestation where valid
),
words as (
  select
    control,
    max_by(subject, row(stated_at, subject)) as subject,
    max_by(source, row(stated_at, subject)) as source,
    max_by("statement", row(stated_at, subject)) as title,
    count(*) as attestations,
    max(stated_at) as stated_at
  from word
  group by control
)
select
  coalesce(p.subject, w.subject) as subject,
  coalesce(p.source, w.source) as source,
  control,
  coalesce(p.title, w.title) as title,
  coalesce(p.documents, 0) as documents,
  coalesce(w.attestations, 0) as attestations,
  coalesce(p.by_author, 0) as by_author,
  p.headings,
  coalesce(p.types, []) as types,
  coalesce(p.approver_roles, []) as approver_roles,
  p.approved_at,
  greatest(p.reviewed_at, w.stated_at) as reviewed_at
from papers p
full join words w using (control)
