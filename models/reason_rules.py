"""Which words and codes of an answer stand for which category: the rules, in the order in which they are tried."""

import re

from models.reason import ReasonCategory

CLASSIFIER_VERSION = 2
"""Raise it with every change of a rule: `smtp-activity reclassify` reads the answers again that an older one read."""

Rules = tuple[tuple[ReasonCategory, re.Pattern[str]], ...]


def _rules(*rules: tuple[ReasonCategory, tuple[str, ...]]) -> Rules:
    """The first rule decides in which any of the patterns is found."""
    return tuple((category, re.compile("|".join(patterns), re.ASCII)) for category, patterns in rules)


_C = ReasonCategory

# The answer's own words come first: codes often say less, or something else (5.7.1 stands for spam, SPF and anything,
# 4.1.1 for full mailboxes). Lower case, one blank between words.
BY_WORDS = _rules(
    # What this relay says.
    (_C.QUOTA_REACHED, (r"smtp sending quota",)),
    (_C.UNAUTHENTICATED_DOMAIN, (r"sender domain is not authenticated",)),
    (_C.INVALID_ADDRESS, (r"invalid recipient address",)),
    (_C.CANCELLED, (r"administrator bounced with reason",)),
    (
        _C.CONNECTION_FAILED,
        (
            r"^connect to ",
            r"^conversation with .* timed out",
            r"^lost connection with",
            r"^cannot start tls",
            r"^tls is required, but",
            r"^server certificate ",
            r"expired, connection (?:refused|reset)",
            r"connection was closed abruptly",
            r"^connection timed out",
            r"not accept our requests to connect",
        ),
    ),
    (_C.OTHER, (r"loops? back to myself", r"(?:routing|mail) loop", r"too many hops", r"hop ?count")),
    # Signs of one provider: Orange and La Poste, NetEase, Yahoo, T-Online, Tencent, Mimecast, Microsoft.
    (_C.CONTENT_REFUSED, (r"\b(?:lpn|ofr)\d*_5(?:06|10)\b", r"\bdt:spm\b")),
    (_C.BLOCKLISTED, (r"\bhl:rep\b", r"\[tss(?:09|11)\]", r"\((?:bl|nowl)\)")),
    (
        _C.RATE_LIMITED,
        (
            r"\bhl:i[cf]c\b|\bmi:dmc\b|\brp:drc\b",
            r"frequency limited",
            r"service refused, please try later",
            r"internal resources are temporarily unavailable",
            r"server busy\. please try again later from",
        ),
    ),
    # Phrases that one of their words would lead to another category.
    (_C.INVALID_ADDRESS, (r"recipient address rejected: access denied",)),  # Exchange Online's unknown recipient
    (
        _C.SERVER_ERROR,
        (r"insufficient (?:disk space|system (?:storage|resources))", r"insufficient resources", r"agent busy"),
    ),
    (
        _C.POLICY_REFUSED,
        (
            r"sender (?:address )?rejected|invalid sender\b|domain of sender address|sender verif",
            r"client host rejected: c|helo command rejected",
            r"due to recipient preferences",
            r"allowed rcpthosts",
            r"e-?mail address is not verified",
            r"ip not in whitelist",
            r"tls required for",
            r"does not resolve to|reverse mapping|unresolvable",
        ),
    ),
    (_C.CONTENT_REFUSED, (r"duplicate header", r"messages missing a valid")),
    (_C.CONTENT_REFUSED, (r"\bsurbl", r"\buribl", r"\b(?:url|link)s? .{0,40}list")),
    (
        _C.DOMAIN_NOT_FOUND,
        (
            r"host or domain name not found",
            r"name service error",
            r"null ?mx",
            r"does not accept mail \(|host does not accept mail",
            r"dns query failed|domain is not reachable",
            r"domain (?:name )?(?:has no|without) (?:valid )?mx",
            r"domain (?:name )?(?:not found|(?:does not|doesn't) (?:exist|accept|receive))",
            r"(?:no such|unknown|invalid|unrouteable) (?:mail )?domain",
            r"host unknown",
        ),
    ),
    # What the recipient's server says.
    (
        _C.AUTHENTICATION_FAILED,
        (
            r"\bspf\b",
            r"\bdkim\b",
            r"\bdmarc\b",
            r"sender policy framework",
            r"unauthenticated (?:e-?mail|mail|sender|message)",
            r"because it is unauthenticated",
            r"required authentication level",
            r"(?:message|mail|domain|sender) .{0,30}(?:fail(?:s|ed)?|not pass) .{0,20}authentication",
        ),
    ),
    (
        _C.RATE_LIMITED,
        (
            r"gr[ea]y-?list",
            r"postgrey",
            r"rate[ -]?limit",
            r"throttl",
            r"max(?:imum)? messages? per connection",
            r"too much e-?mail in",
            r"too many (?:connections|concurrent|messages|e-?mails|mails|recipients|sessions|errors|requests)",
            r"unusual rate",
            r"at a rate that",
            r"slow(?:ing)? down",
            r"too (?:fast|quickly|frequently)",
            r"unexpected volume",
            r"(?:connection|message|recipient|sending|receiving|hourly|daily) (?:rate|limit)",
            r"concurrent connections",
            r"exceeded the (?:maximum )?(?:number|rate)",
            r"try again in \d+ ",
        ),
    ),
    (
        _C.BLOCKLISTED,
        (
            r"spamhaus|spamcop|barracuda|\bsorbs|uceprotect|invaluement|abusix|mailspike|cloudmark",
            r"\brbls?\b",
            r"dnsb?ls?\b",
            r"(?:black|block|deny)[ -]?list",
            r"reputation",
            r"sender ?score",
            r"ipcheck\.",
            r"\b(?:bad|black|invalid) ip\b",
            r"\b(?:ip|address|server|host|network|client)\b[^.]{0,60}\b(?:blocked|banned|listed)\b",
            r"\b(?:blocked|banned) (?:ip|address|server|host|network|client|sending)\b",
        ),
    ),
    (
        _C.MAILBOX_FULL,
        (
            r"(?:box|folder|account|storage|user|recipient) (?:is |has been )?full",
            r"full mailbox",
            r"over ?(?:the )?quota",
            r"quota (?:is )?(?:exceeded|full)",
            r"exceed(?:s|ed|ing)? .{0,30}(?:quota|storage|mailbox size)",
            r"out of (?:storage|disk|quota)",
            r"(?:mailbox|disk|storage) (?:size |space )?(?:limit|quota)",
            "空间不足",
            r"(?:not enough|insufficient|no) (?:disk |storage |mailbox )?(?:space|storage)",
        ),
    ),
    (
        _C.MESSAGE_TOO_LARGE,
        (
            r"too (?:large|big|long)\b",
            r"(?:message|mail|attachment|data|header|maximum) (?:size|length)",
            r"size (?:limit|exceed)",
            r"exceed.{0,40} size",
        ),
    ),
    (
        _C.MAILBOX_UNAVAILABLE,
        (
            r"(?:account|mailbox|user|recipient|address)[^.]{0,40}\b(?:disabled|(?:in|not )active|inactivated|suspended"
            r"|deactivated|closed|locked|expired|blocked|frozen|discontinued|on hold)\b",
            r"(?:archived|disabled|inactive|suspended|deactivated|locked|expired) (?:e-?mail )?"
            r"(?:account|mailbox|user|recipient|address)",
            r"is no longer valid",
            r"not accepting (?:any )?(?:mail|messages)",
        ),
    ),
    (
        _C.INVALID_ADDRESS,
        (
            r"(?:no such|unknown|invalid|bad|non-?existent) (?:local |destination |e-?mail )?"
            r"(?:user|recipient|mailbox|address|account|person|customer|rcpt)",
            r"(?:user|recipient|address|mailbox|account|e-?mail)[^.]{0,40}\b"
            r"(?:not found|unknown|invalid|not known|not valid|nonexistent|n[o']t be found|undeliverable)\b",
            r"\b(?:does not|doesn't|do not|not) exist",
            "用户不存在",
            r"not a registered",
            r"not a (?:valid|known|local) (?:user|mailbox|recipient|address)",
            r"(?:mailbox|user|recipient) not (?:here|local)",
            r"recip(?:ient)?notfound",
            r"not our (?:customer|user)",
            r"(?:user|recipient) doesn't have .{0,40}account",
            r"#5\.1\.[01]\b",  # IronPort's way of writing the enhanced code
            r"no mailbox",
            r"unrouteable address",
            r"not listed in",
            r"bad address syntax|malformed (?:address|recipient)",
        ),
    ),
    (
        _C.CONTENT_REFUSED,
        (
            r"spam|virus|malware|phish|unsolicited|suspicious|infected|\bjunk|bulk mail",
            r"\bcontent\b",
            r"attachment|executable|banned (?:file|extension)",
            r"rfc 5322",
        ),
    ),
    (
        _C.POLICY_REFUSED,
        (
            r"relay(?:ing)? (?:access )?(?:denied|not|prohibited)|unable to relay",
            r"access denied",
            r"not (?:permitted|allowed|authori[sz]ed)|unauthori[sz]ed|sendernotauthenticated",
            r"\bpolic(?:y|ies)\b",
            r"prohibit|restricted|blocked|members? only",
            r"reverse (?:dns|host|lookup)|\bptr\b|cannot find your",
            r"(?:rejected|refused) by",
            r"issue a starttls|authentication required",
        ),
    ),
)

