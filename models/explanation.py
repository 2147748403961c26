"""What a status or a reason means and what can be done, in words for people who know nothing of mail servers. Pure."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import NamedTuple

from models.reason import ReasonCategory
from models.status import Status


class Language(StrEnum):
    """A language of explanations."""

    EN = "EN"
    FR = "FR"


class Words(NamedTuple):
    """The same in each language."""

    en: str
    fr: str

    def said_in(self, language: Language) -> str:
        """The words in that language."""
        return self.fr if language is Language.FR else self.en


OF_STATUS: Mapping[Status, Words] = MappingProxyType(
    {
        Status.REJECTED: Words(
            en="Our relay did not accept the message for this recipient, so nothing was sent. See the reason, put it "
            "right, and send the message again.",
            fr="Notre relais n'a pas accepté le message pour ce destinataire : rien n'a été envoyé. Consultez la "
            "raison, corrigez-la, puis renvoyez le message.",
        ),
        Status.ACCEPTED: Words(
            en="Our relay has the message and will send it. There is nothing to do.",
            fr="Notre relais a bien reçu le message et va l'envoyer. Il n'y a rien à faire.",
        ),
        Status.PENDING: Words(
            en="The message waits in our relay's queue, usually for a few seconds. There is nothing to do.",
            fr="Le message attend dans la file de notre relais, en général quelques secondes. Il n'y a rien à faire.",
        ),
        Status.DELIVERED: Words(
            en="The message reached the recipient's mail server, which accepted it. If the recipient does not see it, "
            "the spam folder is the next place to look in, then the recipient's filters and forwarding rules.",
            fr="Le message est arrivé au serveur de messagerie du destinataire, qui l'a accepté. Si le destinataire ne "
            "le voit pas, il faut d'abord regarder dans le dossier des indésirables (spam), puis dans les filtres et "
            "les règles de transfert du destinataire.",
        ),
        Status.DEFERRED: Words(
            en="The recipient's mail server could not take the message yet. Our relay tries again on its own; there is "
            "no need to send it again. If it lasts for hours, see the reason.",
            fr="Le serveur de messagerie du destinataire n'a pas encore pu prendre le message. Notre relais réessaie "
            "de lui-même ; inutile de le renvoyer. Si cela dure des heures, consultez la raison.",
        ),
        Status.SOFT_BOUNCE: Words(
            en="The message was not delivered: our relay tried again and again, but the obstacle, a temporary one, "
            "remained. See the reason; once it is gone, send the message again.",
            fr="Le message n'a pas été remis : notre relais a réessayé plusieurs fois, mais l'obstacle, pourtant "
            "temporaire, est resté. Consultez la raison ; une fois l'obstacle levé, renvoyez le message.",
        ),
        Status.HARD_BOUNCE: Words(
            en="The message was refused for good and will not be tried again. See the reason. When the address does "
            "not exist, correct it or take it off your lists: sending to it again harms your reputation.",
            fr="Le message a été refusé définitivement et ne sera plus retenté. Consultez la raison. Si l'adresse "
            "n'existe pas, corrigez-la ou retirez-la de vos listes : y écrire encore nuit à votre réputation.",
        ),
    }
)

OF_REASON: Mapping[ReasonCategory, Words] = MappingProxyType(
    {
        ReasonCategory.INVALID_ADDRESS: Words(
            en="The address is misspelt or does not exist. Check it letter by letter, ask the recipient for the right "
            "one, and take the wrong one off your lists.",
            fr="L'adresse est mal écrite ou n'existe pas. Vérifiez-la lettre par lettre, demandez la bonne au "
            "destinataire et retirez la mauvaise de vos listes.",
        ),
        ReasonCategory.QUOTA_REACHED: Words(
            en="Your account has reached its SMTP sending quota. Wait until the quota starts anew, or ask for a larger "
            "one, then send the message again.",
            fr="Votre compte a atteint son quota d'envoi SMTP. Attendez que le quota se renouvelle, ou demandez-en un "
            "plus grand, puis renvoyez le message.",
        ),
        ReasonCategory.UNAUTHENTICATED_DOMAIN: Words(
            en="The sender's domain is not authenticated on your account. Authenticate it (its owner adds the DNS "
            "records that your account shows), or send from a domain that is.",
            fr="Le domaine de l'expéditeur n'est pas authentifié dans votre compte. Authentifiez-le (son propriétaire "
            "ajoute les enregistrements DNS que votre compte indique), ou envoyez depuis un domaine qui l'est.",
        ),
        ReasonCategory.MAILBOX_FULL: Words(
            en="The recipient's mailbox is full. Let the recipient know by another way, and send the message again "
            "once there is room.",
            fr="La boîte du destinataire est pleine. Prévenez-le par un autre moyen et renvoyez le message quand il y "
            "aura de la place.",
        ),
        ReasonCategory.MAILBOX_UNAVAILABLE: Words(
            en="The mailbox takes no mail at present: it may be closed, suspended or unused for long. Ask the "
            "recipient for another address.",
            fr="La boîte ne reçoit pas de courrier en ce moment : elle est peut-être fermée, suspendue ou inutilisée "
            "depuis longtemps. Demandez une autre adresse au destinataire.",
        ),
        ReasonCategory.DOMAIN_NOT_FOUND: Words(
            en="What stands after the @ does not exist or takes no mail. Look for a typing error there; if there is "
            "none, the domain's owner has to mend its DNS.",
            fr="Ce qui suit le @ n'existe pas ou ne reçoit pas de courrier. Cherchez-y une faute de frappe ; s'il n'y "
            "en a pas, le propriétaire du domaine doit corriger son DNS.",
        ),
        ReasonCategory.MESSAGE_TOO_LARGE: Words(
            en="The message is larger than the recipient's mail server takes. Make the attachments smaller, or send a "
            "link to them.",
            fr="Le message est plus gros que ce qu'accepte le serveur du destinataire. Réduisez les pièces jointes, ou "
            "envoyez un lien vers elles.",
        ),
        ReasonCategory.CONTENT_REFUSED: Words(
            en="The recipient's mail server refused the content: it took it for spam, found a virus, or does not take "
            "such an attachment. Look at links, attachments and wording, change them, and send again.",
            fr="Le serveur du destinataire a refusé le contenu : il l'a pris pour du spam, y a trouvé un virus, ou "
            "n'accepte pas ce type de pièce jointe. Revoyez liens, pièces jointes et texte, puis renvoyez.",
        ),
        ReasonCategory.BLOCKLISTED: Words(
            en="The recipient's mail server distrusts the address or domain that the message came from: it is on a "
            "block list or has a poor reputation. Tell our support team, which can have the listing removed.",
            fr="Le serveur du destinataire se méfie de l'adresse ou du domaine d'où vient le message : une liste de "
            "blocage le cite ou sa réputation est mauvaise. Prévenez notre support, qui peut demander son retrait.",
        ),
        ReasonCategory.AUTHENTICATION_FAILED: Words(
            en="The recipient's mail server could not verify that the message really comes from your domain: SPF, DKIM "
            "or DMARC failed. Have the DNS records of the sender's domain checked.",
            fr="Le serveur du destinataire n'a pas pu vérifier que le message vient bien de votre domaine : SPF, DKIM "
            "ou DMARC a échoué. Faites vérifier les enregistrements DNS du domaine de l'expéditeur.",
        ),
        ReasonCategory.POLICY_REFUSED: Words(
            en="The recipient's mail server refused the message under a rule of its own. The server's answer may say "
            "which; if it does not, ask the recipient to have your address allowed.",
            fr="Le serveur du destinataire a refusé le message selon une règle qui lui est propre. Sa réponse dit "
            "peut-être laquelle ; sinon, demandez au destinataire de faire autoriser votre adresse.",
        ),
        ReasonCategory.RATE_LIMITED: Words(
            en="The recipient's mail server asked us to slow down or to come back later, as many do with senders they "
            "do not know yet. If the message is marked deferred, our relay tries again on its own; otherwise send "
            "fewer messages at once, and send it again later.",
            fr="Le serveur du destinataire nous a demandé de ralentir ou de revenir plus tard, comme beaucoup le font "
            "avec un expéditeur encore inconnu. Si le message est différé, notre relais réessaie de lui-même ; sinon, "
            "envoyez moins de messages à la fois et renvoyez-le plus tard.",
        ),
        ReasonCategory.CONNECTION_FAILED: Words(
            en="The recipient's mail server could not be reached, or the connection broke. It is often over within "
            "hours; if it lasts, tell the recipient that the server does not answer.",
            fr="Le serveur du destinataire n'a pas pu être joint, ou la connexion a été coupée. Cela passe souvent en "
            "quelques heures ; si cela dure, signalez au destinataire que son serveur ne répond pas.",
        ),
        ReasonCategory.SERVER_ERROR: Words(
            en="The recipient's mail server has a problem of its own. It is often over within hours; if it lasts, tell "
            "the recipient, whose administrator can see why.",
            fr="Le serveur du destinataire a un problème interne. Cela passe souvent en quelques heures ; si cela "
            "dure, prévenez le destinataire, dont l'administrateur peut voir pourquoi.",
        ),
        ReasonCategory.CANCELLED: Words(
            en="Our relay's operator cancelled the message. Ask our support team why before you send it again.",
            fr="L'exploitant de notre relais a annulé le message. Demandez pourquoi à notre support avant de le "
            "renvoyer.",
        ),
        ReasonCategory.OTHER: Words(
            en="The answer does not tell what is wrong. Read it as the server wrote it; if it says nothing to you, "
            "pass it on to our support team.",
            fr="La réponse ne dit pas ce qui ne va pas. Lisez-la telle que le serveur l'a écrite ; si elle ne vous dit "
            "rien, transmettez-la à notre support.",
        ),
    }
)


def explain_status(status: Status, language: Language) -> str:
    """What the status means and what can be done."""
    return OF_STATUS[status].said_in(language)


def explain_reason(category: ReasonCategory, language: Language) -> str:
    """What the category means and what can be done."""
    return OF_REASON[category].said_in(language)
