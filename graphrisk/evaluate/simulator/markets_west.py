"""The countries of the synthetic marketplace, as data: those of western Europe and the United States."""

from __future__ import annotations

from graphrisk.evaluate.simulator.market import Market, latin, words

WESTERN_MARKETS: tuple[Market, ...] = (
    Market(
        code="US",
        share=0.24,
        currency="USD",
        minor_digits=2,
        price_scale=1.0,
        phone_prefixes=("+1212", "+1310", "+1415", "+1503", "+1617", "+1713", "+1206", "+1305"),
        phone_digits=7,
        first_names=latin(
            "James Mary Robert Linda Michael Susan David Karen Carlos Ashley Kevin Nicole Brian Tiffany "
            "Jamal Emily Tyler Grace Dylan Hannah Marcus Olivia Ethan Brooke"
        ),
        last_names=latin(
            "Smith Johnson Williams Brown Garcia Miller Davis Wilson Anderson Thomas Moore Jackson "
            "Martin Lee Perez Thompson White Harris Clark Lewis Robinson Walker Young Allen King Wright "
            "Hill Green Baker Nelson"
        ),
        street_kinds=(
            ("{} Street", "{} St"),
            ("{} Avenue", "{} Ave"),
            ("{} Road", "{} Rd"),
            ("{} Boulevard", "{} Blvd"),
        ),
        streets=words(
            "Oak Maple Cedar Elm Washington Lincoln Lake Hill Walnut Spring North Ridge Church Willow "
            "Mill Sunset Jackson Highland Forest River Meadow Jefferson Chestnut Franklin Cherry Dogwood "
            "Hickory Laurel Magnolia Juniper"
        ),
        cities=words(
            "Austin Portland Columbus Denver Boise Tampa Omaha Tucson Fresno Raleigh Tulsa Albany Dayton "
            "Reno Mobile"
        ),
        postcode="#####",
        unit_words=("Apt", "Unit", "#", "Suite"),
        domains=("gmail.com", "mailpost.example", "inbox.example", "outlook.com"),
        number_first=True,
    ),
    Market(
        code="GB",
        share=0.11,
        currency="GBP",
        minor_digits=2,
        price_scale=0.8,
        phone_prefixes=("+44771", "+44772", "+44773", "+44774", "+44775"),
        phone_digits=7,
        first_names=latin(
            "Oliver Amelia George Isla Harry Ava Jack Emily Charlie Poppy Alfie Sophie Callum Freya Rhys "
            "Megan Imran Aisha"
        ),
        last_names=latin(
            "Taylor Davies Evans Roberts Hughes Edwards Patel Khan Cooper Ward Turner Parker Collins "
            "Shaw Murphy Kelly Bennett Gray Cox Simpson Marshall Ellis Foster Chapman"
        ),
        street_kinds=(
            ("{} Street", "{} St"),
            ("{} Road", "{} Rd"),
            ("{} Lane", "{} Ln"),
            ("{} Close", "{} Cl"),
        ),
        streets=words(
            "Victoria Station Church Queens Kings Mill School Grange Windsor Albert Manor Park York "
            "Springfield Chapel Orchard Castle Abbey Priory Rectory Canterbury Bramley Hawthorn Beech"
        ),
        cities=words(
            "Leeds Bristol Derby Exeter Hull Luton Oxford Preston Reading Stoke Swindon York Cardiff Dundee"
        ),
        postcode="@@# #@@",
        unit_words=("Flat", "Apt", "Unit"),
        domains=("gmail.com", "post.example", "btmail.example"),
        number_first=True,
    ),
    Market(
        code="DE",
        share=0.12,
        currency="EUR",
        minor_digits=2,
        price_scale=0.9,
        phone_prefixes=("+49170", "+49171", "+49172", "+49173", "+49174", "+49175"),
        phone_digits=7,
        first_names=latin(
            "Lukas Anna Finn Lena Jonas Marie Felix Laura Paul Lea Emre Elif Jürgen Sabine Stefan Petra "
            "Uwe Björn Käthe Jan"
        ),
        last_names=latin(
            "Müller Schmidt Schneider Fischer Weber Meyer Wagner Becker Schulz Hoffmann Koch Bauer "
            "Richter Klein Wolf Schröder Neumann Schwarz Zimmermann Braun Krüger Yilmaz Hartmann Lange"
        ),
        street_kinds=(("{}straße", "{}str."), ("{}weg", "{}w."), ("{}allee", "{}al."), ("{}gasse", "{}g.")),
        streets=words(
            "Linden Schiller Goethe Berg Garten Haupt Bahnhof Kirch Wald Wiesen Ring Schul Mozart Eichen "
            "Birken Rosen Feld Mühlen Ahorn Tannen Kastanien Bach Sonnen Buchen"
        ),
        cities=words("Bremen Kassel Essen Mainz Halle Kiel Trier Jena Ulm Gera Bochum Lübeck Erfurt Rostock"),
        postcode="#####",
        unit_words=("Whg", "Wohnung", "App"),
        domains=("gmail.com", "briefe.example", "netzpost.example"),
    ),
    Market(
        code="FR",
        share=0.09,
        currency="EUR",
        minor_digits=2,
        price_scale=0.9,
        phone_prefixes=("+33601", "+33602", "+33611", "+33612", "+33621", "+33622"),
        phone_digits=6,
        first_names=latin(
            "Hugo Chloé Louis Manon Léo Inès Gabriel Sarah Arthur Camille Mehdi Fatima Rémi Zoé Noël "
            "Élodie Benoît Lucie"
        ),
        last_names=latin(
            "Martin Bernard Dubois Durand Moreau Laurent Simon Michel Lefèvre Leroy Roux David Bertrand "
            "Morel Fournier Girard Bonnet Dupont Lambert Fontaine Rousseau Benali"
        ),
        street_kinds=(
            ("rue de {}", "r. de {}"),
            ("avenue {}", "av. {}"),
            ("boulevard {}", "bd {}"),
            ("place {}", "pl. {}"),
        ),
        streets=words(
            "Provence Verdun Gambetta Pasteur Hugo Zola Voltaire Bretagne Strasbourg Foch Carnot "
            "Lorraine Jaurès Leclerc Anjou Mistral Thiers Diderot Balzac Molière"
        ),
        cities=words("Nantes Lille Rennes Reims Dijon Angers Nîmes Brest Tours Amiens Metz Caen Nancy Rouen"),
        postcode="#####",
        unit_words=("Apt", "Bât", "Appt"),
        domains=("gmail.com", "courrier.example", "lettre.example"),
        number_first=True,
    ),
    Market(
        code="ES",
        share=0.07,
        currency="EUR",
        minor_digits=2,
        price_scale=0.85,
        phone_prefixes=("+34610", "+34620", "+34630", "+34650", "+34660"),
        phone_digits=6,
        first_names=latin(
            "Hugo Lucía Martín Sofía Pablo María Diego Paula Álvaro Carmen Javier Elena Iker Nerea Raúl Inés"
        ),
        last_names=latin(
            "García Fernández González Rodríguez López Martínez Sánchez Pérez Gómez Ruiz Díaz Moreno "
            "Muñoz Romero Torres Navarro Vázquez Ramos Serrano Molina"
        ),
        street_kinds=(
            ("Calle {}", "C/ {}"),
            ("Avenida {}", "Avda. {}"),
            ("Plaza {}", "Pl. {}"),
            ("Paseo {}", "Pº {}"),
        ),
        streets=words(
            "Mayor Real Sol Cervantes Goya Colón Toledo Granada Olivo Rosario Nueva Alcalá Velázquez "
            "Jardines Molino Estación Naranjo Almendro"
        ),
        cities=words("Getafe Burgos León Huelva Cádiz Lugo Soria Ávila Murcia Jaén Vigo Gijón"),
        postcode="#####",
        unit_words=("Piso", "Pta", "Esc"),
        domains=("gmail.com", "correo.example", "buzon.example"),
    ),
)
