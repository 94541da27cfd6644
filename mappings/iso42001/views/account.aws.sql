-- rows: aws.account
-- A trail counts when it is on and takes every change; cuts are events that end one.
with trail as (
  select
    _source,
    count(*) as trails,
    count(*) filter (where is_logging and logs_management_writes) as recording
  from aws_trail
  group by all
),
event as (
  select
    *,
    event_name in (
      'StopLogging', 'DeleteTrail', 'DeleteEventDataStore', 'StopEventDataStoreIngestion',
      'DeleteModelInvocationLoggingConfiguration'
    ) as cuts
  from aws_management_event
  where error_code is null
    and event_name in (
      'StopLogging', 'DeleteTrail', 'DeleteEventDataStore', 'StopEventDataStoreIngestion',
      'DeleteModelInvocationLoggingConfiguration', 'PutEventSelectors', 'UpdateTrail',
      'PutModelInvocationLoggingConfiguration'
    )
),
change as (
  select
    _source,
    count(*) filter (where cuts) as cuts,
    max_by(event_name, event_time) filter (where cuts) as last_cut,
    max(event_time) filter (where cuts) as last_cut_at,
    max_by(coalesce(source_identity, actor), event_time) filter (where cuts) as last_cut_by,
    count(*) filter (where not cuts) as log_changes,
    max(event_time) filter (where not cuts) as last_change_at
  from event
  group by all
),
analyzer as (
  select _source, count(*) as analyzers
  from aws_access_analyzer
  where status = 'ACTIVE' and type in ('ACCOUNT', 'ORGANIZATION')
  group by all
)
select
  a._subject as subject,
  a._source as source,
  a.account_id as name,
  coalesce(t.trails, 0) as trails,
  coalesce(t.recording, 0) as recording,
  coalesce(c.cuts, 0) as cuts,
  c.last_cut,
  c.last_cut_at,
  c.last_cut_by,
  coalesce(c.log_changes, 0) as log_changes,
  c.last_change_at,
  coalesce(n.analyzers, 0) as analyzers
from aws_account a
left join trail t on t._source = a._source
left join change c on c._source = a._source
left join analyzer n on n._source = a._source