# The enhanced code: RFC 3463, authentication's of RFC 7372, a null MX's of RFC 7505.
BY_ENHANCED_CODE = _rules(
    (_C.INVALID_ADDRESS, (r"^.\.1\.[0136]$",)),
    (_C.DOMAIN_NOT_FOUND, (r"^.\.1\.(?:2|10)$", r"^.\.4\.4$")),
    (_C.MAILBOX_FULL, (r"^.\.2\.2$",)),
    (_C.MAILBOX_UNAVAILABLE, (r"^.\.2\.[01]$",)),
    (_C.MESSAGE_TOO_LARGE, (r"^.\.(?:2\.3|3\.4)$",)),
    (_C.RATE_LIMITED, (r"^.\.5\.3$", r"^.\.7\.28$", r"^4\.7\.[01]$")),
    (_C.CONTENT_REFUSED, (r"^.\.6\.",)),
    (_C.AUTHENTICATION_FAILED, (r"^.\.7\.(?:2[0-46]|29|515)$",)),
    (_C.POLICY_REFUSED, (r"^.\.1\.[78]$", r"^.\.7\.")),
    (_C.SERVER_ERROR, (r"^.\.2\.4$", r"^.\.3\.", r"^.\.4\.3$")),
    (_C.CONNECTION_FAILED, (r"^.\.4\.[127]$",)),
    (_C.OTHER, (r"^.\.4\.6$",)),
)

# Words that say something only where no code does.
BY_VAGUE_WORDS = _rules(
    (_C.MAILBOX_UNAVAILABLE, (r"mailbox (?:is )?(?:currently |temporarily )?(?:unavailable|busy)",)),
    (
        _C.SERVER_ERROR,
        (
            r"try (?:again|later)|temporar|unavailable|not available",
            r"(?:server|system|software|local|internal|configuration|lookup|processing) (?:error|failure|problem|busy)",
            r"overloaded|timed? ?out|shutting down|closing (?:connection|transmission)|queue file",
        ),
    ),
)

# The reply code alone: RFC 5321, RFC 7504.
BY_SMTP_CODE = _rules(
    (_C.MAILBOX_FULL, (r"552",)),
    (_C.INVALID_ADDRESS, (r"55[13]",)),
    (_C.DOMAIN_NOT_FOUND, (r"556",)),
    (_C.SERVER_ERROR, (r"421|45[012]",)),
)
