-- rows: aws.role
-- Allow statements only; what a Deny or a boundary takes away again is not counted.
with statement as (
  select _subject as subject, _source as source, arn, path, unnest(grants) as g from aws_role
),
allowed as (
  select subject, source, arn, path, g.conditional as conditional,
    lower(unnest(g.actions)) as action
  from statement
  where g.effect = 'Allow'
),
wanted(permission, operation) as (
  values
    ('approve', 'sagemaker:updatemodelpackage'),
    ('deploy', 'sagemaker:createendpoint'),
    ('deploy', 'sagemaker:updateendpoint'),
    ('delete logs', 'cloudtrail:stoplogging'),
    ('delete logs', 'cloudtrail:deletetrail'),
    ('delete logs', 'logs:deleteloggroup'),
    ('delete logs', 'logs:deletelogstream'),
    ('delete logs', 'logs:putretentionpolicy')
)
select
  a.subject,
  a.source,
  a.arn as principal,
  'Role' as principal_type,
  w.permission,
  'account' as scope,
  min(a.action) as via,
  coalesce(any_value(a.path) like '/aws-service-role/%', false) as builtin,
  count(*) filter (where a.conditional is not true) = 0 as conditional
from allowed a
join wanted w on a.action = w.operation
  or (contains(a.action, '*') and w.operation like replace(replace(a.action, '_', '\_'), '*', '%') escape '\')
group by a.subject, a.source, a.arn, w.permission
