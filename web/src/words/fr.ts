import type { Words } from "./words";

/** Every line that the pages say, in French. */
export const fr: Words = {
    activity: "Activité",
    language: "Langue",
    statuses: {
        REJECTED: "Rejeté",
        ACCEPTED: "Accepté",
        PENDING: "En attente",
        DELIVERED: "Livré",
        DEFERRED: "Différé",
        SOFT_BOUNCE: "Rebond temporaire",
        HARD_BOUNCE: "Rebond définitif",
    },
    columns: { sentAt: "Date", status: "Statut", recipient: "Destinataire", subject: "Objet", sender: "Expéditeur" },
    timesIn: (zone) => `Heures de ${zone}.`,
    noSubject: "(sans objet)",
    nullSender: "(aucun : avis de non-remise)",
    actingFor: (actor, account) => `${actor} agit pour ${account}.`,
    loading: "Chargement…",
    nothingFound: "Aucun résultat.",
    recordedUpTo: (instant) => `Les événements sont enregistrés jusqu’au ${instant}.`,
    nothingRecorded: "Aucun événement n’est encore enregistré.",
    notAllowed:
        "Vous n’avez pas accès aux activités SMTP. Un administrateur de votre compte peut vous l’accorder (« Access SMTP activities »).",
    noPlan: "Votre compte n’a pas de forfait SMTP actif, nécessaire pour voir les activités.",
    failed: "Les activités n’ont pas pu être chargées.",
    requestId: (id) => `Identifiant de la requête : ${id}`,
    tryAgain: "Réessayer",
    signIn: {
        heading: "Connexion",
        needed: "Cette page a besoin d’un jeton d’accès de votre relais.",
        refused: "Votre jeton d’accès n’est plus accepté : il a peut-être expiré. Donnez-en un autre.",
        token: "Jeton d’accès",
        enter: "Afficher l’activité",
        leave: "Se déconnecter",
        demoCallers: "Ou regarder la démonstration en tant que",
        settingsFailed:
            "Le service n’a pas dit qui peut donner un jeton à cette page. Rechargez-la, ou collez un jeton.",
    },
    theme: "Thème",
    themes: { system: "Celui du système", light: "Clair", dark: "Sombre" },
};
