"""How people and their places are written: names, e-mail addresses, phones, doors, and doors spelled
otherwise."""

from __future__ import annotations

import hashlib
import unicodedata
from dataclasses import dataclass, replace

import numpy as np
from unlike_tables import Account, Address, Mint, one_of


@dataclass(frozen=True, slots=True)
class Country:
    """ways: the words for a street, long and short. line: how street and number are put. cities: with the
    pattern of their postcodes, # a digit, @ a letter. phone: the first digits of a mobile, and how many
    follow."""

    market: str
    currency: str
    first_names: tuple[str, ...]
    last_names: tuple[str, ...]
    stems: tuple[str, ...]
    ways: tuple[tuple[str, str], ...]
    line: str
    flat: str
    cities: tuple[tuple[str, str], ...]
    phone: tuple[str, int]
    mail_hosts: tuple[str, ...]


def _words(text: str) -> tuple[str, ...]:
    return tuple(each.strip() for each in text.split(","))


NETHERLANDS = Country(
    "NL",
    "EUR",
    _words(
        "Daan, Sem, Lucas, Milan, Finn, Emma, Julia, Sara, Anna, Eva, Fleur, Lotte, Jan, Piet, Kees, "
        "Hans, Noor, Bram, Marieke, Ingrid, Ruben, Thijs, Sanne, Maud, Mohamed, Fatima, Yusuf, Elif"
    ),
    _words(
        "Jansen, Bakker, Visser, Smit, Meijer, Mulder, Bos, Vos, Peters, Hendriks, Dekker, Brouwer, "
        "Dijkstra, Kok, Jacobs, Vermeulen, Schouten, Willems, Kuipers, Post, Yilmaz, Amrani, Veenstra, "
        "Hoekstra"
    ),
    _words(
        "Kerk, Dorps, Molen, School, Juliana, Wilhelmina, Nieuw, Park, Beatrix, Markt, Haven, Stations, "
        "Brink, Eiken, Linden, Berken, Vijver, Heide, Zonne, Ooster, Wester, Kastanje, Rijks, Akker"
    ),
    (("straat", "str."), ("laan", "ln."), ("weg", "wg."), ("plein", "pln."), ("hof", "hf.")),
    "{stem}{way} {house}",
    "app.",
    (
        *(("Utrecht", "35## @@"), ("Groningen", "97## @@"), ("Eindhoven", "56## @@"), ("Zwolle", "80## @@")),
        *(("Breda", "48## @@"), ("Arnhem", "68## @@"), ("Leiden", "23## @@"), ("Tilburg", "50## @@")),
        *(("Haarlem", "20## @@"), ("Venlo", "59## @@"), ("Delft", "26## @@"), ("Assen", "94## @@")),
    ),
    ("+316", 8),
    ("ziggo.example", "kpnmail.example", "gmail.com", "hotmail.com"),
)
ITALY = Country(
    "IT",
    "EUR",
    _words(
        "Marco, Luca, Giulia, Sofia, Matteo, Chiara, Andrea, Elena, Paolo, Francesca, Davide, Sara, "
        "Giorgio, Marta"
    ),
    _words(
        "Rossi, Ferrari, Esposito, Bianchi, Romano, Colombo, Ricci, Marino, Greco, Bruno, Gallo, Conti, "
        "Costa, Mancini"
    ),
    _words(
        "Garibaldi, Roma, Mazzini, Dante, Cavour, Verdi, Vittorio Veneto, Trento, Piave, Gramsci, "
        "Leopardi, Manzoni, Marconi, Carducci, Pascoli, San Rocco, Europa, Matteotti, Fratelli Cervi, "
        "Galilei, Volta, Petrarca"
    ),
    (("Via", "V."), ("Viale", "V.le"), ("Corso", "C.so"), ("Piazza", "P.za")),
    "{way} {stem} {house}",
    "int.",
    (
        *(
            ("Torino", "101##"),
            ("Bari", "701##"),
            ("Bologna", "401##"),
            ("Catania", "951##"),
            ("Pisa", "561##"),
        ),
        *(("Padova", "351##"), ("Ancona", "601##"), ("Lecce", "731##"), ("Trieste", "341##")),
    ),
    ("+39347", 7),
    ("libero.example", "gmail.com", "tim.example"),
)
MEXICO = Country(
    "MX",
    "MXN",
    _words(
        "José, Juan, Luis, Carlos, María, Guadalupe, Fernanda, Ximena, Diego, Alejandro, Daniela, Rosa, "
        "Miguel"
    ),
    _words(
        "Hernández, García, Martínez, López, González, Ramírez, Torres, Flores, Cruz, Morales, Ortiz, "
        "Vega, Mendoza"
    ),
    _words(
        "Hidalgo, Juárez, Morelos, Insurgentes, Reforma, 5 de Mayo, Zaragoza, Madero, Allende, Guerrero, "
        "Obregón, Revolución, Aldama, Abasolo, Victoria, Las Palmas, Los Pinos, Jacarandas, Colón, "
        "Independencia"
    ),
    (("Calle", "C."), ("Avenida", "Av."), ("Privada", "Priv."), ("Calzada", "Calz.")),
    "{way} {stem} {house}",
    "depto",
    (
        *(("Puebla", "720##"), ("Monterrey", "640##"), ("Guadalajara", "441##"), ("Mérida", "970##")),
        *(
            ("León", "370##"),
            ("Toluca", "500##"),
            ("Oaxaca", "680##"),
            ("Saltillo", "250##"),
            ("Tepic", "630##"),
        ),
    ),
    ("+5255", 8),
    ("hotmail.com", "gmail.com"),
)
CANADA = Country(
    "CA",
    "CAD",
    _words(
        "Liam, Noah, Olivia, Charlotte, William, Benjamin, Amelia, Chloe, Jacob, Aisha, Priya, Wei, Minh, Zoe"
    ),
    _words(
        "Tremblay, Smith, Roy, Singh, Nguyen, Brown, Martin, Wilson, Gagnon, Lee, Chan, MacDonald, "
        "Campbell, Patel"
    ),
    _words(
        "Maple, Queen, King, Elm, Bay, Dundas, Victoria, Wellington, Albert, Cedar, Birch, Laurier, "
        "Lake, Mill, Spruce, Ontario, Church, Prince, Hillcrest, Riverside, Glen, Park"
    ),
    (("Street", "St"), ("Avenue", "Ave"), ("Road", "Rd"), ("Drive", "Dr"), ("Crescent", "Cres")),
    "{house} {stem} {way}",
    "unit",
    (
        *(("Toronto", "M5@ #@#"), ("Ottawa", "K1@ #@#"), ("Winnipeg", "R3@ #@#"), ("Halifax", "B3@ #@#")),
        *(("Calgary", "T2@ #@#"), ("Regina", "S4@ #@#"), ("Hamilton", "L8@ #@#"), ("Moncton", "E1@ #@#")),
    ),
    ("+1416", 7),
    ("gmail.com", "rogers.example"),
)


