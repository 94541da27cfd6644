"""Credentials of every kind that people put where they do not belong; none of them is real.

Each is put together here, so that no scanner takes this file for a leak.
"""

import hashlib
import re

ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"


def chance(length: int, seed: str = "") -> str:
    """Always the same letters and digits, as if by chance."""
    found = ""
    while len(found) < length:
        for byte in hashlib.sha256(f"{seed}{len(found)}".encode()).digest():
            found += ALPHABET[byte % len(ALPHABET)]
    return found[:length]


JWT = f"ey{'J'}{chance(20, 'head')}.ey{'J'}{chance(40, 'claims')}.{chance(43, 'signature')}"

CREDENTIALS: dict[str, str] = {
    "AWS access key": "AK" + "IA" + chance(40, "aws").upper()[:16],
    "AWS session key": "AS" + "IA" + chance(40, "sts").upper()[:16],
    "AWS secret key": "aws_secret_access_key = " + chance(40, "awssecret"),
    "GitHub token": "gh" + "p_" + chance(36, "github"),
    "GitHub fine-grained token": "github" + "_pat_" + chance(22, "a") + "_" + chance(59, "b"),
    "GitLab token": "gl" + "pat-" + chance(20, "gitlab"),
    "Slack token": "xo" + "xb-123456789012-123456789012-" + chance(24, "slack"),
    "Stripe key": "sk" + "_live_" + chance(24, "stripe"),
    "OpenAI key": "sk" + "-proj-" + chance(48, "openai"),
    "Anthropic key": "sk" + "-ant-api03-" + chance(80, "anthropic"),
    "Hugging Face token": "hf" + "_" + chance(34, "hf"),
    "Google API key": "AI" + "za" + chance(35, "google"),
    "Google OAuth token": "ya" + "29." + chance(60, "oauth"),
    "JSON web token": JWT,
    "PEM private key": f"-----BEGIN RSA {'PRIVATE'} KEY-----\n{chance(64, 'pem')}\n-----END",
    "SSH private key": f"-----BEGIN OPENSSH {'PRIVATE'} KEY-----\n{chance(64, 'ssh')}\n-----END",
    "basic-auth URL": f"https://ci:{chance(12, 'basic')}@git.example.org/models.git",
    "token URL": f"https://{chance(40, 'url')}@git.example.org/models.git",
    "password": f"use password={chance(12, 'password')} for it",
    "password in YAML": f'password: "{chance(12, "yaml")}"',
    "connection string": "DefaultEndpointsProtocol=https;AccountName=ml;AccountKey="
    + chance(86, "azure")
    + "==",
    "shared access signature": "https://ml.blob.example.org/x?sv=2024&sig=" + chance(43, "sas"),
    "Azure client secret": chance(3, "az") + "8Q~" + chance(34, "azclient"),
    "npm token": "np" + "m_" + chance(36, "npm"),
    "PyPI token": "py" + "pi-AgEIcHlwaS5vcmc" + chance(80, "pypi"),
    "database URL": f"postgresql://mlflow:{chance(16, 'db')}@db.example.org:5432/mlflow",
    "bearer header": f"Authorization: Bearer {chance(40, 'bearer')}",
    "Slack webhook": "https://hooks."
    + f"slack.com/services/T{'0' * 8}/B{'0' * 8}/{chance(24, 'w')}",
    ".netrc": f"machine git.example.org login ci password {chance(14, 'netrc')}",
    "API key": f"api_key={chance(32, 'api')}",
}


def heart(credential: str) -> str:
    """The part of it that was drawn by chance: what must be found nowhere."""
    parts: list[str] = re.findall(r"[A-Za-z0-9]+", credential)
    return max(parts, key=len)


BY_CHANCE = chance(40, "bychance")
"""A key without a form of its own; only where free values are kept can it be told from a name."""
