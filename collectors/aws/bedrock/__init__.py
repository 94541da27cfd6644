"""Amazon Bedrock: one file for each kind, most of them tables that one reader follows."""