def new_door(rng: np.random.Generator, country: Country, mint: Mint) -> Address:
    """Any house of any street. A postcode is that of some twenty houses."""
    (city, pattern), (way, _), stem = (
        one_of(rng, each) for each in (country.cities, country.ways, country.stems)
    )
    house = 1 + int(200 * rng.random())
    digest = iter(hashlib.blake2b(f"{city}/{stem}/{way}/{house // 20}".encode()).digest())
    letters = {"#": "0123456789", "@": "ABCEGHJKLMNPRSTVXY"}
    code = "".join(
        letters[each][next(digest) % len(letters[each])] if each in letters else each for each in pattern
    )
    return Address(mint.new(), country.line.format(stem=stem, way=way, house=house), city, code)


def spell(rng: np.random.Generator, country: Country, door: Address, mint: Mint) -> Address:
    """The same door as another person would type it: shortened, in small letters, with a flat, or with a
    slip."""
    line, fashion = door.line, float(rng.random())
    if fashion < 0.3:
        long, short = next((pair for pair in country.ways if pair[0] in line), ("", ""))
        line = line.replace(long, short)
    elif fashion < 0.5:
        line = line.lower()
    elif fashion < 0.8:
        line = f"{line} {country.flat} {1 + int(60 * rng.random())}"
    else:
        at = 1 + int((len(line) - 6) * rng.random())  # two letters exchanged, or digits
        line = line[:at] + line[at + 1] + line[at] + line[at + 2 :]
    return replace(door, address_id=mint.new(), line=line)


def new_account(
    rng: np.random.Generator, country: Country, mint: Mint, role: str, created_at: float
) -> Account:
    """Names repeat as they do among people; most e-mail addresses have one in them; four accounts in ten
    have a phone."""
    first, last = one_of(rng, country.first_names), one_of(rng, country.last_names)
    end = "" if rng.random() < 0.02 else str(int(100_000 * rng.random() ** 2))
    user = one_of(rng, (f"{first}.{last}{end}", f"{first[0]}{last}{end}", f"{last}{end}", mint.new(9)))
    user = unicodedata.normalize("NFKD", user).encode("ascii", "ignore").decode().lower()
    phone = None
    if rng.random() < 0.4:
        begin, digits = country.phone
        phone = f"{begin}{int(rng.integers(2 * 10 ** (digits - 1), 10**digits))}"
    email = f"{user}@{one_of(rng, country.mail_hosts)}"
    return Account(created_at, mint.new(), role, country.market, email, phone, f"{first} {last}")
