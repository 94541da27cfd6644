-- rows: aws.labeling_job
-- What failed counts as not labelled, as what was never shown to anybody does.
select
  _subject as subject,
  _source as source,
  aws_system(tags) as system_id,
  name,
  status = 'Completed' as finished,
  ended_at,
  human_labeled + coalesce(machine_labeled, 0) as labelled,
  coalesce(failed, 0) + unlabeled as not_labelled,
  workers_per_object as people_per_object
from aws_labeling_job
