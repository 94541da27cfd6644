-- rows: aws.log_group
-- Groups with events of AI systems: of trails, of model invocations, of clusters and of SageMaker.
with named as (
  select split_part(log_group_arn, ':', 7) as name from aws_trail where log_group_arn is not null
  union
  select log_group from aws_bedrock_invocation_logging where log_group is not null
)
select
  g._subject as subject,
  g._source as source,
  g.name,
  'store' as type,
  split_part(g.arn, ':', 4) as region,
  true as in_use,
  g.is_deletion_protected as files_kept,
  g.retention_days as kept_days,
  g.retention_days is null as kept_forever
from aws_log_group g
where g.name in (select name from named)
  or regexp_matches(g.name, '^/aws/(eks/.+/cluster$|sagemaker/|bedrock|vendedlogs/bedrock)')
