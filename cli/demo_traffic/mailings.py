"""The kinds of mail that a demo account sends, from invoices to newsletters, in English and French."""

from typing import NamedTuple


class Mailing(NamedTuple):
    """A kind of mail: the sender's local part, subjects with `{number}` to fill in, its share, how many recipients."""

    sender: str
    subjects: tuple[str, ...]
    share: int
    recipients: range = range(1, 2)

    @property
    def own_bounces(self) -> bool:
        """Whether its bounces come back to an address of each message's own (VERP)."""
        return self.recipients is _MANY


_SEVERAL = range(1, 4)
_MANY = range(12, 49)

# The newsletter comes last.
ENGLISH = (
    Mailing("billing", ("Invoice {number}", "Invoice {number} is due in 7 days", "Receipt {number}"), 24, _SEVERAL),
    Mailing("orders", ("Order {number} confirmed", "Order {number} has shipped 📦", "Your return {number}"), 30),
    Mailing("no-reply", ("Reset your password", "Your sign-in code", "A new device signed in"), 22),
    Mailing("appointments", ("Appointment reminder: tomorrow at 10:30", "Your appointment is confirmed"), 14, _SEVERAL),
    Mailing(
        "emma.clark", ("Re: Quote {number}", "Meeting notes", "Re: Delivery to the café on Main Street"), 8, _SEVERAL
    ),
    Mailing("news", ("This month at our workshop", "Winter sale: 20% off ❄️", "New arrivals ✨"), 2, _MANY),
)
FRENCH = (
    Mailing(
        "facturation", ("Facture {number}", "Facture {number} : échéance dans 7 jours", "Reçu {number}"), 24, _SEVERAL
    ),
    Mailing("commandes", ("Commande {number} confirmée", "Commande {number} expédiée 📦", "Votre retour {number}"), 30),
    Mailing("ne-pas-repondre", ("Réinitialisez votre mot de passe", "Votre code de connexion"), 22),
    Mailing(
        "reservations", ("Réservation confirmée n° {number}", "Rappel : rendez-vous demain à 10 h 30"), 14, _SEVERAL
    ),
    Mailing("amelie.roy", ("Re : Devis {number}", "Compte rendu de la réunion", "Re : Façade de l'hôtel"), 8, _SEVERAL),
    Mailing("infolettre", ("Les nouveautés du mois ✨", "Soldes d'hiver : -20 % ❄️", "Noël à l'atelier 🎄"), 2, _MANY),
)
